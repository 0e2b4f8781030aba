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
def _in_english():
    """Begin in English: a request in French would leave its language behind."""
    with translation.override("en"):
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
