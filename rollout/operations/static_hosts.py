"""What the static export needs on a web server that knows nothing of this site.

A front page without a script, a page for what is not there, pages in the place of the redirects of
the live site, and the files in which static hosts read headers and redirects.
"""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils.text import slugify
from django.utils.translation import override

from rollout.caching.languages import public_languages
from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.models import Department
from rollout.models.texts import reference_language
from rollout.pages import registry

CONTENT_TYPES = {
    "/*.atom": "application/atom+xml; charset=utf-8",
    "/*.csv": "text/csv; charset=utf-8; header=present",
    "/*.geojson": "application/geo+json",
    "/*.ics": "text/calendar; charset=utf-8",
    "/*.jsonld": "application/ld+json",
    "/*.webmanifest": "application/manifest+json",
}
"""Of files whose extension not every web server knows."""
HEADERS_OF_PAGES = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
)


def redirects() -> dict[str, str]:
    """Return, for each address by which the live site knows a department too, that of its page.

    By its number, as /en/departments/69/ and /en/departments/2A/, and by its name.
    """
    targets = {}
    for language in public_languages():
        with override(language):
            for department in Department.objects.only("code", "name"):
                code, name = department.code, slugify(department.name)
                for ref in {code, code.lower(), name}:
                    targets[f"/{language}/departments/{ref}/"] = department.get_absolute_url()
    return targets


def redirects_to_full_languages() -> dict[str, str]:
    """Return, for each address of a page that a public language does not have, that of the page.

    Such pages are there in FULL_LANGUAGES only (rollout/kinds.py).
    """
    with override(reference_language()):
        targets = [
            page.path
            for page in registry.every_page()
            if resolve(page.path).url_name in FULL_LANGUAGES_ONLY
        ]
    others = [code for code in public_languages() if code not in settings.FULL_LANGUAGES]
    prefix = f"/{reference_language()}/"
    return {
        f"/{language}/{target.removeprefix(prefix)}": target
        for language in others
        for target in targets
    }


def files(origin: str, page_headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the relative path and the text of each file.

    `origin` is the scheme and host of the site; `page_headers` are those of one of its pages.
    """
    with override(reference_language()):
        yield "index.html", render_to_string("rollout/choose_language.html")
    moved, elsewhere = redirects(), redirects_to_full_languages()
    for address, target in (moved | elsewhere).items():
        with override(address.split("/")[1]):
            context = {"target": target, "origin": origin}
            yield f"{address[1:]}index.html", render_to_string("rollout/moved.html", context)
    rules = [f"{old} {new} 301\n" for old, new in moved.items()]
    rules += [f"{old} {new} 302\n" for old, new in elsewhere.items()]
    yield "_redirects", "".join(rules)
    yield "_headers", headers_file(page_headers)


def headers_file(page_headers: Mapping[str, str]) -> str:
    """Return the file `_headers`, as Netlify and Cloudflare Pages read it."""
    of_pages = {name: page_headers[name] for name in HEADERS_OF_PAGES}
    # A host sends all rules that match: cards, which other sites may frame, could not be excepted.
    directives = of_pages["Content-Security-Policy"].split("; ")
    of_pages["Content-Security-Policy"] = "; ".join(
        sorted(one for one in directives if not one.startswith("frame-ancestors "))
    )
    rules = {
        "/*": of_pages,
        "/static/*": {"Cache-Control": "public, max-age=31536000, immutable"},
        "/api/*": {"Access-Control-Allow-Origin": "*", "X-Robots-Tag": "noindex"},
        **{pattern: {"Content-Type": value} for pattern, value in CONTENT_TYPES.items()},
    }
    return "".join(
        f"{pattern}\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
        for pattern, headers in rules.items()
    )
