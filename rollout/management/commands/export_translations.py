"""Write translations into a file for a translator, or into the data files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.importing import export
from rollout.models.texts import reference_language
from rollout.translations import exchange


class Command(BaseCommand):
    """Prints how many texts or messages there are, or which data files changed."""

    help = (
        "Write the texts of a language as XLIFF 2 (FILE.xlf), or the strings of the interface as "
        "PO (FILE.po), to be translated; or with --to-data what the database has into the data "
        "files, so that it can be reviewed and committed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the language, the file, and what of the language."""
        languages = [code for code, _name in settings.LANGUAGES if code != reference_language()]
        parser.add_argument("language", choices=languages, metavar="LANGUAGE")
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
        parser.add_argument(
            "--only",
            choices=exchange.SELECTIONS,
            default="",
            help="what is missing, left behind by a change of the English, or drafted by a machine",
        )
        parser.add_argument(
            "--to-data",
            nargs="?",
            type=Path,
            const=settings.DATA_FOLDER,
            metavar="FOLDER",
            help="write texts into the data files (rollout/data, or another folder) instead",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or the data files.

        Raises:
            CommandError: there is nothing to write, or it is not said where.
        """
        if options["to_data"]:
            changed = export.write_language(options["language"], options["to_data"])
            for path in changed:
                self.stdout.write(str(path.relative_to(options["to_data"])))
            self.stdout.write(f"{len(changed)} files changed. Now run stamp_changes.")
            return
        path = options["file"]
        file_format = path and exchange.ENDINGS.get(path.suffix)
        if not file_format:
            raise CommandError(f"Name a file that ends with {', '.join(exchange.ENDINGS)}.")
        content, count = exchange.export(options["language"], file_format, options["only"])
        if not count:
            raise CommandError("There is nothing of this kind in the language.")
        path.write_bytes(content)
        self.stdout.write(f"{path}: {count} {'messages' if file_format == 'po' else 'texts'}")
