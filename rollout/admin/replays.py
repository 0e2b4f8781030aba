"""A proposed edit sent in again, in its author's name: to be shown (rolled back) or published.

So it is checked each time, against the facts, the rules and the author's rights of that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext

from rollout.admin.second_reader import IS_REPLAY, edited, history_marks, records_since
from rollout.caching import fragments
from rollout.dates import as_on
from rollout.facts.history import Version
from rollout.models.edits import ProposedEdit

MAX_VERSIONS = 120
"""Of how many changed rows and texts one edit shows the differences: all departments, and more."""


@dataclass(frozen=True)
class Replay:
    """What a proposed edit wrote into the history when it was sent in again, or why it did not."""

    records: list[Any] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def versions(self) -> list[Version]:
        """Return the versions of rows and texts that the edit made, at most MAX_VERSIONS."""
        return [Version(each, each.prev_record) for each in edited(self.records)[:MAX_VERSIONS]]


def replay(request: HttpRequest, proposal: ProposedEdit) -> Replay:
    """Send the form of a proposed edit in again, in its author's name, as on the day it was sent.

    To be called in a transaction: what it saves stays saved unless that is rolled back.
    """
    author = proposal.proposed_by
    if not (author.is_active and author.is_staff):
        return Replay(problems=[_lost_rights(author)])
    marks = history_marks()
    day = timezone.localdate(proposal.proposed_at)
    try:
        with transaction.atomic(), fragments.bypass_cache(), as_on(day):
            sent = _request_of(request, proposal)
            match = resolve(sent.path)
            response = match.func(sent, *match.args, **match.kwargs)
    except PermissionDenied:
        return Replay(problems=[_lost_rights(author)])
    except Http404:
        return Replay(problems=[gettext("What it changes is not there any more.")])
    except ValidationError as error:
        return Replay(problems=error.messages)
    records = records_since(marks, author)
    if records:
        return Replay(records)
    problems = list(dict.fromkeys(_problems(response)))
    return Replay(problems=problems or [gettext("It is so already: there is nothing to change.")])


def _lost_rights(author: User) -> str:
    return gettext("%(who)s may not make this change any more.") % {"who": author.get_username()}


def _request_of(request: HttpRequest, proposal: ProposedEdit) -> HttpRequest:
    """Return the request with which the form of a proposed edit was sent in."""
    sent: Any = HttpRequest()
    sent.method = "POST"
    sent.path, _mark, query = proposal.path.partition("?")
    sent.path_info = sent.path
    names = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "wsgi.url_scheme")
    sent.META = {name: request.META[name] for name in names if name in request.META}
    sent.GET, sent.POST = QueryDict(query), QueryDict(proposal.form_data)
    sent.user = proposal.proposed_by
    sent._messages = CookieStorage(sent)  # never shown: the response is not sent
    sent.csrf_processing_done = True  # the token was checked when the form was first sent
    setattr(sent, IS_REPLAY, True)
    return cast("HttpRequest", sent)


def _problems(response: HttpResponse) -> Iterator[str]:
    """Yield what a page of the admin complains of: its form, its inlines, its plan."""
    context: dict[str, Any] = getattr(response, "context_data", None) or {}
    form = context["adminform"].form if "adminform" in context else context.get("form")
    inlines = [each.formset for each in context.get("inline_admin_formsets", [])]
    forms = [form] if form is not None else []
    for formset in inlines:
        yield from map(str, formset.non_form_errors())
        forms += formset.forms
    for each in forms:
        for name, errors in each.errors.items():
            label = "" if name not in each.fields else f"{each.fields[name].label}: "
            yield from (f"{label}{error}" for error in errors)
    yield from map(str, context.get("problems") or [])
    if context.get("is_stale"):
        yield gettext("One of the rows has changed since. The plan has to be made anew.")
