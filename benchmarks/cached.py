"""Cached responses: what gunicorn pays to send them, against sending fixed bytes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import _django, _servers
from benchmarks._rounds import Spread, in_turns
from benchmarks._servers import BROTLI, PAGE, SITE_APPLICATION, get, load
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import Response

_django.set_up()

ABOUT = (
    "One gunicorn worker sends a cached response, compressed with brotli; in turns with it, the "
    "same gunicorn sends the same head and bytes from memory, and does nothing else. CPU of the "
    "server's processes for each request, and requests a second over four connections of loopback."
)
PAGES = {
    "department": PAGE,
    "home": "/en/",
    "day": "/en/?on=2025-06-01",
    "feed": "/en/updates.atom",
    "API": "/api/v1/departments.csv",
    "image": "/en/share.png",
}
MAX_CPU_RATIO = 1.3
MAX_CPU_RATIO_304 = 1.1
MIN_RATE_RATIO = 0.8
HOP_BY_HOP = {"connection", "date", "server", "transfer-encoding"}


def run() -> Iterator[Measurement]:
    """Measure each kind of page, and the answer that it has not changed."""
    with _servers.folder() as var, _servers.gunicorn(SITE_APPLICATION, var) as ours:
        for name, path in PAGES.items():
            get(ours, path, BROTLI)
            page = get(ours, path, BROTLI)
            with fixed(page, var) as theirs:
                yield from _beside(name, path, ours, theirs)
                if name == "department":
                    yield _not_modified(page, ours, theirs)
        yield _beside_search(ours)


def fixed(page: Response, var: Path):  # type: ignore[no-untyped-def]
    """Return a gunicorn that sends this response to every request."""
    (var / "body").write_bytes(page.body)
    response = {
        "status": "200 OK",
        "headers": [head for head in page.headers.items() if head[0] not in HOP_BY_HOP],
        "body": str(var / "body"),
    }
    (var / "fixed.json").write_text(json.dumps(response))
    return _servers.gunicorn(
        "benchmarks._applications:fixed()",
        var,
        config="benchmarks/_gunicorn.py",
        FIXED=str(var / "fixed.json"),
    )


def _beside(name: str, path: str, ours: Gunicorn, theirs: Gunicorn) -> Iterator[Measurement]:
    rates: list[float] = []
    costs: list[float] = []

    def loaded(server: Gunicorn) -> Callable[[], float]:
        """Return a measurement that notes both the cost and the rate."""

        def measure() -> float:
            """Load it, and return its rate."""
            seen = load(server, path, BROTLI)
            costs.append(seen.cpu_ms)
            return seen.per_second

        return measure

    a, b, rate = in_turns(loaded(ours), loaded(theirs), rounds=3)
    rates += [a.median, b.median]
    cost = Spread([x / y for x, y in zip(costs[::2], costs[1::2], strict=True)])
    ms = (Spread(costs[::2]).median, Spread(costs[1::2]).median)
    yield Measurement(
        f"{name} (`{path}`): CPU against fixed bytes",
        f"{cost.describe()}; {ms[0]:.3f} against {ms[1]:.3f} ms",
        f"at most {MAX_CPU_RATIO} times",
        holds=cost.median <= MAX_CPU_RATIO,
    )
    yield Measurement(
        f"{name}: requests/s against fixed bytes",
        f"{rate.describe()}; {rates[0]:.0f} against {rates[1]:.0f}",
        f"at least {MIN_RATE_RATIO}",
        holds=rate.median >= MIN_RATE_RATIO if _servers.sees_rates() else None,
    )


def _not_modified(page: Response, ours: Gunicorn, theirs: Gunicorn) -> Measurement:
    """Compare the answer "not modified" with sending the fixed bytes."""
    conditional = {**BROTLI, "If-None-Match": page.headers["etag"]}
    if get(ours, PAGE, conditional).status != 304:
        return Measurement("304", "not sent", f"at most {MAX_CPU_RATIO_304} times", holds=False)
    a, b, ratio = in_turns(
        lambda: load(ours, PAGE, conditional).cpu_ms, lambda: load(theirs, PAGE, BROTLI).cpu_ms
    )
    return Measurement(
        "304 for a department page: CPU against fixed bytes",
        f"{ratio.describe()}; {a.median:.3f} against {b.median:.3f} ms",
        f"at most {MAX_CPU_RATIO_304} times",
        holds=ratio.median <= MAX_CPU_RATIO_304,
    )


def _beside_search(ours: Gunicorn) -> Measurement:
    """Tell what a search costs in the same process, of which nothing is cached."""
    seen = Spread([load(ours, "/en/?q=villeurbanne", BROTLI).cpu_ms for _ in range(3)])
    return Measurement("a search, which is not cached, compressed: CPU", seen.describe("ms"))
