"""Editors sign in with a password or passkey and a second factor; guessing is slow and futile."""

import datetime
import re

import html5lib
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends import db as database_cache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from rollout.accounts import adapters, sessions
from rollout.accounts.sessions import UserSession
from tests.support import people, servers
from tests.support.people import PASSWORD, code, give_an_app, person

pytestmark = pytest.mark.django_db

MISMATCH = "The username and/or password you specified are not correct."
LIMITED = "Too many failed login attempts. Try again later."


@pytest.fixture
def user():
    """An editor without a second factor."""
    return person("an-editor", "Editor")


def send_password(client, username="an-editor", password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": username, "password": password}, **extra)


def send_code(client, code):
    return client.post("/accounts/mfa/authenticate/", {"code": code})


def problems(response):
    form = response.context["form"]
    return [str(error) for errors in form.errors.values() for error in errors]


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def hashings(monkeypatch):
    """The password hashings that were made, in a list that grows."""
    made: list[str] = []
    hash_it = MD5PasswordHasher.encode

    def counted(self, password, salt):
        made.append(password)
        return hash_it(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return made


# --- signing in -----------------------------------------------------------------------------------


def test_password_and_code_open_the_admin_and_the_password_alone_does_not(client, user):
    give_an_app(user)
    response = send_password(client)
    assert response["Location"] == "/accounts/mfa/authenticate/"
    assert not is_signed_in(client)
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert send_code(client, "000000").status_code == 200
    assert not is_signed_in(client)
    assert send_code(client, code())["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_whoever_asked_for_a_page_comes_back_to_it(client, user):
    give_an_app(user)
    requested = "/admin/rollout/wave/"
    response = client.get(requested, follow=True)
    came_to = "/accounts/login/?next=%2Fadmin%2Frollout%2Fwave%2F"
    assert response.redirect_chain[-1][0] == came_to
    client.post("/accounts/login/", {"login": "an-editor", "password": PASSWORD, "next": requested})
    assert send_code(client, code())["Location"] == requested


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ],
)
def test_nobody_is_led_to_another_site(client, user, elsewhere):
    form_data = {"login": "an-editor", "password": PASSWORD, "next": elsewhere}
    assert client.post("/accounts/login/", form_data)["Location"] == "/admin/"
    assert client.get("/accounts/login/", {"next": elsewhere})["Location"] == "/admin/"
    sign_out = client.post("/accounts/logout/", {"next": elsewhere})
    assert sign_out["Location"] == "/accounts/login/"


def test_wrong_password_unknown_name_and_closed_account_get_the_same_answer(client, user):
    person("closed", is_active=False)
    pages = []
    for name, password in [("an-editor", "wrong"), ("nobody", PASSWORD), ("closed", PASSWORD)]:
        response = send_password(client, name, password)
        assert (response.status_code, problems(response)) == (200, [MISMATCH])
        html = response.content.decode().replace(name, "NAME")
        pages.append(re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", html))
    assert pages[0] == pages[1] == pages[2]


def test_an_unknown_name_costs_the_same_work(client, user, hashings):
    send_password(client, "an-editor", "wrong")
    hashed = len(hashings)
    send_password(client, "nobody", "wrong")
    assert (hashed, len(hashings)) == (1, 2)


@pytest.fixture
def at(client, user):
    """Ask for the admin at a time; whoever asks signed in at eight in the morning."""

    def ask(time):
        with time_machine.travel(f"2026-12-01 {time}+00:00", tick=False):
            return client.get("/admin/").status_code

    give_an_app(user)
    with time_machine.travel("2026-12-01 08:00+00:00", tick=False):
        send_password(client)
        send_code(client, code())
    return ask


def test_a_session_ends_with_the_browser(client, at, settings):
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


def test_a_session_ends_after_eight_idle_hours(at):
    assert at("08:01") == 200
    assert at("15:59") == 200
    assert at("23:58") == 302


def test_a_session_ends_after_twelve_hours_however_busy(at):
    assert [at(time) for time in ("08:01", "13:00", "18:00", "20:00")] == [200] * 4
    assert at("20:02") == 302


def test_a_sign_in_clears_away_the_sessions_that_ended(client, user):
    give_an_app(user)
    ended = timezone.now() - datetime.timedelta(days=1)
    Session.objects.create(session_key="of-long-ago", session_data="", expire_date=ended)
    send_password(client)
    send_code(client, code())
    assert not Session.objects.filter(session_key="of-long-ago").exists()


BAD_PASSWORDS = [
    "too short 1",
    "123456789012345",
    "an-editor-2026",
    "administrator",  # of Django's list
    "motdepasse123456",
    "M0tDeP@sse2026!!",
    "AzertyUiop123!",
    "jetaimejetaime",
    "Marseille13013!",
    "Sécurité-Sociale-1945",
    "soleil.soleil.1",
    "carteVitale2026",
]
GOOD_PASSWORDS = [
    "une phrase assez longue",
    "cheval agrafe correct pile",
    "chat soleil maison vacances",  # four words are a phrase
    "пароль из кириллицы",
    "q7#Vt!xw29Lm",
]


@pytest.mark.parametrize("password", BAD_PASSWORDS)
def test_passwords_that_many_would_think_of_are_refused(user, password):
    with pytest.raises(ValidationError):
        validate_password(password, user)


@pytest.mark.parametrize("password", GOOD_PASSWORDS)
def test_other_long_passwords_are_taken_whatever_is_in_them(user, password):
    validate_password(password, user)


def test_looking_at_a_password_of_any_length_takes_no_time(user):
    validate_password("x" + "le" * 2000, user)


def test_signing_out_needs_a_click_and_ends_the_session(client, user):
    people.sign_in(client, user)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("strict_address", ["/accounts/login/", "/accounts/logout/"])
def test_forms_from_elsewhere_are_refused(strict_address):
    assert Client(enforce_csrf_checks=True).post(strict_address).status_code == 403


# --- guessing -------------------------------------------------------------------------------------


def test_processes_share_what_they_count():
    assert isinstance(caches["default"], DatabaseCache | RedisCache)


def test_neither_names_nor_addresses_stand_in_the_cache(client, user):
    send_password(client, "an-editor", "wrong", REMOTE_ADDR="192.0.2.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM shared_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert len(keys) == 3
    assert all(re.fullmatch(r":[0-9a-f]{64}", key) for key in keys)


def test_after_five_wrong_passwords_an_account_is_closed_for_five_minutes(client, user, hashings):
    with time_machine.travel("2026-12-01 08:00+00:00", tick=False) as clock:
        for n in range(5):
            response = send_password(client, "an-editor", "wrong", REMOTE_ADDR=f"192.0.2.{n}")
            assert problems(response) == [MISMATCH]
        before = len(hashings)
        for name in ("an-editor", "An-Editor"):
            response = send_password(client, name, REMOTE_ADDR="192.0.2.99")
            assert problems(response) == [LIMITED]
        forged = send_password(
            client, REMOTE_ADDR="192.0.2.98", headers={"Host": "testserver:8443"}
        )
        assert problems(forged) == [LIMITED]
        assert len(hashings) == before, "refused before the costly hashing"
        clock.shift(datetime.timedelta(minutes=5, seconds=1))
        assert send_password(client, REMOTE_ADDR="192.0.2.99").status_code == 302


def test_after_ten_wrong_passwords_an_address_is_closed(client, user, hashings):
    for n in range(10):
        assert problems(send_password(client, f"name-{n}", "wrong")) == [MISMATCH]
    before = len(hashings)
    assert problems(send_password(client)) == [LIMITED]
    assert len(hashings) == before
    assert send_password(client, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_a_flood_of_sign_ins_is_answered_in_words_without_looking_at_them(client, user):
    for _ in range(30):
        assert client.post("/accounts/login/").status_code == 200
    response = client.post("/accounts/login/")
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert client.get("/accounts/login/").status_code == 200


def test_a_flood_of_passkey_challenges_is_stopped(client):
    headers = {"Accept": "application/json"}
    for _ in range(30):
        assert client.get("/accounts/mfa/passkeys/login/", headers=headers).status_code == 200
    assert client.get("/accounts/mfa/passkeys/login/", headers=headers).status_code == 429


def test_a_visitor_cannot_choose_their_address_unless_our_proxy_wrote_it(client, user, settings):
    for n in range(10):
        send_password(client, f"name-{n}", "wrong", headers={"X-Forwarded-For": f"192.0.2.{n}"})
    elsewhere = {"X-Forwarded-For": "198.51.100.1, 192.0.2.200"}
    assert problems(send_password(client, headers=elsewhere)) == [LIMITED]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # what TRUST_PROXY=1 means
    for n in range(10):
        forged = {"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.5"}
        assert problems(send_password(client, f"name-{n}-b", "wrong", headers=forged)) == [MISMATCH]
    assert problems(send_password(client, headers=forged)) == [LIMITED]
    assert send_password(client, headers=elsewhere).status_code == 302


def test_sixteen_at_once_do_not_take_every_thread(client, user, hashings):
    slots = adapters._password_slots
    while slots.acquire(blocking=False):
        pass
    try:
        messages = problems(send_password(client))
    finally:
        slots.release(2)
    assert messages == ["Many people are signing in just now. Try again in a moment."]
    assert hashings == []
    give_an_app(user)
    assert send_password(client).status_code == 302


def test_codes_cannot_be_guessed(client, user):
    give_an_app(user)
    send_password(client)
    for _ in range(5):
        assert problems(send_code(client, "000000")) == ["Incorrect code."]
    assert problems(send_code(client, code())) == [LIMITED]
    assert not is_signed_in(client)


def test_a_code_works_once(client, user):
    give_an_app(user)
    with time_machine.travel("2026-12-01 08:00:10+00:00", tick=False):
        send_password(client)
        send_code(client, code())
        assert is_signed_in(client)
        other = Client()
        send_password(other)
        assert problems(send_code(other, code())) == ["Incorrect code."]


def test_when_the_cache_fails_nobody_signs_in_and_the_page_says_so(
    client, user, monkeypatch, caplog
):
    class Broken:
        def __getitem__(self, alias):
            raise OperationalError("no such table: shared_cache")

    monkeypatch.setattr(database_cache, "connections", Broken())
    response = send_password(client)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "Sign-in is closed for a moment" in response.content.decode()
    assert "Sign-in is closed, its cache fails." in caplog.text
    assert client.get("/accounts/login/").status_code == 200
    assert people.sign_in(client, user).get("/admin/").status_code == 200


def test_a_redis_that_is_not_there_closes_sign_in_too(client, user, settings):
    closed = f"redis://127.0.0.1:{servers.free_port()}/0"
    redis = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": redis, "LOCATION": closed}}
    assert send_password(client).status_code == 503
    assert client.get("/en/").status_code == 200


# --- the second factor ----------------------------------------------------------------------------

ADMIN = [
    "/admin/",
    "/admin/rollout/department/",
    "/admin/rollout/department/69/change/",
    "/admin/auth/user/",
    "/admin/password_change/",
    "/admin/jsi18n/",
    "/admin/login/",
    "/admin/nowhere/",
]


@pytest.mark.parametrize("address", ADMIN)
@pytest.mark.parametrize("rights", [{}, {"is_superuser": True}])
def test_staff_without_a_second_factor_are_led_to_its_set_up(client, address, rights):
    client.force_login(person(**rights))
    assert client.get(address)["Location"] == "/accounts/mfa/"
    assert client.post(address, {"name": "x"})["Location"] == "/accounts/mfa/"
    assert "does not open the editors’ pages" in client.get("/accounts/mfa/").content.decode()


def test_recovery_codes_alone_are_no_second_factor(client, user):
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "s"})
    client.force_login(user)
    assert client.get("/admin/")["Location"] == "/accounts/mfa/"


def test_the_first_administrator_sets_up_an_app(client):
    person("first", is_superuser=True)
    assert send_password(client, "first")["Location"] == "/admin/"
    assert client.get("/admin/")["Location"] == "/accounts/mfa/"
    confirm = client.get("/accounts/mfa/totp/activate/")["Location"]
    assert confirm == "/accounts/reauthenticate/?next=%2Faccounts%2Fmfa%2Ftotp%2Factivate%2F"
    assert (
        client.post(confirm, {"password": PASSWORD})["Location"] == "/accounts/mfa/totp/activate/"
    )
    page = client.get("/accounts/mfa/totp/activate/")
    secret = page.context["form"].secret
    assert f"<code>{secret}</code>" in page.content.decode()
    assert "<svg" in page.content.decode()
    assert "data:image" not in page.content.decode()
    wrong = client.post("/accounts/mfa/totp/activate/", {"code": "000000"})
    assert problems(wrong) == ["Incorrect code."]
    done = client.post("/accounts/mfa/totp/activate/", {"code": code(secret)})
    assert done["Location"] == "/accounts/mfa/recovery-codes/"
    assert (
        len(re.findall(r"<code>\d{8}</code>", client.get(done["Location"]).content.decode())) == 10
    )
    confirm = client.get("/admin/")["Location"]
    assert confirm == "/accounts/mfa/reauthenticate/?next=%2Fadmin%2F"
    assert client.post(confirm, {"code": code(secret)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_session_from_before_the_second_factor_does_not_profit_from_it(client, user):
    send_password(client)
    give_an_app(user)
    response = client.get("/admin/rollout/wave/?q=x")
    confirm = "/accounts/mfa/reauthenticate/?next=%2Fadmin%2Frollout%2Fwave%2F%3Fq%3Dx"
    assert response["Location"] == confirm
    refused = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert refused["Location"] == "/accounts/mfa/reauthenticate/"
    assert client.get("/admin/").status_code == 302


def test_a_recovery_code_works_once(client, user):
    give_an_app(user)
    recovery = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": "5eed", "used_mask": 0}
    )
    first = recovery.wrap().generate_codes()[0]
    send_password(client)
    assert send_code(client, first)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    other = Client()
    send_password(other)
    assert problems(send_code(other, first)) == ["Incorrect code."]


def test_the_passkey_of_a_closed_account_opens_nothing(client, user, monkeypatch):
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "key"})
    monkeypatch.setattr(webauthn, "parse_authentication_response", lambda credential: None)
    monkeypatch.setattr(webauthn, "extract_user_from_response", lambda credential: user)
    monkeypatch.setattr(webauthn, "complete_authentication", lambda user, credential: key)
    form_data = {"credential": '{"id": "a right answer"}'}
    assert Client().post("/accounts/mfa/passkeys/login/", form_data)["Location"] == "/admin/"
    User.objects.update(is_active=False)
    user.refresh_from_db()
    response = client.post("/accounts/mfa/passkeys/login/", form_data, follow=True)
    assert response.redirect_chain == [("/accounts/login/", 302)]
    assert "This account is currently inactive." in response.content.decode()
    assert not is_signed_in(client)


def test_to_change_the_second_factor_one_needs_it(client, user):
    client.force_login(user)
    give_an_app(user)
    for address in ("totp/deactivate/", "recovery-codes/generate/", "passkeys/add/"):
        response = client.post(f"/accounts/mfa/{address}")
        assert response["Location"].startswith("/accounts/mfa/reauthenticate/?next="), address
    assert Authenticator.objects.filter(user=user).count() == 1


def test_a_lost_device_is_reset_by_a_command_that_leaves_a_line(client, user, capsys):
    people.sign_in(client, user)
    bystander = people.sign_in(Client(), person("another", "Editor"))
    call_command("reset_second_factor", "an-editor")
    assert "an-editor: 1 authenticators removed, 1 sessions ended" in capsys.readouterr().out
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert bystander.get("/admin/").status_code == 200
    line = LogEntry.objects.get()
    assert (line.user, line.object_id) == (user, str(user.pk))
    assert "Second factor reset" in line.change_message
    send_password(client)
    assert client.get("/admin/")["Location"] == "/accounts/mfa/"
    with pytest.raises(CommandError, match='no account "nobody"'):
        call_command("reset_second_factor", "nobody")


def confirm(client):
    """Show once more that it is oneself, which lasts for five minutes."""
    assert client.post("/accounts/mfa/reauthenticate/", {"code": code()}).status_code == 302


def open_sessions(user):
    return {one.key for one in sessions.sessions_of(user)}


def test_one_sees_where_one_is_signed_in_and_ends_all_but_this(client, user):
    people.sign_in(client, user).get("/admin/")
    other = people.sign_in(Client(), user)
    bystander = people.sign_in(Client(), person("another", "Editor"))
    confirm(client)
    page = " ".join(client.get("/accounts/sessions/").content.decode().split())
    assert page.count("<li>") == 2
    assert re.search("<strong>Unknown browser</strong> <span [^>]*>This one</span>", page)
    assert "in the editors’ pages since" in page
    assert "not seen in the editors’ pages yet" in page
    assert client.post("/accounts/sessions/")["Location"] == "/accounts/sessions/"
    assert open_sessions(user) == {client.session.session_key}
    page = client.get("/accounts/sessions/").content.decode()
    assert "You are signed out everywhere else." in page
    assert "You are signed in nowhere else." in page
    assert other.get("/admin/")["Location"].startswith("/admin/login/")
    assert bystander.get("/admin/").status_code == 200


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
)
HOSTILE = "<script>alert(1)</script>" * 400


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iOS"),
        (EDGE, "Edge on Windows"),
        (SAMSUNG, "Samsung Internet on Android"),
        ("curl/8.14.1 (Windows)", "Windows"),
        (HOSTILE, "Unknown browser"),
        (HOSTILE + FIREFOX, "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_session_has_the_names_of_browser_and_system_and_nothing_else_of_them(
    client, user, user_agent, device
):
    give_an_app(user)
    headers = {"User-Agent": user_agent}
    send_password(client, headers=headers)
    client.post("/accounts/mfa/authenticate/", {"code": code()}, headers=headers)
    (session,) = sessions.sessions_of(user)
    assert session.device == device
    assert len(client.session["device"]) == 2
    assert "<" not in str(client.session["device"])


