"""The pages of proposed edits: what waits, what it would change, its preview, the decision.

A proposed edit is a form that was sent in; replays.py sends it in again.
"""

import logging
from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rollout.accounts.roles import writable_languages
from rollout.admin.forms import MINOR, NOTE
from rollout.admin.plans import CONFIRM
from rollout.admin.preview import PreviewPages, PreviewResponse
from rollout.admin.replays import Replay, replay
from rollout.admin.second_reader import TAKEN_FROM, edited, log, rows_of
from rollout.admin.shared_previews import SHARE, share
from rollout.facts.history import Version
from rollout.models.edits import ProposalState, ProposedEdit
from rollout.models.texts import Text
from rollout.wording import differences

MAX_DECIDED = 50
"""How many decided edits are listed."""
MAX_REASON = 300
REASON = "reason"


def urls() -> list[URLPattern]:
    """Return the pages of proposed edits, to stand among those of the admin."""
    wrap = admin.site.admin_view
    return [
        path("proposals/", wrap(list_view), name="rollout_proposals"),
        path("proposals/<int:pk>/", wrap(proposal_view), name="rollout_proposal"),
        path("proposals/<int:pk>/preview/", wrap(preview_view), name="rollout_proposal_preview"),
        path(
            "proposals/<int:pk>/decision/",
            wrap(require_POST(decision_view)),
            name="rollout_proposal_decision",
        ),
    ]


# --- Who may do what -----------------------------------------------------------------------------


def may_see(request: HttpRequest) -> bool:
    """Tell whether someone may see proposed edits: all who may read facts in the admin."""
    return request.user.has_perm("rollout.view_entry")


def _may_make(user: User, records: Sequence[Any]) -> bool:
    """Tell whether someone may make each of the changes themselves, texts in their languages."""
    languages = writable_languages(user)
    return bool(records) and all(
        record.language in languages
        if issubclass(record.instance_type, Text)
        else user.has_perm(f"rollout.change_{record.instance_type._meta.model_name}")
        for record in edited(records)
    )


def _rights(user: User, proposal: ProposedEdit, outcome: Replay) -> dict[str, bool]:
    """Return what someone may do with a proposed edit.

    Its author never reads it as the second. What cannot be published any more is sent back by
    whoever edits facts.
    """
    is_waiting = proposal.state == ProposalState.WAITING
    is_author = proposal.proposed_by_id == user.pk
    may_make = _may_make(user, outcome.records)
    is_open = proposal.state in (ProposalState.WAITING, ProposalState.REFUSED)
    is_editor = user.has_perm("rollout.change_entry")
    return {
        "may_publish": is_waiting and not is_author and may_make,
        "may_refuse": is_waiting and not is_author and (may_make or is_editor),
        "may_withdraw": is_open and is_author,
        "may_publish_alone": is_waiting and is_author and may_make,
        "may_take_up": is_open and (is_author or may_make or is_editor),
    }


# --- Pages ---------------------------------------------------------------------------------------


def list_view(request: HttpRequest) -> HttpResponse:
    """List what waits, what was sent back to oneself, and what was decided last."""
    if not may_see(request):
        raise PermissionDenied
    proposals = ProposedEdit.objects.select_related("proposed_by", "decided_by").defer("form_data")
    waiting = proposals.filter(state=ProposalState.WAITING)
    returned = proposals.filter(state=ProposalState.REFUSED, proposed_by=request.user.pk)
    decided = proposals.exclude(state=ProposalState.WAITING).order_by("-decided_at", "-pk")
    context = {
        **admin.site.each_context(request),
        "title": _("Proposed edits"),
        "is_on": settings.SECOND_READER,
        "waiting": waiting,
        "returned": returned,
        "decided": decided[:MAX_DECIDED],
    }
    return TemplateResponse(request, "admin/proposals.html", context)


