"""Only who may, may: every admin address, for every kind of person, read and sent to."""

import datetime
import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from rollout.accounts import roles, sessions
from rollout.facts import history, writer
from rollout.models import Department, Entry, EntryText, Wave, WaveText
from tests.support import people
from tests.support.admin_forms import change, form_values
from tests.support.people import person

pytestmark = pytest.mark.django_db

# What GET and POST of an address answer. An empty form that is sent by who may comes back: 200.
DONE, READ, NO, LOGIN = (200, 200), (200, 403), (403, 403), (302, 302)
SAVED = (200, 302)  # a role without a permission: its name is not in the form
BACK = (302, 302)  # to the row, with what can be done instead of deleting it
ADDRESSES = ["list", "add", "change", "history", "delete"]
NOBODY = {
    "anonymous": [LOGIN] * 5,
    "no staff": [LOGIN] * 5,
    "staff without a second factor": [LOGIN] * 5,
    "staff without a role": [NO] * 5,
}

#                              list  add   change history delete
FACTS_WITH_TEXTS = NOBODY | {
    "Editor":                  [DONE, DONE, DONE, DONE, BACK],
    "Translator: fr":          [DONE, NO,   DONE, DONE, BACK],
    "Administrator":           [NO,   NO,   NO,   NO,   NO],
    "superuser":               [DONE, DONE, DONE, DONE, BACK],
}  # fmt: skip
FACTS_WITHOUT_TEXTS = NOBODY | {
    "Editor":                  [DONE, DONE, DONE, DONE, BACK],
    "Translator: fr":          [DONE, NO,   READ, DONE, BACK],
    "Administrator":           [NO,   NO,   NO,   NO,   NO],
    "superuser":               [DONE, DONE, DONE, DONE, BACK],
}  # fmt: skip
DEPARTMENTS = FACTS_WITH_TEXTS | {
    "Editor":                  [DONE, NO,   DONE, DONE, BACK],
    "superuser":               [DONE, NO,   DONE, DONE, BACK],
}  # fmt: skip
REGIONS = FACTS_WITHOUT_TEXTS | {
    "Editor":                  [DONE, NO,   DONE, DONE, BACK],
    "superuser":               [DONE, NO,   DONE, DONE, BACK],
}  # fmt: skip
UPDATES = FACTS_WITH_TEXTS | {
    "Editor":                  [DONE, NO,   DONE, DONE, BACK],
    "superuser":               [DONE, NO,   DONE, DONE, BACK],
}  # fmt: skip
REFERENCE = NOBODY | {
    "Editor":                  [DONE, NO,   READ, DONE, NO],
    "Translator: fr":          [DONE, NO,   READ, DONE, NO],
    "Administrator":           [NO,   NO,   NO,   NO,   NO],
    "superuser":               [DONE, NO,   READ, DONE, NO],
}  # fmt: skip
PEOPLE = NOBODY | {
    "Editor":                  [NO,   NO,   NO,   NO,   NO],
    "Translator: fr":          [NO,   NO,   NO,   NO,   NO],
    "Administrator":           [DONE, DONE, DONE, DONE, NO],
    "superuser":               [DONE, DONE, DONE, DONE, NO],
}  # fmt: skip
GROUPS = NOBODY | {
    "Editor":                  [NO,   NO,   NO,   NO,   NO],
    "Translator: fr":          [NO,   NO,   NO,   NO,   NO],
    "Administrator":           [DONE, NO,   READ, DONE, NO],
    "superuser":               [DONE, DONE, SAVED, DONE, DONE],
}  # fmt: skip
MATRIX = {
    "/admin/rollout/entry/": FACTS_WITH_TEXTS,
    "/admin/rollout/wave/": FACTS_WITH_TEXTS,
    "/admin/rollout/source/": FACTS_WITH_TEXTS,
    "/admin/rollout/activationroute/": FACTS_WITH_TEXTS,
    "/admin/rollout/identitydocument/": FACTS_WITH_TEXTS,
    "/admin/rollout/healthscheme/": FACTS_WITH_TEXTS,
    "/admin/rollout/department/": DEPARTMENTS,
    "/admin/rollout/update/": UPDATES,
    "/admin/rollout/alias/": FACTS_WITHOUT_TEXTS,
    "/admin/rollout/acceptance/": FACTS_WITHOUT_TEXTS,
    "/admin/rollout/region/": REGIONS,
    "/admin/rollout/language/": REGIONS,
    "/admin/rollout/commune/": REFERENCE,
    "/admin/rollout/formername/": REFERENCE,
    "/admin/rollout/collectivity/": REFERENCE,
    "/admin/rollout/intercommunality/": REFERENCE,
    "/admin/rollout/postallocality/": REFERENCE,
    "/admin/auth/user/": PEOPLE,
    "/admin/auth/group/": GROUPS,
}
LISTS = {
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/": model
    for model in admin.site._registry
}


