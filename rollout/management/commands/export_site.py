"""Write the static export, and put it in the place of the last one in one step."""

import argparse
import datetime
import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.http.request import validate_host
from django.utils import timezone

from rollout.operations import static_export


class Command(BaseCommand):
    help = (
        "Write every public page, feed and file into a folder that a web server alone can serve, "
        "compressed too. The folder is a link to the newest copy, so there is never half of one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            help="where it is to be: a link that this makes; by default MIRROR_DIR",
        )
        parser.add_argument(
            "--origin",
            metavar="https://HOST",
            default=default_origin(),
            help="what absolute addresses in it begin with; by default the first ALLOWED_HOSTS",
        )
        # For tests, which have no time for all of it.
        parser.add_argument("--only", metavar="PATTERN", default="", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"] or settings.MIRROR_DIR
        if folder is None:
            raise CommandError("Say where to: manage.py export_site FOLDER, or set MIRROR_DIR.")
        folder, origin = folder.absolute(), checked(options["origin"])
        if folder.is_dir() and not folder.is_symlink():
            raise CommandError(f"{folder} is a folder, not a link that this command made.")
        if not settings.STATIC_ROOT.is_dir():
            raise CommandError("There are no static files yet: run collectstatic first.")
        os.umask(0o022)  # the web server is another user, and all of it is public
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CommandError(f"Another process is writing {folder}.") from error
            self.replace(folder, origin, options["only"])

    def replace(self, folder: Path, origin: str, only: str) -> None:
        """Write a new copy beside the last one, point the link at it, and remove the others."""
        started, made_at = time.monotonic(), timezone.localtime()
        new = folder.with_name(f"{folder.name}-{made_at.astimezone(datetime.UTC):%Y%m%dT%H%M%S%fZ}")
        new.mkdir()
        try:
            self.write(static_export.ExportJob(new, origin, made_at, only))
        except (static_export.IncompleteError, DatabaseError) as error:
            raise CommandError(f"No new static export: {error}. The last one stays.") from error
        else:
            point_symlink(folder, new)
        finally:
            remove_all_but_the_newest(folder)
        size = sum(file.stat().st_size for file in new.rglob("*") if file.is_file())
        seconds = time.monotonic() - started
        self.stdout.write(f"{folder}: {size / 1e6:.0f} MB in {seconds:.0f} s, for {origin}")

    def write(self, job: static_export.ExportJob) -> None:
        """Write it, and say every two seconds how far that is."""
        reported_at = time.monotonic()
        for done, count in static_export.export(job):
            if time.monotonic() - reported_at > 2:
                reported_at = time.monotonic()
                self.stdout.write(f"{done:5} of {count}")
                self.stdout.flush()


def point_symlink(link: Path, target: Path) -> None:
    """Point a symbolic link at another target in one step: at no moment is it missing."""
    draft = link.with_name(f"{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.name)
    draft.replace(link)


def remove_all_but_the_newest(link: Path) -> None:
    """Remove the copies that the link does not point at: old and incomplete ones."""
    for copy in link.parent.glob(f"{link.name}-*Z"):
        if copy != link.resolve():
            shutil.rmtree(copy)


def default_origin() -> str:
    """Return where a public site is, or where `make serve` serves it."""
    if settings.IS_PUBLIC:
        return f"https://{settings.ALLOWED_HOSTS[0].lstrip('.')}"
    return f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"


def checked(origin: str) -> str:
    """Return an origin, or raise CommandError for one that the site would not answer to."""
    parts = urlsplit(origin)
    is_plain = parts.scheme in ("http", "https") and parts.hostname and origin.count("/") == 2
    if not is_plain:
        raise CommandError(f'"{origin}" is not an origin such as https://vitale.example.')
    if not validate_host(parts.hostname or "", settings.ALLOWED_HOSTS):
        raise CommandError(f"{parts.hostname} is not among ALLOWED_HOSTS.")
    return origin
