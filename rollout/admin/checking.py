"""The checking queue: the facts that are due, a step at a time, and what an editor says of them."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import editor
from rollout.admin.checking_cards import (
    Card,
    Step,
    author_of,
    cards_of,
    key_of,
    keys_of,
    step_of,
)
from rollout.dates import today
from rollout.facts import checking, history, writer
from rollout.models import Sourced
from rollout.wording import differences, labels

MAX_ROWS = max(checking.DEFAULT_GROUP_SIZE, *checking.MAX_GROUP_SIZES.values())
MAX_NOTE_LENGTH = 500
MAX_WEEKS = 60
SKIPPED = "checking_skipped"
STILL_TRUE, CANNOT_TELL, SKIP = "still-true", "cannot-tell", "skip"
CHECK_FIELDS = {"last_checked", "check_again_by"}


def may_check(request: HttpRequest) -> bool:
    """Tell whether someone may check facts: who may change them, not who only translates."""
    names = [model._meta.model_name for model in checking.CHECKED_MODELS]
    return bool(request.user.has_perms([f"rollout.change_{name}" for name in names]))


def checking_view(request: HttpRequest) -> HttpResponse:
    """Show the next facts that are due; on POST, save what the editor says of those shown."""
    if not may_check(request):
        raise PermissionDenied
    if request.method == "POST":
        return Answer(request).respond()
    return _page(request, _next_step(request))


def _weeks(request: HttpRequest) -> int:
    """Return how many weeks after this one the queue covers: `?weeks=`, 0 where it is none."""
    text = request.GET.get("weeks", "")
    return min(int(text), MAX_WEEKS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _until(request: HttpRequest) -> datetime.date:
    return checking.sunday_of(today()) + _weeks(request) * checking.WEEK


def _next_step(request: HttpRequest) -> tuple[Step | None, list[Sourced]]:
    """Return the next step, None at the end, and all facts that are due."""
    rows = checking.due_facts(_until(request))
    skipped = _skipped(request)
    waiting = [row for row in rows if key_of(row) not in skipped]
    waiting = waiting or sorted(rows, key=lambda row: skipped.index(key_of(row)))
    if not waiting:
        return None, rows
    group = checking.first_group(waiting)
    return step_of(cards_of([(type(row), row.pk) for row in group])), rows


def _skipped(request: HttpRequest) -> list[str]:
    """Return the names of the facts that were skipped today in this session, in that order."""
    skipped = request.session.get(SKIPPED, {})
    return list(skipped["names"]) if skipped.get("day") == today().isoformat() else []


def _page(
    request: HttpRequest,
    step_and_rows: tuple[Step | None, list[Sourced]],
    *,
    note: str = "",
    note_error: str = "",
    status: int = 200,
) -> HttpResponse:
    step, rows = step_and_rows
    next_day = min((day for day in checking.due_days() if day > _until(request)), default=None)
    skipped = _skipped(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Checking queue"),
        "step": step,
        "due_count": len(rows),
        "overdue_count": sum(row.is_overdue for row in rows),
        "skipped_count": sum(key_of(row) in skipped for row in rows),
        "until": _until(request),
        "next_day": next_day,
        "next_weeks": _weeks_to(next_day),
        "note": note,
        "note_error": note_error,
        "max_note_length": MAX_NOTE_LENGTH,
    }
    return TemplateResponse(request, "admin/checking.html", context, status=status)


def _weeks_to(day: datetime.date | None) -> int | None:
    """Return how many weeks after this one a day is; None for no day, or one too far away."""
    if day is None:
        return None
    weeks = (checking.monday_of(day) - checking.monday_of(today())) // checking.WEEK
    return weeks if weeks <= MAX_WEEKS else None


class Answer:
    """What an editor says of the facts of a step: saved for all that are ticked, or for none."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.action = request.POST.get("action", "")
        self.note = " ".join(request.POST.get("note", "").split())
        shown = (text.partition(" ") for text in request.POST.getlist("version")[:MAX_ROWS])
        self.versions = {name: version for name, _space, version in shown}
        self.shown = keys_of(self.versions)
        names = [name for name in request.POST.getlist("row")[:MAX_ROWS] if name in self.versions]
        self.ticked = keys_of(dict.fromkeys(names))

    def respond(self) -> HttpResponse:
        """Save what was said and redirect to the next step; or show this one again, and why."""
        if self.action == SKIP:
            return self._skip()
        if self.action not in (STILL_TRUE, CANNOT_TELL):
            return self._next()
        if not self.ticked:
            return self._again(_("Nothing is ticked: tick what you have checked, or skip it."))
        if self.action == CANNOT_TELL and not 0 < len(self.note) <= MAX_NOTE_LENGTH:
            error = _("Say in a sentence why you cannot tell: it stays in the history.")
            return self._again(note_error=error)
        with transaction.atomic(), writer.one_version():
            changes = self._save()
        return self._again(*changes) if changes else self._next()

    def _save(self) -> list[str]:
        """Save the answer; or save nothing and return what has changed since it was shown."""
        cards = cards_of(self.ticked, lock=True)
        current = [card for card in cards if card.version == self.versions[card.key]]
        changes = []
        for card in cards:
            if card in current:
                continue
            versions = history.versions_since(card.row, self._shown_version(card)[0])
            if versions and all(_is_check(version) for version in versions):
                self._tell(_checked_sentence(card.name, versions[0]), messages.WARNING)
            else:
                changes.append(self._change_sentence(card, versions))
        for model, pk in self.ticked:
            if not any(isinstance(c.row, model) and c.row.pk == pk for c in cards):
                text = gettext("%(fact)s is no longer to be checked.")
                name = model._default_manager.filter(pk=pk).first() or pk
                self._tell(text % {"fact": name}, messages.WARNING)
        if changes:
            return changes
        self._write(current)
        return []

    def _write(self, cards: list[Card]) -> None:
        """Write the answer on these facts, one line of history each."""
        if not cards:
            self._return_note()
            return
        is_true = self.action == STILL_TRUE
        rows = [card.row for card in cards]
        days = checking.next_due_days(rows) if is_true else checking.retry_days(rows)
        for row, day in zip(rows, days, strict=True):
            row.last_checked = today() if is_true else row.last_checked
            row.check_again_by = day
        reason = checking.STILL_TRUE
        if not is_true:
            reason = checking.COULD_NOT_TELL.format(note=self.note)
        for model in dict.fromkeys(map(type, rows)):
            same = [row for row in rows if type(row) is model]
            writer.save_checks(same, by=editor(self.request), note=reason)
        latest = max(day for day in days if day)
        self._tell(_saved_sentence(cards, latest, is_true=is_true))

    def _return_note(self) -> None:
        """Show the note once more where there is nothing left on which it could be saved."""
        if self.action == CANNOT_TELL and self.note:
            text = gettext("Your note was not saved: %(note)s")
            self._tell(text % {"note": self.note}, messages.WARNING)

    def _shown_version(self, card: Card) -> list[str]:
        """Return the three parts of the version that the page had of a fact."""
        return [*self.versions[card.key].split("|"), "", ""][:3]

    def _change_sentence(self, card: Card, versions: list[history.Version]) -> str:
        """Return what has changed of a fact since it was shown."""
        if versions:
            return "; ".join(_version_sentence(card.name, version) for version in versions)
        _token, shown, _sources = self._shown_version(card)
        if shown != card.version.split("|")[1]:
            return gettext("%(fact)s: what readers see of it has changed.") % {"fact": card.name}
        return gettext("%(fact)s: one of its sources has changed.") % {"fact": card.name}

    def _skip(self) -> HttpResponse:
        """Put the facts at the end of the queue, for this session and day."""
        names = [f"{model._meta.model_name}:{pk}" for model, pk in self.shown]
        skipped = [name for name in _skipped(self.request) if name not in names]
        self.request.session[SKIPPED] = {"day": today().isoformat(), "names": [*skipped, *names]}
        return self._next()

    def _again(self, *sentences: Any, note_error: Any = "") -> HttpResponse:
        """Show the same facts again, as they are now, with what was typed and ticked."""
        for sentence in sentences:
            self._tell(sentence, messages.WARNING)
        if self.ticked and sentences:
            text = gettext("Nothing was saved. Here it is again, as it is now.")
            self._tell(text, messages.WARNING)
        cards = [card for card in cards_of(self.shown, ticked=self.ticked) if self._is_due(card)]
        if not cards:
            self._return_note()
            return self._next()
        rows = checking.due_facts(_until(self.request))
        status = 409 if sentences else 200
        return _page(
            self.request,
            (step_of(cards), rows),
            note=self.note,
            note_error=note_error,
            status=status,
        )

    def _is_due(self, card: Card) -> bool:
        due = card.row.check_again_by
        return due is not None and due <= _until(self.request)

    def _next(self) -> HttpResponse:
        return redirect(self.request.get_full_path())

    def _tell(self, text: Any, level: int = messages.SUCCESS) -> None:
        messages.add_message(self.request, level, text)