def visit(client, who):
    """Make this browser that person's."""
    if who == "anonymous":
        return
    if who in ("no staff", "staff without a second factor"):
        client.force_login(person("them", is_staff=who != "no staff"))
        return
    held = [who] if who in (roles.EDITOR, roles.ADMINISTRATOR, roles.translator("fr")) else []
    people.sign_in(client, person("them", *held, is_superuser=who == "superuser"))


def test_every_list_of_the_admin_is_in_the_matrix():
    assert set(LISTS) == set(MATRIX)


OUTSIDE = ["anonymous", "no staff", "staff without a second factor"]
# Of those outside, one list here; every address and method is in the test of EVERY_ADDRESS.
CELLS = [
    (address, who)
    for address in MATRIX
    for who in MATRIX[address]
    if who not in OUTSIDE or address == "/admin/rollout/department/"
]


@pytest.mark.parametrize(("address", "who"), CELLS)
def test_who_may_open_and_send_what(client, address, who):
    visit(client, who)
    writer.publish_update("Something changed.", by=person("an-editor"))
    somebody = person("somebody")  # a row of people that is not a superuser's
    row = somebody if LISTS[address] is User else LISTS[address]._default_manager.order_by("pk")[0]
    key = quote(row.pk)
    paths = ["", "add/", f"{key}/change/", f"{key}/history/", f"{key}/delete/"]
    for name, path, expected in zip(ADDRESSES, paths, MATRIX[address][who], strict=True):
        got = client.get(address + path).status_code, client.post(address + path).status_code
        assert got == expected, name


AUTOCOMPLETE = "/admin/autocomplete/?app_label=rollout&model_name=department&field_name=sources"
STAFF = ["staff without a role", "Editor", "Translator: fr", "Administrator", "superuser"]
OTHER_ADDRESSES = {
    "/admin/": STAFF,
    "/admin/rollout/": ["Editor", "Translator: fr", "superuser"],
    "/admin/auth/": ["Administrator", "superuser"],
    "/admin/password_change/": STAFF,
    "/admin/jsi18n/": STAFF,
    "/admin/rollout/department/edit/": ["Editor", "superuser"],
    "/admin/proposals/": ["Editor", "Translator: fr", "superuser"],
    "/admin/shared-previews/": ["Editor", "Translator: fr", "superuser"],
    "/admin/rollout/department/import/": ["Editor", "superuser"],
    "/admin/rollout/department/export/": ["Editor", "Translator: fr", "superuser"],
    AUTOCOMPLETE: ["Editor", "Translator: fr", "superuser"],
    "/admin/auth/user/SOMEBODY/password/": ["Administrator", "superuser"],
    "/admin/auth/user/SOMEBODY/invitation/": ["Administrator", "superuser"],
}


SIGN_IN_AND_OUT = {"/admin/login/", "/admin/logout/"}
METHODS = ["get", "head", "options", "post", "put", "patch", "delete", "trace"]


