"""Edits that wait for a second reader, where the setting SECOND_READER says so.

Each view of the admin of a fact is called in a transaction. If it wrote history, it has saved
something: that is rolled back, and the form that was sent in is kept as a ProposedEdit. So nothing
has to know of it: forms, versions brought back, plans, imports and whatever is added to them.

What does not wait is the approval of a translation whose words stay: it is a second reading.
"""

import logging
from collections.abc import Callable, Sequence
from functools import cache, partial, wraps
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.messages.storage import default_storage
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.utils import get_history_model_for_model

from rollout.admin.forms import BASE_VERSION, SAVED, NoteForm, set_form_value
from rollout.facts import history
from rollout.facts.links import row_of
from rollout.models import Update, UpdateText
from rollout.models.edits import ProposalState, ProposedEdit
from rollout.models.texts import Origin, Text

logger = logging.getLogger(__name__)

TAKE_UP = "_take_up"
"""In a form that was sent in before: it is shown as it was, and not saved."""
TAKEN_FROM = "taken_from"
"""In an address: the number of the proposed edit whose form was taken up."""
CSRF = "csrfmiddlewaretoken"
IS_REPLAY = "is_replay"
"""An attribute of the requests by which proposed edits are sent in again."""
TAKEN_UP = _("This is what was proposed; nothing of it is saved. Correct it, then save again.")

APPROVAL_FIELDS = {"origin", "reviewed_by", "reviewed_on", "translates"}
"""The fields of a text that approving it changes; its words stay."""

View = Callable[..., HttpResponse]
Marks = dict[type[models.Model], int]
"""The newest history number of each model."""


