"""Files of translations out and in: texts as XLIFF 2, the interface as PO.

`export` makes a file; `plan` says what one would change, and refuses what is wrong; `apply` saves
it, all or nothing.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext

from rollout.translations import catalogue_files, text_files, xliff
from rollout.translations.plans import ImportRefusedError, Plan

XLIFF, PO = "xliff", "po"
ENDINGS = {".xlf": XLIFF, ".xliff": XLIFF, ".po": PO}
"""What a file is, by how its name ends."""
SELECTIONS = [*filter(None, text_files.SELECTIONS)]
"""Which texts a file may be confined to: missing, behind, machine."""


def export(language: str, file_format: str, only: str = "") -> tuple[bytes, int]:
    """Return a file of the texts (XLIFF) or of the interface (PO) in a language; and its length.

    That is how many texts or messages it has. `only` is one of SELECTIONS, "" for all.
    """
    if file_format == PO:
        catalogue = catalogue_files.selected_messages(language, only)
        return catalogue_files.po_bytes(catalogue), len(catalogue)
    texts = text_files.export_texts(language, only)
    return xliff.write(texts), len(texts.groups)


def counts(language: str, file_format: str) -> dict[str, int]:
    """Return how many texts or messages a file would have, by what it is confined to; "": all."""
    if file_format == PO:
        return catalogue_files.counts(language)
    return text_files.counts(language)


def plan(content: bytes, file: str, *, language: str = "", role: str = "") -> Plan:
    """Return what a file (XLIFF or PO, by its content) would change; nothing is saved.

    `file` is its name, for problems. `language` is the one that it must be of, if given; `role`
    that of the native reader on whose word texts become approved.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return text_files.plan_texts(content, file, language=language, role=role)
    return catalogue_files.plan_catalogue(content, file, language=language)


def apply(planned: Plan, *, by: AbstractBaseUser, note: str = "") -> None:
    """Save what a plan holds: texts with a line of history each, messages into the catalogue.

    `by` is the editor, `note` says why; each text saved has it in its history.

    Raises:
        ImportRefusedError: the plan has problems; nothing is saved.
        ValidationError: the database refuses a text; nothing is saved.
    """
    if planned.problems:
        raise ImportRefusedError(planned.problems)
    note = note or gettext("import of the file %(file)s") % {"file": planned.file}
    planned.save(by=by, note=note[:100])
