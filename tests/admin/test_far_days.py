"""A day far from the others of its wave is asked about in words before it is saved."""

import csv
import datetime
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rollout.admin.far_days import MAX_DAYS_APART, far_days
from rollout.models import Department, Wave
from tests.support.admin_forms import add, change, form_values

pytestmark = pytest.mark.django_db
day = datetime.date.fromisoformat
WHOLE_FRANCE = day("2025-11-18")
SENTENCE = (
    "75 Paris: 15\xa0January 2024 is 673 days away from 18\xa0November 2025, the nearest day of the "
    "others in the wave “2025 expansion: all of France”."
)
OPEN = "/admin/rollout/department/edit/"
OPENING = {
    "opened_on": "2026-11-30",
    "precision": "on",
    "wave": "expansion-2025-november",
    "certainty": "official",
    "sources": ["ameli-2025-11"],
    "change_note": "Twelve departments open later.",
}


def paris():
    return Department.objects.get(code="75")


def box(html):
    """Return the box that confirms a day, as HTML."""
    return re.findall(r'<input [^>]*name="confirmed_day"[^>]*>', html)[0]


def test_a_mistyped_day_is_not_saved_but_asked_about_with_all_that_was_typed(admin_page):
    response = change(admin_page, paris(), opened_on="2024-01-15", change_note="Paris, at last.")
    assert response.status_code == 200
    html = response.content.decode()
    assert SENTENCE in html
    assert "If it is right, tick this box and save again." in html
    assert "Yes, this day is right" in html
    assert 'type="checkbox"' in box(html)
    assert "checked" not in box(html)
    sent = form_values(html)
    assert sent["opened_on"] == ["2024-01-15"]
    assert sent["change_note"] == ["Paris, at last."]
    assert paris().opened_on == WHOLE_FRANCE


def test_it_is_saved_once_that_very_day_is_confirmed(admin_page):
    address = "/admin/rollout/department/75/change/"
    first = change(admin_page, paris(), opened_on="2024-01-15").content.decode()
    value = re.findall(r'value="([^"]+)"', box(first))[0]
    other = form_values(first) | {"opened_on": "2024-01-16", "confirmed_day": value}
    again = admin_page.post(address, other).content.decode()
    assert "16\xa0January 2024 is 672 days away" in again
    assert "checked" not in box(again)
    confirmed = form_values(again) | {"confirmed_day": "2024-01-16"}
    assert admin_page.post(address, confirmed).status_code == 302
    assert paris().opened_on == day("2024-01-16")


def test_another_wave_is_asked_about_like_another_day(admin_page):
    response = change(admin_page, paris(), wave="pilot-2023")
    assert "18\xa0November 2025 is 847 days away from 25\xa0July 2023" in response.content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"opened_on": "2025-12-19"},  # 31 days
        {"last_checked": "2026-11-28"},
        {"opened_on": "", "precision": ""},
    ],
)
def test_nothing_is_asked_of_a_near_day_or_without_another_day(admin_page, values):
    assert change(admin_page, paris(), **values).status_code == 302


def test_a_far_day_that_was_there_before_is_not_asked_about_again(admin_page):
    Department.objects.filter(code="75").update(opened_on="2024-01-15")
    assert change(admin_page, paris(), last_checked="2026-11-28").status_code == 302


def test_a_tick_that_is_left_over_is_no_change(admin_page):
    before = paris().history.count()
    response = change(admin_page, paris(), confirmed_day="2024-01-15")
    assert response.status_code == 302
    assert paris().history.count() == before


def test_a_preview_is_shown_without_a_confirmation(admin_page):
    response = change(admin_page, paris(), opened_on="2024-01-15", _preview="1")
    assert "Open since" in response.content.decode()
    assert paris().opened_on == WHOLE_FRANCE


