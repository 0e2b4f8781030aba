"""Django, set up once for all benchmarks of a run."""

import os

import django


def set_up() -> None:
    """Set Django up with the settings of this machine."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    django.setup()
