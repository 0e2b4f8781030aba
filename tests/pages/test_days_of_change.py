"""When what a page states last changed: said where it is known, and nowhere else."""

import datetime
import re

import pytest
import time_machine
from django.apps import apps

from rollout.facts import writer
from rollout.models import Department, DepartmentText, EntryText
from rollout.models.content_tracking import ContentTracked
from tests.support.addresses import LANGUAGES

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
UNCHANGED_SINCE = {"en": "Facts unchanged since", "fr": "Informations inchangées depuis le"}
CHECKED = {"en": "Checked on", "fr": "Vérifié le"}


@pytest.fixture
def _no_day_known(db):
    """A site whose files had no ledger of changes."""
    for model in (model for model in apps.get_models() if issubclass(model, ContentTracked)):
        model._default_manager.update(changed_at=None)


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", "", answer.content.decode()).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_since_when_it_has_not_changed(client, language):
    page = client.get(f"/{language}/departments/02-aisne/").content.decode()
    day = '<time datetime="2026-11-23">'
    assert re.search(f"{UNCHANGED_SINCE[language]}\\s*{day}", page)
    assert '"dateModified": "2026-11-23"' in page


@pytest.mark.usefixtures("_no_day_known")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", ["", "departments/69-rhone/", "glossary/", "sources/", "rollout/pilot-2023/", "data/"]
)
def test_where_no_day_is_known_a_page_claims_none(client, language, path):
    answer = client.get(f"/{language}/{path}")
    assert answer.status_code == 200
    assert UNCHANGED_SINCE[language] not in text_of(answer)
    assert "dateModified" not in answer.content.decode()
    if path != "sources/":
        assert '"lastReviewed": "' in answer.content.decode()
        assert CHECKED[language] in text_of(answer)


@pytest.mark.parametrize("model", [Department, DepartmentText])
def test_one_unknown_day_is_enough_to_claim_none(client, model):
    """It may be later than those that are known."""
    address = "/en/departments/59-nord/"
    assert UNCHANGED_SINCE["en"] in text_of(client.get(address))
    key = "code" if model is Department else "department_id"
    assert model.objects.filter(**{key: "59"}).update(changed_at=None)
    writer.bump_data_version()
    assert UNCHANGED_SINCE["en"] not in text_of(client.get(address))


@pytest.mark.usefixtures("_no_day_known")
def test_where_no_day_is_known_sitemaps_have_none(client):
    for address in ("/sitemap.xml", *(f"/sitemap-{language}.xml" for language in LANGUAGES)):
        answer = client.get(address)
        assert answer.status_code == 200
        assert b"<loc>" in answer.content
        assert b"lastmod" not in answer.content


def test_an_editors_change_has_its_moment_also_where_no_day_was_known(client, editor):
    Department.objects.update(changed_at=None)
    rhone = Department.objects.get(code="69")
    rhone.certainty = "official"
    with time_machine.travel(NOON, tick=False):
        writer.save_fact(rhone, by=editor)
    page = client.get("/en/departments/69-rhone/").content.decode()
    assert '"dateModified": "2030-01-01"' in page
    assert "dateModified" not in client.get("/en/departments/71-saone-et-loire/").content.decode()


# --- /updates/ -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "No correction since 29 November 2026."),
        ("fr", "Aucune correction depuis le 29 novembre 2026."),
    ],
)
def test_without_updates_the_page_says_since_when_nothing_was_corrected(client, language, sentence):
    answer = client.get(f"/{language}/updates/")
    assert sentence in text_of(answer).replace("\xa0", " ")
    assert '<time datetime="2026-11-29">' in answer.content.decode()


@pytest.mark.usefixtures("_no_day_known")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "No correction so far."), ("fr", "Aucune correction à ce jour.")],
)
def test_without_a_known_day_it_names_none(client, language, sentence):
    assert sentence in text_of(client.get(f"/{language}/updates/"))


def test_a_draft_is_no_correction(client):
    EntryText.objects.filter(entry="nir", language="fr").update(status="draft", changed_at=NOON)
    seen = text_of(client.get("/en/updates/")).replace("\xa0", " ")
    assert "No correction since 29 November 2026" in seen


def test_with_updates_it_lists_them(client, editor):
    writer.publish_update("Rhône opened earlier.", by=editor)
    seen = text_of(client.get("/en/updates/"))
    assert "Rhône opened earlier." in seen
    assert "No correction" not in seen
