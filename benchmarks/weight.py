"""Weight: the bytes that go over the wire with brotli, for every page in every language."""

import re
from collections.abc import Iterator

from benchmarks import _django, _servers
from benchmarks._servers import BROTLI, SITE_APPLICATION, get
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn

_django.set_up()

ABOUT = (
    "The body of every page of the sitemap as gunicorn sends it with brotli, and all that the home "
    "page asks for on a first visit (a browser takes only one of the icons that are offered)."
)
FOREIGN = re.compile(r'(?:src|<link[^>]+href)="(?:https?:)?//(?!127\.0\.0\.1)')


def run() -> Iterator[Measurement]:
    """Weigh all pages."""
    with _servers.folder() as var, _servers.gunicorn(SITE_APPLICATION, var) as server:
        listed = [get(server, f"/sitemap-{code}.xml").body.decode() for code in ("en", "fr")]
        paths = sorted(
            {p for text in listed for p in re.findall(r"<loc>http://[^/]+(/[^<]*)<", text)}
        )
        sizes = {path: len(get(server, path, BROTLI).body) for path in paths}
        homes = {path: sizes.pop(path) for path in ("/en/", "/fr/")}
        heaviest = max(sizes, key=sizes.__getitem__)
        yield most(f"the heaviest of {len(sizes)} pages, `{heaviest}`", sizes[heaviest], 14_600)
        heavy = sorted((size, path) for path, size in sizes.items() if size > 14_600)
        if heavy:
            named = ", ".join(f"`{path}` {size:,}" for size, path in reversed(heavy[-8:]))
            yield Measurement("pages above that", f"{len(heavy)}: {named}")
        yield most("the home page, HTML", max(homes.values()), 12_000)
        yield from _first_visit(server, max(homes.values()))


def most(what: str, size: int, limit: int) -> Measurement:
    """Return a weight beside its limit."""
    return Measurement(what, f"{size:,} bytes", f"at most {limit:,} bytes", holds=size <= limit)


def _first_visit(server: Gunicorn, html: int) -> Iterator[Measurement]:
    """Weigh what the home page needs: styles, scripts, an icon."""
    page = get(server, "/en/", {"Accept-Encoding": "identity"}).body.decode()
    linked = dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    icons = [path for path in linked if "/img/" in path]
    needed = [path for path in linked if path not in icons[1:]]
    sizes = {path: len(get(server, path, BROTLI).body) for path in needed}
    css = sum(size for path, size in sizes.items() if path.endswith(".css"))
    scripts = sum(size for path, size in sizes.items() if path.endswith(".js"))
    yield most("its style sheets", css, 20_000)
    yield most("its scripts", scripts, 15_000)
    yield most("all of it on a first visit", html + sum(sizes.values()), 100_000)
    count = 1 + len(needed)
    yield Measurement("requests of a first visit", str(count), "at most 10", holds=count <= 10)
    foreign = len(FOREIGN.findall(page))
    yield Measurement("requests to elsewhere", str(foreign), "none", holds=foreign == 0)