def test_the_device_of_a_session_is_named_in_the_readers_language():
    with translation.override("fr"):
        assert UserSession("key", "Firefox", "Windows", None, None).device == "Firefox sous Windows"
        assert UserSession("key", "", "", None, None).device == "Navigateur inconnu"


def test_sessions_are_ended_one_by_one(client, user):
    people.sign_in(client, user)
    first, second = people.sign_in(Client(), user), people.sign_in(Client(), user)
    confirm(client)
    page = client.get("/accounts/sessions/").content.decode()
    handles = re.findall('name="session" value="([^"]+)"', page)
    assert len(handles) == 2, "not for this session, which has “Sign out”"
    assert not any(key in page for key in open_sessions(user)), "a key would open the session"
    handle = next(
        one.handle for one in sessions.sessions_of(user) if one.key == first.session.session_key
    )
    assert handle in handles
    page = client.post("/accounts/sessions/", {"session": handle}, follow=True).content.decode()
    assert "You are signed out there." in page
    assert open_sessions(user) == {client.session.session_key, second.session.session_key}
    page = client.post("/accounts/sessions/", {"session": handle}, follow=True).content.decode()
    assert "That session had ended already." in page


@pytest.mark.parametrize("handle", ["", "x" * 10_000, "\x00", "<b>"])
def test_a_session_of_somebody_else_or_this_one_is_not_ended_by_its_handle(client, user, handle):
    people.sign_in(client, user)
    other = people.sign_in(Client(), user)
    somebody = person("somebody-else", "Editor")
    people.sign_in(Client(), somebody)
    confirm(client)
    forged = [one.handle for one in sessions.sessions_of(somebody)]
    this = next(o for o in sessions.sessions_of(user) if o.key == client.session.session_key)
    for value in (*forged, this.handle, handle):
        response = client.post("/accounts/sessions/", {"session": value})
        assert response["Location"] == "/accounts/sessions/"
    assert len(open_sessions(somebody)) == 1
    assert open_sessions(user) == {client.session.session_key, other.session.session_key}


