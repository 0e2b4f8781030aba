"""Views of the roll-out as a whole, and of each wave."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching import fragments
from rollout.caching.decorators import dated_page_view
from rollout.dates import today
from rollout.facts.snapshot import current_snapshot
from rollout.facts.timeline import timeline
from rollout.models import Entry, Kind, Wave
from rollout.pages import metadata
from rollout.pages.charts import step_chart
from rollout.pages.params import selected_day
from rollout.pages.redirects import gone_or_not_found


@dated_page_view
def rollout(request: HttpRequest) -> HttpResponse:
    """Show the timeline of the roll-out, and the map on the selected day."""
    selected = selected_day(request)
    snapshot = current_snapshot(selected.day)
    entries = fragments.get_or_set("entries of the roll-out", _entries_of_rollout)
    context = {
        "page": fragments.get_or_set("roll-out", lambda: metadata.rollout(snapshot, entries)),
        "selected_day": selected,
        "snapshot": snapshot,
        "chart": step_chart(snapshot.opening_days, today(), selected.day),
        "timeline": timeline(snapshot.opening_days, entries[Kind.MILESTONE]),
        "figures": entries[Kind.FIGURE],
    }
    return render(request, "rollout/rollout.html", context)


def _entries_of_rollout() -> dict[Kind, list[Entry]]:
    return Entry.objects.with_sources().by_kind(*metadata.ROLLOUT_KINDS)


@dated_page_view
def wave(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one wave: its days, its departments, its sources."""
    selected = selected_day(request)
    snapshot = current_snapshot(selected.day)
    wave_status = next((ws for ws in snapshot.wave_statuses if ws.wave.slug == slug), None)
    if wave_status is None:
        raise gone_or_not_found(Wave, slug)
    context = {
        "page": metadata.wave(wave_status.wave, snapshot, metadata.snapshot_languages(snapshot)),
        "selected_day": selected,
        "snapshot": snapshot,
        "wave_status": wave_status,
        "sources": list(wave_status.wave.sources.all()),
    }
    return render(request, "rollout/wave.html", context)
