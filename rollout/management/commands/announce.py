"""Prints where the site is about to be served, and how to sign in as an editor."""

import os
import socket
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Prints the site's addresses for `make serve`, and how to make the first editor."""

    help = "Print the addresses of the site served by `make serve`; refuse a port that is taken."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the addresses at HOST and PORT of the environment.

        Raises:
            CommandError: PORT is no port number, or another process listens there.
        """
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise CommandError(f'PORT is "{port}"; it must be a number from 1 to 65535.')
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise CommandError(
                    f"{host} port {port} cannot be used ({error.strerror}). "
                    f"Take another port: PORT={int(port) + 1} make serve"
                ) from error
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"\n  The site:  http://{shown}:{port}   (Ctrl+C stops it)")
        self.stdout.write(f"             http://localhost:{port}   (the same)")
        self.stdout.write(f"  Editors:   http://localhost:{port}/admin/")
        if not get_user_model().objects.filter(is_staff=True).exists():
            self.stdout.write(
                "             No editor yet. Make the first account in another terminal:\n"
                "             .venv/bin/python manage.py createsuperuser"
            )
        self.stdout.write("")
        self.stdout.flush()
