"""Print what is translated, and what is not."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.models.texts import reference_language
from rollout.translations import coverage
from rollout.translations.coverage import State


class Command(BaseCommand):
    help = "Print by language and kind what is translated; exit with 1 if something is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", nargs="?", help="such as ar; without: all")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = [code for code, _name in settings.LANGUAGES if code != reference_language()]
        language = options["language"]
        if language and language not in codes:
            raise CommandError(f"{language} is not one of {', '.join(codes)}.")
        incomplete = []
        for covered in coverage.coverage([language] if language else codes):
            self.stdout.write(covered.language)
            heads = ["kind", "texts", *State.values, "there"]
            self.stdout.write(_line(heads))
            for kind in covered.lines:
                counts = map(str, kind.counts)
                row = [kind.kind or "all", str(kind.total), *counts, f"{kind.percent} %"]
                self.stdout.write(_line(row))
            missing = coverage.missing_for_public(covered.language)
            incomplete += [covered.language] if missing else []
        if incomplete:
            raise CommandError(f"Something is missing in {', '.join(incomplete)}.")


def _line(cells: list[str]) -> str:
    """Return a row of the table: the kind, then columns of figures."""
    first, *others = cells
    return f"  {first:<22}" + "".join(f"{cell:>10}" for cell in others)