class SecondReader(admin.ModelAdmin):
    """Keeps what the admin of a fact would save as a proposed edit, if SECOND_READER is set."""

    @property
    def urls(self) -> list[URLPattern]:
        """Return all pages of the admin, those of its subclasses too, as they wait for a reader."""
        return [
            URLPattern(each.pattern, waiting(each.callback), each.default_args, each.name)
            for each in super().urls
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Have a form that is taken up again shown with all that was typed, but not saved."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        return type(form)("TakenUpForm", (_TakenUp, form), {}) if TAKE_UP in request.POST else form

    def _restore(
        self, request: HttpRequest, row: models.Model, version: history.Version, form: NoteForm
    ) -> bool:
        """Restore a version, unless its form is taken up again; return whether that was done."""
        if TAKE_UP not in request.POST:
            restored: bool = super()._restore(request, row, version, form)  # type: ignore[misc]
            return restored
        form.add_error(None, ValidationError(TAKEN_UP))
        set_form_value(form, BASE_VERSION, history.version_token(row))
        return False


class _TakenUp(forms.ModelForm):
    """A form that is shown again: it is never valid."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse it, besides whatever else is wrong with it by now."""
        cleaned_data = super().clean()
        self.add_error(None, ValidationError(TAKEN_UP))
        return cleaned_data


def without_second_reader(view: View) -> View:
    """Mark a view of the admin of a fact, as a decorator: what it saves is published at once."""
    view.is_read_by_one = True  # type: ignore[attr-defined]
    return view


def waiting(view: View) -> View:
    """Return a view of facts of which what it saves waits for a second reader, if that is set."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Call the view, or propose what it would save."""
        call = partial(view, request, *args, **kwargs)
        is_replay = hasattr(request, IS_REPLAY)
        if request.method != "POST" or is_replay or not request.user.is_authenticated:
            return call()
        if TAKE_UP in request.POST:
            return _show_again(request, call)
        if not settings.SECOND_READER or hasattr(view, "is_read_by_one"):
            return call()
        return _propose(request, call)

    return wrapped


def _show_again(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Call a view with a form that is taken up; where it saves nevertheless, undo that."""
    author: Any = request.user
    with transaction.atomic():
        marks = history_marks()
        response = view()
        if not records_since(marks, author):
            return response
        transaction.set_rollback(True)
    request._messages = default_storage(request)  # type: ignore[attr-defined]
    messages.info(request, TAKEN_UP)
    return redirect(request.get_full_path())


def _propose(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Call a view; if it saved something, undo that and keep the form that was sent."""
    author: Any = request.user
    with transaction.atomic():
        marks = history_marks()
        response = view()
        records = edited(records_since(marks, author))
        if all(map(_is_approval, records)):
            return response
        title = _title(records)
        transaction.set_rollback(True)
    # Without the message that it was saved.
    request._messages = default_storage(request)  # type: ignore[attr-defined]
    form_data = request.POST.copy()
    form_data.pop(CSRF, None)
    proposal = ProposedEdit(
        path=_path(request), form_data=form_data.urlencode(), title=title, proposed_by=author
    )
    with transaction.atomic():
        proposal.full_clean()
        proposal.save()
        _replace(request.GET.get(TAKEN_FROM, ""), proposal)
    log("Edit proposed", author, proposal)
    text = _("It waits for a second reader: readers see nothing of it yet.")
    messages.info(request, text, extra_tags=SAVED)  # so the browser throws its draft away
    return redirect("admin:rollout_proposal", proposal.pk)


def _path(request: HttpRequest) -> str:
    """Return the address of the form, to be sent in again; without a query that is too long."""
    query = request.GET.copy()
    query.pop(TAKEN_FROM, None)
    path = f"{request.path}?{query.urlencode()}" if query else request.path
    is_short = len(path) <= (ProposedEdit._meta.get_field("path").max_length or 0)
    return path if is_short else request.path


def _replace(number: str, proposal: ProposedEdit) -> None:
    """Close the proposed edit whose form was taken up: one's own is withdrawn by that."""
    if not number.isdecimal() or len(number) > 18:
        return
    former = ProposedEdit.objects.select_for_update().filter(pk=int(number)).first()
    author = proposal.proposed_by
    if former is None or former.state in (ProposalState.PUBLISHED, ProposalState.WITHDRAWN):
        return
    if former.proposed_by_id == author.pk:
        former.state = ProposalState.WITHDRAWN
    elif former.state == ProposalState.WAITING:
        former.state = ProposalState.REFUSED
    if former.decided_at is None:
        former.decided_by, former.decided_at = author, timezone.now()
        former.reason = gettext("Taken up again as number %(n)s.") % {"n": proposal.pk}
    former.save()


def log(
    event: str, user: AbstractBaseUser, proposal: ProposedEdit, level: int = logging.INFO
) -> None:
    """Log, once it is committed, what someone did with a proposed edit; its row has the rest."""
    extra = {"facts": {"user": user.get_username(), "proposal": proposal.pk}}
    transaction.on_commit(partial(logger.log, level, event, extra=extra), robust=True)


# --- What an edit wrote into the history ---------------------------------------------------------


@cache
def _history_models() -> tuple[type[models.Model], ...]:
    tracked = (
        model
        for model in apps.get_app_config("rollout").get_models()
        if hasattr(model._meta, "simple_history_manager_attribute")
    )
    return tuple(get_history_model_for_model(model) for model in tracked)


def history_marks() -> Marks:
    """Return the newest history number of each model: a query for each."""
    return {
        model: model._default_manager.aggregate(last=Max("history_id"))["last"] or 0
        for model in _history_models()
    }


def records_since(marks: Marks, author: AbstractBaseUser) -> list[Any]:
    """Return the history rows that someone wrote since then, in the order of writing."""
    records: list[Any] = []
    for model, last in marks.items():
        records += model._default_manager.filter(history_id__gt=last, history_user=author.pk)
    return sorted(records, key=lambda record: record.history_date)


def edited(records: Sequence[Any]) -> list[Any]:
    """Return the records of rows that were edited: without the update that tells readers of it."""
    updates = {
        record.id
        for record in records
        if record.instance_type is Update and record.history_type == "+"
    }
    return [
        record
        for record in records
        if not (record.instance_type is Update and record.id in updates)
        and not (record.instance_type is UpdateText and record.update_id in updates)
    ]


def _is_approval(record: Any) -> bool:
    """Tell whether a record says only that a native reader has read a text: a second reading."""
    if getattr(record, "origin", "") != Origin.APPROVED or record.prev_record is None:
        return False
    return set(record.diff_against(record.prev_record).changed_fields) <= APPROVAL_FIELDS


def rows_of(records: Sequence[Any]) -> dict[str, Any]:
    """Return the rows of history rows, or to which their texts belong, each once.

    By kind and key, as "department 69".
    """
    rows: dict[str, Any] = {}
    for record in records:
        row = record.instance
        if isinstance(row, Text):
            row = row_of(row)
        rows[f"{row._meta.model_name} {row.pk}"] = row
    return rows


def _title(records: Sequence[Any]) -> str:
    """Return the names of the rows that an edit changes, as many as the field takes."""
    return Truncator(", ".join(map(str, rows_of(records).values()))).chars(200)
