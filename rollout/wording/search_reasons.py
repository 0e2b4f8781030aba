"""Why a search has its result, in sentences in the active language: data -> text, no requests."""

from dataclasses import dataclass, field

from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.search import MatchQuality, Note, Place, PlaceKind, SearchResult
from rollout.wording.labels import named_state
from rollout.wording.totals import answer_heading
from rollout.wording.typography import comma, isolated

MAX_TOWNS_NAMED = 6
"""Towns of one postcode that a sentence names; a few postcodes serve forty."""

MIN_SHARED_DEPARTMENTS = 3
"""Departments from which one sentence tells of all the towns of a name."""
TOWNS = (PlaceKind.TOWN, PlaceKind.FORMER_TOWN, PlaceKind.DELEGATED)

REASONS = {
    PlaceKind.TOWN: _("%(name)s is in %(where)s."),
    PlaceKind.ARRONDISSEMENT: _("%(name)s is in %(where)s."),
    PlaceKind.POSTCODE: _("By its first digits, %(name)s is in %(where)s."),
    PlaceKind.DEPARTMENT: _("This means %(where)s."),
    PlaceKind.FORMER_DEPARTMENT: _("%(name)s is a former name of %(where)s."),
    PlaceKind.GROUP: _("%(name)s stands for %(where)s."),
    PlaceKind.LOCALITY: _("%(name)s is a place in %(where)s."),
    PlaceKind.INTERCOMMUNALITY: _("%(name)s is a group of communes in %(where)s."),
    PlaceKind.AREA: _(
        "%(name)s is approximate: it has no official borders. It lies more or less in %(where)s."
    ),
}
REASONS_WITH_TODAY = {
    PlaceKind.TOWN: _("%(name)s is another name for %(today)s, in %(where)s."),
    PlaceKind.FORMER_TOWN: _("%(name)s is now %(today)s, in %(where)s."),
    PlaceKind.DELEGATED: _("%(name)s is part of %(today)s, in %(where)s."),
    PlaceKind.DEPARTMENT: _("%(name)s is another name for %(where)s."),
    PlaceKind.FORMER_DEPARTMENT: _("%(name)s is a former name of %(where)s."),
    PlaceKind.LOCALITY: _("%(name)s is a place in %(today)s, in %(where)s."),
}
REMARKS = {
    Note.NOT_A_DEPARTMENT: _("%(subject)s: we do not know"),
    Note.ALSO_NOT_A_DEPARTMENT: _(
        "There is also %(subject)s, which is not a French department: we do not know whether the "
        "app can be activated there."
    ),
    Note.POSTCODE_FALLBACK: _(
        "No town has the postcode %(subject)s: it may be a CEDEX code. We go by its first digits."
    ),
    Note.POSTCODE_PREFIX: _("You typed the beginning of postcodes: %(subject)s."),
    Note.ELSEWHERE: _(
        "%(subject)s is not in the department that you typed with it. Here are the places of that "
        "name, and that department."
    ),
    Note.POSTCODE_ELSEWHERE: _(
        "The postcode that you typed is not that of %(subject)s. Here are the departments of both."
    ),
    Note.TOWN_UNKNOWN: _("We know no “%(subject)s” there; here is the department that you typed."),
}


@dataclass(frozen=True)
class FoundDepartment:
    """A department of a result, with the sentences that say why it is one."""

    row: DepartmentStatus
    reasons: list[str] = field(default_factory=list)


def found_departments(result: SearchResult, snapshot: RolloutSnapshot) -> list[FoundDepartment]:
    """Return the departments of a result in order, each with the reasons that are its own."""
    departments = {
        row.department.code: FoundDepartment(row) for row in snapshot.pick(result.departments)
    }
    for places in _grouped(result):
        if len(places[0].departments) == 1 and places[0].kind != PlaceKind.REGION:
            code = places[0].departments[0]
            if code in departments:
                departments[code].reasons.extend(_sentences(places, snapshot))
    return list(departments.values())


