"""Why a search gave its answer, in sentences in the language of the page."""

from dataclasses import dataclass, field

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.search import Match, Note, Place, PlaceKind, SearchResult
from rollout.wording.labels import named_state

MOST_TOWNS = 6
"""Towns of one postcode that a sentence names; a few postcodes serve forty."""

REASONS = {
    PlaceKind.TOWN: _("%(name)s is in %(where)s."),
    PlaceKind.ARRONDISSEMENT: _("%(name)s is in %(where)s."),
    PlaceKind.POSTCODE: _("By its first digits, %(name)s is in %(where)s."),
    PlaceKind.DEPARTMENT: _("This means %(where)s."),
    PlaceKind.FORMER_DEPARTMENT: _("%(name)s is a former name of %(where)s."),
    PlaceKind.GROUP: _("%(name)s stands for %(where)s."),
    PlaceKind.LOCALITY: _("%(name)s is a place in %(where)s."),
    PlaceKind.AREA: _(
        "%(name)s is approximate: it has no official borders. It lies more or less in %(where)s."
    ),
}
REASONS_WITH_TODAY = {
    PlaceKind.TOWN: _("%(name)s is another name of %(today)s, in %(where)s."),
    PlaceKind.FORMER_TOWN: _("%(name)s is now %(today)s, in %(where)s."),
    PlaceKind.DELEGATED: _("%(name)s is part of %(today)s, in %(where)s."),
    PlaceKind.DEPARTMENT: _("%(name)s is another name of %(where)s."),
    PlaceKind.FORMER_DEPARTMENT: _("%(name)s is a former name of %(where)s."),
    PlaceKind.LOCALITY: _("%(name)s is a place in %(today)s, in %(where)s."),
}
REMARKS = {
    Note.NOT_A_DEPARTMENT: _("%(subject)s is not a French department."),
    Note.ALSO_NOT_A_DEPARTMENT: _(
        "There is also %(subject)s, which is not a French department: for it we do not know."
    ),
    Note.POSTCODE_FALLBACK: _(
        "No town has the postcode %(subject)s: it may be a CEDEX code. We go by its first digits."
    ),
    Note.POSTCODE_PREFIX: _("You typed the beginning of postcodes: %(subject)s."),
    Note.ELSEWHERE: _(
        "%(subject)s is not in the department that you typed with it. Here are the places of that "
        "name, and that department."
    ),
    Note.TOWN_UNKNOWN: _("We know no “%(subject)s” there; here is the department that you typed."),
}


@dataclass(frozen=True)
class FoundDepartment:
    """A department that was found, and what led there."""

    row: DepartmentStatus
    reasons: list[str] = field(default_factory=list)


def found_departments(answer: SearchResult, snapshot: RolloutSnapshot) -> list[FoundDepartment]:
    """Return the departments of an answer in order, each with the towns that led there."""
    found = {row.department.code: FoundDepartment(row) for row in snapshot.pick(answer.departments)}
    for places in _together(answer.places):
        if len(places[0].departments) == 1 and places[0].kind != PlaceKind.REGION:
            code = places[0].departments[0]
            if code in found:
                found[code].reasons.extend(_sentences(places, snapshot))
    return list(found.values())


def general_reasons(answer: SearchResult, snapshot: RolloutSnapshot) -> list[str]:
    """Return why several departments at once are the answer: a region, an area ..."""
    return [
        sentence
        for place in answer.places
        if len(place.departments) > 1 or place.kind == PlaceKind.REGION
        for sentence in _sentences([place], snapshot)
    ]


def page_title(answer: SearchResult, snapshot: RolloutSnapshot) -> str:
    """Return what the title of a result page says first: the answer, where there is one."""
    rows = snapshot.pick(answer.departments)
    values = {"query": answer.query, "count": len(rows)}
    if len(rows) == 1:
        return gettext("%(query)s: %(state)s") % {**values, "state": named_state(rows[0])}
    if rows:
        return gettext("%(query)s: %(count)s departments") % values
    return gettext("%(query)s: nothing found") % values


