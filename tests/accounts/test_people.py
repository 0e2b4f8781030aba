"""An administrator adds people and looks after their accounts, but never knows their secrets."""

import re

import html5lib
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rollout.accounts import invitations, roles, sessions
from tests.support import people
from tests.support.admin_forms import form_values
from tests.support.people import PASSWORD, give_an_app, person

pytestmark = pytest.mark.django_db

ADD = "/admin/auth/user/add/"
LIST = "/admin/auth/user/"
FRENCH = {"Accept-Language": "fr"}
LINK = re.compile(r"http://testserver(/accounts/choose-password/\S+?/)(?=[\s<])")


@pytest.fixture
def administrator(client):
    """A browser in which an administrator of people is signed in."""
    return people.sign_in(client, person("an-administrator", "Administrator"))


def key(role):
    return str(Group.objects.get(name=role).pk)


def add(client, username, *names, **values):
    """Open the form of a new account, fill it in and send it."""
    form_data = form_values(client.get(ADD).content.decode())
    values = {"username": username, "groups": [key(name) for name in names]} | values
    return client.post(ADD, form_data | values)


def address(user, part=""):
    return f"/admin/auth/user/{user.pk}/{part}"


def page_of(response):
    return " ".join(response.content.decode().split())


def link_for(client, user):
    """Return the path of the link on the page of what to send."""
    (*_others, path) = LINK.findall(client.get(address(user, "invitation/")).content.decode())
    return path


def choose(link, password=PASSWORD, client=None):
    """Open the link as its receiver would, send this password twice, and return the response."""
    client = client or Client()
    form = client.get(link, follow=True)
    assert form.status_code == 200
    path = form.redirect_chain[-1][0]
    return client.post(path, {"new_password1": password, "new_password2": password})


# --- adding someone -------------------------------------------------------------------------------


def test_adding_an_editor_asks_name_roles_and_staff_in_one_step(administrator):
    form_data = form_values(administrator.get(ADD).content.decode())
    assert {name for name in form_data if not name.startswith("_")} - {"csrfmiddlewaretoken"} == {
        "username",
        "is_staff",  # ticked
    }
    response = add(administrator, "marie", "Editor", "Translator: fr")
    marie = User.objects.get(username="marie")
    assert response["Location"] == address(marie, "invitation/")
    assert {group.name for group in marie.groups.all()} == {"Editor", "Translator: fr"}
    assert (marie.is_staff, marie.is_active, marie.is_superuser) == (True, True, False)
    assert not marie.has_usable_password()


def test_what_to_send_is_said_in_each_language(administrator):
    add(administrator, "marie", "Editor")
    response = administrator.get(address(User.objects.get(username="marie"), "invitation/"))
    html = response.content.decode()
    html5lib.HTMLParser(strict=True).parse(html)
    english, french = (text for _code, _name, text in response.context["invitation"].texts)
    for text in (english, french):
        assert "http://testserver/admin/" in text
        assert "marie" in text
        assert LINK.search(text)
    assert "Set up a second step, which is asked at the first sign-in" in english
    assert "Configurez la deuxième étape, demandée à la première connexion" in french
    assert "What you may do: Editor – changes all facts" in english
    assert "Ce que vous pouvez faire\u00a0: Rédaction – modifie tous les faits" in french
    assert html.count("<svg") >= 1
    assert "no-store" in response["Cache-Control"]


def test_whoever_has_a_second_step_already_is_not_told_to_set_one_up(administrator):
    marie = person("marie", "Editor")
    give_an_app(marie)
    administrator.post(address(marie, "password/"))
    response = administrator.get(address(marie, "invitation/"))
    assert all("3. " not in text for _code, _name, text in response.context["invitation"].texts)


def test_the_link_lets_the_person_choose_a_password_once(administrator):
    add(administrator, "marie", "Editor")
    marie = User.objects.get(username="marie")
    link = link_for(administrator, marie)
    theirs = Client()
    response = choose(link, client=theirs)
    assert response["Location"] == "/accounts/login/"
    assert "Your password is set." in page_of(theirs.get("/accounts/login/"))
    marie.refresh_from_db()
    assert marie.check_password(PASSWORD)
    signed_in = theirs.post("/accounts/login/", {"login": "marie", "password": PASSWORD})
    assert signed_in["Location"] == "/admin/"
    assert theirs.get("/admin/")["Location"] == "/accounts/mfa/", "the second step comes next"
    again = Client().get(link)
    assert again.status_code == 410
    assert "This link does not work any more" in page_of(again)
    assert "there is nothing to send" in page_of(administrator.get(address(marie, "invitation/")))


