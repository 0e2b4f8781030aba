"""Reads the data files: the rows that they want, each with its place, and every problem found.

A folder of data holds CSV files and Markdown entries; rollout/data/README.md describes them.
"""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from rollout.data_lines import Line, Problem, Reading, Wanted, guarded
from rollout.models import (
    Acceptance,
    ActivationRoute,
    ActivationRouteText,
    Alias,
    Department,
    DepartmentText,
    Entry,
    EntryText,
    HealthScheme,
    HealthSchemeText,
    IdentityDocument,
    IdentityDocumentText,
    Phase,
    PhaseText,
    Region,
    Source,
    SourceText,
    TextStatus,
)
from rollout.models.texts import languages, reference_language

SOURCE_COLUMNS = [
    "slug",
    "url",
    "publisher",
    "published_on",
    "published_precision",
    "language",
    "official",
]
ROLLOUT_COLUMNS = [
    "code",
    "name",
    "phase",
    "opened_on",
    "precision",
    "suspended_from",
    "suspended_until",
    "certainty",
    "sources",
    "last_checked",
    "check_again_by",
]
ROLLOUT = "rollout.csv"
CHECK_COLUMNS = ["certainty", "sources", "last_checked", "check_again_by"]
ROUTE_COLUMNS = ["slug", "position", "by_department", "opened_on", "minimum_age", *CHECK_COLUMNS]
ACCEPTANCE_COLUMNS = ["document", "route", "since", "outcome", *CHECK_COLUMNS]
SCHEME_COLUMNS = ["slug", "position", "outcome", "minimum_age", *CHECK_COLUMNS]


def read(folder: Path) -> tuple[list[Wanted], list[Problem]]:
    """Return the rows that a folder's files want, parents first, and every problem found."""
    reading = Reading(folder)
    for read_file in (
        _sources,
        _source_texts,
        _regions,
        _phases,
        _phase_texts,
        _departments,
        _department_texts,
        _routes,
        _documents,
        _acceptances,
        _schemes,
        _entries,
        _route_texts,  # after the entries, to which they link
        _document_texts,
        _scheme_texts,
        _aliases,
    ):
        read_file(reading)
    return reading.wanted, reading.problems


def _sources(reading: Reading) -> None:
    for line in reading.lines("sources.csv", SOURCE_COLUMNS):
        line.want(
            Source,
            {"slug": line.filled("slug")},
            {
                "url": line.text("url"),
                "publisher": line.filled("publisher"),
                "published_on": line.day("published_on"),
                "published_precision": line.text("published_precision"),
                "language": line.filled("language"),
                "official": line.one_of("official", {"yes", "no"}) == "yes",
            },
        )


def _source_texts(reading: Reading) -> None:
    for line in reading.lines("source_texts.csv", ["slug", "language", "description"]):
        line.want(
            SourceText,
            {"source_id": line.reference("slug", Source), "language": _language(line)},
            {"description": line.filled("description", most=200)},
        )


def _regions(reading: Reading) -> None:
    for line in reading.lines("regions.csv", ["code", "name", "zone"]):
        name = line.filled("name")
        line.want(
            Region,
            {"code": line.filled("code")},
            {"name": name, "slug": slugify(name), "zone": line.text("zone")},
        )


def _phases(reading: Reading) -> None:
    columns = ["slug", "position", "sources", "last_checked", "check_again_by"]
    for line in reading.lines("phases.csv", columns):
        line.want(
            Phase,
            {"slug": line.filled("slug")},
            {"position": line.number_in("position"), **_checked(line)},
            line.sources(),
        )


def _phase_texts(reading: Reading) -> None:
    for line in reading.lines("phase_texts.csv", ["slug", "language", "name", "note"]):
        line.want(
            PhaseText,
            {"phase_id": line.reference("slug", Phase), "language": _language(line)},
            {"name": line.filled("name"), "note": line.text("note")},
        )


