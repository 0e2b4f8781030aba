"""The site itself, as a Django app."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from rollout.checks import share_images_can_be_lettered


class RolloutConfig(AppConfig):
    """The app's name, for Django and for editors."""

    name = "rollout"
    verbose_name = _("Roll-out of the carte Vitale app")

    def ready(self) -> None:
        """Register the checks of a deployment."""
        checks.register(share_images_can_be_lettered, checks.Tags.translation)
