"""The site starts with nothing set on one's own machine, and refuses to start half-configured."""

import json
import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings

KEY = "k" * 50
SHOW = """
import json
from django.conf import settings
print(json.dumps({
    "hosts": settings.ALLOWED_HOSTS, "debug": settings.DEBUG, "https": settings.SECURE_SSL_REDIRECT,
    "key": settings.SECRET_KEY, "database": settings.DATABASES["default"]["ENGINE"],
    "cache": settings.CACHES["default"]["BACKEND"].rsplit(".")[-1],
    "second_reader": settings.SECOND_READER, "proxies": settings.ALLAUTH_TRUSTED_PROXY_COUNT,
    "hsts": [settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS],
    "cookies": [
        [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE],
        [settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE],
    ],
}))
"""


GALLERY = """
import django
from django.urls import is_valid_path
django.setup()
print(str(bool(is_valid_path("/en/gallery/"))).lower())
"""


SIGN = """
import json
from django.core import signing
print(json.dumps(signing.dumps("a word")))
"""
UNSIGN = """
import json, os
from django.core import signing
print(json.dumps(signing.loads(os.environ["WORD"])))
"""
WITHOUT_SENTRY = """
import sys
sys.modules["sentry_sdk"] = None
from django.conf import settings
settings.DEBUG
"""


