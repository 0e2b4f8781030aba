"""Private names of libraries that the site uses: whoever upgrades one reads them again."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

ROOT = Path(__file__).parents[2]
PRIVATE_NAMES = {
    "allauth.account.internal.stagekit.unstash_login": ("django-allauth", "65.21."),
    "psycopg.errors._WaitTimeout": ("psycopg", "3.3."),
}


@pytest.mark.parametrize(("name", "release"), PRIVATE_NAMES.items())
def test_a_private_name_was_read_in_the_installed_version(name, release):
    package, expected = release
    assert version(package).startswith(expected), f"read {name} again, then name the version here"
    import_string(name)


def test_no_other_private_name_is_used():
    private = re.compile(r"from (?:allauth[\w.]*\.internal)[\w.]* import \w+|\berrors\._\w+")
    used = {
        match
        for folder in ("rollout", "site_config")
        for file in (ROOT / folder).rglob("*.py")
        for match in private.findall(file.read_text(encoding="utf-8"))
    }
    assert used == {
        "from allauth.account.internal.stagekit import unstash_login",
        "errors._WaitTimeout",
    }
