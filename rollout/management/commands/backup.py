"""Back up the database while the site runs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.operations.backups.contents import BackupError
from rollout.operations.backups.making import make_backup
from rollout.operations.backups.rotation import RetentionRule


class Command(BaseCommand):
    help = (
        "Write a checked copy of the database into a folder, while the site runs, and remove old "
        "copies. Kept are all of two days, then the last of each of some days, weeks and months. "
        "The copy holds accounts and secrets: docs/backup.md."
    )
    requires_system_checks = []  # a backup is made whatever else is wrong

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="where to; by default BACKUP_DIR")
        default = RetentionRule()
        parser.add_argument(
            "--daily", type=int, default=default.daily, help=f"{default.daily} days"
        )
        parser.add_argument(
            "--weekly", type=int, default=default.weekly, help=f"{default.weekly} weeks"
        )
        parser.add_argument(
            "--monthly", type=int, default=default.monthly, help=f"{default.monthly} months"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"] or settings.BACKUP_DIR
        if folder is None:
            raise CommandError("Say where to: manage.py backup FOLDER, or set BACKUP_DIR.")
        rule = RetentionRule(options["daily"], options["weekly"], options["monthly"])
        if min(rule) < 0:
            raise CommandError("--daily, --weekly and --monthly cannot be less than 0.")
        try:
            backup = make_backup(folder, rule)
        except BackupError as error:
            raise CommandError(f"No backup was made. {error}") from error
        self.stdout.write(f"{backup}. Read again: whole.")
        for file in backup.removed:
            self.stdout.write(f"  removed {file.name}")