def test_to_see_where_one_is_signed_in_one_needs_the_second_factor(client, user):
    client.force_login(user)
    give_an_app(user)
    people.sign_in(Client(), user)
    for method in (client.get, client.post):
        response = method("/accounts/sessions/")
        assert response["Location"].startswith("/accounts/mfa/reauthenticate/?next=")
    assert len(open_sessions(user)) == 2
    stranger = Client().get("/accounts/sessions/", follow=True)
    assert stranger.redirect_chain[-1][0].startswith("/accounts/login/")


def test_a_changed_second_factor_ends_all_other_sessions(client, user):
    other = people.sign_in(Client(), user)
    confirm(people.sign_in(client, user))
    response = client.post("/accounts/mfa/totp/deactivate/")
    assert response["Location"] == "/accounts/mfa/"
    assert open_sessions(user) == {client.session.session_key}
    assert other.get("/admin/")["Location"].startswith("/admin/login/")


def test_whoever_signs_out_leaves_nothing_in_the_browser(client, user):
    people.sign_in(client, user)
    assert "Clear-Site-Data" not in client.get("/accounts/logout/")
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'


# --- the pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "",
        "signup/",
        "signup/passkey/",
        "inactive/",
        "email/",
        "confirm-email/",
        "confirm-email/x/",
        "password/change/",
        "password/set/",
        "password/reset/",
        "password/reset/done/",
        "login/code/",
        "login/code/confirm/",
        "mfa/webauthn/signup/",
        "mfa/trust/",
        "mfa/recovery-codes/download/",
        "3rdparty/",
    ],
)
def test_what_is_not_needed_is_not_there(client, user, address):
    assert client.get(f"/accounts/{address}").status_code == 404
    assert client.post(f"/accounts/{address}", {"email": "a@b.example"}).status_code == 404
    client.force_login(user)
    assert client.get(f"/accounts/{address}").status_code == 404