def general_reasons(result: SearchResult, snapshot: RolloutSnapshot) -> list[str]:
    """Return why several departments at once are in a result: a region, an area, a name that
    several towns have."""
    name, count = _shared_name(result)
    shared = ngettext(
        "There is a %(name)s in %(count)s department.",
        "There is a %(name)s in %(count)s departments.",
        count,
    )
    return [shared % {"name": isolated(name), "count": count}] * bool(name) + [
        sentence
        for place in result.places
        if len(place.departments) > 1 or place.kind == PlaceKind.REGION
        for sentence in _sentences([place], snapshot)
    ]


def page_title(result: SearchResult, snapshot: RolloutSnapshot) -> str:
    """Return the title of a result page, which screen readers say first: the query and the answer,
    or the note of a result without departments."""
    rows = snapshot.pick(result.departments)
    values = {"query": isolated(result.query), "count": len(rows)}
    if len(rows) == 1:
        return gettext("%(query)s: %(state)s") % {**values, "state": named_state(rows[0])}
    if rows:
        return strip_tags(answer_heading(snapshot, result.departments, result.query))
    if result.note == Note.PERSONAL:
        return gettext("Please do not type this here")
    return remark(result) or gettext("%(query)s: nothing found") % values


def remark(result: SearchResult) -> str:
    """Return the note of a result, or "" where the page says it otherwise: a sentence, but for what
    is no department, where it is a heading."""
    sentence = REMARKS.get(result.note) if result.note else None
    return str(sentence) % {"subject": isolated(result.note_subject)} if sentence else ""


def suggestion_count(count: int) -> str:
    """Return how many suggestions there are, as sentences for a screen reader."""
    if not count:
        return gettext("No suggestion.")
    text = ngettext(
        "%(count)s suggestion. Choose with the arrow keys.",
        "%(count)s suggestions. Choose with the arrow keys.",
        count,
    )
    return text % {"count": count}


def _shared_name(result: SearchResult) -> tuple[str, int]:
    """Return the name that towns of several departments share, and in how many departments it is;
    ("", 0) where they are few."""
    departments: dict[str, set[str]] = {}
    for place in result.places:
        if place.kind in TOWNS and place.match == MatchQuality.EXACT and not place.postcode:
            departments.setdefault(place.name, set()).update(place.departments)
    name = max(departments, key=lambda name: len(departments[name]), default="")
    count = len(departments.get(name, ()))
    return (name, count) if count >= MIN_SHARED_DEPARTMENTS else ("", 0)


def _grouped(result: SearchResult) -> list[list[Place]]:
    """Group the towns of one postcode in one department, or all whose postcodes begin as typed;
    every other place is its own group. Of a town and its arrondissement, the second is named; a
    town whose name others share is told of with them (`general_reasons`)."""
    shared_name, _count = _shared_name(result)
    groups: dict[object, list[Place]] = {}
    for number, place in enumerate(result.places):
        if place.kind in TOWNS and place.name == shared_name and not place.today:
            continue
        key: object = number
        if place.postcode and place.kind in (*TOWNS, PlaceKind.ARRONDISSEMENT):
            is_prefix = place.match == MatchQuality.PREFIX
            key = ("" if is_prefix else place.postcode, place.departments)
        groups.setdefault(key, []).append(place)
    return [_most_precise(places) for places in groups.values()]


def _most_precise(places: list[Place]) -> list[Place]:
    """Return the municipal arrondissements among places of one postcode, else all."""
    return [place for place in places if place.kind == PlaceKind.ARRONDISSEMENT] or places


