"""Text for XML and iCalendar files, without the characters that they do not allow."""

import re

# All but the characters of XML 1.0 (its production 2); iCalendar text allows the same ones.
INVALID_CHARS = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strip_invalid_xml_chars(text: str) -> str:
    """Return a text without control characters, surrogates and noncharacters."""
    return INVALID_CHARS.sub("", text)
