"""The site's settings as tests need them: no .env of this machine, http, files as they lie."""

import os

os.environ["DOT_ENV"] = ""
# Playwright leaves an event loop running in its process: the tests after it are not async all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from site_config.settings import *
from site_config.settings import BASE_DIR, DATABASE_ROUTERS, DATABASES, STORAGES

ALLOWED_HOSTS = ["testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
WHITENOISE_AUTOREFRESH = True
SEARCH_INDEX_DIR = BASE_DIR / ".pytest_cache" / "search_index"  # for all processes that test
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

if DATABASES["default"]["ENGINE"] == "site_config.sqlite":
    # In memory, as Django itself would: pytest-django knows only Django's own engine by name.
    # The tables come with the data, from a database that was migrated (tests/conftest.py).
    DATABASES["default"]["TEST"] = {"NAME": ":memory:", "MIGRATE": False}
    # So is the cache's table, so that a test rolls back what it counts.
    del DATABASES["cache"]
    DATABASE_ROUTERS.clear()
