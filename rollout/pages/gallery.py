"""The view of every component in every state, for work on the design; not on a public site."""

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

SAMPLE_CODES = ("04", "971", "69")  # Alpes-de-Haute-Provence, Guadeloupe, and a short name
DAYS_TO_OPENING = 30


@public_view(query_params=CheckForm.base_fields)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components, with states that are made up."""
    snapshot = RolloutSnapshot(today())
    documents = list(IdentityDocument.objects.active().with_texts())
    schemes = list(HealthScheme.objects.active().for_page())
    wrong_answers = request.GET.copy()
    wrong_answers.setlist("age", ["nonsense"])
    context = {
        "snapshot": snapshot,
        "chart": step_chart(snapshot.opening_days, today(), datetime.date(2025, 5, 28)),
        "rows": [_in_state(snapshot.by_code[c], s) for s in Status for c in SAMPLE_CODES],
        "outcomes": list(Outcome),
        "days": [SelectedDay.read(text) for text in ("", "2025-05-28", "2027-01-01", "yesterday")],
        "empty": CheckForm(None, documents=documents, schemes=schemes, snapshot=snapshot),
        "wrong": CheckForm(wrong_answers, documents=documents, schemes=schemes, snapshot=snapshot),
    }
    return render(request, "rollout/gallery.html", context)


def _in_state(row: DepartmentStatus, status: Status) -> DepartmentStatus:
    """Return a row with a made-up state, and the dates that its sentence needs."""
    later = today() + datetime.timedelta(days=DAYS_TO_OPENING)
    day = later if status == Status.OPENS else datetime.date(2025, 9, 23)
    state = State(
        status=status,
        opened_on=None if status == Status.NOT_ANNOUNCED else day,
        precision="by" if status == Status.MAYBE else "on",
        suspended_from=today() if status == Status.SUSPENDED else None,
        suspended_until=later if status == Status.SUSPENDED else None,
    )
    return replace(row, state=state)
