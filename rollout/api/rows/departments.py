"""Departments as rows, with what the site answers for each on a day."""

import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext_noop as _
from pydantic import Field

from rollout import models
from rollout.api.rows.base import Absolute, OnDay, Row
from rollout.api.rows.licence import LICENCE, Licence
from rollout.api.rows.sources import Source, choice_or_none, source_slugs, with_sources
from rollout.caching import fragments
from rollout.facts import snapshot
from rollout.models import Certainty, Precision, Status
from rollout.wording import labels

# --- The fields beside the rows -------------------------------------------------------------------


class Envelope(Row):
    """The fields of every response that has rows."""

    language: str = Field(
        description="The language of words; a text that has no translation says its own.",
        examples=["en"],
    )
    licence: Licence
    attribution: str = Field(
        description="The line to show where the data is used.",
        examples=["The carte Vitale app in your department (https://example.org/), CC BY 4.0"],
    )
    sources: list[Source] = Field(description="Every source that the rows cite, once.")


class DatedEnvelope(Envelope, OnDay):  # pydantic puts the last one's fields first
    """The fields of every response about one day."""


# --- Departments ----------------------------------------------------------------------------------


class Department(Row):
    """One of the 101 departments, as it stood on one day."""

    # The columns of the CSV file, in this order: a new field comes last.

    code: str = Field(
        description=_("The number of the department: its INSEE code, as text."),
        examples=["69"],
    )
    name: str = Field(
        description=_("Its name, with typographic apostrophes (’) where INSEE has straight ones."),
        examples=["Rhône"],
    )
    region_code: str = Field(description=_("The INSEE code of its region."), examples=["84"])
    region_name: str = Field(
        description=_("The name of its region."), examples=["Auvergne-Rhône-Alpes"]
    )
    on: datetime.date = Field(
        description=_("The day of which the status is told, as known today."),
        examples=["2025-05-28"],
    )
    status: Status = Field(
        description=_("What could be said of it on that day, as a code."), examples=["open"]
    )
    status_text: str = Field(
        description=_("The same in words, in the language asked for."),
        examples=["Open since about 25 July 2023"],
    )
    opened_on: datetime.date | None = Field(
        description=_("The day from which the app can be activated there; empty: not announced."),
        examples=["2023-07-25"],
    )
    precision: Precision | None = Field(
        description=_(
            "“on”: that very day; “about”: some days before or after it; “by”: that day at the "
            "latest."
        ),
        examples=["about"],
    )
    phase: str | None = Field(
        description=_("The short name of the wave with which it opened."), examples=["pilot-2023"]
    )
    suspended_from: datetime.date | None = Field(
        description=_("The first day of a suspension; empty: none."), examples=[None]
    )
    suspended_until: datetime.date | None = Field(
        description=_("The first day on which it works again; empty: not known."), examples=[None]
    )
    certainty: Certainty = Field(
        description=_("How sure the opening is, as a code."), examples=["several-press"]
    )
    certainty_text: str = Field(
        description=_("The same in words, in the language asked for."),
        examples=["reported by several newspapers or websites"],
    )
    last_checked: datetime.date = Field(
        description=_("The day on which it was last compared with its sources."),
        examples=["2026-11-23"],
    )
    check_again_by: datetime.date | None = Field(
        description=_("The day by which that is due again; empty: never, it is history."),
        examples=["2027-02-21"],
    )
    changed_on: datetime.date | None = Field(
        description=_(
            "The day in Paris since which it is told as it is now; checks do not move it. "
            "Empty: not known."
        ),
        examples=["2026-11-23"],
    )
    note: str | None = Field(
        description=_("What concerns only this department; empty: nothing."), examples=[None]
    )
    note_language: str | None = Field(
        description=_("The language of the note: English where it is not translated yet."),
        examples=[None],
    )
    sources: list[str] = Field(
        description=_("The short names of its sources; in the CSV with a vertical bar between."),
        examples=[["rtl-2023-07-25"]],
    )
    url: str = Field(
        description=_("Its page on this site."),
        examples=["https://example.org/en/departments/69-rhone/"],
    )
    licence: str = Field(description=_("The licence of this row."), examples=["CC-BY-4.0"])
    is_overdue: bool = Field(
        description=_(
            "Whether the day of check_again_by has passed without a check; status_text of today "
            "and of later days then says when it was last checked."
        ),
        examples=[False],
    )


def departments_with_sources() -> models.places.DepartmentQuerySet:
    """Return all departments with texts and sources, for a snapshot: three queries more."""
    return models.Department.objects.with_texts().prefetch_related(with_sources())


def snapshot_with_sources(on: datetime.date) -> snapshot.RolloutSnapshot:
    """Return the snapshot of all departments, with texts and sources, on a day."""
    departments = fragments.get_or_set(
        "departments with sources", lambda: list(departments_with_sources().for_page())
    )
    return snapshot.RolloutSnapshot(on, departments)


def department_row(
    row: snapshot.DepartmentStatus, on: datetime.date, absolute: Absolute
) -> Department:
    """Return the row of a department on the day of its state, in the active language."""
    fact, state = row.department, row.state
    since = fact.effective_since
    return Department(
        code=fact.code,
        name=fact.name,
        region_code=fact.region_id,
        region_name=fact.region.name,
        on=on,
        status=state.status,
        status_text=_plain(labels.state(state)),
        opened_on=fact.opened_on,
        precision=choice_or_none(Precision, fact.precision),
        phase=fact.wave_id,
        suspended_from=fact.suspended_from,
        suspended_until=fact.suspended_until,
        certainty=Certainty(fact.certainty),
        certainty_text=labels.certainty(fact.certainty),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        changed_on=timezone.localdate(since) if since else None,
        note=fact.text and fact.text.note,
        note_language=fact.text and fact.text.language,
        sources=source_slugs(fact),
        url=absolute(fact.get_absolute_url()),
        licence=LICENCE.name,
        is_overdue=fact.is_overdue,
    )


@lru_cache(maxsize=1_000)
def _plain(html: str) -> str:
    """Return text without tags, and with plain spaces only."""
    return " ".join(strip_tags(html).split())
