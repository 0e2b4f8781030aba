"""Marks translations in the data files as translations of today's reference text."""

import re
import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.models.texts import fingerprint, reference_language

FINGERPRINT_LINE = re.compile(r"^translates = .*\n", re.MULTILINE)


class Command(BaseCommand):
    """Write the fingerprint of the reference text into the front matter of translations."""

    help = (
        "Say of translations (rollout/data/entries/*/*.fr.md) that they have been brought to what "
        "the English beside them says now. Read both first: nothing else checks it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the files."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the fingerprint into each file, and print how many changed.

        Raises:
            CommandError: a file is no translation with its reference text beside it.
        """
        changed = 0
        for path in options["files"]:
            reference = reference_of(path)
            if reference == path or not path.is_file() or not reference.is_file():
                raise CommandError(f"{path} is not a translation with {reference.name} beside it.")
            changed += write_fingerprint(path, reference.read_text(encoding="utf-8"))
        self.stdout.write(f"{changed} of {len(options['files'])} changed.")


def reference_of(path: Path) -> Path:
    """Return the file of the reference text: that of the same first day if there is one.

    For age.fr.2027-03-01.md that is age.en.2027-03-01.md, or else age.en.md.
    """
    slug, *language_and_day = path.stem.split(".")
    first = path.with_name(f"{slug}.{reference_language()}.md")
    same_day = path.with_name(".".join([slug, reference_language(), *language_and_day[1:], "md"]))
    return same_day if same_day.is_file() else first


def write_fingerprint(path: Path, reference: str) -> bool:
    """Write the fingerprint of a reference text into a translation; return whether it changed.

    `reference` is the whole file in the reference language: TOML between +++ lines, Markdown.
    """
    before = path.read_text(encoding="utf-8")
    front, body = reference.removeprefix("+++\n").split("\n+++\n", 1)
    new = fingerprint(tomllib.loads(front)["title"], body)
    own_front, rest = FINGERPRINT_LINE.sub("", before).split("\n+++\n", 1)
    after = f'{own_front}\ntranslates = "{new}"\n+++\n{rest}'
    path.write_text(after, encoding="utf-8")
    return after != before
