"""Prints where the site is about to be served, and how to sign in as an editor."""

import errno
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
            CommandError: PORT is no port number, HOST no address, or another process listens there.
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
                raise CommandError(_refusal(host, int(port), error)) from error
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


def _refusal(host: str, port: int, error: OSError) -> str:
    """Return why a port cannot be listened on, and what to do."""
    if isinstance(error, socket.gaierror):
        return f"HOST is “{host}”, a name that leads nowhere. HOST=127.0.0.1 is this machine alone."
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"HOST is {host}, which is no address of this machine. HOST=0.0.0.0 is all that it has."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for the system. Take one from 1024 on: PORT=8000 make serve"
    other = port + 1 if port < 65535 else port - 1
    return (
        f"{host} port {port} cannot be used ({error.strerror}). "
        f"Take another port: PORT={other} make serve"
    )
