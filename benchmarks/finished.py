"""Finished pages: what gunicorn pays to send what is kept, against sending fixed bytes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import Figure, _django, _servers
from benchmarks._rounds import Spread, in_turns
from benchmarks._servers import BROTLI, OURS, PAGE, Answer, Server, load

_django.set_up()

WHAT = (
    "One gunicorn worker sends a finished page, compressed with brotli; in turns with it, the same "
    "gunicorn sends the same head and bytes from memory, and does nothing else. CPU of the server's"
    " processes for each request, and requests a second over four connections of loopback."
)
PAGES = {
    "department": PAGE,
    "home": "/en/",
    "day": "/en/?on=2025-06-01",
    "feed": "/en/updates.atom",
    "API": "/api/v1/departments.csv",
    "image": "/en/share.png",
}
MOST = 1.3
MOST_304 = 1.1
LEAST = 0.8
HOP_BY_HOP = {"connection", "date", "server", "transfer-encoding"}


def bench() -> Iterator[Figure]:
    """Measure each kind of page, and the answer that it has not changed."""
    with _servers.folder() as var, _servers.gunicorn(OURS, var) as ours:
        for name, path in PAGES.items():
            ours.get(path, **BROTLI)
            page = ours.get(path, **BROTLI)
            with fixed(page, var) as theirs:
                yield from _beside(name, path, ours, theirs)
                if name == "department":
                    yield _not_modified(page, ours, theirs)
        yield _beside_search(ours)


def fixed(page: Answer, var: Path):  # type: ignore[no-untyped-def]
    """Give a gunicorn that sends this answer, whatever it is asked."""
    (var / "body").write_bytes(page.body)
    said = {
        "status": "200 OK",
        "headers": [head for head in page.headers.items() if head[0] not in HOP_BY_HOP],
        "body": str(var / "body"),
    }
    (var / "fixed.json").write_text(json.dumps(said))
    return _servers.gunicorn(
        "benchmarks._applications:fixed()",
        var,
        config="benchmarks/_gunicorn.py",
        FIXED=str(var / "fixed.json"),
    )


def _beside(name: str, path: str, ours: Server, theirs: Server) -> Iterator[Figure]:
    rates: list[float] = []
    costs: list[float] = []

    def loaded(server: Server) -> Callable[[], float]:
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
    yield Figure(
        f"{name} (`{path}`): CPU against fixed bytes",
        f"{cost.said()}; {ms[0]:.3f} against {ms[1]:.3f} ms",
        f"at most {MOST} times",
        holds=cost.median <= MOST,
    )
    yield Figure(
        f"{name}: requests/s against fixed bytes",
        f"{rate.said()}; {rates[0]:.0f} against {rates[1]:.0f}",
        f"at least {LEAST}",
        holds=rate.median >= LEAST if _servers.sees_rates() else None,
    )


def _not_modified(page: Answer, ours: Server, theirs: Server) -> Figure:
    """Compare the answer "not modified" with sending the fixed bytes."""
    known = {**BROTLI, "If-None-Match": page.headers["etag"]}
    if ours.get(PAGE, **known).status != 304:
        return Figure("304", "not sent", f"at most {MOST_304} times", holds=False)
    a, b, ratio = in_turns(
        lambda: load(ours, PAGE, known).cpu_ms, lambda: load(theirs, PAGE, BROTLI).cpu_ms
    )
    return Figure(
        "304 for a department page: CPU against fixed bytes",
        f"{ratio.said()}; {a.median:.3f} against {b.median:.3f} ms",
        f"at most {MOST_304} times",
        holds=ratio.median <= MOST_304,
    )


def _beside_search(ours: Server) -> Figure:
    """Tell what a search costs behind the same door, where nothing is kept of it."""
    seen = Spread([load(ours, "/en/?q=villeurbanne", BROTLI).cpu_ms for _ in range(3)])
    return Figure("a search through the door, compressed: CPU", seen.said("ms"))
