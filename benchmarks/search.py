"""Search: what a query costs in process, beside two plainer ways to do it in the same run."""

import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import quantiles

from django.conf import settings
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from benchmarks import _django
from tests.support.measurements import Measurement

_django.set_up()

from rollout.models import Commune
from rollout.search import CommuneRow, Index, find, service
from rollout.search.normalise import key_of
from tests.support.search_report import LETTERS, slipped

ABOUT = (
    "1,000 mixed queries (towns, beginnings, slips, nonsense, postcodes, addresses; a third are "
    "chains, short forms, groups of communes, sentences) in this process, CPU of this thread. The "
    "text of the index is built three times, and opened three times from its file as each worker "
    "does; its memory is that file, which all workers share, and what tracemalloc counts besides. "
    "The plainer ways are SQL's LIKE over the same names, and rapidfuzz over all without buckets."
)
QUERY_COUNT = 1000
SLOW_QUERY_COUNT = 60  # the plainer ways are slow: they answer only so many
MAX_P50_MS, MAX_P99_MS, MAX_OPEN_SECONDS, MAX_MEMORY_MB = 1.0, 5.0, 1.0, 45.0
"""Milliseconds, milliseconds, seconds, megabytes."""


def queries(communes: list[CommuneRow]) -> list[tuple[str, str]]:
    """Return mixed queries with their kinds, the same ones in every run."""
    chance = random.Random(3)
    made = []
    for number in range(QUERY_COUNT):
        row, other = chance.choice(communes), chance.choice(communes)
        name = row.name.lower()
        code = row.postcodes[0] if row.postcodes else "59017"
        made.append(
            (
                ("exact", name),
                ("prefix", name[: chance.randrange(1, 8)]),
                ("one slip", slipped(name, 1, chance)),
                ("two slips", slipped(name, 2, chance)),
                ("nonsense", "".join(chance.choices(LETTERS + " ", k=chance.randrange(3, 30)))),
                ("postcode", code),
                ("address", f"12 rue de la République {code} {name}"),
                ("with number", f"{name} {row.department}"),
                ("saint", "saint" + chance.choice(["", "e", "-m", " je", "-mar", "-pier"])),
                ("long", " ".join(chance.choices([*name.split("-"), "la", "x"], k=60))),
                ("chain", f"{name}, {other.name}, {row.department}, Bretagne, France"),
                ("postcode of another town", f"3 rue de la gare {code} {other.name}"),
                ("short forms", f"3 gd {name.replace('-', '/')} s/ {slipped(name, 1, chance)}"),
                ("group of communes", f"communauté de communes {slipped(name, 1, chance)}"),
                ("sentence", f"does the carte vitale app work in {slipped(name, 1, chance)} yet"),
            )[number % 15]
        )
    return made


def timed(answer: Callable[[str], object], terms: list[tuple[str, str]]) -> dict[str, list[float]]:
    """Return the milliseconds that each query took, by kind and in all."""
    times: dict[str, list[float]] = {"all": []}
    for kind, query in terms:
        start = time.thread_time()
        answer(query)
        took = (time.thread_time() - start) * 1000
        times["all"].append(took)
        times.setdefault(kind, []).append(took)
    return times


def middle_and_most(times: list[float]) -> tuple[float, float]:
    """Return p50 and p99."""
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def by_like(query: str) -> list[str]:
    """Response as a plain site would: SQL's LIKE on both sides."""
    return list(Commune.objects.filter(name__icontains=query).values_list("insee", flat=True)[:10])


def built() -> float:
    """Return the seconds of CPU that the text of the index takes, the database's part included."""
    start = time.thread_time()
    service.build_text()
    return time.thread_time() - start


def opened() -> tuple[Index, float]:
    """Return the index as a process that starts gets it, and the seconds of CPU until then."""
    service.clear()
    start = time.thread_time()
    index = service.index()
    return index, time.thread_time() - start


def run() -> Iterator[Measurement]:
    """Measure queries, the index, and the plainer ways."""
    if not Commune.objects.exists():
        raise RuntimeError("The database is empty: manage.py migrate, manage.py load_data.")
    connection.ensure_connection()
    communes = service.communes()
    builds = [built() for _ in range(3)]
    service.index()  # writes its file
    openings = [opened()[1] for _ in range(3)]
    service.clear()
    gc.collect()
    tracemalloc.start()
    index, _ = opened()
    gc.collect()
    own = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    shared = sum(file.stat().st_size for file in settings.SEARCH_INDEX_DIR.iterdir()) / 1e6
    terms = queries(communes)
    names = [key_of(row.name) for row in communes]

    def naively(query: str) -> object:
        """Response by comparing with every name."""
        return process.extract(key_of(query), names, scorer=OSA.distance, score_cutoff=2)

    ours: dict[str, list[float]] = {}
    like: list[float] = []
    naive: list[float] = []
    for _round in range(3):  # alternating, so that a busy moment hits all
        for kind, took in timed(lambda query: find(query, index), terms).items():
            ours.setdefault(kind, []).extend(took)
        like += timed(by_like, terms[:SLOW_QUERY_COUNT])["all"]
        naive += timed(naively, terms[:SLOW_QUERY_COUNT])["all"]
    yield from beside_limits(ours.pop("all"), min(openings), f"{len(communes):,} names")
    yield Measurement("the index built: CPU", f"{min(builds):.3g} s")
    yield below("its memory, the shared file in full", own + shared, MAX_MEMORY_MB, "MB")
    yield Measurement("its memory in each worker, without the file", f"{own:.3g} MB")
    for kind, took in ours.items():
        half, most = middle_and_most(took)
        yield Measurement(f"{kind}: p50 and p99", f"{half:.3f} and {most:.3f} ms")
    half = middle_and_most([time for took in ours.values() for time in took])[0]
    for name, times in (("LIKE", like), ("rapidfuzz over all", naive)):
        theirs = middle_and_most(times)[0]
        yield Measurement(f"{name}: p50", f"{theirs:.1f} ms, {theirs / half:.0f} times ours")


def beside_limits(times: list[float], opening: float, of: str) -> Iterator[Measurement]:
    """Yield the figures that have limits, for an index of so many names."""
    p50, p99 = middle_and_most(times)
    yield below(f"all queries, {of}: p50", p50, MAX_P50_MS, "ms")
    yield below(f"all queries, {of}: p99", p99, MAX_P99_MS, "ms")
    yield below(f"the index opened, {of}: CPU", opening, MAX_OPEN_SECONDS, "s")


def below(what: str, figure: float, limit: float, unit: str) -> Measurement:
    """Return a figure that must not be above its limit."""
    return Measurement(
        what, f"{figure:.3g} {unit}", f"at most {limit:g} {unit}", holds=figure <= limit
    )
