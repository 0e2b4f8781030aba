"""Files of the whole site: robots.txt, sitemaps, icon, web app manifest, security.txt."""

import datetime
import logging

from django.conf import settings
from django.contrib.sitemaps import views as sitemap_views
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from rollout.caching.decorators import page_view, public_view
from rollout.pages.sitemaps import sitemaps

logger = logging.getLogger(__name__)


@page_view
def choose_language(request: HttpRequest) -> HttpResponse:
    """Send / to the language of the browser."""
    return redirect("home")


@page_view
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what is not for them, and where the sitemap is."""
    context = {"sitemap": request.build_absolute_uri(reverse("sitemap"))}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@page_view
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Name the sitemap of each language."""
    return sitemap_views.index(request, sitemaps(), sitemap_url_name="sitemap-of-language")


@public_view(no_cache=True, query_params=["p"])
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """List the pages of one language, or raise Http404."""
    return sitemap_views.sitemap(request, sitemaps(), section)


@page_view
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for /favicon.ico unasked to the icon."""
    return redirect(static("img/icon.svg"), permanent=True)


BAND, PAPER = "#3b1233", "#fffdfc"
"""Two of the style sheet's colours; a test compares them."""


@public_view(max_age=24 * 60 * 60)
def manifest(request: HttpRequest) -> HttpResponse:
    """Return the manifest in the language of the address. It opens in the browser, as a page."""
    icons = [
        {
            "src": static(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    content = {
        "name": gettext("Carte Vitale app, place by place"),
        "lang": get_language(),
        "start_url": reverse("home"),
        "display": "browser",
        "theme_color": BAND,
        "background_color": PAPER,
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


SECURITY_TXT_LIFETIME = datetime.timedelta(days=90)
"""How long what is served now may be taken for true; it is written anew each day."""


@page_view
def security_txt(request: HttpRequest) -> HttpResponse:
    """Return security.txt, or raise Http404 where nobody is named who could be told."""
    contact = contact_uri(settings.PUBLISHER_CONTACT)
    if not contact:
        raise Http404
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    fields = {
        "Contact": contact,
        "Expires": (midnight + SECURITY_TXT_LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": ", ".join(code for code, _name in settings.LANGUAGES),
        "Canonical": request.build_absolute_uri(reverse("security-txt")),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return HttpResponse(text, "text/plain; charset=utf-8")


def contact_uri(contact: str) -> str:
    """Return a contact as an address that a program can use; of a postal one, nothing."""
    if contact.startswith(("https://", "mailto:", "tel:")):
        return contact
    is_mail = contact.count("@") == 1 and not any(letter.isspace() for letter in contact)
    return f"mailto:{contact}" if is_mail else ""
