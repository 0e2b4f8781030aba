"""Check this release on a spare port, before it replaces the running one."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError

from rollout.operations import release_check
from rollout.operations.release_check import ReleaseCheckError


class Command(BaseCommand):
    help = (
        "Check the settings, show the migrations that wait, serve this release on a spare port and "
        "request a page of each view. Ends with 1 where it must not replace the running one."
    )
    requires_system_checks = []  # the first thing that it does

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--migrate", action="store_true", help="apply the migrations that wait, then go on"
        )
        parser.add_argument(
            "--accept",
            nargs="+",
            default=[],
            metavar="APP.MIGRATION",
            help="apply these although the running release may break on them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.settings()
            self.migrations(apply=options["migrate"], accepted=options["accept"])
            self.pages()
        except ReleaseCheckError as error:
            raise CommandError(f"This release must not run: {error}") from error
        self.stdout.write(self.style.SUCCESS("This release may run."))

    def settings(self) -> None:
        """Refuse warnings of `check --deploy`, and model changes without a migration."""
        try:
            call_command("check", deploy=True, fail_level="WARNING", stdout=self.stdout)
            call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
        except SystemCheckError as error:
            raise ReleaseCheckError(f"check --deploy says:\n{error}") from error
        except SystemExit as stop:
            raise ReleaseCheckError("a model has changed without a migration.") from stop

    def migrations(self, *, apply: bool, accepted: list[str]) -> None:
        """Print the unapplied migrations; apply them if the running release can work on."""
        waiting = dict(release_check.waiting_migrations())
        for name, steps in waiting.items():
            self.stdout.write(f"{name}: {'; '.join(steps) or 'only adds'}")
        breaking = [name for name, steps in waiting.items() if steps and name not in accepted]
        if breaking:
            raise ReleaseCheckError(
                f"the running release may break on {', '.join(breaking)}. Split it into two "
                f"releases, or accept a pause: --accept {' '.join(breaking)}"
            )
        if waiting and not apply:
            raise ReleaseCheckError("migrations wait. Apply them: --migrate")
        if waiting:
            call_command("migrate", verbosity=0, interactive=False)

    def pages(self) -> None:
        """Serve this release on a spare port and request a page of each view."""
        with release_check.spare_server() as port:
            errors = list(release_check.smoke_test_errors(port))
        if errors:
            raise ReleaseCheckError("\n  ".join(["these pages of this release failed:", *errors]))
