"""Every component in every state on one page, for work on the look; not on a public site."""

import datetime
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching.decorators import public_view
from rollout.dates import SelectedDay, today
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.models import HealthScheme, IdentityDocument, Outcome, State, Status
from rollout.pages.charts import step_chart
from rollout.pages.check_form import CheckForm

LONGEST = ("04", "971", "69")  # Alpes-de-Haute-Provence, Guadeloupe, and a short one
AHEAD = datetime.timedelta(days=30)


@public_view(no_cache=True, asks=CheckForm.base_fields)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components; what stands on them is not true."""
    snapshot = RolloutSnapshot(today())
    documents = list(IdentityDocument.objects.active().with_texts())
    schemes = list(HealthScheme.objects.active().for_page())
    given = request.GET.copy()
    given.setlist("age", ["nonsense"])
    context = {
        "snapshot": snapshot,
        "chart": step_chart(snapshot.wave_statuses, today(), datetime.date(2025, 5, 28)),
        "rows": [_in_state(snapshot.by_code[code], s) for s in Status for code in LONGEST],
        "outcomes": list(Outcome),
        "days": [SelectedDay.read(text) for text in ("", "2025-05-28", "2027-01-01", "yesterday")],
        "empty": CheckForm(None, documents=documents, schemes=schemes, snapshot=snapshot),
        "wrong": CheckForm(given, documents=documents, schemes=schemes, snapshot=snapshot),
    }
    return render(request, "rollout/gallery.html", context)


def _in_state(row: DepartmentStatus, status: Status) -> DepartmentStatus:
    """Return a row as it would be in a state, with the dates that its words need."""
    day = today() + AHEAD if status == Status.OPENS else datetime.date(2025, 9, 23)
    state = State(
        status=status,
        opened_on=None if status == Status.NOT_ANNOUNCED else day,
        precision="by" if status == Status.MAYBE else "on",
        suspended_from=today() if status == Status.SUSPENDED else None,
        suspended_until=today() + AHEAD if status == Status.SUSPENDED else None,
    )
    return replace(row, state=state)
