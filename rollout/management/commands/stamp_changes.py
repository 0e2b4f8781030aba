"""Writes the ledger of changes: the day since which each row of the data files is as it is."""

import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout import dates
from rollout.importing import ledger
from rollout.importing.cells import LedgerLine
from rollout.importing.files import read_files


class Command(BaseCommand):
    """Renew the lines of changed rows in changes.csv, and leave the others as they are."""

    help = (
        "Say of each row of the data files whose content is not what its line in changes.csv knows "
        "that it changed today, or on --day. The other lines keep their day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day and the folder."""
        parser.add_argument("--day", help="the day of the change, such as 2026-11-29: not today")
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=settings.DATA_FOLDER,
            help="the folder to read and write instead of rollout/data",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the ledger, and print how many of its lines changed.

        Raises:
            CommandError: the day is none or to come, or the files are refused, with every problem.
        """
        day = self._day(options["day"])
        folder = options["folder"]
        rows, problems = read_files(folder)
        before: dict[ledger.LedgerKey, LedgerLine] = {}
        if (folder / ledger.LEDGER).exists():
            before, ledger_problems = ledger.read_ledger(folder)
            problems += ledger_problems
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise CommandError(f"Nothing was written. {len(problems)} to correct:\n{listed}")
        after = ledger.renewed(rows, before, day)
        ledger.write_ledger(folder, after)
        changed = [
            key
            for key, line in after.items()
            if key not in before or before[key].fingerprint != line.fingerprint
        ]
        for key in changed:
            self.stdout.write(f"  {key}")
        gone = len(before.keys() - after.keys())
        self.stdout.write(f"{len(changed)} of {len(after)} changed on {day}, {gone} taken out.")

    def _day(self, text: str | None) -> datetime.date:
        day = dates.today() if text is None else dates.parse(text)
        if day is None:
            raise CommandError(f'"{text}" is not a date such as 2025-11-18.')
        if day > dates.today():
            raise CommandError(f"{day} is still to come.")
        return day