def addresses_of_the_admin():
    """Return every address that the admin knows, with a row where one is named."""
    return sorted(_walked(resolve_admin().url_patterns, "/admin/"))


def resolve_admin():
    return next(p for p in get_resolver().url_patterns if str(p.pattern) == "admin/")


def _walked(patterns, before):
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from _walked(pattern.url_patterns, route)
        elif "(?P<app_label>" in route:
            yield from ("/admin/auth/", "/admin/rollout/")
        elif "(?P<url>" not in route:  # what stands for all other addresses
            yield re.sub("<[^>]*>", "1", route)


EVERY_ADDRESS = addresses_of_the_admin()


def test_the_walk_finds_all_there_is():
    assert len(EVERY_ADDRESS) > 90
    assert {*MATRIX, *SIGN_IN_AND_OUT} <= set(EVERY_ADDRESS)
    own = {a.partition("?")[0] for a in OTHER_ADDRESSES if "SOMEBODY" not in a}
    assert own <= set(EVERY_ADDRESS)


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize("method", METHODS)
def test_nothing_of_the_admin_answers_to_whoever_has_no_business_there(client, who, method):
    visit(client, who)
    for address in EVERY_ADDRESS:
        if address in SIGN_IN_AND_OUT:
            continue
        response = getattr(client, method)(address)
        assert response.status_code == 302, (address, response.status_code)
        assert response["Location"].startswith(("/admin/login/", "/accounts/")), address


@pytest.mark.parametrize("who", ["staff without a role", "Administrator"])
@pytest.mark.parametrize("method", METHODS)
def test_nothing_of_the_facts_answers_to_staff_without_a_role_for_them(client, who, method):
    visit(client, who)
    for address in EVERY_ADDRESS:
        if address.startswith("/admin/rollout/"):
            response = getattr(client, method)(address)
            assert response.status_code in (302, 403, 404, 405), (address, response.status_code)
            assert response.get("Location", "/admin/").startswith("/admin/"), address


@pytest.mark.parametrize("who", list(NOBODY | PEOPLE))
@pytest.mark.parametrize("address", OTHER_ADDRESSES)
def test_who_may_open_what_else_there_is_in_the_admin(client, address, who):
    visit(client, who)
    response = client.get(address.replace("SOMEBODY", str(person("somebody").pk)))
    if who in OTHER_ADDRESSES[address]:
        assert response.status_code == 200
    else:
        assert response.status_code in ((403, 404) if who in STAFF else (302,))


def test_making_the_roles_again_changes_nothing_and_mends_what_was_changed(capsys, settings):
    before = {group.name: set(group.permissions.all()) for group in Group.objects.all()}
    codes = [code for code, _name in settings.LANGUAGES if code != "en"]
    names = ["Editor", "Administrator", *map(roles.translator, codes)]
    assert set(before) == set(names)
    them = person("them", "Editor")
    Group.objects.get(name="Editor").permissions.clear()
    call_command("make_roles")
    assert capsys.readouterr().out == f"Roles: {', '.join(names)}.\n"
    assert {group.name: set(group.permissions.all()) for group in Group.objects.all()} == before
    assert them.groups.get().name == "Editor"


def test_a_new_language_gets_its_translators(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("eo", "Esperanto")]
    call_command("make_roles", verbosity=0)
    them = person("them", "Translator: eo", "Translator: fr")
    assert roles.writable_languages(them) == {"eo", "fr"}


# --- editors --------------------------------------------------------------------------------------


def test_an_editor_changes_facts_and_texts_in_every_language(client):
    people.sign_in(client, person("them", "Editor"))
    wave = Wave.objects.get(slug="pilot-2023")
    wave.texts.exclude(language__in=["en", "fr"]).delete()
    form_data = {"check_again_by": "2031-01-01", "texts-0-name": "One", "texts-1-name": "Two"}
    assert change(client, wave, **form_data).status_code == 302
    wave.refresh_from_db()
    assert wave.check_again_by == datetime.date(2031, 1, 1)
    assert {text.name for text in wave.texts.all()} == {"One", "Two"}