@pytest.mark.parametrize("password", ["too short 1", "motdepasse123456", "123456789012345"])
def test_a_weak_password_is_refused_and_the_form_comes_back(administrator, password):
    add(administrator, "marie", "Editor")
    marie = User.objects.get(username="marie")
    link, theirs = link_for(administrator, marie), Client()
    response = choose(link, password, theirs)
    assert response.status_code == 200
    assert response.context["form"].errors["new_password2"]
    html = response.content.decode()
    html5lib.HTMLParser(strict=True).parse(html)
    assert 'name="new_password1"' in html
    assert password not in html
    marie.refresh_from_db()
    assert not marie.has_usable_password()
    assert choose(link, client=theirs).status_code == 302, "a better one is taken"


def test_two_passwords_that_differ_are_refused(administrator):
    add(administrator, "marie", "Editor")
    theirs = Client()
    path = theirs.get(link_for(administrator, User.objects.get(username="marie")))["Location"]
    form_data = {"new_password1": PASSWORD, "new_password2": PASSWORD + "!"}
    assert "didn’t match" in page_of(theirs.post(path, form_data)).replace("&#x27;", "’")


def test_a_link_is_of_no_use_after_three_days():
    marie = User.objects.create_user("marie")
    with time_machine.travel("2026-11-01 12:00+01:00", tick=False):
        link = invitations.password_path(marie)
    with time_machine.travel("2026-11-04 11:59+01:00", tick=False):
        assert Client().get(link).status_code == 302
    with time_machine.travel("2026-11-04 12:01+01:00", tick=False):
        assert Client().get(link).status_code == 410


def test_a_link_is_of_no_use_to_somebody_else():
    marie, jean = User.objects.create_user("marie"), User.objects.create_user("jean")
    token = invitations.password_path(marie).split("/")[-2]
    uid = invitations.password_path(jean).split("/")[-3]
    assert Client().get(f"/accounts/choose-password/{uid}/{token}/").status_code == 410


@pytest.mark.parametrize("token", ["x", "a-b", "set-password", "é-1", "x" * 5000, "%00-%00"])
@pytest.mark.parametrize("uid", ["MQ", "x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "AA", "%00", "é"])
def test_an_altered_link_is_refused_in_words(uid, token):
    for send in (Client().get, Client().post):
        response = send(f"/accounts/choose-password/{uid}/{token}/")
        assert response.status_code == 410
        assert "This link does not work any more" in page_of(response)


def test_without_a_password_nobody_signs_in(administrator):
    add(administrator, "marie", "Editor")
    for password in ("", "!", User.objects.get(username="marie").password):
        form_data = {"login": "marie", "password": password}
        assert Client().post("/accounts/login/", form_data).status_code == 200


@pytest.mark.parametrize(
    ("taken", "typed"), [("marie", "Marie"), ("Émile", "émile"), ("JEAN", "jean")]
)
def test_a_name_that_exists_in_other_capitals_is_refused_and_nothing_typed_is_lost(
    administrator, taken, typed
):
    person(taken)
    response = add(administrator, typed, "Editor")
    html = response.content.decode()
    assert f"“{taken}” has an account already." in html
    form_data = form_values(html)
    assert (form_data["username"], form_data["groups"]) == ([typed], [key("Editor")])
    assert not User.objects.filter(username=typed).exists()
    somebody = person("somebody")
    form_data = form_values(administrator.get(address(somebody, "change/")).content.decode())
    response = administrator.post(address(somebody, "change/"), form_data | {"username": typed})
    assert f"“{taken}” has an account already." in response.content.decode()


def test_an_account_that_would_find_nothing_in_the_editors_pages_is_refused(administrator):
    assert "Choose at least one role." in add(administrator, "marie").content.decode()
    assert not User.objects.filter(username="marie").exists()


@pytest.mark.parametrize("groups", [["999999"], ["x"], ["' OR 1=1"], ["\u0663"]])
def test_a_role_that_does_not_exist_is_refused(administrator, groups):
    response = add(administrator, "marie", groups=groups)
    assert response.status_code == 200
    assert response.context["errors"]
    assert not User.objects.filter(username="marie").exists()


def test_an_administrator_makes_no_superuser(administrator):
    forged = {"is_superuser": "on", "user_permissions": ["1"], "password1": PASSWORD}
    add(administrator, "marie", "Editor", **forged, password2=PASSWORD, usable_password="true")
    marie = User.objects.get(username="marie")
    assert not marie.is_superuser
    assert not marie.user_permissions.exists()
    assert not marie.has_usable_password()


def test_another_can_be_added_at_once(administrator):
    assert add(administrator, "marie", "Editor", _addanother="1")["Location"] == ADD


# --- the list -------------------------------------------------------------------------------------


@pytest.fixture
def team():
    """Three accounts: with an app; with a passkey and an app; closed, without either."""
    with_app, with_both = person("with-app", "Editor"), person("with-both", "Translator: fr")
    give_an_app(with_app)
    give_an_app(with_both)
    Authenticator.objects.create(user=with_both, type="webauthn", data={"name": "secret name"})
    person("without", "Editor", is_active=False)


def row_of(client, username, **options):
    rows = re.findall("<tr>.*?</tr>", page_of(client.get(LIST, **options)))
    row = next(row for row in rows if f">{username}</a>" in row)
    return re.findall(r'<t[hd] class="field-(\w+)[^"]*">(.*?)</t[hd]>', row)


def test_the_list_shows_roles_second_step_and_last_sign_in(administrator, team):
    assert row_of(administrator, "with-both")[1:4] == [
        ("roles", "Translator into French"),
        ("second_factor", "Passkey, App"),
        ("last_sign_in", "never"),
    ]
    assert row_of(administrator, "without")[2] == ("second_factor", "None yet")
    last = dict(row_of(administrator, "an-administrator"))["last_sign_in"]
    assert re.search(r"\d{4}, \d\d:\d\d", last)
    assert row_of(administrator, "with-both", headers=FRENCH)[1:4] == [
        ("roles", "Traduction en français"),
        ("second_factor", "Clé d’accès, Application"),
        ("last_sign_in", "jamais"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"role": "Editor"}, {"with-app", "without"}),
        ({"role": "Translator: fr"}, {"with-both"}),
        ({"role": "-"}, set()),
        ({"is_active__exact": "0"}, {"without"}),
        ({"second_factor": "none"}, {"without"}),
        ({"second_factor": "webauthn"}, {"with-both"}),
        ({"second_factor": "totp"}, {"with-app", "with-both"}),
        ({"second_factor": "recovery_codes"}, {"with-app", "with-both", "without"}),
        ({"second_factor": "' OR 1=1"}, {"with-app", "with-both", "without"}),
        ({"role": "x" * 5000}, set()),
    ],
)
def test_the_list_is_narrowed_by_role_second_step_and_use(administrator, team, query, expected):
    html = administrator.get(LIST, query).content.decode()
    listed = set(re.findall(r"/change/[^>]*>([\w-]+)</a>", html))
    assert listed - {"an-administrator"} == expected


