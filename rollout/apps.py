"""The site itself, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RolloutConfig(AppConfig):
    """The app's name, for Django and for editors."""

    name = "rollout"
    verbose_name = _("Roll-out of the carte Vitale app")