# --- translators ----------------------------------------------------------------------------------


@pytest.fixture
def translator(client):
    """A browser in which a translator into French is signed in."""
    return people.sign_in(client, person("them", "Translator: fr"))


@pytest.fixture
def pilot():
    """A wave with an English and a French text, in this order in its form."""
    wave = Wave.objects.get(slug="pilot-2023")
    wave.texts.exclude(language__in=["en", "fr"]).delete()
    assert [text.language for text in wave.texts.order_by("pk")] == ["en", "fr"]
    return wave


def names(wave):
    return {text.language: text.name for text in wave.texts.all()}


def test_a_translator_writes_the_text_of_their_language(translator, pilot):
    note = "the official word"
    response = change(translator, pilot, **{"texts-1-name": "Le pilote", "change_note": note})
    assert response.status_code == 302
    line = WaveText.objects.get(wave=pilot, language="fr").history.first()
    assert (line.name, line.history_user.username) == ("Le pilote", "them")
    assert line.history_change_reason == note


def test_a_translator_sees_all_but_only_their_own_text_is_open(translator, pilot):
    html = translator.get("/admin/rollout/wave/pilot-2023/change/").content.decode()
    form_data = form_values(html)
    assert "2023 pilot" in html
    assert "position" not in form_data
    assert "sources" not in form_data
    fields = {
        name: re.findall(f'<[^>]*name="{name}"[^>]*>', html)
        for name in ("texts-0-name", "texts-1-name")
    }
    assert [["disabled" in tag for tag in tags] for tags in fields.values()] == [[True], [False]]


