"""Editors change facts in the admin; each change goes through facts.writer and leaves history."""

import datetime
import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst

from rollout.facts import writer
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Region,
    Source,
    Wave,
    WaveText,
)
from tests.support import people
from tests.support.admin_forms import add, change

pytestmark = pytest.mark.django_db

FACTS = [
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Wave,
    Region,
    Source,
]


def test_a_change_leaves_who_when_old_and_new(admin_page, editor):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    response = change(
        admin_page, rhone, opened_on="2023-07-30", change_note="Clubic gives the 30th"
    )
    assert response.status_code == 302, response.context["errors"]
    rhone.refresh_from_db()
    assert rhone.opened_on == datetime.date(2023, 7, 30)
    assert rhone.history.count() == before + 1
    new = rhone.history.first()
    assert (new.history_user, new.history_change_reason) == (editor, "Clubic gives the 30th")
    delta = new.diff_against(new.prev_record)
    assert [(c.field, str(c.old), str(c.new)) for c in delta.changes] == [
        ("opened_on", "2023-07-25", "2023-07-30")
    ]
    page = admin_page.get(reverse("admin:rollout_department_history", args=["69"])).content.decode()
    for text in ("an-editor", "Clubic gives the 30th", "2023-07-25", "2023-07-30"):
        assert text in page


def test_a_change_of_sources_is_one_line_of_history(admin_page):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    change(admin_page, rhone, sources=["clubic-2024-05-31"])
    assert [source.slug for source in rhone.sources.all()] == ["clubic-2024-05-31"]
    assert rhone.history.count() == before + 1
    delta = rhone.history.first().diff_against(rhone.history.first().prev_record)
    assert [change.field for change in delta.changes] == ["sources"]


def test_a_name_changed_in_the_inline_form_leaves_history_too(admin_page, editor):
    wave = Wave.objects.get(slug="pilot-2023")
    texts = list(wave.texts.order_by("pk"))
    position = [text.language for text in texts].index("fr")
    response = change(
        admin_page, wave, **{f"texts-{position}-name": "Le pilote", "change_note": "x"}
    )
    assert response.status_code == 302
    line = WaveText.objects.get(wave=wave, language="fr").history.first()
    assert (line.name, line.history_user, line.history_change_reason) == ("Le pilote", editor, "x")


def test_a_new_row_has_one_line_of_history(admin_page, editor):
    response = add(
        admin_page,
        Source,
        slug="ameli-2026-12-01",
        publisher="ameli.fr",
        language="fr",
        change_note="read",
    )
    assert response.status_code == 302
    line = Source.objects.get(slug="ameli-2026-12-01").history.get()
    assert (line.history_type, line.history_user) == ("+", editor)


def test_what_the_database_refuses_is_told_in_the_form_and_input_is_kept(admin_page):
    rhone = Department.objects.get(code="69")
    response = change(admin_page, rhone, opened_on="2023-07-24")
    html = response.content.decode()
    assert response.status_code == 200
    assert "No department opened before the pilot began on 25 July 2023." in html
    assert 'value="2023-07-24"' in html
    assert Department.objects.get(code="69").opened_on == datetime.date(2023, 7, 25)


def test_the_public_page_shows_a_change_at_once(admin_page, client):
    change(admin_page, Department.objects.get(code="69"), opened_on="2023-07-30")
    assert "30\xa0July 2023" in client.get("/en/departments/69-rhone/").content.decode()


@pytest.mark.parametrize("model", FACTS)
def test_every_list_opens_searches_and_filters(admin_page, model):
    address = reverse(f"admin:rollout_{model._meta.model_name}_changelist")
    assert admin_page.get(address).status_code == 200
    assert admin_page.get(f"{address}?q=rhone").status_code == 200
    add = reverse(f"admin:rollout_{model._meta.model_name}_add")
    # A new region or department would have no shape on the map and no line in the files.
    expected = 403 if model in (Department, Region) else 200
    assert admin_page.get(add).status_code == expected


def test_the_list_of_departments_answers_what_is_open_since_when_from_which_source(admin_page):
    html = admin_page.get("/admin/rollout/department/?region__code__exact=84").content.decode()
    for text in (
        "Rhône",
        "Open since",
        "2023-07-25",
        "legifrance.gouv.fr, 1\xa0October 2021",
        "reported by several press sources",
    ):
        assert text in html or text.replace("2023-07-25", "July 25, 2023") in html, text
    assert "Finistère" not in html
    for name in (
        "wave__slug__exact",
        "certainty__exact",
        "region__code__exact",
        "opened_on__year",
    ):
        assert name in html