@pytest.fixture
def recently_confirmed(client, user):
    """A browser that has just confirmed its password; no second factor yet."""
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


STRANGERS = ["login/", "choose-password/MQ/a-token/"]
OWN = ["logout/", "reauthenticate/", "sessions/", "mfa/", "mfa/totp/activate/", "mfa/passkeys/add/"]
WITH_APP = ["mfa/reauthenticate/", "mfa/totp/deactivate/", "mfa/recovery-codes/generate/"]


def pages(client, user):
    """Yield every page under /accounts/ as its reader meets it."""
    yield from ((address, Client().get(f"/accounts/{address}")) for address in STRANGERS)
    yield from ((address, client.get(f"/accounts/{address}")) for address in OWN)
    give_an_app(user)
    yield from ((address, client.get(f"/accounts/{address}")) for address in WITH_APP)
    client.post("/accounts/mfa/recovery-codes/generate/")
    address = "mfa/recovery-codes/"
    yield address, client.get(f"/accounts/{address}")
    half_way = Client()
    send_password(half_way)
    address = "mfa/authenticate/"
    yield address, half_way.get(f"/accounts/{address}")


def test_every_page_is_valid_has_one_h1_and_stays_out_of_indexes_and_stores(
    recently_confirmed, user
):
    for address, response in pages(recently_confirmed, user):
        html = response.content.decode()
        assert response.status_code == (410 if "a-token" in address else 200), address
        html5lib.HTMLParser(strict=True).parse(html)
        assert len(re.findall("<h1", html)) == 1, address
        assert '<meta name="robots" content="noindex">' in html, address
        assert "no-store" in response["Cache-Control"], address
        assert "unsafe" not in response["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=", html), address
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all('src="/static/' in tag or "application/json" in tag for tag in scripts), address


