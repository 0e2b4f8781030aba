"""What the tests share: the real data in the database, and the site as a visitor asks for it."""

import pytest
from django.utils import translation

from rollout import gazetteer, importing


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Load the real data once; each test rolls back what it changes."""
    with django_db_blocker.unblock():
        importing.load()


@pytest.fixture(autouse=True)
def _as_in_tests(settings):
    """Serve static files as they lie, over http, and hash passwords fast."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with translation.override("en"):  # a request in French would leave its language behind
        yield


@pytest.fixture
def editor(django_user_model):
    """An editor who may change every fact."""
    return django_user_model.objects.create_superuser("an-editor", password="a long passphrase")


@pytest.fixture
def admin_page(client, editor):
    """A browser in which that editor is signed in."""
    client.force_login(editor)
    return client


@pytest.fixture(scope="session")
def index(django_db_setup, django_db_blocker):
    """The search index over the real data."""
    with django_db_blocker.unblock():
        return gazetteer.index()