def start(tmp_path, show=SHOW, **environment):
    """Start Django with only these variables set; return its answer, or what it refused with."""
    run = subprocess.run(
        [sys.executable, "-c", show],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DOT_ENV": "",
            "DJANGO_SETTINGS_MODULE": "site_config.settings",
            "VAR_DIR": str(tmp_path / "var"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(run.stdout) if run.returncode == 0 else run.stderr.strip().splitlines()[-1]


def test_with_nothing_set_it_serves_this_machine_only(tmp_path):
    shown = start(tmp_path)
    assert shown["hosts"] == ["127.0.0.1", "localhost", "[::1]"]
    assert shown["debug"] is False
    assert shown["https"] is False
    assert shown["database"] == "site_config.sqlite"
    assert shown["cache"] == "DatabaseCache"
    assert shown["proxies"] == 0
    assert shown["second_reader"] is False


def test_the_local_key_is_made_once_and_is_readable_by_its_owner_only(tmp_path):
    key = start(tmp_path)["key"]
    assert len(key) >= 50
    assert start(tmp_path)["key"] == key
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_a_public_site_is_https_only(tmp_path):
    shown = start(tmp_path, ALLOWED_HOSTS="vitale.example", SECRET_KEY=KEY)
    assert shown["hosts"] == ["vitale.example"]
    assert shown["https"] is True
    assert shown["hsts"] == [365 * 24 * 60 * 60, True]
    assert shown["cookies"] == [["__Host-sessionid", True], ["__Host-csrftoken", True]]
    assert not (tmp_path / "var" / "secret_key").exists()


def test_database_url_leads_to_postgresql(tmp_path):
    shown = start(
        tmp_path,
        ALLOWED_HOSTS="vitale.example",
        SECRET_KEY=KEY,
        DATABASE_URL="postgres://u:p@db.example/vitale",
    )
    assert shown["database"] == "site_config.postgresql"


def test_cache_url_leads_to_redis(tmp_path):
    assert start(tmp_path, CACHE_URL="rediss://:p@cache.example:6379/1")["cache"] == "RedisCache"


def test_edits_wait_for_a_second_reader_if_that_is_set(tmp_path):
    assert start(tmp_path, SECOND_READER="1")["second_reader"] is True
    assert "SECOND_READER" in start(tmp_path, SECOND_READER="maybe")


def test_behind_a_trusted_proxy_the_address_that_it_wrote_counts(tmp_path):
    assert start(tmp_path, TRUST_PROXY="1")["proxies"] == 1


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SECRET_KEY", "f" * 60, {"key": "f" * 60}),
        (
            "DATABASE_URL",
            "postgres://u:p@db.example/vitale",
            {"database": "site_config.postgresql"},
        ),
        ("CACHE_URL", "redis://:p@cache.example:6379/1", {"cache": "RedisCache"}),
    ],
)
def test_secrets_may_stand_in_files(tmp_path, name, value, shown):
    file = tmp_path / "secret"
    file.write_text(f"{value}\n")
    environment = {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY": KEY, f"{name}_FILE": str(file)}
    if name == "SECRET_KEY":
        del environment["SECRET_KEY"]
    assert shown.items() <= start(tmp_path, **environment).items()


def test_a_key_is_changed_without_ending_what_it_signed(tmp_path):
    old = {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY": "o" * 50}
    new = {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY": "n" * 50}
    signed = start(tmp_path, SIGN, **old)
    assert start(tmp_path, UNSIGN, WORD=signed, **new, SECRET_KEY_FALLBACKS="o" * 50) == "a word"
    assert "BadSignature" in start(tmp_path, UNSIGN, WORD=signed, **new)


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        (
            {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY_FILE": "/nowhere/at/all"},
            "The value of SECRET_KEY_FILE must be a readable file path.",
        ),
        (
            {"ALLOWED_HOSTS": "x.example", "SECRET_KEY": KEY, "SECRET_KEY_FALLBACKS": "short"},
            "SECRET_KEY_FALLBACKS has a key shorter than 50 characters.",
        ),
        ({"ADMIN_HOSTS": "*"}, "ADMIN_HOSTS=*"),
        ({"SENTRY_DSN": "s3cret"}, "SENTRY_DSN cannot be read."),
        (
            {"ALLOWED_HOSTS": "vitale.example"},
            "SECRET_KEY is missing or shorter than 50 characters.",
        ),
        (
            {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY": "short"},
            "SECRET_KEY is missing or shorter than 50 characters.",
        ),
        (
            {"DATABASE_URL": "postgres://u:p@db.example/vitale", "SECRET_KEY": KEY},
            "ALLOWED_HOSTS is empty.",
        ),
        (
            {"DATABASE_URL": "postgres://u:p@db.example/vitale", "ALLOWED_HOSTS": "vitale.example"},
            "SECRET_KEY is missing",
        ),
        ({"ALLOWED_HOSTS": "*", "SECRET_KEY": KEY}, "Name the hosts."),
        ({"ALLOWED_HOSTS": "x.example", "SECRET_KEY": KEY, "DEBUG": "1"}, "DEBUG shows secrets"),
        ({"DEBUG": "flase"}, "DEBUG"),
        ({"CORRECTIONS_ADDRESS": "somebody"}, "CORRECTIONS_ADDRESS is neither"),
        ({"CORRECTIONS_ADDRESS": "http://tracker.example/new"}, "CORRECTIONS_ADDRESS is neither"),
        ({"CORRECTIONS_ADDRESS": "javascript:alert(1)"}, "CORRECTIONS_ADDRESS is neither"),
        ({"CORRECTIONS_ADDRESS": "https://not a host/"}, "CORRECTIONS_ADDRESS is neither"),
        ({"CORRECTIONS_ADDRESS": "mailto:a@vitale.example"}, "CORRECTIONS_ADDRESS is neither"),
        ({"CACHE_URL": "memcached://s3cret@x/y"}, "CACHE_URL cannot be read."),
        ({"CACHE_URL": "redis://:s3cret@x:many/0"}, "CACHE_URL cannot be read."),
        (
            {
                "ALLOWED_HOSTS": "x.example",
                "SECRET_KEY": KEY,
                "DATABASE_URL": "mongodb://s3cret@x/y",
            },
            "DATABASE_URL cannot be read.",
        ),
    ],
)
def test_a_half_configured_site_does_not_start_and_says_what_to_do(tmp_path, environment, advice):
    refusal = start(tmp_path, **environment)
    assert "The site does not start:" in refusal
    assert advice in refusal
    assert "s3cret" not in refusal


def test_without_sentry_sdk_a_site_that_is_told_to_report_does_not_start(tmp_path):
    refusal = start(tmp_path, WITHOUT_SENTRY, SENTRY_DSN="https://key@sentry.example/1")
    assert "The site does not start: SENTRY_DSN is set, but sentry-sdk is not installed." in refusal
    assert "pip install" in refusal


def test_the_gallery_of_components_is_on_no_public_site(tmp_path):
    assert start(tmp_path, GALLERY) is True
    public = {"ALLOWED_HOSTS": "vitale.example", "SECRET_KEY": KEY}
    assert start(tmp_path, GALLERY, **public) is False