FORGERIES = {
    "the other text's fields": {"texts-0-name": "Taken over"},
    "the other text's id in one's own form": {"texts-1-id": "EN", "texts-1-name": "Taken over"},
    "ids exchanged": {"texts-0-id": "FR", "texts-1-id": "EN", "texts-1-name": "Taken over"},
    "one's own text made English": {"texts-1-language": "en", "texts-1-name": "Taken over"},
    "the other text made French": {"texts-0-language": "fr", "texts-0-name": "Taken over"},
    "one form more": {
        "texts-TOTAL_FORMS": "3",
        "texts-2-language": "en",
        "texts-2-name": "Taken over",
    },
    "all forms new": {
        "texts-INITIAL_FORMS": "0",
        "texts-0-id": "",
        "texts-0-language": "en",
        "texts-0-name": "Taken over",
    },
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_form_changes_no_text_of_another_language(translator, pilot, forgery):
    ids = {text.language.upper(): str(text.pk) for text in pilot.texts.all()}
    form_data = {name: ids.get(value, value) for name, value in FORGERIES[forgery].items()}
    change(translator, pilot, **form_data)
    assert names(pilot)["en"] == "2023 pilot"
    assert pilot.texts.get(language="en").history.first().history_user is None
    assert pilot.texts.count() == 2


def test_a_forged_text_in_another_language_is_refused_in_words(translator):
    entry = Entry.objects.get(slug="new-phone")
    EntryText.objects.filter(entry=entry).exclude(language="en").delete()
    form_data = {"texts-1-language": "de", "texts-1-title": "Neu", "texts-1-body": "x"}
    response = change(translator, entry, **form_data)
    assert "You may not write texts in this language." in response.content.decode()
    assert entry.texts.count() == 1


def test_a_missing_translation_is_added_by_its_translator(translator):
    entry = Entry.objects.get(slug="new-phone")
    EntryText.objects.filter(entry=entry, language="fr").delete()
    response = change(translator, entry, **{"texts-1-title": "Nouveau téléphone"})
    assert response.status_code == 302, response.context["errors"]
    assert entry.texts.get(language="fr").history.first().history_user.username == "them"


def test_a_translator_brings_back_texts_of_their_language_only(translator, pilot, editor):
    french = pilot.texts.get(language="fr")
    english = pilot.texts.get(language="en")
    old = french.name
    for text in (french, english):
        text.name = "Changed"
        writer.save_fact(text, by=editor)
    pilot.position = 5
    first = {version.part: version for version in history.versions(pilot)}  # the oldest of each
    for part, status in (("Français", 302), ("English", 403), ("", 403)):
        address = f"/admin/rollout/wave/pilot-2023/history/{first[part].key}/"
        assert translator.get(address).status_code == 200
        form_data = {"is_minor": "on", "base_version": history.version_token(pilot)}
        assert translator.post(address, form_data).status_code == status
    assert names(pilot) == {"fr": old, "en": "Changed"}


def test_a_translation_tells_readers_nothing_unless_the_translator_says_so(translator, pilot):
    html = translator.get("/admin/rollout/wave/pilot-2023/change/").content.decode()
    assert re.search(r'name="is_minor"[^>]*checked', html)


def test_a_forged_fact_is_not_taken_from_a_translator(translator, pilot):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    form_data = {"opened_on": "2023-07-30", "name": "Gone", "sources": [], "change_note": "x"}
    change(translator, rhone, **form_data)
    rhone.refresh_from_db()
    assert (str(rhone.opened_on), rhone.name) == ("2023-07-25", "Rhône")
    assert rhone.sources.exists()
    assert rhone.history.count() == before


def test_an_editor_who_translates_too_keeps_both_rights(client, pilot):
    people.sign_in(client, person("them", "Editor", "Translator: fr"))
    change(client, pilot, **{"check_again_by": "2031-01-01", "texts-0-name": "One"})
    assert Wave.objects.get(slug="pilot-2023").check_again_by == datetime.date(2031, 1, 1)
    assert names(pilot)["en"] == "One"


# --- administrators -------------------------------------------------------------------------------


@pytest.fixture
def administrator(client):
    """A browser in which an administrator of people is signed in."""
    return people.sign_in(client, person("them", "Administrator"))


def send_person(client, user, **values):
    """Open a person's form, fill it in and send it."""
    address = reverse("admin:auth_user_change", args=[user.pk])
    html = client.get(address).content.decode()
    return client.post(address, form_values(html) | values)


def test_an_administrator_gives_roles_and_closes_accounts(administrator):
    somebody = person("somebody")
    editors = Group.objects.get(name="Editor")
    assert send_person(administrator, somebody, groups=[str(editors.pk)]).status_code == 302
    assert somebody.groups.get() == editors
    somebody = User.objects.get(username="somebody")
    form_data = form_values(
        administrator.get(f"/admin/auth/user/{somebody.pk}/change/").content.decode()
    )
    del form_data["is_active"]
    administrator.post(f"/admin/auth/user/{somebody.pk}/change/", form_data)
    assert not User.objects.get(username="somebody").is_active


def test_an_administrator_cannot_rise_above_the_roles(administrator):
    them = User.objects.get(username="them")
    form_data = {"is_superuser": "on", "user_permissions": ["1"]}
    assert send_person(administrator, them, **form_data).status_code == 302
    them.refresh_from_db()
    assert not them.is_superuser
    assert not them.user_permissions.exists()


@pytest.mark.parametrize("path", ["change/", "password/", "invitation/", "end-sessions/"])
def test_an_administrator_cannot_touch_a_superuser(administrator, path):
    boss = person("boss", is_superuser=True)
    people.sign_in(Client(), boss)
    assert administrator.post(f"/admin/auth/user/{boss.pk}/{path}").status_code == 403
    boss.refresh_from_db()
    assert boss.check_password(people.PASSWORD)
    assert len(sessions.sessions_of(boss)) == 1