def remark(answer: SearchResult) -> str:
    """Return what must be said beside the list, or ""."""
    words = REMARKS.get(answer.note) if answer.note else None
    return str(words) % {"subject": answer.note_subject} if words else ""


def is_guess(answer: SearchResult) -> bool:
    """Tell whether nothing was found but near spellings."""
    return bool(answer.places) and all(place.match == Match.FUZZY for place in answer.places)


def count_of_offers(count: int) -> str:
    """Return how many suggestions there are, in words for a screen reader."""
    if not count:
        return gettext("No suggestion.")
    words = ngettext(
        "%(count)s suggestion. Choose with the arrow keys.",
        "%(count)s suggestions. Choose with the arrow keys.",
        count,
    )
    return words % {"count": count}


def _together(places: tuple[Place, ...]) -> list[list[Place]]:
    """Group the towns of one postcode in one department; every other place stands alone."""
    groups: dict[object, list[Place]] = {}
    for number, place in enumerate(places):
        key: object = number
        if place.postcode and place.kind in (PlaceKind.TOWN, PlaceKind.DELEGATED):
            key = (place.postcode, place.departments)
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def _sentences(places: list[Place], snapshot: RolloutSnapshot) -> list[str]:
    """Return the sentence for places that belong together; none where it would say nothing new."""
    first = places[0]
    if _says_nothing_new(first, snapshot):
        return []
    if len(places) > 1:
        return [_of_a_postcode(places)]
    name = first.name
    if first.postcode and first.postcode != name:
        name = f"{name} ({first.postcode})"
    values = {"name": name, "where": _where(first, snapshot), "today": first.today}
    if first.kind in (PlaceKind.REGION, PlaceKind.FORMER_REGION):
        return [_of_a_region(first) % {**values, "count": len(first.departments)}]
    table = REASONS_WITH_TODAY if first.today else REASONS
    return [str(table.get(first.kind, REASONS[PlaceKind.TOWN])) % values]


def _says_nothing_new(place: Place, snapshot: RolloutSnapshot) -> bool:
    """Tell whether the department's own line says it all: "Paris is in Paris"."""
    if place.today or place.postcode or place.match == Match.FUZZY:
        return False
    names = [row.department.name for row in snapshot.pick(place.departments)]
    return place.kind == PlaceKind.DEPARTMENT or [place.name] == names


def _of_a_postcode(places: list[Place]) -> str:
    names = [place.name for place in places]
    values = {"postcode": places[0].postcode, "towns": ", ".join(names[:MOST_TOWNS])}
    more = len(names) - MOST_TOWNS
    if more <= 0:
        return gettext("%(postcode)s is the postcode of %(towns)s.") % values
    words = ngettext(
        "%(postcode)s is the postcode of %(towns)s and %(more)s more.",
        "%(postcode)s is the postcode of %(towns)s and %(more)s more.",
        more,
    )
    return words % {**values, "more": more}


def _of_a_region(place: Place) -> str:
    if place.today and place.kind == PlaceKind.REGION:
        return gettext("%(name)s is another name of the region %(today)s.")
    if place.today:
        return gettext("%(name)s is a former name of the region %(today)s.")
    count = len(place.departments)
    if place.kind == PlaceKind.REGION:
        words = ngettext(
            "%(name)s is a region of %(count)s department.",
            "%(name)s is a region of %(count)s departments.",
            count,
        )
    else:
        words = ngettext(
            "%(name)s is a former region of %(count)s department.",
            "%(name)s is a former region of %(count)s departments.",
            count,
        )
    return words


def _where(place: Place, snapshot: RolloutSnapshot) -> str:
    """Return the departments of a place by name and number."""
    names = [
        f"{row.department.name} ({row.department.code})" for row in snapshot.pick(place.departments)
    ]
    if len(names) == 1:
        # Translators: French says "le département Rhône (69)", since its articles vary.
        return gettext("%(department)s") % {"department": names[0]}
    # Translators: French says "les départements Bas-Rhin (67) et Haut-Rhin (68)".
    words = gettext("%(departments)s and %(last)s")
    return words % {"departments": ", ".join(names[:-1]), "last": names[-1] if names else ""}
