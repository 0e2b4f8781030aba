"""Brings database, roles and data to this version, in one process: each start of Django costs."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

STEPS = ("migrate", "createcachetable", "make_roles")


class Command(BaseCommand):
    """Runs what a new or older database needs; each step does nothing where it is done."""

    help = "Run migrate, createcachetable, make_roles and load_data."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether the site is about to be served."""
        parser.add_argument(
            "--announce", action="store_true", help="then print where the site will be"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them, in this order; raises CommandError as they do."""
        for step in STEPS:
            call_command(step, verbosity=0)
        call_command("load_data", verbosity=options["verbosity"], stdout=self.stdout)
        if options["announce"]:
            self.stdout.flush()  # in a log, a refusal comes last
            call_command("announce", stdout=self.stdout)