def _is_check(version: history.Version) -> bool:
    """Tell whether a version differs from the one before by its days of check only."""
    if version.before is None:
        return False
    delta = version.record.diff_against(version.before, foreign_keys_are_objs=False)
    return set(delta.changed_fields) <= CHECK_FIELDS


def _details(version: history.Version) -> dict[str, str]:
    moment = timezone.localtime(version.record.history_date)
    return {
        "who": author_of(version.record),
        "when": f"{moment:%Y-%m-%d %H:%M}",
        "why": checking.reason_text(version.record.history_change_reason or ""),
    }


def _checked_sentence(name: str, version: history.Version) -> str:
    """Return who checked a fact in the meantime, and with what result."""
    details = {"fact": name, **_details(version)}
    if not details["why"]:
        return gettext("%(fact)s: already checked by %(who)s, %(when)s.") % details
    return gettext("%(fact)s: already checked by %(who)s, %(when)s: %(why)s.") % details


def _version_sentence(name: str, version: history.Version) -> str:
    """Return who changed what of a fact in the meantime."""
    [line] = differences.lines([version])
    what = "; ".join(map(str, line.differences))
    details = {"fact": name, "what": f"{version.part} {what}".strip(), **_details(version)}
    return gettext("%(fact)s was changed by %(who)s, %(when)s: %(what)s") % details


