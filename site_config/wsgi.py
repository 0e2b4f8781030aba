"""What gunicorn loads."""

import os

from django.core.wsgi import get_wsgi_application

from site_config import health

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")

application = health.first(get_wsgi_application())
