"""Cold start: from the start of gunicorn to its first answer, and what its workers hold."""

import time
from collections.abc import Iterable, Iterator

from benchmarks import _django, _servers
from benchmarks._rounds import Spread
from benchmarks._servers import PAGE, SITE_APPLICATION, get
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn

_django.set_up()

from django.conf import settings

from rollout.models import Language

ABOUT = (
    "gunicorn with two workers and all data loaded: the time from its start to the first page, by "
    "the clock, and the CPU that all its processes took for it (the master loads the code, which "
    "the workers share); then the memory of each worker, once it has sent every kind of page "
    "several times in the two languages of the sources, and then in every language."
)
MAX_START_SECONDS, MAX_START_CPU_SECONDS = 1.0, 1.5
MAX_MEMORY_MB_OF_TWO_LANGUAGES, MAX_MEMORY_MB = 100, 130
PATHS_OF_A_LANGUAGE = (
    "", "?q=lyon", "?on=2025-06-01", "departments/", "departments/69-rhone/", "regions/bretagne/",
    "rollout/", "rollout/june-2024/", "set-up/", "can-i/", "at-the-counter/", "problems/",
    "questions/", "glossary/", "about/", "share.png", "openings.ics", "updates.atom",
    "suggest/?q=vil",
)  # fmt: skip
PATHS = (
    "/en/sources/", "/fr/sources/", "/en/data/", "/sitemap.xml", "/sitemap-en.xml",
    "/api/v1/departments.geojson", "/api/v1/departments", "/accounts/login/",
)  # fmt: skip


def run() -> Iterator[Measurement]:
    """Start it several times; look at its memory in the last."""
    clock, cpu = [], []
    with _servers.folder() as var:
        for number in range(3):
            began = time.monotonic()
            server = _servers.gunicorn_of(SITE_APPLICATION, var, workers=2)
            try:
                server.begin()
                server.wait(PAGE)
                clock.append(time.monotonic() - began)
                cpu.append(server.cpu())
                if number == 2:
                    of_two = _used(server, settings.FULL_LANGUAGES)
                    of_all = _used(server, Language.public_codes())
                    total = server.total_memory()
            finally:
                server.stop()
    yield _within("from start to the first page", Spread(clock), MAX_START_SECONDS)
    yield _within("CPU of all processes until then", Spread(cpu), MAX_START_CPU_SECONDS)
    for languages, held, limit in (
        ("two languages", of_two, MAX_MEMORY_MB_OF_TWO_LANGUAGES),
        ("every language", of_all, MAX_MEMORY_MB),
    ):
        yield Measurement(
            f"memory of a worker, its share (PSS), {languages}",
            ", ".join(f"{pss:.0f} MB" for pss, _rss in held),
            f"at most {limit} MB",
            holds=max(pss for pss, _rss in held) <= limit,
        )
    yield Measurement(
        "memory of a worker, shared libraries in full (RSS)",
        ", ".join(f"{rss:.0f} MB" for _pss, rss in of_all),
    )
    yield Measurement("memory of master and workers, every language", f"{total:.0f} MB")


def _within(what: str, seen: Spread, limit: float) -> Measurement:
    """Return seconds beside their limit."""
    holds = seen.median <= limit
    return Measurement(what, seen.describe("s"), f"at most {limit:g} s", holds=holds)


def _used(server: Gunicorn, codes: Iterable[str]) -> list[tuple[float, float]]:
    """Ask for every kind of page until both workers have sent it; return what they hold."""
    paths = [*PATHS, *(f"/{code}/{path}" for code in codes for path in PATHS_OF_A_LANGUAGE)]
    for _round in range(6):
        for path in paths:
            get(server, path, {"Accept-Encoding": "br"})
    return server.memory()
