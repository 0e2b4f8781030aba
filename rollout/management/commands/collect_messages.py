"""Collect the strings to translate into rollout/locale."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rollout.models.texts import reference_language
from rollout.translations import messages


class Command(BaseCommand):
    help = "Bring the catalogues in rollout/locale to what code and templates hold today."

    def handle(self, *args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES:
            if language != reference_language():
                total, missing = messages.merge(language)
                path = messages.catalogue_path(language).relative_to(settings.BASE_DIR)
                self.stdout.write(f"{path}: {total} strings, {missing} to translate")
