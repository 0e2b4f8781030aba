"""How fast the search is, beside two plainer ways to do it, in the same run: `make bench`.

Absolute times wander from machine to machine; the ratios hold. The plainer ways are SQL's LIKE over
the same names, and rapidfuzz over all of them without buckets.
"""

import gc
import os
import platform
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import quantiles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rollout import gazetteer
from rollout.models import Commune
from rollout.search import CommuneRow, Index, find
from rollout.search.folding import key_of

QUERIES = 1000
SAMPLE = 60  # the plainer ways are slow: they answer only so many
BARS = {"p50": 1.0, "p99": 5.0, "build": 1.0, "memory": 40.0}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slipped(name: str, slips: int, chance: random.Random) -> str:
    """Return a name with that many letters dropped, added, changed or swapped."""
    for _ in range(slips):
        at = chance.randrange(1, max(2, len(name) - 1))
        letter = chance.choice(LETTERS)
        name = chance.choice(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            ]
        )
    return name


def queries(communes: list[CommuneRow]) -> list[tuple[str, str]]:
    """Return mixed queries with their kinds, the same ones in every run."""
    chance = random.Random(3)
    made = []
    for number in range(QUERIES):
        row = chance.choice(communes)
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
            )[number % 10]
        )
    return made


def timed(answer: Callable[[str], object], asked: list[tuple[str, str]]) -> dict[str, list[float]]:
    """Return the milliseconds that each query took, by kind and in all."""
    times: dict[str, list[float]] = {"all": []}
    for kind, query in asked:
        start = time.perf_counter()
        answer(query)
        took = (time.perf_counter() - start) * 1000
        times["all"].append(took)
        times.setdefault(kind, []).append(took)
    return times


def middle_and_most(times: list[float]) -> tuple[float, float]:
    """Return p50 and p99."""
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def by_like(query: str) -> list[str]:
    """Answer as a plain site would: SQL's LIKE on both sides."""
    return list(Commune.objects.filter(name__icontains=query).values_list("insee", flat=True)[:10])


def built() -> tuple[Index, float]:
    """Return a new index and the seconds that it took, the database's part included."""
    start = time.perf_counter()
    index = gazetteer.built()
    return index, time.perf_counter() - start


def main() -> int:
    """Print each figure beside its bar; return 1 if one is missed."""
    if not Commune.objects.exists():
        sys.exit("The database is empty: manage.py migrate, manage.py load_data.")
    connection.ensure_connection()
    communes = gazetteer.communes()
    builds = [built()[1] for _ in range(3)]
    gc.collect()
    tracemalloc.start()
    index, _ = built()
    gc.collect()
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()

    asked = queries(communes)
    names = [key_of(row.name) for row in communes]

    def naively(query: str) -> object:
        return process.extract(key_of(query), names, scorer=OSA.distance, score_cutoff=2)

    ours: dict[str, list[float]] = {}
    like: list[float] = []
    naive: list[float] = []
    for _round in range(3):  # alternating, so that a busy moment hits all
        for kind, took in timed(lambda query: find(query, index), asked).items():
            ours.setdefault(kind, []).extend(took)
        like += timed(by_like, asked[:SAMPLE])["all"]
        naive += timed(naively, asked[:SAMPLE])["all"]

    p50, p99 = middle_and_most(ours["all"])
    figures = {"p50": p50, "p99": p99, "build": min(builds), "memory": memory}
    units = {"p50": "ms", "p99": "ms", "build": "s", "memory": "MB"}
    show(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    show(f"{settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[1]}, {len(communes)} names\n")
    for kind, took in ours.items():
        half, most = middle_and_most(took)
        show(f"  {kind:12} p50 {half:7.3f} ms   p99 {most:7.3f} ms\n")
    for name, times in (("LIKE", like), ("rapidfuzz over all", naive)):
        half, _ = middle_and_most(times)
        show(f"  {name:18} p50 {half:7.3f} ms = {half / p50:.0f} times ours\n")
    missed = [name for name, figure in figures.items() if figure > BARS[name]]
    for name, figure in figures.items():
        verdict = "missed" if name in missed else "met"
        verdict += f" (bar {BARS[name]:g} {units[name]})"
        show(f"  {name:7} {figure:7.3f} {units[name]:2} {verdict}\n")
    show(f"search: {len(figures) - len(missed)} of {len(figures)} bars met\n")
    return 1 if missed else 0


def show(text: str) -> None:
    """Write to standard output."""
    sys.stdout.write(text)


if __name__ == "__main__":
    sys.exit(main())
