"""The texts of the index in files, which all processes of this machine map read-only.

Whichever process first needs a text of new data builds it and writes the file. Its name and its
first line tell its version: of the rows in it, and of the code that made it. So a file is never
read for other data, nor one that was made in a transaction that was rolled back. Nothing in it is
executed: it is text, and it is used only with the checksum with which it was written.
"""

import fcntl
import hashlib
import logging
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

from django.conf import settings

from rollout.search.sorted_text import SortedText

logger = logging.getLogger(__name__)


def open_or_build(
    name: str, read_version: Callable[[], str], build: Callable[[], bytes]
) -> SortedText:
    """Return the text of this name ("index", "aliases"), mapped from its file.

    `read_version` returns the version of the rows, `build` the text of the rows. If the file of
    that version is not there, or damaged, it is written; processes that need it at the same time
    wait for the first. Where it cannot be written or read, the text is in this process's memory,
    and the log says why. Raises whatever these two raise.
    """
    content = b""
    try:
        with _locked(settings.SEARCH_INDEX_DIR):
            rows_version = read_version()
            version = hashlib.sha256(f"{_code_version()} {rows_version}".encode()).hexdigest()[:32]
            file = settings.SEARCH_INDEX_DIR / f"{name}-{version}"
            try:
                return _open(file, version)
            except FileNotFoundError:
                pass
            except ValueError as error:
                logger.warning("The search index is built anew: %s", error)
            content = build()
            if read_version() == rows_version:  # else they changed while they were read
                _write(file, version, content)
                return _open(file, version)
    except OSError as error:
        logger.warning("The search index is not shared, this process has its own: %s", error)
    return SortedText(content or build())


@cache
def _code_version() -> str:
    """Return a digest of the code of this package, which makes and reads the text."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time into the folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open(file: Path, version: str) -> SortedText:
    """Map a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not as it was written for this version.
    """
    with file.open("rb") as opened:
        content = mmap(opened.fileno(), 0, access=ACCESS_READ)
    start = content.find(b"\n")
    with memoryview(content) as view:
        if content[: max(start, 0)] != _first_line(version, view[start:]):
            raise ValueError(f"{file} is damaged.")
    return SortedText(content, start)


def _write(file: Path, version: str, content: bytes) -> None:
    """Write a file atomically and remove those of other versions; who has mapped one keeps it."""
    part = file.with_name("part")
    try:
        part.write_bytes(_first_line(version, content) + content)
        for other in file.parent.glob(f"{file.name.partition('-')[0]}-*"):
            other.unlink()
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _first_line(version: str, content: bytes | memoryview) -> bytes:
    return f"{version} {len(content)} {zlib.crc32(content):08x}".encode()
