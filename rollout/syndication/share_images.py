"""Views of share images, which chats and networks show beside a link, and what is on each."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext, override

from rollout.caching.decorators import public_view
from rollout.dates import today
from rollout.drawing import text
from rollout.drawing.map import wave_key
from rollout.drawing.png import Picture, png
from rollout.drawing.status_icons import PARTLY
from rollout.facts.snapshot import DepartmentStatus, current_snapshot
from rollout.models import Department, Region, Status
from rollout.models.texts import reference_language
from rollout.syndication.places import of_department, of_region
from rollout.wording import labels

# An hour: pages give the address with a version, which changes with the image.
share_image = public_view(max_age=3600)


@share_image
def site(request: HttpRequest) -> HttpResponse:
    """The share image of every page that is of no place in particular."""
    return _png_response(picture_of_site(current_snapshot().rows))


@share_image
@of_department
def department(request: HttpRequest, place: Department) -> HttpResponse:
    """The share image of a department."""
    return _png_response(picture_of_department(place))


@share_image
@of_region
def region(request: HttpRequest, place: Region) -> HttpResponse:
    """The share image of a region."""
    return _png_response(picture_of_region(place, place.departments.all()))


def _png_response(picture: Picture) -> HttpResponse:
    """Return a picture as a PNG that any site may show."""
    response = HttpResponse(png(picture), content_type="image/png")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


# --- What is on them ----------------------------------------------------------------------------


def picture_of_department(department: Department) -> Picture:
    """Return the picture of a department as it is today, in the active language: no query."""
    with override(_language()):
        state = department.state()
        highlight = "open" if state.is_open else "not-open"
        return _picture(
            f"{department.name} ({department.code})",
            (strip_tags(labels.state(state)), state.status),
            [(department.code, highlight)],
            certainty_text=capfirst(labels.certainty(department.certainty)),
            pin_code=department.code,
        )


def picture_of_region(region: Region, departments: Iterable[Department]) -> Picture:
    """Return the picture of a region as it is today, with these departments: no query."""
    states = {department.code: department.state() for department in departments}
    with override(_language()):
        summary = _summary([state.is_open for state in states.values()])
        if len(states) == 1:
            (only,) = states.values()
            summary = (strip_tags(labels.state(only)), only.status)
        highlights = [(code, "open" if s.is_open else "not-open") for code, s in states.items()]
        return _picture(region.name, summary, highlights)


def picture_of_site(rows: Sequence[DepartmentStatus]) -> Picture:
    """Return the picture of the whole site today, from the rows of all departments: no query."""
    is_open = [row.department.state().is_open for row in rows]
    with override(_language()):
        highlights = [
            (row.department.code, wave_key(row.wave_number))
            for row, done in zip(rows, is_open, strict=True)
            if done and row.wave
        ]
        name = gettext("Does the carte Vitale app work where you live?")
        return _picture(name, _summary(is_open), highlights)


def description(picture: Picture) -> str:
    """Return the text alternative of a picture, in the active language."""
    return gettext("%(name)s: %(state)s. %(day)s. %(promise)s.") % {
        "name": picture.name,
        "state": picture.state,
        "day": picture.day,
        "promise": picture.disclaimer,
    }


def _language() -> str:
    """Return the active language, or the reference language where it cannot be drawn right."""
    language = get_language() or reference_language()
    sample = labels.as_of(today()) + gettext("Independent, not official")
    return language if text.can_write(sample, language) else reference_language()


def _summary(is_open: list[bool]) -> tuple[str, str]:
    """Return the state of several departments together, in words and as the name of a shape."""
    count, n = sum(is_open), len(is_open)
    if n and count == n:
        line = ngettext("Open in all %(n)s department", "Open in all %(n)s departments", n)
        return line % {"n": n}, Status.OPEN
    line = ngettext(
        "Open in %(count)s of %(n)s department", "Open in %(count)s of %(n)s departments", n
    )
    return line % {"count": count, "n": n}, PARTLY if count else Status.NOT_ANNOUNCED


def _picture(
    name: str,
    state: tuple[str, str],
    highlights: Iterable[tuple[str, str]],
    certainty_text: str = "",
    pin_code: str = "",
) -> Picture:
    """Return a picture; `state` is a text and the name of its shape."""
    language = get_language() or reference_language()
    return Picture(
        name=name,
        state=state[0],
        shape=str(state[1]),
        certainty_text=certainty_text,
        day=labels.as_of(today()),
        site=gettext("Carte Vitale app, place by place"),
        disclaimer=gettext("Independent, not official"),
        language=language,
        is_mirrored=text.is_mirrored(language),
        highlights=tuple(highlights),
        pin_code=pin_code,
    )
