"""XLIFF 2: written, and read without trust. What its units are about is not known here.

Of the standard (OASIS, versions 2.0 to 2.2) the core: files, groups, units with source, target,
state and notes. The format is small, and read with the parser that refuses bombs and entities:
translate-toolkit, which reads it too, is under the GPL and would bring lxml and more into
production (decision 23).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.db.models import TextChoices
from django.utils.translation import gettext as _

VERSION = "2.0"
"""What is written: every tool that reads XLIFF 2 reads it."""
NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
NAMESPACES = {NAMESPACE, "urn:oasis:names:tc:xliff:document:2.2"}
"""Of versions 2.0 and 2.1, and of 2.2: the core is the same."""
XML = "{http://www.w3.org/XML/1998/namespace}"
MAX_BYTES = 5_000_000

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = {"mrk", "sm", "em"}
"""Elements within a text that only mark it."""


class State(TextChoices):
    """How far a unit is, as XLIFF names it; in this order."""

    INITIAL = "initial"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    FINAL = "final"


STATES = list(State)


@dataclass
class XliffUnit:
    """A unit: its words in both languages, how far it is, and notes for translators by category."""

    id: str
    source: str
    target: str = ""
    state: State = State.INITIAL
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class XliffFile:
    """The units of a language, in groups; a group has the fields of one text."""

    source_language: str
    target_language: str
    groups: dict[str, list[XliffUnit]] = field(default_factory=dict)

    @property
    def units(self) -> Iterator[XliffUnit]:
        """Yield all units, in their order."""
        for units in self.groups.values():
            yield from units


class UnreadableXliffError(Exception):
    """The file is no XLIFF 2 that can be read: `args[0]` says why, and what to do."""


def write(file: XliffFile) -> bytes:
    """Return a file as XML in UTF-8: one `file` for each kind (what ids have before the colon)."""
    root = Element(
        "xliff",
        {
            "xmlns": NAMESPACE,
            "version": VERSION,
            "srcLang": file.source_language,
            "trgLang": file.target_language,
        },
    )
    by_kind: dict[str, Element] = {}
    for key, units in file.groups.items():
        kind = key.partition(":")[0]
        if kind not in by_kind:
            by_kind[kind] = SubElement(root, "file", {"id": kind, "canResegment": "no"})
        group = SubElement(by_kind[kind], "group", {"id": key})
        for unit in units:
            _write_unit(group, unit)
    indent(root)
    _keep_spaces(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _write_unit(group: Element, unit: XliffUnit) -> None:
    element = SubElement(group, "unit", {"id": unit.id})
    notes = SubElement(element, "notes") if unit.notes else None
    for category, text in unit.notes.items():
        if notes is not None:
            SubElement(notes, "note", {"category": category}).text = _NOT_XML.sub("", text)
    segment = SubElement(element, "segment", {"state": unit.state})
    for name, text in (("source", unit.source), ("target", unit.target)):
        if text or name == "source":
            SubElement(segment, name).text = _NOT_XML.sub("", text)


def _keep_spaces(root: Element) -> None:
    """Say of each text that its spaces and line breaks count."""
    for name in ("source", "target"):
        for element in root.iter(name):
            element.set(f"{XML}space", "preserve")


def read(content: bytes) -> XliffFile:
    """Return the units of a file; those without a group are a group of their own.

    Raises:
        UnreadableXliffError: it is no XLIFF 2, too large, or holds what none holds.
    """
    root = _root(content)
    namespace = root.tag.partition("}")[0] + "}"
    file = XliffFile(root.get("srcLang", ""), root.get("trgLang", ""))
    seen: set[str] = set()
    for container, unit in _units(root, namespace):
        identifier = unit.get("id", "")
        if not identifier or identifier in seen:
            raise UnreadableXliffError(
                _("Unit “%(unit)s” is there twice, or has no id. Export the file again.")
                % {"unit": identifier}
            )
        seen.add(identifier)
        file.groups.setdefault(container, []).append(_read_unit(unit, namespace))
    return file


def _root(content: bytes) -> Element:
    """Return the root of an XLIFF 2.

    Raises:
        UnreadableXliffError: it is none, or too large.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableXliffError(_("The file is too large: 5 MB at most."))
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableXliffError(
            _("The file declares entities or a document type, as no XLIFF does. It was not read.")
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableXliffError(
            _("The file is not well-formed XML: %(error)s.") % {"error": error}
        ) from error
    namespace, _brace, name = root.tag.removeprefix("{").rpartition("}")
    version = root.get("version", "?")
    if name != "xliff":
        raise UnreadableXliffError(
            _("The file is no XLIFF: it begins with <%(name)s>.") % {"name": name}
        )
    if namespace not in NAMESPACES or not version.startswith("2."):
        raise UnreadableXliffError(
            _(
                "The file is XLIFF %(version)s; 2.0 to 2.2 can be read. Export it here again, "
                "or save it as XLIFF 2."
            )
            % {"version": version}
        )
    return root


def _units(root: Element, namespace: str) -> Iterator[tuple[str, Element]]:
    """Yield each unit with the id of its group, or with its own."""

    def within(element: Element, group: str) -> Iterator[tuple[str, Element]]:
        """Yield the units of an element."""
        for child in element:
            if child.tag == f"{namespace}unit":
                yield group or child.get("id", ""), child
            elif child.tag in (f"{namespace}group", f"{namespace}file"):
                own = child.get("id", "") if child.tag == f"{namespace}group" else ""
                yield from within(child, own or group)

    return within(root, "")


def _read_unit(unit: Element, namespace: str) -> XliffUnit:
    """Return a unit; its segments, if a tool made several, as one text.

    Raises:
        UnreadableXliffError: a text holds other elements, or a state is none.
    """
    identifier = unit.get("id", "")
    source, target, states = "", "", []
    for segment in unit:
        if segment.tag not in (f"{namespace}segment", f"{namespace}ignorable"):
            continue
        own = segment.find(f"{namespace}source")
        translated = segment.find(f"{namespace}target")
        source += _text(own, identifier)
        is_ignorable = segment.tag == f"{namespace}ignorable"
        target += _text(own if translated is None and is_ignorable else translated, identifier)
        if not is_ignorable:
            states.append(_state(segment.get("state", State.INITIAL), identifier))
    notes = {note.get("category", ""): note.text or "" for note in unit.iter(f"{namespace}note")}
    state = min(states, key=STATES.index, default=State.INITIAL)
    return XliffUnit(identifier, source, target, state, notes)


def _state(name: str, identifier: str) -> State:
    """Return a state by its name.

    Raises:
        UnreadableXliffError: there is none of this name.
    """
    try:
        return State(name)
    except ValueError as error:
        values = {"unit": identifier, "state": name, "states": ", ".join(STATES)}
        raise UnreadableXliffError(
            _("Unit “%(unit)s” has the state “%(state)s”, which is none of %(states)s.") % values
        ) from error


def _text(element: Element | None, identifier: str) -> str:
    """Return the words of a source or target.

    Raises:
        UnreadableXliffError: it holds codes, which our texts do not have.
    """
    if element is None:
        return ""
    codes = {child.tag.rpartition("}")[2] for child in element.iter() if child is not element}
    if codes - _PLAIN:
        values = {"unit": identifier, "codes": ", ".join(sorted(codes - _PLAIN))}
        raise UnreadableXliffError(
            _(
                "Unit “%(unit)s” holds codes (%(codes)s), which a tool put there. Our texts are "
                "plain: switch off its rules for Markdown or HTML, and send it again."
            )
            % values
        )
    return "".join(element.itertext())