def proposal_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one proposed edit: who, when, why, what would change, and what can be done with it."""
    proposal = _proposal(request, pk)
    return _page(request, proposal)


def _page(
    request: HttpRequest, proposal: ProposedEdit, problem: str = "", reason: str = ""
) -> HttpResponse:
    """Return the page of a proposed edit; `problem` is why a decision was refused."""
    form_data = QueryDict(proposal.form_data)
    is_open = proposal.state in (ProposalState.WAITING, ProposalState.REFUSED)
    with transaction.atomic():
        outcome = replay(request, proposal) if is_open else Replay()
        lines = _described(outcome.versions)
        previews = [
            (key, f"{row._meta.verbose_name} {row}")
            for key, row in rows_of(edited(outcome.records)).items()
            if _preview_pages(row)
        ]
        transaction.set_rollback(True)
    context = {
        **admin.site.each_context(request),
        "title": proposal.title,
        "proposal": proposal,
        "is_open": is_open,
        "note": form_data.get(NOTE, ""),
        "is_minor": MINOR in form_data,
        "lines": lines,
        "problems": outcome.problems,
        "previews": previews,
        "preview_languages": settings.LANGUAGES,
        "fields": _fields_to_take_up(form_data),
        "form_address": _form_address(proposal),
        "problem": problem,
        "reason": reason,
        "max_reason": MAX_REASON,
        **_rights(cast("User", request.user), proposal, outcome),
    }
    return TemplateResponse(request, "admin/proposal.html", context)


def preview_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the public page of a changed row as readers would see it, or share it."""
    proposal = _proposal(request, pk)
    params = request.POST if SHARE in request.POST else request.GET
    page = None
    with transaction.atomic():
        rows = rows_of(edited(replay(request, proposal).records))
        row = rows.get(params.get("row", ""))
        pages = _preview_pages(row) if row is not None else None
        if row is not None and pages is not None:
            current = type(row)._default_manager.get(pk=row.pk)
            page = pages.preview_page(request, current, params)
        transaction.set_rollback(True)
    if page is None:
        messages.warning(request, _("There is no preview of this: see what it says now."))
        return redirect("admin:rollout_proposal", proposal.pk)
    if SHARE in request.POST:
        return share(request, *page)
    return PreviewResponse(request, page)


def decision_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a proposed edit, send it back, or withdraw it: the button says which.

    It is locked meanwhile: of two who decide at once, the second is told what the first decided.
    """
    _proposal(request, pk)
    reason = " ".join(request.POST.get(REASON, "").split())[:MAX_REASON]
    problem = ""
    with transaction.atomic():
        proposal = ProposedEdit.objects.select_for_update().get(pk=pk)
        decision = next((name for name in _DECISIONS if name in request.POST), "")
        is_returned = proposal.state == ProposalState.REFUSED and decision == "_withdraw"
        if proposal.state != ProposalState.WAITING and not is_returned:
            problem = gettext("It was decided before you: %(state)s by %(who)s.") % {
                "state": proposal.get_state_display(),
                "who": proposal.decided_by,
            }
        elif not decision:
            problem = gettext("Choose what to do with it.")
        else:
            problem = _DECISIONS[decision](request, proposal, reason)
        if problem:
            transaction.set_rollback(True)
    if problem:
        return _page(request, _proposal(request, pk), problem, reason)
    return redirect("admin:rollout_proposals")


def _publish(request: HttpRequest, proposal: ProposedEdit, reason: str) -> str:
    """Publish what someone else proposed; return why that is not possible, or ""."""
    outcome = replay(request, proposal)
    user = cast("User", request.user)
    if outcome.problems:
        return gettext("It cannot be published as it is.")
    if not _rights(user, proposal, outcome)["may_publish"]:
        raise PermissionDenied
    _add_reason(outcome.records, f"Second reader: {user.get_username()}")
    _decide(proposal, ProposalState.PUBLISHED, user, reason)
    messages.success(request, _("It is published."))
    log("Proposed edit published", user, proposal)
    return ""


def _publish_alone(request: HttpRequest, proposal: ProposedEdit, reason: str) -> str:
    """Publish one's own edit, with a reason; return why that is not possible, or ""."""
    outcome = replay(request, proposal)
    user = cast("User", request.user)
    if not reason:
        return gettext("Say why it cannot wait for a second reader.")
    if outcome.problems:
        return gettext("It cannot be published as it is.")
    if not _rights(user, proposal, outcome)["may_publish_alone"]:
        raise PermissionDenied
    _add_reason(outcome.records, f"Without a second reader: {reason}")
    _decide(proposal, ProposalState.PUBLISHED, user, reason)
    messages.warning(request, _("It is published without a second reader; the list says so."))
    log("Published without a second reader", user, proposal, logging.WARNING)
    return ""