def test_the_list_takes_as_many_queries_for_thirty_as_for_three(administrator, team):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            administrator.get(LIST)
        return len(captured)

    queries()  # the first visit is recorded too
    before = queries()
    for n in range(30):
        give_an_app(person(f"editor-{n}", "Editor"))
    assert queries() == before


# --- one account ----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["change/", "password/", "invitation/"])
@pytest.mark.parametrize("is_superuser", [False, True])
def test_nothing_of_how_a_password_is_stored_is_shown(client, part, is_superuser):
    them = person("them", "Administrator", is_superuser=is_superuser)
    somebody = person("somebody", "Editor")
    response = people.sign_in(client, them).get(address(somebody, part))
    html = page_of(response)
    html5lib.HTMLParser(strict=True).parse(response.content.decode())
    algorithm, *secrets = somebody.password.split("$")
    assert not any(value in html for value in secrets)
    assert not re.search(f"{algorithm}|algorithm|iterations|salt|hash:", html)
    if part == "change/":
        assert '<div class="readonly">Set</div>' in html
        assert "Reset password" in html


def test_a_reset_takes_the_password_away_and_leads_to_a_link(administrator):
    somebody = person("somebody", "Editor")
    theirs = people.sign_in(Client(), somebody)
    assert "all sessions of this person end" in page_of(
        administrator.get(address(somebody, "password/"))
    )
    somebody.refresh_from_db()
    assert somebody.check_password(PASSWORD), "looking at the page changes nothing"
    response = administrator.post(address(somebody, "password/"))
    assert response["Location"] == address(somebody, "invitation/")
    somebody.refresh_from_db()
    assert not somebody.has_usable_password()
    assert not sessions.sessions_of(somebody)
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")
    assert Authenticator.objects.filter(user=somebody).count() == 1, "the second step stays"
    assert choose(link_for(administrator, somebody), "another long passphrase").status_code == 302
    line = LogEntry.objects.get(object_id=str(somebody.pk))
    assert (line.user.username, line.get_change_message()) == (
        "an-administrator",
        "Changed Password.",
    )


