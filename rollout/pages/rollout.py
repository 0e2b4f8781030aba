"""The roll-out as a whole, and each of its waves."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching import fragments
from rollout.caching.decorators import dated_page_view
from rollout.dates import SelectedDay, today
from rollout.facts.snapshot import current_snapshot
from rollout.facts.timeline import timeline
from rollout.models import (
    Entry,
    Kind,
    Wave,
)
from rollout.pages import metadata
from rollout.pages.charts import step_chart
from rollout.pages.redirects import Gone

logger = logging.getLogger(__name__)


@dated_page_view
def rollout(request: HttpRequest) -> HttpResponse:
    """The story of the roll-out, and the map as it stood on any day."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    snapshot = current_snapshot(selected_day.day)
    entries = fragments.get_or_set("entries of the roll-out", _entries_of_rollout)
    context = {
        "page": fragments.get_or_set("roll-out", lambda: metadata.rollout(snapshot, entries)),
        "selected_day": selected_day,
        "snapshot": snapshot,
        "chart": step_chart(snapshot.wave_statuses, today(), selected_day.day),
        "story": timeline(snapshot.wave_statuses, entries[Kind.MILESTONE]),
        "figures": entries[Kind.FIGURE],
    }
    return render(request, "rollout/rollout.html", context)


def _entries_of_rollout() -> dict[Kind, list[Entry]]:
    return Entry.objects.with_sources().by_kind(*metadata.ROLLOUT_KINDS)


@dated_page_view
def wave(request: HttpRequest, slug: str) -> HttpResponse:
    """One wave: its day, its departments, its sources."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    snapshot = current_snapshot(selected_day.day)
    wave_status = next(
        (wave_status for wave_status in snapshot.wave_statuses if wave_status.wave.slug == slug),
        None,
    )
    if wave_status is None:
        raise Gone if Wave.history.filter(slug=slug).exists() else Http404
    context = {
        "page": metadata.wave(wave_status.wave, snapshot, metadata.snapshot_languages(snapshot)),
        "selected_day": selected_day,
        "snapshot": snapshot,
        "wave_status": wave_status,
        "sources": list(wave_status.wave.sources.all()),
    }
    return render(request, "rollout/wave.html", context)
