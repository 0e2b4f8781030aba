"""The one Django app of the site."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from rollout.checks import check_share_image_fonts


class RolloutConfig(AppConfig):
    """Names the app for editors, and registers its system checks."""

    name = "rollout"
    verbose_name = _("Roll-out of the carte Vitale app")

    def ready(self) -> None:
        """Register the system checks."""
        checks.register(check_share_image_fonts, checks.Tags.translation)
