"""The departments of the map as links; a day's are rendered once and cached."""

from collections.abc import Collection

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rollout.caching import fragments
from rollout.dates import SelectedDay
from rollout.drawing.map import drawing
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot


def map_links(
    snapshot: RolloutSnapshot, selected_day: SelectedDay, highlighted: Collection[str]
) -> SafeString:
    """Return the departments of the map as SVG links; those with the codes `highlighted` stand out.

    Only these are rendered for a search: the others come from the fragment cache.
    """
    links = fragments.get_or_set(
        ("map", selected_day.day), lambda: [_map_link(row, selected_day) for row in snapshot.rows]
    )
    return SafeString(
        "".join(
            _map_link(row, selected_day, is_found=True)
            if row.department.code in highlighted
            else link
            for row, link in zip(snapshot.rows, links, strict=True)
        )
    )


def _map_link(row: DepartmentStatus, selected_day: SelectedDay, *, is_found: bool = False) -> str:
    """Return a department of the map as a link, "" where the map has none of its code."""
    shape = drawing().shapes.get(row.department.code)
    if shape is None:
        return ""
    context = {"row": row, "selected_day": selected_day, "shape": shape, "is_found": is_found}
    return render_to_string("rollout/_map_link.html", context)
