"""Let someone who lost their device set up a second factor anew."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.accounts import second_factor


class Command(BaseCommand):
    help = "Remove a person's passkeys, app and recovery codes, and sign them out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f'There is no account "{options["username"]}".')
        authenticators, sessions = second_factor.reset(user)
        self.stdout.write(
            f"{user.username}: {authenticators} authenticators removed, {sessions} sessions ended. "
            "At the next sign-in the password leads to the set-up of a new one. "
            "If the device may be in wrong hands, change the password too."
        )
