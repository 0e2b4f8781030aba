"""Text for the files that machines read, without the characters that those cannot carry."""

import re

# All but the characters of XML 1.0 (its production 2); a calendar's text has the same ones.
UNKNOWN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strip_invalid_xml_chars(text: str) -> str:
    """Return a text without control characters, surrogates and what is no character."""
    return UNKNOWN.sub("", text)