def test_in_french(admin_page):
    sent = {"opened_on": "2024-01-15", "is_minor": "on"}
    address = "/admin/rollout/department/75/change/"
    form = form_values(admin_page.get(address).content.decode())
    response = admin_page.post(address, form | sent, headers={"Accept-Language": "fr"})
    html = response.content.decode()
    assert "le 15\xa0janvier 2024 est à 673 jours du 18\xa0novembre 2025" in html
    assert "Oui, cette date est juste" in html


def test_the_plan_of_many_warns_and_saving_it_confirms(admin_page):
    codes = sorted(Department.objects.filter(region="11").values_list("code", flat=True))
    html = admin_page.post(OPEN, OPENING | {"departments": codes}).content.decode()
    assert "Look at these days again" in html
    assert "8 departments: 30\xa0November 2026 is 377 days away from 18\xa0November 2025" in html
    assert Department.objects.filter(opened_on=day("2026-11-30")).count() == 0
    assert admin_page.post(OPEN, form_values(html) | {"_confirm": "1"}).status_code == 302
    assert Department.objects.filter(opened_on=day("2026-11-30")).count() == 8


def test_the_plan_of_a_near_day_does_not_warn(admin_page):
    values = OPENING | {"opened_on": "2025-11-19", "departments": ["75", "77"]}
    html = admin_page.post(OPEN, values).content.decode()
    assert "2 departments would change" in html
    assert "Look at these days again" not in html


def test_the_plan_of_a_file_warns_of_its_one_mistyped_day(admin_page):
    text = admin_page.get("/admin/rollout/department/export/").content.decode()
    rows = list(csv.reader(io.StringIO(text)))
    column = rows[0].index("opened_on")
    for row in rows:
        if row[0] == "75":
            row[column] = "2024-01-15"
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    upload = SimpleUploadedFile("rollout.csv", file.getvalue().encode())
    response = admin_page.post(
        "/admin/rollout/department/import/", {"file": upload, "change_note": "x"}
    )
    assert SENTENCE in response.content.decode()


def test_a_wave_that_moves_as_a_whole_is_not_far_from_itself_but_a_slip_in_it_is():
    moved = list(Department.objects.filter(wave="expansion-2025-november"))
    for row in moved:
        row.opened_on = day("2026-11-30")
    assert far_days(moved) == []
    moved[0].opened_on = day("2062-11-30")
    slips = far_days(moved)
    assert slips[-1].startswith(f"{moved[0]}: 30\xa0November 2062 is 13149 days away")
    moved[0].opened_on = day("2026-11-30") + datetime.timedelta(days=MAX_DAYS_APART)
    assert far_days(moved) == []


def test_the_real_days_of_each_wave_are_near_each_other():
    assert far_days(Department.objects.all()) == []


def test_a_sixth_wave_is_added_and_departments_open_with_it(admin_page, client):
    response = add(
        admin_page,
        Wave,
        slug="expansion-2027",
        position="6",
        sources=["ameli-2025-11"],
        last_checked="2026-11-28",
        change_note="A sixth wave.",
        **{"texts-0-language": "en", "texts-0-name": "2027 expansion"},
    )
    assert response.status_code == 302, response.context["errors"]
    html = client.get("/en/rollout/expansion-2027/").content.decode()
    assert "No department belongs to this wave yet." in html
    values = OPENING | {
        "opened_on": "2027-03-01",
        "wave": "expansion-2027",
        "departments": ["971", "972"],
    }
    plan = admin_page.post(OPEN, values).content.decode()
    assert "Look at these days again" not in plan  # the first of their wave
    assert admin_page.post(OPEN, form_values(plan) | {"_confirm": "1"}).status_code == 302
    html = client.get("/en/rollout/expansion-2027/").content.decode()
    assert "2 departments, open on" in html
    assert "Wave 6 of 6" in html
    listed = admin_page.get("/admin/rollout/wave/").content.decode()
    assert '2 on <time datetime="2027-03-01">1\xa0March 2027</time>' in listed