def _departments(reading: Reading) -> None:
    """Read what a department is, and what is known of the app there, from two files."""
    places: dict[str, tuple[int, str, str | None]] = {}
    for line in reading.lines("departments.csv", ["code", "name", "region"]):
        code = line.filled("code")
        if code in places:
            line.refuse("code", f"{code} is here twice, first in line {places[code][0]}")
        places[code] = (line.number, line.filled("name"), line.reference("region", Region))
    missing = dict(places)
    for line in reading.lines(ROLLOUT, ROLLOUT_COLUMNS):
        code, name = line.filled("code"), line.filled("name")
        if code not in places:
            line.refuse("code", f'there is no department "{code}" in departments.csv')
            continue
        missing.pop(code, None)
        _, known_name, region = places[code]
        if name != known_name:
            line.refuse("name", f"{code} is {known_name}, not {name}")
        _want_department(line, {"name": known_name, "region_id": region})
    for code, (number, _, _) in missing.items():
        reason = f"{code} has no line in rollout.csv"
        reading.problems.append(Problem("departments.csv", number, "code", reason))


def _want_department(line: Line, place: dict[str, Any]) -> None:
    """Note what a line of rollout.csv says of a department."""
    line.want(
        Department,
        {"code": line.text("code")},
        {
            **place,
            "phase_id": line.reference("phase", Phase, empty=True),
            "opened_on": line.day("opened_on"),
            "precision": line.text("precision"),
            "suspended_from": line.day("suspended_from"),
            "suspended_until": line.day("suspended_until"),
            "certainty": line.text("certainty"),
            **_checked(line),
        },
        line.sources(),
    )


def read_rollout(content: bytes, name: str = ROLLOUT) -> tuple[list[Wanted], list[Problem]]:
    """Return what an uploaded rollout.csv wants, and every problem found.

    It may hold some departments only; each must be known, by number and name.
    """
    reading = Reading(Path(), {name: content})
    names = dict(Department.objects.values_list("code", "name"))
    for line in reading.lines(name, ROLLOUT_COLUMNS):
        code = line.filled("code")
        if code not in names:
            line.refuse("code", f'there is no department "{code}"')
        elif line.filled("name") != names[code]:
            line.refuse("name", f"{code} is {names[code]}, not {line.text('name')}")
        else:
            _want_department(line, {})
    return reading.wanted, reading.problems


def rollout_rows(departments: Iterable[Department]) -> Iterator[list[str]]:
    """Yield rollout.csv as the database has it, header first, safe to open in a spreadsheet."""
    yield ROLLOUT_COLUMNS
    for department in departments:
        values = {
            "code": department.code,
            "name": department.name,
            "phase": department.phase_id,
            "sources": "|".join(source.slug for source in department.sources.all()),
        }
        yield [
            guarded(str((values[c] if c in values else getattr(department, c)) or ""))
            for c in ROLLOUT_COLUMNS
        ]


def _department_texts(reading: Reading) -> None:
    for line in reading.lines("department_texts.csv", ["code", "language", "note"]):
        line.want(
            DepartmentText,
            {"department_id": line.reference("code", Department), "language": _language(line)},
            {"note": line.filled("note")},
        )


def _routes(reading: Reading) -> None:
    for line in reading.lines("activation_routes.csv", ROUTE_COLUMNS):
        line.want(
            ActivationRoute,
            {"slug": line.filled("slug")},
            {
                "position": line.number_in("position"),
                "by_department": line.one_of("by_department", {"yes", "no"}) == "yes",
                "opened_on": line.day("opened_on"),
                "minimum_age": line.age("minimum_age"),
                "certainty": line.text("certainty"),
                **_checked(line),
            },
            line.sources(),
        )


def _route_texts(reading: Reading) -> None:
    columns = ["slug", "language", "name", "who", "waiting"]
    for line in reading.lines("activation_route_texts.csv", columns):
        line.want(
            ActivationRouteText,
            {"route_id": line.reference("slug", ActivationRoute), "language": _language(line)},
            {
                "name": line.filled("name"),
                "who": line.filled("who", most=2000),
                "waiting": line.filled("waiting"),
            },
        )


def _documents(reading: Reading) -> None:
    for line in reading.lines("identity_documents.csv", ["slug", "position"]):
        line.want(
            IdentityDocument,
            {"slug": line.filled("slug")},
            {"position": line.number_in("position")},
        )


def _document_texts(reading: Reading) -> None:
    for line in reading.lines("identity_document_texts.csv", ["slug", "language", "name", "note"]):
        line.want(
            IdentityDocumentText,
            {"document_id": line.reference("slug", IdentityDocument), "language": _language(line)},
            {"name": line.filled("name"), "note": line.filled("note", most=2000)},
        )


