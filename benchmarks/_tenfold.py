"""Fills the database of its VAR_DIR with made-up rows, measures, and prints JSON: see tenfold."""

import json
import random
import string
import sys
from itertools import product
from statistics import median

from benchmarks import _django

_django.set_up()

from django.utils import timezone

from benchmarks import search
from benchmarks._applications import built_anew
from benchmarks.pages import ask
from rollout.facts import writer
from rollout.models import Commune, Department, ReferenceFile, Update, UpdateText
from rollout.search import find, service

COMMUNES_FACTOR = 10
SIGNS = string.digits + string.ascii_uppercase
UPDATE_COUNT = 10_000
ENDINGS = ("", "", "-le-Haut", "-les-Bains", "-sur-Orme", "-la-Forêt")


def fill() -> None:
    """Add the rows."""
    chance = random.Random(5)
    real = list(Commune.objects.filter(kind="C"))
    parts = [row.name.split("-") for row in real]
    made = [
        Commune(
            insee=f"~{''.join(number)}",  # no number of INSEE's
            name="-".join([*row.name.split("-")[:2], chance.choice(parts)[-1]])[:80]
            + chance.choice(ENDINGS),
            department_id=row.department_id,
            kind="C",
            postcodes=row.postcodes,
            population=row.population // 10,
        )
        for number, row in zip(product(SIGNS, repeat=4), real * (COMMUNES_FACTOR - 1), strict=False)
    ]
    Commune.objects.bulk_create(made, batch_size=5000)
    ReferenceFile.objects.filter(name="communes.csv").update(digest="made up")
    updates = [Update(published_at=timezone.now()) for _ in range(UPDATE_COUNT)]
    Update.objects.bulk_create(updates, batch_size=5000)
    texts = [UpdateText(update=u, language="en", note=f"Made up {u.pk}") for u in updates]
    UpdateText.objects.bulk_create(texts, batch_size=5000)
    through = Update.departments.through
    codes = list(Department.objects.values_list("pk", flat=True))
    links = [through(update_id=u.pk, department_id=chance.choice(codes)) for u in updates]
    through.objects.bulk_create(links, batch_size=5000)
    writer.bump_data_version()


def main(paths: list[str]) -> None:
    """Print the seconds of the index, the milliseconds of each query and page."""
    terms = search.queries(service.communes())
    fill()
    build = search.built()
    service.index()  # writes its file
    index, opening = search.opened()
    queries = [
        took
        for _round in range(3)
        for took in search.timed(lambda query: find(query, index), terms)["all"]
    ]
    application, pages = built_anew(), {}
    for path in paths:
        ask(application, path)
        pages[path] = median(ask(application, path)[0] for _ in range(15))
    names = Commune.objects.count()
    seen = {"names": names, "build": build, "opening": opening, "queries": queries, "pages": pages}
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
