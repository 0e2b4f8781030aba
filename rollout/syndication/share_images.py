"""The pictures that chats and social networks show beside a link: what is on each of them."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext, override

from rollout.caching.decorators import public_view
from rollout.dates import today
from rollout.drawing import text
from rollout.drawing.png import Picture, png
from rollout.drawing.status_icons import PARTLY
from rollout.facts.snapshot import DepartmentStatus, current_snapshot
from rollout.models import Department, Region, Status
from rollout.models.texts import reference_language
from rollout.syndication.places import of_department, of_region
from rollout.wording import labels

share_image = public_view(
    max_age=3600
)  # its address changes with it; one without a version is young


@share_image
def site(request: HttpRequest) -> HttpResponse:
    """The share image of every page that is of no place in particular."""
    return _sent(picture_of_site(current_snapshot().rows))


@share_image
@of_department
def department(request: HttpRequest, place: Department) -> HttpResponse:
    """The share image of a department."""
    return _sent(picture_of_department(place))


@share_image
@of_region
def region(request: HttpRequest, place: Region) -> HttpResponse:
    """The share image of a region."""
    return _sent(picture_of_region(place, place.departments.all()))


def _sent(picture: Picture) -> HttpResponse:
    """Return a picture as it is sent: any site may show it."""
    answer = HttpResponse(png(picture), content_type="image/png")
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


# --- What is on them ----------------------------------------------------------------------------


def picture_of_department(department: Department) -> Picture:
    """Return the picture of a department as it is today. Asks the database nothing."""
    with override(_language()):
        state = department.state()
        tint = "open" if state.is_open else "not-open"
        return _picture(
            f"{department.name} ({department.code})",
            (strip_tags(labels.state(state)), state.status),
            [(department.code, tint)],
            sure=capfirst(labels.certainty(department.certainty)),
            pinned=department.code,
        )


def picture_of_region(region: Region, departments: Iterable[Department]) -> Picture:
    """Return the picture of a region as it is today. Asks the database nothing."""
    states = {found.code: found.state() for found in departments}
    with override(_language()):
        said = _in_sum([state.is_open for state in states.values()])
        if len(states) == 1:
            (only,) = states.values()
            said = (strip_tags(labels.state(only)), only.status)
        tints = [(code, "open" if s.is_open else "not-open") for code, s in states.items()]
        return _picture(region.name, said, tints)


def picture_of_site(rows: Sequence[DepartmentStatus]) -> Picture:
    """Return the picture of the whole site as it is today, of a board of all departments."""
    is_open = [row.department.state().is_open for row in rows]
    with override(_language()):
        tints = [
            (row.department.code, f"wave-{row.wave.position}")
            for row, done in zip(rows, is_open, strict=True)
            if done and row.wave
        ]
        name = gettext("Does the carte Vitale app work where you live?")
        return _picture(name, _in_sum(is_open), tints)


def description(picture: Picture) -> str:
    """Return what a picture shows, for those who cannot see it."""
    return gettext("%(name)s: %(state)s. %(day)s. %(promise)s.") % {
        "name": picture.name,
        "state": picture.state,
        "day": picture.day,
        "promise": picture.promise,
    }


def _language() -> str:
    """Return the active language, or the reference language where it cannot be drawn right."""
    language = get_language() or reference_language()
    sample = labels.as_of(today()) + gettext("Independent, not official")
    return language if text.can_write(sample, language) else reference_language()


def _in_sum(is_open: list[bool]) -> tuple[str, str]:
    """Return what is said of several departments together, and its shape."""
    count, n = sum(is_open), len(is_open)
    if n and count == n:
        said = ngettext("Open in all %(n)s department", "Open in all %(n)s departments", n)
        return said % {"n": n}, Status.OPEN
    said = ngettext(
        "Open in %(count)s of %(n)s department", "Open in %(count)s of %(n)s departments", n
    )
    return said % {"count": count, "n": n}, PARTLY if count else Status.NOT_ANNOUNCED


def _picture(
    name: str,
    said: tuple[str, str],
    tints: Iterable[tuple[str, str]],
    sure: str = "",
    pinned: str = "",
) -> Picture:
    """Return a picture of a name, its state with its shape, and a map, with what all say."""
    language = get_language() or reference_language()
    return Picture(
        name=name,
        state=said[0],
        shape=str(said[1]),
        sure=sure,
        day=labels.as_of(today()),
        site=gettext("Carte Vitale app, place by place"),
        promise=gettext("Independent, not official"),
        language=language,
        is_mirrored=text.is_mirrored(language),
        tints=tuple(tints),
        pinned=pinned,
    )
