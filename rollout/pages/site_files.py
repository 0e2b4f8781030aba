"""Views of the files of the site: robots.txt, sitemaps, icon, manifest, copies, security.txt."""

import datetime
import hashlib
import json

from django.conf import settings
from django.contrib.sitemaps import views as sitemap_views
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext

from rollout.caching.decorators import page_view, public_view
from rollout.dates import midnight, today
from rollout.pages import guide
from rollout.pages.sitemaps import sitemaps


@page_view
def choose_language(request: HttpRequest) -> HttpResponse:
    """Redirect / to the language of the browser."""
    return redirect("home")


@page_view
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt: what crawlers leave out, and where the sitemap is."""
    context = {"sitemap": request.build_absolute_uri(reverse("sitemap"))}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@page_view
@sitemap_views.x_robots_tag
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Return the index of the sitemaps, one for each language.

    Without the newest day of each, as Django's would have it: that takes all pages of all
    languages, over a second after each change. A sitemap itself says whether it changed (304).
    """
    paths = [reverse("sitemap-of-language", args=[code]) for code in sitemaps()]
    items = [sitemap_views.SitemapIndexItem(request.build_absolute_uri(path)) for path in paths]
    context = {"sitemaps": items}
    return render(request, "sitemap_index.xml", context, content_type="application/xml")


@public_view(query_params=["p"])
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """Return the sitemap of one language. Raises Http404 for any other section."""
    return _without_last_modified(sitemap_views.sitemap(request, sitemaps(), section))


def _without_last_modified(response: HttpResponse) -> HttpResponse:
    """Return Django's response without Last-Modified, which is the newest `lastmod` of its pages.

    The page cache gives it the moment of the data version: a page may change to an older day.
    """
    response.headers.pop("Last-Modified", None)
    return response


@page_view
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect to the icon: browsers ask for /favicon.ico by themselves."""
    return redirect(static("img/icon.svg"), permanent=True)


BAND, PAPER = "#3b1233", "#fffdfc"
"""Colours of the style sheet; a test compares them."""


@public_view(max_age=24 * 60 * 60)
def manifest(request: HttpRequest) -> HttpResponse:
    """Return the web app manifest in the active language: the site can be installed.

    It begins at an address that static/js/offline.js knows, to go on in the language last read.
    """
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
        "name": gettext("The carte Vitale app in your department"),
        "short_name": gettext("Carte Vitale app"),
        "lang": get_language(),
        "id": "/",  # one site, in whatever language it was installed
        "start_url": f"{reverse('home')}#start",
        "scope": "/",
        "display": "minimal-ui",  # with the address, so that nobody takes it for the official app
        "theme_color": BAND,
        "background_color": PAPER,
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


@public_view(max_age=24 * 60 * 60)
def language_offer(request: HttpRequest) -> HttpResponse:
    """Return the words with which static/js/languages.js offers the active language, as JSON."""
    words = {
        "offer": gettext("This page is there in your language too:"),
        "decline": gettext("No, thank you"),
    }
    return JsonResponse(words, headers={"X-Robots-Tag": "noindex"})


OFFLINE_PAGES = {"at-the-counter": guide.at_the_counter, "set-up": guide.set_up}
"""The views of the pages of which browsers keep copies, by the names of their URLs.

The first stands in for any other page too.
"""


@page_view
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker of the active language: what static/js/service_worker.js is for.

    It changes when one of the pages changes, on which browsers fetch the copies anew.
    """
    contents = b"".join(view(request).content for view in OFFLINE_PAGES.values())
    copies = {
        "version": hashlib.sha256(contents).hexdigest()[:16],
        "language": get_language(),
        "pages": [reverse(name) for name in OFFLINE_PAGES],
        "check": reverse("can-i"),
        "verdict": 'class="said"',
        "statics": settings.STATIC_URL,
        "notice": gettext(
            "No network: this is the copy of {moment} (Paris). Searching and the check do not work."
        ),
        "last": gettext("Your last answer"),
    }
    script = static("js/service_worker.js")
    content = f"const COPIES = {json.dumps(copies)};\nimportScripts({json.dumps(script)});\n"
    return HttpResponse(content, "text/javascript; charset=utf-8")


SECURITY_TXT_LIFETIME = datetime.timedelta(days=90)
"""From the day in Paris on which it is served (RFC 9116: less than a year)."""


@page_view
def security_txt(request: HttpRequest) -> HttpResponse:
    """Return security.txt (RFC 9116). Raises Http404 without a contact that programs can use."""
    contact = contact_uri(settings.PUBLISHER_CONTACT)
    if not contact:
        raise Http404
    expires = midnight(today() + SECURITY_TXT_LIFETIME).astimezone(datetime.UTC)
    fields = {
        "Contact": contact,
        "Expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": ", ".join(settings.FULL_LANGUAGES),
        "Canonical": request.build_absolute_uri(reverse("security-txt")),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return HttpResponse(text, "text/plain; charset=utf-8")


def contact_uri(contact: str) -> str:
    """Return a contact as a URI; "" where it is neither a URI nor an e-mail address."""
    if contact.startswith(("https://", "mailto:", "tel:")):
        return contact
    is_mail = contact.count("@") == 1 and not any(letter.isspace() for letter in contact)
    return f"mailto:{contact}" if is_mail else ""
