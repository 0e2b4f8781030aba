"""Create the groups of editors, translators and administrators: rollout/accounts/roles.py."""

from typing import Any

from django.core.management.base import BaseCommand

from rollout.accounts import roles


class Command(BaseCommand):
    help = "Make the roles, or bring them back to what they were made to be."

    def handle(self, *args: Any, **options: Any) -> None:
        names = roles.make_roles()
        if options["verbosity"]:
            self.stdout.write(f"Roles: {', '.join(names)}.")