def _sentences(places: list[Place], snapshot: RolloutSnapshot) -> list[str]:
    """Return the sentence for a group of places, in a list; [] where it would be redundant."""
    first = places[0]
    if _is_redundant(first, snapshot):
        return []
    is_arrondissement = first.kind == PlaceKind.ARRONDISSEMENT and first.postcode
    if first.postcode and first.match == MatchQuality.PREFIX and first.kind != PlaceKind.POSTCODE:
        return [_prefix_sentence(places)]
    if len(places) > 1 or (is_arrondissement and first.match == MatchQuality.EXACT):
        return [_postcode_sentence(places)]
    name = first.name
    if first.postcode and first.postcode != name:
        name = f"{name} ({first.postcode})"
    values = {
        "name": isolated(name),
        "where": _where(first, snapshot),
        "today": isolated(first.today or ""),
    }
    if first.kind in (PlaceKind.REGION, PlaceKind.FORMER_REGION):
        return [_region_sentence(first) % {**values, "count": len(first.departments)}]
    sentences = REASONS_WITH_TODAY if first.today else REASONS
    return [str(sentences.get(first.kind, REASONS[PlaceKind.TOWN])) % values]


def _is_redundant(place: Place, snapshot: RolloutSnapshot) -> bool:
    """Tell whether the department's own line says the same: "Paris is in Paris"."""
    if place.today or place.postcode or place.match == MatchQuality.FUZZY:
        return False
    names = [row.department.name for row in snapshot.pick(place.departments)]
    return place.kind == PlaceKind.DEPARTMENT or [place.name] == names


def _postcode_sentence(places: list[Place]) -> str:
    names = [isolated(_short_name(place)) for place in places]
    values = {"postcode": places[0].postcode, "towns": comma().join(names[:MAX_TOWNS_NAMED])}
    more = len(names) - MAX_TOWNS_NAMED
    if more <= 0:
        return gettext("%(postcode)s is the postcode of %(towns)s.") % values
    sentence = ngettext(
        "%(postcode)s is the postcode of %(towns)s and %(more)s more.",
        "%(postcode)s is the postcode of %(towns)s and %(more)s more.",
        more,
    )
    return sentence % {**values, "more": more}


def _prefix_sentence(places: list[Place]) -> str:
    """Return the sentence for the places of one department whose postcodes begin as typed."""
    names = [isolated(f"{_short_name(place)} ({place.postcode})") for place in places]
    values = {"towns": comma().join(names[:MAX_TOWNS_NAMED])}
    more = len(names) - MAX_TOWNS_NAMED
    if more <= 0:
        return gettext("Their postcodes begin so: %(towns)s.") % values
    sentence = ngettext(
        "Their postcodes begin so: %(towns)s and %(more)s more.",
        "Their postcodes begin so: %(towns)s and %(more)s more.",
        more,
    )
    return sentence % {**values, "more": more}


def _short_name(place: Place) -> str:
    """Return "Paris 11e" for "Paris 11e Arrondissement"."""
    return place.name.removesuffix(" Arrondissement")


def _region_sentence(place: Place) -> str:
    """Return the sentence for a region, with its placeholders."""
    if place.today and place.kind == PlaceKind.REGION:
        return gettext("%(name)s is another name for the region %(today)s.")
    if place.today:
        return gettext("%(name)s is a former name of the region %(today)s.")
    count = len(place.departments)
    if place.kind == PlaceKind.REGION:
        return ngettext(
            "%(name)s is a region of %(count)s department.",
            "%(name)s is a region of %(count)s departments.",
            count,
        )
    return ngettext(
        "%(name)s is a former region of %(count)s department.",
        "%(name)s is a former region of %(count)s departments.",
        count,
    )


def _where(place: Place, snapshot: RolloutSnapshot) -> str:
    """Return the departments of a place by name and number."""
    names = [
        isolated(f"{row.department.name} ({row.department.code})")
        for row in snapshot.pick(place.departments)
    ]
    if len(names) == 1:
        # Translators: French says "le département Rhône (69)", since its articles vary.
        return gettext("%(department)s") % {"department": names[0]}
    # Translators: French says "les départements Bas-Rhin (67) et Haut-Rhin (68)".
    text = gettext("%(departments)s and %(last)s")
    return text % {"departments": comma().join(names[:-1]), "last": names[-1] if names else ""}
