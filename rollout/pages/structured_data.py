"""Structured data of pages (JSON-LD, schema.org): nothing that the page does not show."""

import html
import json
from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from rollout import markdown
from rollout.api import exports
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE
from rollout.models import Entry
from rollout.pages.page import JsonObject, Page

_SCRIPT_ESCAPES = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def graph(page: Page, origin: str) -> SafeString:
    """Return a page's WebSite and WebPage as JSON, escaped for a script element.

    `origin` is the scheme and host of the site, such as https://example.org. Days are ISO 8601;
    `dateModified` and `lastReviewed` are left out where the page has none.
    """
    address, home = f"{origin}{page.path}", f"{origin}{page.crumbs[0].address}"
    name = gettext("The carte Vitale app in your department")
    site = {"@id": f"{home}#site", "@type": "WebSite", "url": home, "name": name}
    web_page: JsonObject = {
        "@id": f"{address}#page",
        "@type": "WebPage",
        "url": address,
        "name": name if address == home else page.name,
        "inLanguage": get_language(),
        "isPartOf": {"@id": site["@id"]},
    }
    if page.changed_on:
        web_page["dateModified"] = page.changed_on.isoformat()
    if page.last_checked:
        web_page["lastReviewed"] = page.last_checked.isoformat()
    if address != home:
        web_page["breadcrumb"] = _breadcrumbs(page, origin)
    data = {"@context": "https://schema.org", "@graph": [site, web_page | page.subject]}
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_SCRIPT_ESCAPES))  # noqa: S308


def _breadcrumbs(page: Page, origin: str) -> JsonObject:
    items = [
        {"@type": "ListItem", "position": n, "name": crumb.name, "item": f"{origin}{crumb.address}"}
        for n, crumb in enumerate(page.crumbs, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def area(name: str, code: str = "") -> JsonObject:
    """Return an AdministrativeArea: a department with its INSEE code, or a region."""
    place: JsonObject = {"@type": "AdministrativeArea", "name": name}
    return place | {"identifier": code} if code else place


def dataset(absolute: Absolute) -> JsonObject:
    """Return the open data as a Dataset, with a DataDownload for each file of all departments.

    `absolute` returns a path with scheme and host.
    """
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


def questions(entries: Iterable[Entry]) -> JsonObject:
    """Return what makes a page a FAQPage: its questions, in this order, with their answers."""
    questions = [
        {
            "@type": "Question",
            "name": entry.text.title,
            "acceptedAnswer": {"@type": "Answer", "text": _plain(entry.text.body)},
        }
        for entry in entries
    ]
    return {"@type": ["WebPage", "FAQPage"], "mainEntity": questions}


def _plain(body: str) -> str:
    """Return Markdown as the text that readers see."""
    return " ".join(html.unescape(strip_tags(markdown.render(body))).split())