def test_sign_in_speaks_french_also_where_the_library_speaks(client):
    french = {"Accept-Language": "fr"}
    html = client.get("/accounts/login/", headers=french).content.decode()
    assert '<html lang="fr"' in html
    assert ">Mot de passe</label>" in html
    response = send_password(client, headers=french)
    assert problems(response) == ["Le pseudo et/ou le mot de passe sont incorrects."]


def test_the_sign_in_page_says_who_helps_with_a_forgotten_password(client):
    html = client.get("/accounts/login/").content.decode()
    page = " ".join(html.split())
    assert "gives a link for a new password to whoever forgot theirs. No e-mail is sent." in page


def test_someone_without_rights_is_told_so_and_can_sign_out(client):
    client.force_login(person("a-reader", is_staff=False))
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "You may not open this page" in response.content.decode()
    assert 'href="/accounts/logout/"' in response.content.decode()


@pytest.mark.parametrize(
    "address", ["/en/", "/fr/departments/69-rhone/", "/en/can-i/", "/nowhere/"]
)
def test_public_pages_ask_for_no_account_even_with_an_editors_cookie(client, user, address):
    people.sign_in(client, user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(address)
    sql = " ".join(query["sql"] for query in queries)
    for table in ("django_session", "auth_user", "mfa_authenticator", "shared_cache"):
        assert table not in sql
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
