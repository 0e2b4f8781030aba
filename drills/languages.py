"""Every address in every language is there, marked as what it is, with nothing left in English."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from lxml import etree

from drills._sites import Site as SiteOnDisk
from drills._sites import on_sqlite
from tests.support import servers
from tests.support.languages import STATES, Site
from tests.support.measurements import Measurement

ABOUT = "every address in every language is there, whole, and in that language"
FINDINGS = "language-findings.txt"
"""The file in VAR_DIR of the working tree with each finding."""
LIST_ADDRESSES = """
import json
from django.utils.translation import override
from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.models.languages import Language
from rollout.pages import registry
result = {}
for code in Language.public_codes():
    with override(code):
        pages = [page.path for page in registry.every_page()]
        result[code] = {"pages": pages, "files": list(registry.every_file())}
with override("en"):
    rows = registry.PageRows()
    alone = [p.path for k in registry.PAGES if k.name in FULL_LANGUAGES_ONLY for p in k.build(rows)]
print(json.dumps({"languages": result, "in full languages only": alone}))
"""
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
LIMIT = "0 findings"


class _Connection:
    """A connection to a site that stays open; follows no redirect."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)

    def get(self, path: str) -> tuple[int, str, str]:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        content = response.read().decode("utf-8", "replace")
        return response.status, content, response.headers.get("Location", "")


def run() -> Iterator[Measurement]:
    """Crawl a site with the facts of the data files; write each finding down."""
    servers.collect_statics()
    with on_sqlite() as site, servers.gunicorn(site.environment) as address:
        yield from crawled(site, address)


def crawled(site: SiteOnDisk, address: str) -> Iterator[Measurement]:
    """Yield a measurement for each language, then of sitemaps and redirects; write findings."""
    lists = json.loads(site.manage("shell", "--verbosity=0", "-c", LIST_ADDRESSES))
    by_language: dict[str, dict[str, list[str]]] = lists["languages"]
    connection = _Connection(address)
    of_site = Site(connection.get, address, list(by_language))
    every: list[str] = []
    for language, addresses in by_language.items():
        states = [f"/{language}/{path}" for path in STATES]
        findings = [
            f"{path} {finding}"
            for path in [*addresses["pages"], *states]
            for finding in of_site.findings(path)
            if not (path.startswith(f"/{language}/sources/") and "noindex" in finding)
        ]
        findings += [
            f"{path} answers {status}"
            for path in addresses["files"]
            if (status := connection.get(path)[0]) != 200
        ]
        every += findings
        yield _measured(
            f"{language}: {len(addresses['pages']) + len(states)} pages,"
            f" {len(addresses['files'])} files",
            findings,
        )
    others = [code for code in by_language if code not in settings.FULL_LANGUAGES]
    for what, findings in (
        ("sitemaps name each other's pages", list(_of_sitemaps(connection, address, by_language))),
        (
            f"{len(others)} × {len(lists['in full languages only'])} redirects to English",
            list(_of_redirects(connection, others, lists["in full languages only"])),
        ),
    ):
        every += findings
        yield _measured(what, findings)
    target = Path(settings.VAR_DIR) / FINDINGS
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{finding}\n" for finding in every), encoding="utf-8")


def _measured(what: str, findings: list[str]) -> Measurement:
    counts = Counter(finding.partition(" ")[2] for finding in findings).most_common(3)
    frequent = "; ".join(f"{count} × {finding[:80]}" for finding, count in counts)
    actual = f"{len(findings)} findings" + (f" ({frequent}; all in {FINDINGS})" if counts else "")
    return Measurement(what, actual, LIMIT, not findings)


def _of_sitemaps(
    connection: _Connection, address: str, by_language: dict[str, dict[str, list[str]]]
) -> Iterator[str]:
    """Yield what is wrong: a page of one language that the other does not name in return."""
    alternates: dict[str, dict[str, str]] = {}
    for language in by_language:
        _status, content, _location = connection.get(f"/sitemap-{language}.xml")
        for url in etree.fromstring(content.encode()):
            links = {link.get("hreflang"): link.get("href") for link in url.iter(f"{_XHTML}link")}
            alternates[url.findtext(f"{_SITEMAP}loc")] = links
    for page, links in alternates.items():
        if links.get(page.removeprefix(address).split("/")[1]) != page:
            yield f"{page} does not name itself"
        for other in set(links.values()):
            if alternates.get(other) != links:
                yield f"{page} names {other}, which does not name the same in return"
    for language in set(by_language) - set(settings.FULL_LANGUAGES):
        for path in by_language[language]["pages"]:
            if f"{address}{path}" not in alternates:
                yield f"{path} is in no sitemap"


def _of_redirects(connection: _Connection, languages: list[str], paths: list[str]) -> Iterator[str]:
    for language in languages:
        for path in paths:
            own = f"/{language}/{path.removeprefix('/en/')}"
            status, _content, location = connection.get(own)
            if (status, location) != (302, path):
                yield f"{own} answers {status} {location}"
