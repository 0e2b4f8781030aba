"""Views of share images, which chats and networks show beside a link, and what is on each."""

import datetime
from collections.abc import Iterable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, override

from rollout.caching.decorators import public_view
from rollout.dates import today
from rollout.drawing import text
from rollout.drawing.map import wave_key
from rollout.drawing.png import Picture, png
from rollout.drawing.status_icons import PARTLY
from rollout.facts.snapshot import DepartmentStatus, current_snapshot
from rollout.facts.totals import Totals
from rollout.models import Department, Region, Status
from rollout.models.texts import reference_language
from rollout.syndication.places import of_department, of_region
from rollout.wording import labels
from rollout.wording import totals as total_words

QUESTION_MARKS = ("?", "؟", "？")
CHINESE_PUNCTUATION = ("。", "")
"""A full stop, and what stands between two sentences."""

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
        picture = _picture(
            f"{department.name} ({department.code})",
            (strip_tags(labels.state(state)), state.status),
            [(department.code, "open" if state.is_open else "not-open")],
            certainty_text=capfirst(labels.certainty(department.certainty)),
            checked=department.last_checked,
        )
        return replace(picture, pin_code=department.code)


def picture_of_region(region: Region, departments: Iterable[Department]) -> Picture:
    """Return the picture of a region as it is today, with these departments: no query."""
    totals = Totals.of(DepartmentStatus(row, row.state(), None) for row in departments)
    if totals.count == 1:
        picture = picture_of_department(totals.rows[0].department)
        return replace(picture, name=region.name, pin_code="")
    with override(_language()):
        highlights = [
            (row.department.code, "open" if row.state.is_open else "not-open")
            for row in totals.rows
        ]
        return _picture_of_several(region.name, totals, highlights)


def picture_of_site(rows: Iterable[DepartmentStatus]) -> Picture:
    """Return the picture of the whole site today, from the rows of all departments: no query."""
    now = today()
    totals = Totals.of(
        row if row.state.on == now else replace(row, state=row.department.state()) for row in rows
    )
    with override(_language()):
        highlights = [
            (row.department.code, wave_key(row.wave_number)) for row in totals.open_rows if row.wave
        ]
        name = gettext("Can I activate the carte Vitale app where I live?")
        return _picture_of_several(name, totals, highlights)


def description(picture: Picture) -> str:
    """Return the text alternative of a picture, in the active language."""
    pattern = "%(name)s %(state)s"  # an answer to the question on the picture of the site
    if not picture.name.endswith(QUESTION_MARKS):
        pattern = gettext("%(name)s: %(state)s")
    state = pattern % {"name": picture.name, "state": picture.state}
    parts = [state, picture.certainty_text, picture.day, picture.disclaimer]
    full_stop, space = CHINESE_PUNCTUATION if picture.language.startswith("zh") else (".", " ")
    return space.join(f"{part}{full_stop}" for part in parts if part)


def _language() -> str:
    """Return the active language, or the reference language where it cannot be drawn right."""
    language = get_language() or reference_language()
    sample = strip_tags(labels.checked_on(today())) + gettext("Independent, not official")
    return language if text.can_write(sample, language) else reference_language()


def _picture_of_several(
    name: str, totals: Totals, highlights: Iterable[tuple[str, str]]
) -> Picture:
    """Return the picture of several departments, in the active language."""
    shape: str = PARTLY if totals.open_count else Status.NOT_ANNOUNCED
    return _picture(
        name,
        (total_words.short(totals), Status.OPEN if totals.all_open else shape),
        highlights,
        certainty_text=total_words.conclusions(totals),
        checked=totals.last_checked,
    )


def _picture(
    name: str,
    state: tuple[str, str],
    highlights: Iterable[tuple[str, str]],
    *,
    certainty_text: str,
    checked: datetime.date | None,
) -> Picture:
    """Return a picture; `state` is a text and the name of its shape."""
    language = get_language() or reference_language()
    return Picture(
        name=name,
        state=state[0],
        shape=str(state[1]),
        certainty_text=certainty_text,
        day=strip_tags(labels.checked_on(checked)) if checked else "",
        site=gettext("The carte Vitale app in your department"),
        disclaimer=gettext("Independent, not official"),
        language=language,
        is_mirrored=text.is_mirrored(language),
        highlights=tuple(highlights),
    )