def _refuse(request: HttpRequest, proposal: ProposedEdit, reason: str) -> str:
    """Send an edit back to its author, with a reason; return why that is not possible, or ""."""
    user = cast("User", request.user)
    with transaction.atomic():
        outcome = replay(request, proposal)
        transaction.set_rollback(True)
    if not _rights(user, proposal, outcome)["may_refuse"]:
        raise PermissionDenied
    if not reason:
        return gettext("Say why it goes back: its author reads it.")
    _decide(proposal, ProposalState.REFUSED, user, reason)
    messages.success(request, _("It went back to its author, with your reason."))
    log("Proposed edit sent back", user, proposal)
    return ""


def _withdraw(request: HttpRequest, proposal: ProposedEdit, reason: str) -> str:
    """Withdraw one's own edit; who sent it back before, and why, stays with it."""
    user = cast("User", request.user)
    if not _rights(user, proposal, Replay())["may_withdraw"]:
        raise PermissionDenied
    if proposal.state == ProposalState.WAITING:
        _decide(proposal, ProposalState.WITHDRAWN, user, reason)
    else:
        proposal.state = ProposalState.WITHDRAWN
        proposal.save()
    messages.success(request, _("It is withdrawn."))
    log("Proposed edit withdrawn", user, proposal)
    return ""


_DECISIONS = {
    "_publish": _publish,
    "_publish_alone": _publish_alone,
    "_refuse": _refuse,
    "_withdraw": _withdraw,
}


def _decide(proposal: ProposedEdit, state: ProposalState, user: User, reason: str) -> None:
    proposal.state, proposal.decided_by = state, user
    proposal.decided_at, proposal.reason = timezone.now(), reason
    proposal.full_clean()
    proposal.save()


def _add_reason(records: Sequence[Any], sentence: str) -> None:
    """Add to the history rows of an edit who has read it, in English as the reasons there.

    Who made it is named there anyway: its author.
    """
    for record in records:
        reason = f"{record.history_change_reason or ''} ({sentence})".strip()
        model: type[models.Model] = type(record)
        model._default_manager.filter(pk=record.pk).update(history_change_reason=reason)


def _proposal(request: HttpRequest, pk: int) -> ProposedEdit:
    """Return a proposed edit, or raise Http404 or PermissionDenied."""
    if not may_see(request):
        raise PermissionDenied
    rows = ProposedEdit.objects.select_related("proposed_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _preview_pages(row: Any) -> PreviewPages | None:
    """Return the admin that makes the preview of a row, None where there is none."""
    pages = admin.site.get_model_admin(type(row))
    return pages if isinstance(pages, PreviewPages) and pages.can_preview else None


def _described(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return the rows and texts with what would change of each; of a new one, all that it says."""
    return [
        {
            "version": line.version,
            "name": line.name,
            "differences": line.differences if line.version.before else _values(line.version),
        }
        for line in differences.lines(versions)
    ]


def _values(version: Version) -> list[differences.Difference]:
    """Return all that a new row or text says, in words."""
    row = version.record.instance
    values = {field.name: getattr(row, field.attname) for field in version.record.tracked_fields}
    said = {name: (None, value) for name, value in values.items() if value not in (None, "")}
    said.pop(row._meta.pk.name, None)
    return differences.of_row(row, said)


def _fields_to_take_up(form_data: QueryDict) -> list[tuple[str, str]]:
    """Return names and values of the form; without the button that confirmed its plan."""
    return [
        (name, str(value))
        for name, values in form_data.lists()
        for value in values
        if name not in (CONFIRM, "_save", "_continue", "_addanother")
    ]


def _form_address(proposal: ProposedEdit) -> str:
    """Return the address of the form, to be taken up again: it names the proposed edit."""
    mark = "&" if "?" in proposal.path else "?"
    return f"{proposal.path}{mark}{urlencode({TAKEN_FROM: proposal.pk})}"
