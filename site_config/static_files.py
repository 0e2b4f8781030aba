"""Collects static files: hashed, compressed, the site's own style sheets without their layout."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

_STRING_OR_COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/""", re.DOTALL)
_LAYOUT = re.compile(r"\s*\n\s*")
_NEEDLESS_LINE_END = re.compile(r"(?<=[{};,])\n")


def compact_css(css: str) -> str:
    """Return a style sheet without comments, indentation, blank lines and needless line ends.

    Its strings must not go over several lines: static/css/ is formatted by `make lint`.
    """
    css = _STRING_OR_COMMENT.sub(lambda match: match[1] or "", css)
    return _NEEDLESS_LINE_END.sub("", _LAYOUT.sub("\n", css).strip())


class Storage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage; before it hashes them, the sheets of static/css/ are made compact.

    Not by a library: rcssmin has no wheel for macOS, and installs take wheels only.
    """

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        """Yield (name, name with hash, whether it was processed, or an error) of each file."""
        for name in paths if not options.get("dry_run") else ():
            if name.startswith("css/"):
                collected = Path(self.path(name))
                collected.write_text(compact_css(collected.read_text("utf-8")), "utf-8")
                paths[name] = (self, name)
        yield from super().post_process(paths, *args, **options)