def test_a_link_in_wrong_hands_is_made_useless(administrator):
    add(administrator, "marie", "Editor")
    marie = User.objects.get(username="marie")
    astray = link_for(administrator, marie)
    html = administrator.get(address(marie, "invitation/")).content.decode()
    assert f'method="post" action="{address(marie, "password/")}"' in html
    administrator.post(address(marie, "password/"))
    assert Client().get(astray).status_code == 410
    assert choose(link_for(administrator, marie)).status_code == 302


def test_ones_own_password_is_changed_with_the_old_one(administrator):
    them = User.objects.get(username="an-administrator")
    response = administrator.post(address(them, "password/"))
    assert response["Location"] == "/admin/password_change/"
    them.refresh_from_db()
    assert them.check_password(PASSWORD)


def test_an_administrator_ends_someones_sessions_and_sees_nothing_of_them(administrator):
    somebody, bystander = person("somebody", "Editor"), person("bystander", "Editor")
    browsers = [people.sign_in(Client(), somebody) for _ in range(2)]
    people.sign_in(Client(), bystander)
    html = administrator.get(address(somebody, "change/")).content.decode()
    for session in sessions.sessions_of(somebody):
        assert session.key not in html
        assert session.handle not in html
    assert administrator.get(address(somebody, "end-sessions/")).status_code == 302
    assert len(sessions.sessions_of(somebody)) == 2, "only a form that is sent ends them"
    response = administrator.post(address(somebody, "end-sessions/"), follow=True)
    assert "“somebody” is signed out everywhere. Sessions ended: 2." in response.content.decode()
    assert all(browser.get("/admin/").status_code == 302 for browser in browsers)
    assert len(sessions.sessions_of(bystander)) == 1
    assert LogEntry.objects.filter(object_id=str(somebody.pk)).count() == 1


def test_ending_ones_own_sessions_as_an_administrator_leaves_this_one(administrator):
    them = User.objects.get(username="an-administrator")
    people.sign_in(Client(), them)
    response = administrator.post(address(them, "end-sessions/"), follow=True)
    assert "You are signed out everywhere else." in response.content.decode()
    (left,) = sessions.sessions_of(them)
    assert left.key == administrator.session.session_key


@pytest.mark.parametrize("part", ["password/", "invitation/", "end-sessions/"])
@pytest.mark.parametrize("pk", ["999999", "x", "9" * 40, "_00"])
def test_what_is_no_account_is_not_found(administrator, pk, part):
    assert administrator.get(f"/admin/auth/user/{pk}/{part}").status_code == 404
    assert administrator.post(f"/admin/auth/user/{pk}/{part}").status_code == 404


def test_an_editor_ends_nobodys_sessions(client):
    somebody = person("somebody", "Editor")
    people.sign_in(Client(), somebody)
    people.sign_in(client, person("an-editor", "Editor"))
    for part in ("password/", "invitation/", "end-sessions/"):
        assert client.post(address(somebody, part)).status_code == 403
    assert len(sessions.sessions_of(somebody)) == 1


# --- roles ----------------------------------------------------------------------------------------


def test_roles_have_names_in_the_editors_language(administrator):
    page = page_of(administrator.get("/admin/auth/group/", headers=FRENCH))
    for name in ("Rédaction", "Administration", "Traduction en français"):
        assert f">{name}</a>" in page
    assert "Translator: fr" not in page
    group = Group.objects.get(name="Translator: fr")
    page = page_of(administrator.get(f"/admin/auth/group/{group.pk}/change/", headers=FRENCH))
    assert "<h2>Traduction en français</h2>" in page
    assert "écrit les textes en français" in page
    assert "Translator: fr" not in page


def test_a_superuser_changes_permissions_of_a_role_but_not_its_name(admin_page):
    group = Group.objects.get(name="Editor")
    address = f"/admin/auth/group/{group.pk}/change/"
    form_data = form_values(admin_page.get(address).content.decode())
    assert admin_page.post(address, form_data | {"name": "X", "permissions": []}).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.permissions.count()) == ("Editor", 0)
    assert admin_page.post("/admin/auth/group/add/", {"name": "Proofreaders"}).status_code == 302
    group = Group.objects.get(name="Proofreaders")
    page = admin_page.get(f"/admin/auth/group/{group.pk}/change/").content.decode()
    assert 'value="Proofreaders"' in page


def test_a_group_that_a_superuser_made_keeps_its_name():
    assert (roles.role_name("Proofreaders"), roles.role_description("Proofreaders")) == (
        "Proofreaders",
        "",
    )


def test_a_new_language_has_a_translator_by_name(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "Deutsch")]
    assert roles.role_name("Translator: de") == "Translator into German"
