"""Several departments on one day as sentences in the active language: headlines and counts.

Each says what its number contains: what is our own conclusion, announced or overdue. Sentences of
pages end with a full stop, headings and the lines of pictures do not.
"""

import datetime
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from rollout.dates import SelectedDay
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.facts.totals import Totals, france_identite_was_open
from rollout.models.places import PILOT_DAY
from rollout.wording.labels import day, state
from rollout.wording.typography import isolated, lower_first


def site_headline(snapshot: RolloutSnapshot) -> SafeString:
    """Return the answer for the whole of France, in sentences: HTML."""
    totals = Totals.of(snapshot.rows, snapshot.on)
    return _headline(totals, gettext("Yes. You can activate it in every department of France"))


def region_headline(snapshot: RolloutSnapshot) -> SafeString:
    """Return the answer for the departments of a region, in sentences: HTML."""
    totals = Totals.of(snapshot.rows, snapshot.on)
    yes = ngettext(
        "Yes, in the one department of the region",
        "Yes, in all %(n)s departments of the region",
        totals.count,
    )
    return _headline(totals, yes % {"n": totals.count})


def count(snapshot: RolloutSnapshot) -> SafeString:
    """Return in how many departments the app could be activated on the day, in sentences: HTML."""
    return _counts(Totals.of(snapshot.rows, snapshot.on))


def _counts(totals: Totals) -> SafeString:
    """Return the count of the day, what may add to it, and what else held on a past day: HTML."""
    sentences: list[str] = [_count(totals)]
    if totals.suspended_count and totals.count > 1:
        text = ngettext(
            "Suspended on that day: %(n)s more.",
            "Suspended on that day: %(n)s more.",
            totals.suspended_count,
        )
        sentences.append(text % {"n": totals.suspended_count})
    if totals.maybe_count:
        text = ngettext(
            "In %(n)s more it may already have been open: only the latest possible day is known.",
            "In %(n)s more it may already have been open: only the latest possible day is known.",
            totals.maybe_count,
        )
        sentences.append(text % {"n": totals.maybe_count})
    if totals.is_past:
        sentences += _past_day(totals.on, has_closed=not totals.all_open)
    return format_html_join(" ", "{}", ((sentence,) for sentence in sentences))


def answer_heading(snapshot: RolloutSnapshot, codes: Iterable[str], query: str) -> SafeString:
    """Return the answer for the departments that a search may mean, as a heading: HTML."""
    totals = Totals.of(snapshot.pick(codes), snapshot.on)
    values = {"query": isolated(query), "n": totals.count}
    is_only_announced = totals.is_overdue and not totals.was_so_when_checked
    if not totals.all_open or totals.is_past or totals.is_future or is_only_announced:
        return format_html(gettext("“{query}” may mean {n} departments"), **values)
    if totals.is_overdue:
        text = gettext(
            "“{query}” may mean {n} departments: open in all of them when last checked, on "
            "{checked}"
        )
    else:
        text = gettext("“{query}”: yes, in all {n} departments")
        if totals.probable_count == totals.count:
            text = gettext("“{query}”: probably yes, in all {n} departments")
        elif totals.count == 2:
            text = gettext("“{query}”: yes, in both departments")
    return _with_conclusions(format_html(text, checked=_checked(totals), **values), totals)


def past_day(selected: SelectedDay, *, is_open: bool) -> SafeString:
    """Return what else holds on a past day where the app was open or not, in sentences: HTML."""
    sentences = _past_day(selected.day, has_closed=not is_open) if selected.is_past else []
    return format_html_join(" ", "{}", ((sentence,) for sentence in sentences))


def open_count(rows: Iterable[DepartmentStatus]) -> str:
    """Return how many of some departments are open, without a full stop: "8 of 8 open"."""
    totals = Totals.of(rows)
    values = {"open": totals.open_count, "n": totals.count, "probable": totals.probable_count}
    text = gettext("%(open)s of %(n)s open")
    if totals.probable_count:
        text = gettext("%(open)s of %(n)s open, %(probable)s of them probably")
    if totals.is_overdue:
        text = gettext("%(count)s, when last checked") % {"count": text}
    return text % values


def short(totals: Totals) -> str:
    """Return the state of several departments today in a line, without a full stop: plain text."""
    n, values = totals.count, {"n": totals.count, "open": totals.open_count}
    if totals.all_open:
        text = ngettext("Open in all %(n)s department", "Open in all %(n)s departments", n)
    else:
        text = ngettext(
            "Open in %(open)s of %(n)s department", "Open in %(open)s of %(n)s departments", n
        )
    text %= values
    return gettext("%(state)s, when last checked") % {"state": text} if totals.is_overdue else text


def conclusions(totals: Totals) -> str:
    """Return how many of those open are our own conclusion, in a line; "" for none: plain text."""
    if not totals.probable_count:
        return ""
    if totals.probable_count == totals.open_count:
        return gettext("By our own conclusion")
    text = ngettext(
        "%(n)s of them by our own conclusion",
        "%(n)s of them by our own conclusion",
        totals.probable_count,
    )
    return text % {"n": totals.probable_count}


