"""Each constraint refuses bad rows in the database, and in forms with a sentence for editors."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    Region,
    Source,
    Wave,
    WaveText,
)

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat


def refusals(row):
    """Return what an editor reads."""
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return " ".join(refusal.value.messages)


def check(row, sentence):
    """Check that both the form and the database refuse a row."""
    assert sentence in refusals(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"precision": ""}, "An opening day needs its precision"),
        ({"opened_on": None}, "An opening day needs its precision"),
        ({"opened_on": day("2023-07-24")}, "No department opened before the pilot"),
        ({"wave": None}, "A department with an opening day belongs to a wave."),
        ({"suspended_from": day("2023-01-01")}, "can only be suspended once it is open"),
        ({"suspended_until": day("2027-01-01")}, "A suspension has a first day"),
        (
            {"suspended_from": day("2026-01-02"), "suspended_until": day("2026-01-02")},
            "A suspension has a first day",
        ),
        (
            {"opened_on": None, "precision": "", "suspended_from": day("2026-01-02")},
            "can only be suspended once it is open",
        ),
        ({"check_again_by": day("2026-11-23")}, "must be later than"),
        ({"certainty": "quite"}, "'quite' is not a valid choice"),
    ],
)
def test_a_department_that_cannot_be_is_refused(values, sentence):
    rhone = Department.objects.get(code="69")
    for name, value in values.items():
        setattr(rhone, name, value)
    check(rhone, sentence)


@pytest.mark.parametrize("code", ["6", "2a", "9710"])
def test_a_number_that_no_department_has_is_refused(code):
    row = Department(code=code, name="Nowhere", region_id="84", certainty="official")
    row.last_checked = day("2026-11-23")
    assert "such as 01, 2A or 971" in refusals(row) or "at most 3 characters" in refusals(row)
    if len(code) < 4:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_a_department_has_a_name_and_a_number_of_its_own():
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.filter(code="69").update(name="Ain")
    assert "already exists" in refusals(
        Department(code="69", name="X", region_id="84", certainty="official")
    )


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Region(code="8", name="X", slug="x", zone="metro"), "has two digits"),
        (Region(code="85", name="X", slug="x", zone="mars"), "'mars' is not a valid choice"),
        (
            Wave(slug="x", position=0, last_checked=day("2026-11-23")),
            "Waves are counted from 1.",
        ),
        (
            Source(slug="x", publisher="X", language="fr", published_precision="day"),
            "no date needs nothing",
        ),
        (
            Source(slug="x", publisher="X", language="fr", published_on=day("2026-01-01")),
            "no date needs nothing",
        ),
        (
            Entry(
                slug="x",
                kind="poem",
                position=1,
                certainty="official",
                last_checked=day("2026-11-23"),
            ),
            "'poem' is not a valid choice",
        ),
        (
            Entry(
                slug="x",
                kind="step",
                position=1,
                certainty="official",
                last_checked=day("2026-11-23"),
                day=day("2026-01-01"),
            ),
            "no date needs nothing",
        ),
    ],
)
def test_other_rows_that_cannot_be_are_refused(row, sentence):
    check(row, sentence)


def test_one_text_per_language():
    check(WaveText(wave_id="pilot-2023", language="fr", name="Encore"), "a text in this language")
    entry = Entry.objects.first()
    check(EntryText(entry=entry, language="fr", title="Encore"), "a text in this language")


def test_one_source_per_address_but_several_without():
    other = Source.objects.exclude(url="")[0]
    check(
        Source(slug="x", publisher="X", language="fr", url=other.url),
        "Another source has this address already.",
    )
    for slug in ("unknown-1", "unknown-2"):
        row = Source(slug=slug, publisher="X", language="fr")
        row.full_clean()
        row.save()


@pytest.mark.parametrize("slug", ["With Capitals", "été", "-x", "x-", "x--y", "x\n"])
def test_a_short_name_that_would_break_an_address_is_refused(slug):
    row = Source(slug=slug, publisher="X", language="fr")
    assert "lower-case letters" in refusals(row)


def test_a_source_is_a_web_address():
    row = Source(slug="x", publisher="X", language="fr", url="javascript:alert(1)")
    assert "valid URL" in refusals(row)


@pytest.mark.parametrize(
    ("slug", "values", "sentence"),
    [
        ("install-the-app", {"route": None}, "A step belongs to a route"),
        ("show-the-qr-code", {"french_words": ""}, "A phrase needs its French words"),
        ("mutuelle-promise", {"day": None, "day_precision": ""}, "A milestone needs its day."),
    ],
)
def test_an_entry_that_cannot_be_is_refused(slug, values, sentence):
    entry = Entry.objects.get(slug=slug)
    for name, value in values.items():
        setattr(entry, name, value)
    check(entry, sentence)


@pytest.mark.parametrize(
    ("model", "key", "values", "sentence"),
    [
        (HealthScheme, "general", {"minimum_age": 17}, "Value 17 is not a valid choice"),
        (HealthScheme, "general", {"outcome": "perhaps"}, "'perhaps' is not a valid choice"),
        (ActivationRoute, "france-identite", {"minimum_age": 15}, "Value 15 is not a valid choice"),
        (
            ActivationRoute,
            "france-identite",
            {"by_department": True, "opened_on": None},
            "Another route opened department by department already.",
        ),
        (
            ActivationRoute,
            "document-and-video",
            {"opened_on": day("2025-11-18")},
            "has no day of its own",
        ),
    ],
)
def test_a_row_of_the_check_that_cannot_be_is_refused(model, key, values, sentence):
    row = model.objects.get(pk=key)
    for name, value in values.items():
        setattr(row, name, value)
    check(row, sentence)


def test_a_document_and_a_route_have_one_row_from_a_day():
    first = Acceptance.objects.get(document="titre-de-sejour", since=None)
    again = Acceptance(
        document=first.document,
        route=first.route,
        outcome="no",
        certainty="official",
        last_checked=first.last_checked,
    )
    check(again, "have a row without a day already")
    again.since = first.since = day("2027-02-01")
    first.save()
    check(again, "have a row from that day already")
