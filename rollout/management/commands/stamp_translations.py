"""Marks translations in the data files as translations of today's reference text."""

import csv
import io
import re
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.csv_cells import unguarded
from rollout.importing.files import TEXT_FILES, read_files
from rollout.importing.translated import is_translation, translations_of
from rollout.models.texts import fingerprint, reference_language

FINGERPRINT_LINE = re.compile(r"^translates = .*\n", re.MULTILINE)


class Command(BaseCommand):
    """Write fingerprints of reference texts into translations, or list those that are behind."""

    help = (
        "Say of translations that they have been brought to what the English says now: of a text "
        "of an entry (rollout/data/entries/*/*.fr.md), or of lines of a file of texts "
        "(rollout/data/*_texts.csv). Read both first: nothing else checks it. Without a file: list "
        "the translations that are behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the files, and which lines of CSV files."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--language", default="", help="of CSV files: lines in this language")
        parser.add_argument("--key", default="", help="of CSV files: lines of the row of this key")
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=settings.DATA_FOLDER,
            help="the folder whose translations are listed, if it is not rollout/data",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the fingerprints, and print how many changed; or list what is behind.

        Raises:
            CommandError: a file has no translation with its reference text beside it.
        """
        if not options["files"]:
            self._list(options["folder"])
            return
        changed, total = 0, 0
        for path in options["files"]:
            if path.suffix == ".csv":
                of_file, n = write_fingerprints(path, options["language"], options["key"])
                changed, total = changed + of_file, total + n
                continue
            reference = reference_of(path)
            if reference == path or not path.is_file() or not reference.is_file():
                raise CommandError(f"{path} is not a translation with {reference.name} beside it.")
            changed += write_fingerprint(path, reference.read_text(encoding="utf-8"))
            total += 1
        self.stdout.write(f"{changed} of {total} changed.")

    def _list(self, folder: Path) -> None:
        """Print the translations of a folder that are behind.

        Raises:
            CommandError: the data files cannot be read.
        """
        rows, problems = read_files(folder)
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise CommandError(f"{len(problems)} to correct first:\n{listed}")
        translations = list(translations_of(rows))
        behind = [row for row, reference in translations if not is_translation(row, reference)]
        for row in behind:
            self.stdout.write(f"  {row.file}, line {row.line}: {row.name}")
        self.stdout.write(f"{len(behind)} of {len(translations)} are behind.")


def write_fingerprints(path: Path, language: str, key: str) -> tuple[int, int]:
    """Write fingerprints into the lines of a CSV file of texts; return how many changed, of all.

    Only into those of a language and of a row, where they are given.

    Raises:
        CommandError: it is no such file, or has no such translation.
    """
    file = next((file for file in TEXT_FILES if file.name == path.name), None)
    if file is None or not path.is_file():
        raise CommandError(f"{path} is not a file of texts.")
    with path.open(encoding="utf-8", newline="") as opened:
        lines = list(csv.DictReader(opened))
    owner = file.key[0]
    model: Any = file.model
    references = {
        line[owner]: fingerprint(*(unguarded(line[name]) for name in model.text_fields))
        for line in lines
        if line["language"] == reference_language()
    }
    translations = [
        line
        for line in lines
        if line["language"] != reference_language()
        and line[owner] in references
        and language in ("", line["language"])
        and key in ("", line[owner])
    ]
    if not translations:
        raise CommandError(f"{path} has no such translation with its reference text.")
    behind = [line for line in translations if line["translates"] != references[line[owner]]]
    for line in behind:
        line["translates"] = references[line[owner]]
    if behind:
        text = io.StringIO()
        writer = csv.DictWriter(text, [*file.key, *file.columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        path.write_text(text.getvalue(), encoding="utf-8")
    return len(behind), len(translations)


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
