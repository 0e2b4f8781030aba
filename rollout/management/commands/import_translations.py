"""Bring the texts of a language, or its catalogue, to what a translator's file says."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.translations import exchange


class Command(BaseCommand):
    """Prints the plan, and saves all of it or nothing."""

    help = (
        "Read an XLIFF 2 of texts into the database, or a PO of the interface into rollout/locale. "
        "What would change is printed first; what is wrong refuses the file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, who saves it, and on whose word texts become approved."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="print the plan, save nothing")
        parser.add_argument("--by", metavar="USERNAME", help="the editor whose act it is")
        parser.add_argument(
            "--role",
            default="",
            help="the role of the native reader who approved of the texts with the state final",
        )
        parser.add_argument("--language", default="", help="the language that it must be of")
        parser.add_argument("--note", default="", help="why, for the history of each text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the plan, then save it.

        Raises:
            CommandError: the file is refused, or the editor is missing or unknown.
        """
        path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        plan = exchange.plan(content, path.name, language=options["language"], role=options["role"])
        for change in plan.changes:
            self.stdout.write("\n    ".join([f"  {change.lines[0]}", *change.lines[1:]]))
        for note in plan.notes:
            self.stdout.write(f"  {note}")
        if plan.problems:
            listed = "\n".join(f"  {problem}" for problem in plan.problems)
            raise CommandError(f"Nothing was saved. {len(plan.problems)} to correct:\n{listed}")
        would = "would change" if options["dry_run"] else "changed"
        counts = f"{len(plan.changes)} {would}, {plan.unchanged} unchanged."
        if not options["dry_run"] and plan.changes:
            try:
                exchange.apply(plan, by=self._editor(options["by"]), note=options["note"])
            except ValidationError as error:
                raise CommandError(f"Nothing was saved. {' '.join(error.messages)}") from error
        self.stdout.write(counts)

    def _editor(self, username: str | None) -> Any:
        """Return the editor with a name; a load of the data files leaves alone what editors saved.

        Raises:
            CommandError: there is none.
        """
        editor = get_user_model()._default_manager.filter(username=username, is_active=True).first()
        if editor is None:
            raise CommandError("Nothing was saved. Name the editor whose act it is: --by USERNAME.")
        return editor