def _acceptances(reading: Reading) -> None:
    for line in reading.lines("acceptances.csv", ACCEPTANCE_COLUMNS):
        line.want(
            Acceptance,
            {
                "document_id": line.reference("document", IdentityDocument),
                "route_id": line.reference("route", ActivationRoute),
                "since": line.day("since"),
            },
            {
                "outcome": line.text("outcome"),
                "certainty": line.text("certainty"),
                "is_used": True,
                **_checked(line),
            },
            line.sources(),
        )


def _schemes(reading: Reading) -> None:
    for line in reading.lines("health_schemes.csv", SCHEME_COLUMNS):
        line.want(
            HealthScheme,
            {"slug": line.filled("slug")},
            {
                "position": line.number_in("position"),
                "outcome": line.text("outcome"),
                "minimum_age": line.age("minimum_age"),
                "certainty": line.text("certainty"),
                **_checked(line),
            },
            line.sources(),
        )


def _scheme_texts(reading: Reading) -> None:
    for line in reading.lines("health_scheme_texts.csv", ["slug", "language", "name", "note"]):
        line.want(
            HealthSchemeText,
            {"scheme_id": line.reference("slug", HealthScheme), "language": _language(line)},
            {"name": line.filled("name"), "note": line.filled("note", most=2000)},
        )


def _aliases(reading: Reading) -> None:
    columns = ["alias", "kind", "target_type", "target_code", "lang", "source"]
    for line in reading.lines("aliases.csv", columns):
        line.want(
            Alias,
            {
                "name": line.filled("alias"),
                "kind": line.text("kind"),
                "target_type": line.text("target_type"),
                "target_codes": line.filled("target_code"),
            },
            {"language": line.filled("lang"), "source": line.text("source"), "is_used": True},
        )


def _entries(reading: Reading) -> None:
    """Read entries/<kind>/<slug>.<language>.md, the reference language of each first."""
    reference = f".{reference_language()}"
    known = set()
    paths = list((reading.folder / "entries").glob("*/*.md"))
    for path in sorted(paths, key=lambda path: (Path(path.stem).suffix != reference, path)):
        text = reading.text_of(path)
        line = _front_matter(reading, path, text) if text is not None else None
        if line is None or text is None:
            continue
        slug, language = Path(path.stem).stem, Path(path.stem).suffix.removeprefix(".")
        if language == reference_language():
            known.add((path.parent, slug))
            line.want(
                Entry,
                {"slug": slug},
                {
                    "kind": path.parent.name,
                    "position": line.number_in("position"),
                    "route_id": line.reference("route", ActivationRoute, empty=True),
                    "french_words": line.text("french_words"),
                    "day": line.day("day"),
                    "day_precision": line.text("day_precision"),
                    "certainty": line.text("certainty"),
                    **_checked(line),
                },
                line.sources(),
            )
        elif (path.parent, slug) not in known:
            line.refuse("", f"there is no {slug}{reference}.md beside it")
            continue
        line.cells["language"] = language
        line.want(
            EntryText,
            {"entry_id": slug, "language": _language(line)},
            {
                "title": line.filled("title", most=200),
                "body": text.split("\n+++\n", 1)[1].strip(),
                "status": line.text("status") or TextStatus.PUBLISHED,
                "reviewed_by": line.text("reviewed_by"),
                "reviewed_on": line.day("reviewed_on"),
                "translates": "" if language == reference_language() else line.filled("translates"),
            },
        )


def _front_matter(reading: Reading, path: Path, text: str) -> Line | None:
    """Return what stands between the two +++ lines at the top of an entry, which is TOML."""
    name = path.relative_to(reading.folder).as_posix()
    opening, separator, rest = text.partition("+++\n")
    front, closing, _ = rest.partition("\n+++\n")
    if opening or not separator or not closing:
        reading.problems.append(Problem(name, 1, "", "no TOML between +++ lines at its top"))
        return None
    try:
        return Line(reading, name, 1, tomllib.loads(front))
    except tomllib.TOMLDecodeError as error:
        reading.problems.append(Problem(name, 1, "", f"between the +++ lines: {error}"))
        return None


def _checked(line: Line) -> dict[str, Any]:
    return {"last_checked": line.day("last_checked"), "check_again_by": line.day("check_again_by")}


def _language(line: Line) -> str:
    return line.one_of("language", dict(languages()))