def _headline(totals: Totals, yes: str) -> SafeString:
    """Return `yes` if all are open today, with what qualifies it; else the count: HTML."""
    if not totals.all_open or totals.is_past or totals.is_future:
        return _counts(totals)
    answer = yes
    if totals.is_overdue:
        answer = _open_when_checked(totals)
    elif totals.probable_count == totals.count:
        answer = _probably(yes)
    sentences = [_sentence(_with_conclusions(answer, totals))]
    if totals.suspension_ahead_count:
        text = ngettext(
            "In %(n)s of them a suspension is announced.",
            "In %(n)s of them a suspension is announced.",
            totals.suspension_ahead_count,
        )
        sentences.append(SafeString(text % {"n": totals.suspension_ahead_count}))
    return format_html_join(" ", "{}", ((sentence,) for sentence in sentences))


def _open_when_checked(totals: Totals) -> SafeString:
    """Return that all are open, when last checked; or as announced then: HTML."""
    if not totals.was_so_when_checked:
        text = ngettext(
            "Open in the one department, as far as was announced when last checked, on {checked}",
            "Open in all {n} departments, as far as was announced when last checked, on {checked}",
            totals.count,
        )
    else:
        text = ngettext(
            "Open in the one department when last checked, on {checked}",
            "Open in all {n} departments when last checked, on {checked}",
            totals.count,
        )
    if totals.probable_count == totals.count:
        text = _probably(text)
    return format_html(text, n=totals.count, checked=_checked(totals))


def _with_conclusions(answer: str, totals: Totals) -> SafeString:
    """Return an answer followed by how much of it is our own conclusion, without full stop."""
    n = totals.probable_count
    if not n:
        return format_html("{}", answer)
    if n == totals.open_count:
        return format_html(gettext("{answer}: this is our own conclusion"), answer=answer)
    if totals.probable_are_overseas:
        text = ngettext(
            "{answer}; for {n} overseas department this is our own conclusion",
            "{answer}; for {n} overseas departments this is our own conclusion",
            n,
        )
    else:
        text = ngettext(
            "{answer}; for {n} of them this is our own conclusion",
            "{answer}; for {n} of them this is our own conclusion",
            n,
        )
    return format_html(text, answer=answer, n=n)


def _count(totals: Totals) -> SafeString:
    """Return in how many departments the app can or could be activated, as a sentence: HTML."""
    if totals.is_before_pilot:
        text = gettext("On {day} the app was not open to the public in any department.")
        return format_html(text, day=day(totals.on))
    if totals.count == 1:
        return _sentence(state(totals.rows[0].state))
    if totals.is_past:
        text = gettext("On {day} the app could be activated without France Identité {places}")
        if not totals.open_count:
            text = gettext(
                "On {day} the app could not be activated without France Identité in any of the {n} "
                "departments"
            )
    elif totals.is_overdue:
        text = gettext(
            "On {day}, as far as was announced when last checked, on {checked}, the app can be "
            "activated without France Identité {places}"
        )
        if not totals.is_future and totals.was_so_when_checked:
            text = gettext(
                "When last checked, on {checked}, the app could be activated without France "
                "Identité {places}"
            )
    elif totals.is_future:
        text = gettext(
            "On {day}, as far as is announced today, the app can be activated without France "
            "Identité {places}"
        )
    else:
        text = gettext("On {day} the app can be activated without France Identité {places}")
    days = {"day": day(totals.on), "checked": _checked(totals)}
    answer = format_html(text, **days, places=_places(totals), n=totals.count)
    return _sentence(_with_conclusions(answer, totals))


def _places(totals: Totals) -> str:
    """Return in how many of the departments: "in 46 of 101 departments"."""
    if totals.count and not totals.open_count:
        return gettext("in none of the %(n)s departments") % {"n": totals.count}
    text = ngettext(
        "in %(open)s of %(n)s departments", "in %(open)s of %(n)s departments", totals.open_count
    )
    return text % {"open": totals.open_count, "n": totals.count}


def _past_day(on: datetime.date, *, has_closed: bool) -> list[SafeString]:
    """Return the trials before the pilot, and the route with France Identité, as sentences."""
    if on < PILOT_DAY:
        text = gettext(
            "Until about {day} there were only trials with volunteers, in some departments."
        )
        return [format_html(text, day=day(PILOT_DAY))]
    if has_closed and france_identite_was_open(on):
        text = gettext(
            "With France Identité, holders of the new French ID card could activate it in every "
            "department."
        )
        return [format_html("{}", text)]
    return []


def _probably(text: str) -> str:
    return gettext("Probably %(state)s") % {"state": lower_first(text)}


def _checked(totals: Totals) -> SafeString | str:
    return day(totals.last_checked) if totals.last_checked else ""


def _sentence(text: str) -> SafeString:
    return format_html(gettext("{text}."), text=text)
