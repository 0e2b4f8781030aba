"""The web app manifest: the name and icon of a page that someone keeps on their home screen."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext

from rollout.views import public

BAND, PAPER = "#3b1233", "#fffdfc"
"""Two of the style sheet's colours; a test compares them."""


@public(max_age=24 * 60 * 60)
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
