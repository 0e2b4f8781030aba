"""The same files, loaded on two days, make the same site: its days are those of the files."""

import datetime
import itertools
from pathlib import PurePosixPath

import pytest
import time_machine
from django.utils.translation import override

from rollout.importing import load
from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.models import DataVersion, Department
from rollout.pages import registry
from tests.support import database
from tests.support.addresses import LANGUAGES, SAMPLES
from tests.support.languages import public_in_files

pytestmark = pytest.mark.django_db

LOADS = [
    datetime.datetime(2026, 12, 1, 3, tzinfo=datetime.UTC),
    datetime.datetime(2027, 1, 20, 17, 30, tzinfo=datetime.UTC),
]
AFTERWARDS = datetime.datetime(2027, 2, 1, 10, tzinfo=datetime.UTC)
PER_KIND = {".atom": None, ".png": 1}
"""How many files of a place are compared, by the ending, if not 3; None: all."""
OF_ALL_LANGUAGES = [path for path in SAMPLES if path.split("/")[0] not in FULL_LANGUAGES_ONLY]
FOR_MACHINES = [
    "/robots.txt",
    "/sitemap.xml",
    *(f"/sitemap-{language}.xml" for language in LANGUAGES),
    "/api/v1/",
    "/api/v1/openapi.json",
    *(f"/api/v1/departments{name}" for name in ("", ".csv", ".json", ".geojson", "/69")),
    "/api/v1/departments.csv-metadata.json",
    "/api/v1/departments.schema.json",
    "/api/v1/dcat.jsonld",
    "/api/v1/datapackage.json",
    *(f"/api/v1/{name}?language=fr" for name in ("regions", "phases", "entries", "updates")),
    "/api/v1/search?q=lyon",
]


def _addresses():
    """Return the addresses to compare: samples of each kind, all feeds and sitemaps."""
    addresses = [f"/en/{path}" for path in SAMPLES]
    addresses += [f"/fr/{path}" for path in SAMPLES if "?" not in path]
    for position, code in enumerate(public_in_files()):  # together they have all samples
        addresses += [f"/{code}/{path}" for path in OF_ALL_LANGUAGES[position::11]]
        addresses.append(f"/{code}/updates.atom")
    for language in LANGUAGES:
        with override(language):
            paths = list(registry.every_file())
        for (_place, ending), group in itertools.groupby(paths, key=_kind):
            addresses += itertools.islice(group, PER_KIND.get(ending, 3))
    return [*addresses, *FOR_MACHINES]


def _kind(path):
    """Return what a file belongs to, and the ending of its name."""
    return path.split("/")[2], PurePosixPath(path).suffix


def _site(client):
    with time_machine.travel(AFTERWARDS, tick=False):
        answers = {address: client.get(address) for address in _addresses()}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: answer.content for address, answer in answers.items()}


def test_the_same_files_loaded_on_two_days_make_the_same_site_byte_for_byte(client):
    sites, versions, keys = [], [], []
    for moment in LOADS:
        database.empty()
        with time_machine.travel(moment, tick=False):
            load.load_data()
        assert DataVersion.objects.get().since == moment
        versions.append(DataVersion.current())
        keys.append(Department.objects.get(code="59").texts.get(language="en").pk)
        sites.append(_site(client))
    first, second = sites
    different = [address for address in first if first[address] != second[address]]
    assert different == []
    assert first.keys() == second.keys()
    assert len(first) > 300
    # What must not show in any of them differs: the comparison has a chance to fail.
    assert versions[0] != versions[1]
    assert keys[0] != keys[1]
    feeds = [content for address, content in first.items() if address.endswith("updates.atom")]
    assert len(feeds) == len(LANGUAGES) * (1 + 101 + 18) + len(public_in_files())