def _saved_sentence(cards: list[Card], day: datetime.date, *, is_true: bool) -> str:
    """Return what was saved of how many facts, and by when they come back."""
    details = {
        "fact": cards[0].name,
        "count": len(cards),
        "day": strip_tags(labels.day(day)),
    }
    if len(cards) == 1:
        one_is_true = gettext("%(fact)s: still true. It is due again by %(day)s.")
        one_is_unclear = gettext("%(fact)s: noted as unclear. It comes back by %(day)s.")
        return (one_is_true if is_true else one_is_unclear) % details
    many_are_true = ngettext(
        "%(count)s fact is still true. It is due again by %(day)s.",
        "%(count)s facts are still true. They are due again by %(day)s.",
        len(cards),
    )
    many_are_unclear = ngettext(
        "%(count)s fact is noted as unclear. It comes back by %(day)s.",
        "%(count)s facts are noted as unclear. They come back by %(day)s.",
        len(cards),
    )
    return (many_are_true if is_true else many_are_unclear) % details


def _with_checking(get_urls: Any) -> Any:
    """Return the function that returns the admin's addresses, the queue among them."""
    view = admin.site.admin_view(checking_view)
    return lambda: [path("rollout/checking/", view, name="rollout_checking"), *get_urls()]


admin.site.get_urls = _with_checking(admin.site.get_urls)  # type: ignore[method-assign]
