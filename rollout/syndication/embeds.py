"""What other sites show of a department: a card for a frame, and a badge that is one SVG image."""

from dataclasses import dataclass
from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import get_language, gettext
from django.views.decorators.clickjacking import xframe_options_exempt

from rollout.caching.decorators import View, public_view
from rollout.dates import SelectedDay
from rollout.drawing.png import PLAIN_COLOURS, STATE_COLOURS
from rollout.drawing.status_icons import Shape, Stroke, shape_of
from rollout.drawing.text import REGULAR, SEMI_BOLD, is_mirrored, text_width
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot, current_snapshot
from rollout.models.texts import reference_language
from rollout.wording import labels, typography
from rollout.wording.xml_text import strip_invalid_xml_chars

embed_view = public_view(max_age=300, query_params=["on"])
# Of a badge, in pixels: its margin, and where its text begins, beside the disc.
PADDING, TEXT_START = 14, 54


def framed_anywhere(view: View) -> View:
    """Let any site show a page in a frame, which the headers of all other pages forbid."""
    decorated: Any = xframe_options_exempt(csp_replace({"frame-ancestors": ["*"]})(view))
    return decorated  # type: ignore[no-any-return]


@embed_view
@framed_anywhere
def card(request: HttpRequest, ref: str) -> HttpResponse:
    """The card of a department, for a frame on another site."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    row = _row(ref, current_snapshot(selected_day.day))
    if row is None:
        return render(request, "rollout/embed_unknown.html", status=404)
    context = {"selected_day": selected_day, "row": row}
    return render(request, "rollout/embed.html", context)


@embed_view
def badge(request: HttpRequest, ref: str) -> HttpResponse:
    """The badge of a department: an image that any site may show."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    row = _row(ref, current_snapshot(selected_day.day))
    if row is None:
        message = gettext("There is no department with this number.")
        return HttpResponse(f"{message}\n", "text/plain; charset=utf-8", status=404)
    svg = render_to_string("rollout/badge.svg", {"badge": _badge(row, selected_day)})
    response = HttpResponse(svg, "image/svg+xml; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _row(ref: str, snapshot: RolloutSnapshot) -> DepartmentStatus | None:
    """Return the department whose number in lower case is `ref`."""
    return next((row for row in snapshot.rows if row.department.code.lower() == ref), None)


@dataclass(frozen=True)
class TextLine:
    """A line of a badge; `size` and `y` are in pixels."""

    text: str
    weight: str
    size: int
    y: int

    @property
    def width(self) -> int:
        """Return its width in pixels, to which browsers with another font fit it."""
        return round(text_width(self.text, self.weight, self.size))

    @property
    def is_bold(self) -> bool:
        """Return whether it is drawn bold."""
        return self.weight == SEMI_BOLD


@dataclass(frozen=True)
class Badge:
    """All that is drawn on a badge, in one language."""

    title: str
    lines: list[TextLine]
    shape: Shape
    colour: str
    language: str
    is_mirrored: bool

    @property
    def width(self) -> int:
        """Return how wide it is, in pixels."""
        return TEXT_START + max(line.width for line in self.lines) + PADDING

    @property
    def start(self) -> int:
        """Return the x where its text begins."""
        return self.width - TEXT_START if self.is_mirrored else TEXT_START

    @property
    def centre(self) -> int:
        """Return the x of the middle of the shape."""
        return self.width - TEXT_START // 2 - 1 if self.is_mirrored else TEXT_START // 2 + 1

    @property
    def frame(self) -> str:
        """Return the path of the shape's frame."""
        return _path(self.shape.frame)

    @property
    def strokes(self) -> list[str]:
        """Return the paths of the lines in it."""
        return [_path(line) for line in self.shape.lines]

    @property
    def fills(self) -> list[str]:
        """Return the paths of the filled outlines in it."""
        return [_path(outline) for outline in self.shape.fills]


def _path(points: Stroke) -> str:
    """Return points as an SVG path, to a tenth of a unit."""
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)


def _badge(row: DepartmentStatus, selected_day: SelectedDay) -> Badge:
    """Return the badge of a department on a day: its state, how sure that is, the last check."""
    name = strip_invalid_xml_chars(f"{row.department.name} ({row.department.code})")
    state = strip_tags(labels.state(row.state))
    site = gettext("The carte Vitale app in your department")
    disclaimer = gettext("Independent, not official")
    certainty = typography.upper_first(labels.certainty(row.department.certainty))
    day = strip_tags(labels.checked_on(row.department.last_checked))
    if not selected_day.is_today:
        state = gettext("%(day)s: %(state)s") % {
            "day": strip_tags(labels.day(selected_day.day)),
            "state": typography.lower_first(state),
        }
    language = get_language() or reference_language()
    return Badge(
        title=f"{name}: {state}. {certainty}. {day}. {site}. {disclaimer}.",
        lines=[
            TextLine(site, REGULAR, 12, 22),
            TextLine(name, SEMI_BOLD, 17, 42),
            TextLine(state, SEMI_BOLD, 14, 61),
            TextLine(f"{certainty}. {day}", REGULAR, 12, 80),
            TextLine(disclaimer, REGULAR, 12, 97),
        ],
        shape=shape_of(row.state.status, is_mirrored(language)),
        colour=STATE_COLOURS.get(row.state.status, PLAIN_COLOURS)[0],
        language=language,
        is_mirrored=is_mirrored(language),
    )
