"""What search engines are told of a page: schema.org, and nothing that the page does not show."""

import html
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from rollout import markdown
from rollout.api import exports
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE
from rollout.models import Entry

if TYPE_CHECKING:
    from rollout.pages.page import Page

_IN_A_SCRIPT = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def graph(page: "Page", origin: str) -> SafeString:
    """Return a page's structured data as JSON that can stand in a script element.

    `origin` is the scheme and host of the site, such as https://example.org.
    """
    address, home = f"{origin}{page.path}", f"{origin}{page.crumbs[0].address}"
    name = gettext("Carte Vitale app, place by place")
    site = {"@id": f"{home}#site", "@type": "WebSite", "url": home, "name": name}
    described = {
        "@id": f"{address}#page",
        "@type": "WebPage",
        "url": address,
        "name": name if address == home else page.name,
        "inLanguage": get_language(),
        "isPartOf": {"@id": site["@id"]},
    }
    if page.changed_on:
        described["dateModified"] = page.changed_on.isoformat()
    if page.last_checked:
        described["lastReviewed"] = page.last_checked.isoformat()
    if address != home:
        described["breadcrumb"] = _breadcrumbs(page, origin)
    data = {"@context": "https://schema.org", "@graph": [site, described | page.subject]}
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_IN_A_SCRIPT))  # noqa: S308


def _breadcrumbs(page: "Page", origin: str) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": n, "name": crumb.name, "item": f"{origin}{crumb.address}"}
        for n, crumb in enumerate(page.crumbs, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def area(name: str, code: str = "") -> dict[str, Any]:
    """Return a department or region; the code is INSEE's."""
    described = {"@type": "AdministrativeArea", "name": name}
    return described | {"identifier": code} if code else described


def dataset(absolute: Absolute) -> dict[str, Any]:
    """Return the open data, with the whole address of each file."""
    files = [
        {
            "@type": "DataDownload",
            "name": f"departments.{ending}",
            "encodingFormat": media_type,
            "contentUrl": absolute(reverse(f"api:departments_{ending}")),
        }
        for ending, media_type in exports.MEDIA_TYPES.items()
    ]
    return {
        "@type": "Dataset",
        "name": gettext("Open data"),
        "description": gettext(
            "What this site says, for programs: as files and as an API. Free to use, without a "
            "key, for any day since 27 May 2019. Only say where it is from."
        ),
        "license": LICENCE.url,
        "isAccessibleForFree": True,
        "spatialCoverage": {"@type": "Country", "name": "France"},
        "distribution": files,
    }


def questions(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return what makes a page one of questions, each with the answer that it shows."""
    selected_day = [
        {
            "@type": "Question",
            "name": entry.text.title,
            "acceptedAnswer": {"@type": "Answer", "text": _plain(entry.text.body)},
        }
        for entry in entries
    ]
    return {"@type": ["WebPage", "FAQPage"], "mainEntity": selected_day}


def _plain(body: str) -> str:
    """Return Markdown as the text that readers see."""
    return " ".join(html.unescape(strip_tags(markdown.render(body))).split())
