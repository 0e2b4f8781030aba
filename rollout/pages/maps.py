"""The departments of the map as links; a day's are rendered once and cached."""

from collections.abc import Collection

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rollout.caching import fragments
from rollout.dates import SelectedDay
from rollout.drawing.map import drawing
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot


def map_links(
    snapshot: RolloutSnapshot,
    selected_day: SelectedDay,
    highlighted: Collection[str],
    without_numbers: bool = False,
) -> SafeString:
    """Return the departments of the map as SVG links; those with the codes `highlighted` stand out.

    Only these are rendered for a search: the others come from the fragment cache, after an edit
    too, but for what it changed. On a small map their numbers could not be read, and are left out.
    """

    def link(row: DepartmentStatus, *, is_found: bool = False) -> str:
        """Return a department as a link, "" where the map has none of its code."""
        fact = row.department
        shape = drawing().shapes.get(fact.code)
        if shape is None:
            return ""
        context = {"row": row, "selected_day": selected_day, "shape": shape, "is_found": is_found}
        context["without_number"] = without_numbers
        shown = (fact.code, fact.name, row.state, row.wave_number)
        return fragments.get_or_set(
            ("map link", *shown, selected_day, is_found, without_numbers),
            lambda: render_to_string("rollout/_map_link.html", context),
            timeout=None,
        )

    links = fragments.get_or_set(
        ("map", selected_day.day, without_numbers), lambda: [link(row) for row in snapshot.rows]
    )
    return SafeString(
        "".join(
            link(row, is_found=True) if row.department.code in highlighted else rest
            for row, rest in zip(snapshot.rows, links, strict=True)
        )
    )
