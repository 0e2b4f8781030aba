"""The WSGI application: health checks, then the page cache, then Django.

All code is loaded here, before gunicorn's master starts the workers that share it; no database is
asked, and no thread started.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application

gc.disable()  # what is loaded here stays: to look through it for garbage takes a tenth of the start
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
os.environ["SERVING"] = "1"

django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django has to be set up before
from django.urls import get_resolver  # noqa: E402

from rollout.caching.wsgi import PageCacheApplication  # noqa: E402
from site_config import health  # noqa: E402

page_cache = PageCacheApplication(
    django, version_file=settings.VERSION_FILE, folder=settings.VAR_DIR / "page_cache"
)
application = health.with_health_checks(page_cache, page_cache.statistics)

_ = get_resolver().url_patterns  # otherwise the first request would import the views

gc.freeze()
gc.enable()
