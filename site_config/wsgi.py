"""What gunicorn loads: Django, with finished pages in front of it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")

django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django has to be set up before

from rollout.finished.front import Front  # noqa: E402

application = Front(
    django, edition_file=settings.EDITION_FILE, folder=settings.VAR_DIR / "finished_pages"
)
