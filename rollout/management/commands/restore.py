"""Bring the database back from a backup."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.operations.backups.contents import BackupError
from rollout.operations.backups.restoring import check_backup, restore_backup


class Command(BaseCommand):
    help = (
        "Replace the whole database by a backup, all or nothing; the site may run meanwhile. What "
        "is replaced is kept. Everybody has to sign in again."
    )
    requires_system_checks = []  # what is broken may be what it mends

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--check", action="store_true", help="read the file, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            contents = check_backup(file)
            self.stdout.write(f"{file}: {contents}. It is whole.")
            if options["check"]:
                return
            if not options["yes"]:
                self.ask()
            restore_backup(file, report=self.stdout.write)
        except BackupError as error:
            raise CommandError(f"Nothing was restored. {error}") from error

    def ask(self) -> None:
        """Ask for confirmation.

        Raises:
            CommandError: the answer is no, or there is no terminal.
        """
        if not sys.stdin.isatty():
            raise CommandError("This replaces the whole database. If you mean it, add --yes.")
        self.stdout.write("This replaces the whole database; what is there now is kept.")
        if input("Type yes to go on: ").strip() != "yes":
            raise CommandError("Nothing was changed.")
