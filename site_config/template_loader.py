"""Loads the site's own templates without their indentation, which would weigh in every answer."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_PREFORMATTED = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)


class Loader(filesystem.Loader):
    """Django's loader from folders; lines keep their numbers, and `<pre>` keeps its white space."""

    def get_contents(self, origin: Origin) -> str:
        """Return the text of a template; raise TemplateDoesNotExist where there is none."""
        parts = _PREFORMATTED.split(super().get_contents(origin))
        parts[::2] = [_INDENTATION.sub("", part) for part in parts[::2]]
        return "".join(parts)
