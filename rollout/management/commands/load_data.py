"""Load the files of rollout/data (or of another folder) into the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.importing import cells, load
from rollout.search import service


class Command(BaseCommand):
    """Prints the counts of a load, or every problem that refuses it."""

    help = "Bring the database to what the data files say. Rows that an editor changed are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder, and whether only to plan."""
        parser.add_argument("--dry-run", action="store_true", help="print the plan, save nothing")
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=settings.DATA_FOLDER,
            help="the folder to read instead of rollout/data",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the folder, and print what changed.

        Raises:
            CommandError: the files are refused, with every problem.
        """
        dry_run = options["dry_run"]
        try:
            result = load.load_data(
                options["folder"],
                dry_run=dry_run,
                progress=lambda line: self.stdout.write(f"  {line}"),
            )
        except cells.DataRefused as refusal:
            listed = "\n".join(f"  {problem}" for problem in refusal.problems)
            raise CommandError(
                f"Nothing was loaded. {len(refusal.problems)} to correct:\n{listed}"
            ) from refusal
        if dry_run:
            for line in result.created:
                self.stdout.write(f"  would create {line}")
            for line in result.updated:
                self.stdout.write(f"  would update {line}")
        else:
            service.index()  # Written now, its file is there when the workers start.
        for line in result.skipped:
            self.stdout.write(f"  kept as an editor left it: {line}")
        for line in result.missing:
            self.stdout.write(f"  in no file any more, left as it is: {line}")
        counts = (
            f"{len(result.created)} created, {len(result.updated)} updated, "
            f"{result.unchanged} unchanged, {len(result.skipped)} kept as an editor left them."
        )
        self.stdout.write(f"{'Would be' if dry_run else 'Data loaded'}: {counts}")