def test_the_list_of_departments_asks_few_questions(admin_page, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        admin_page.get("/admin/rollout/department/")


@pytest.mark.parametrize("model", FACTS)
def test_nothing_can_be_deleted_or_changed_in_bulk(admin_page, model):
    row = model.objects.first()
    name = model._meta.model_name
    delete = reverse(f"admin:rollout_{name}_delete", args=[row.pk])
    for response in (admin_page.get(delete), admin_page.post(delete, {"post": "yes"}, follow=True)):
        assert response.status_code in (200, 302)
    assert "Nothing is deleted here" in response.content.decode()
    admin_page.post(
        reverse(f"admin:rollout_{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert model.objects.filter(pk=row.pk).exists()
    registered = admin.site._registry[model]
    assert registered.list_editable == ()
    assert "delete_selected" not in registered.get_actions(response.wsgi_request)
    assert all(not inline.can_delete for inline in registered.inlines)


def test_the_key_of_a_row_is_locked(admin_page):
    change(admin_page, Department.objects.get(code="69"), code="70")
    assert Department.objects.get(code="69").name == "Rhône"
    assert Department.objects.get(code="70").name == "Haute-Saône"


def test_each_row_with_a_page_links_to_it(admin_page):
    for row, page in [
        (Department.objects.get(code="69"), "/en/departments/69-rhone/"),
        (Region.objects.get(code="84"), "/en/regions/auvergne-rhone-alpes/"),
        (Wave.objects.get(slug="pilot-2023"), "/en/rollout/pilot-2023/"),
    ]:
        address = reverse(f"admin:rollout_{row._meta.model_name}_change", args=[row.pk])
        assert f'href="{page}"' in admin_page.get(address).content.decode()


def test_a_save_that_fails_half_way_leaves_neither_row_nor_history(editor, monkeypatch):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    rhone.opened_on = datetime.date(2023, 7, 30)

    def broken(*args, **kwargs):
        raise RuntimeError("the power failed")

    monkeypatch.setattr(type(rhone.sources), "set", broken)
    with pytest.raises(RuntimeError):
        writer.save_fact(rhone, by=editor, sources=Source.objects.all()[:1])
    assert rhone.history.count() == before
    assert Department.objects.get(code="69").opened_on == datetime.date(2023, 7, 25)
    assert Department.objects.get(code="69").sources.exists()


def test_a_row_that_is_saved_unchanged_stays_the_files(admin_page):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    assert change(admin_page, rhone, change_note="nothing new").status_code == 302
    assert rhone.history.count() == before
    position = [text.language for text in rhone.texts.order_by("pk")].index("en")
    change(admin_page, rhone, **{f"texts-{position}-note": "Lyon and around."})
    assert rhone.texts.get(language="en").history.first().history_user is not None
    assert not writer.was_edited_by_hand(rhone)


STEP = {
    "slug": "a-new-step",
    "kind": "step",
    "route": "document-and-video",
    "position": "90",
    "certainty": "official",
    "sources": ["rtl-2023-07-25"],
    "last_checked": "23/11/2026",
}


@pytest.mark.parametrize("texts", [{}, {"texts-1-title": "Nouveau"}])
def test_a_row_without_its_english_text_is_refused_in_words(admin_page, texts):
    response = add(admin_page, Entry, **STEP, **texts)
    assert "There must be a text in English" in response.content.decode()
    assert not Entry.objects.filter(slug="a-new-step").exists()


def test_a_new_step_is_on_the_home_page_at_once(admin_page, client):
    assert add(admin_page, Entry, **STEP, **{"texts-0-title": "Dance a little"}).status_code == 302
    assert "Dance a little" in client.get("/en/").content.decode()
    assert 'lang="en" dir="ltr">Dance a little</a>' in client.get("/fr/").content.decode()
    french = client.get("/fr/set-up/").content.decode()
    assert "Cette partie n’est pas encore traduite. Elle est en anglais." in french


def test_a_wave_without_departments_breaks_no_page(admin_page, client):
    summer = Department.objects.filter(wave="expansion-2025-summer")
    summer.update(opened_on=None, precision="", not_before=None)
    for path in (
        "",
        "?q=rennes",
        "rollout/",
        "rollout/expansion-2025-summer/",
        "rollout/june-2024/",
    ):
        assert client.get(f"/en/{path}").status_code == 200
    assert "not announced" in client.get("/en/rollout/expansion-2025-summer/").content.decode()


def test_a_text_keeps_its_language(admin_page):
    wave = Wave.objects.get(slug="pilot-2023")
    change(admin_page, wave, **{"texts-0-language": "fr", "texts-1-language": "en"})
    assert {text.name for text in wave.texts.filter(language="en")} == {"2023 pilot"}


def test_who_changed_a_fact_stays_known(admin_page, editor):
    assert (
        admin_page.post(f"/admin/auth/user/{editor.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    assert admin_page.get("/admin/auth/user/").status_code == 200


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/rollout/department/", "/admin/rollout/department/69/change/"]
)
def test_strangers_are_sent_to_sign_in(client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_a_form_without_its_token_is_refused_in_words(editor):
    strict = Client(enforce_csrf_checks=True)
    people.sign_in(strict, editor)
    response = strict.post("/admin/rollout/department/69/change/", {"name": "x"})
    assert response.status_code == 403
    assert "This form was refused" in response.content.decode()


def test_the_admin_speaks_french(admin_page):
    html = admin_page.get("/admin/rollout/department/69/change/", headers={"Accept-Language": "fr"})
    assert "Comment nous le savons" in html.content.decode()
    assert "Suspension" in html.content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_box_that_one_unticks_instead_of_deleting_is_in_the_form(language):
    named = []
    with translation.override(language):
        for model, model_admin in admin.site._registry.items():
            hint = str(getattr(model_admin, "instead_of_deleting", ""))
            labels = {capfirst(str(field.verbose_name)) for field in model._meta.fields}
            named += [(model, label, labels) for label in re.findall(r"[“«]\s?(.+?)\s?[”»]", hint)]
    assert len(named) >= 5
    assert [(model, label) for model, label, labels in named if label not in labels] == []
