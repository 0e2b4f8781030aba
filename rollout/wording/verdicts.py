"""A verdict and its findings as text or HTML in the active language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.facts.eligibility import Age, Cause, Finding, Number, Phone, Verdict, VerdictKind
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.models import Outcome
from rollout.models.texts import Text
from rollout.wording.labels import day, lang_of, lower_first, markdown, named_state

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SENTENCES = {
    VerdictKind.YES: _(
        "Your answers meet every condition that we ask about. You also need an online account with "
        "your fund, and a good connection."
    ),
    VerdictKind.PROBABLY: _(
        "What we read speaks for it, but it is not confirmed for your case. You can try."
    ),
    VerdictKind.NOT_YET: _("Below is what is missing, and what to do meanwhile."),
    VerdictKind.UNKNOWN: _("It may work or not: we promise nothing. Below is what we know."),
    VerdictKind.PROBABLY_NOT: _(
        "What we read speaks against it, but no source settles it for today. Below is what we know."
    ),
    VerdictKind.NO: _("Below is what stands in the way."),
}
SENTENCES[VerdictKind.BY_ROUTE] = SENTENCES[VerdictKind.YES]

# What decided, in a few words that follow the verdict: "Not yet: your number is provisional".
BY_ANSWER: dict[str, StrPromise] = {
    Age.UNDER_16: _("you are under 16"),
    Age.FROM_16: _("some schemes ask for 18 years"),
    Age.GUARDIANSHIP: _(
        "people under guardianship (tutelle) were still excluded in September 2025"
    ),
    Number.NO_CARD: _("you have no plastic card yet"),
    Number.PROVISIONAL: _("your number is provisional"),
    Number.NONE: _("you have no social security number yet"),
    Phone.OLD: _("your phone is too old"),
    Phone.NO_SMARTPHONE: _("the app needs a smartphone"),
    Phone.NOT_KNOWN: _("it depends on the version of your phone"),
}
TOO_YOUNG = _("your health scheme asks for 18 years")
BY_CAUSE = {
    (Cause.DOCUMENT, Outcome.NO): _("your document is not accepted"),
    (Cause.DOCUMENT, Outcome.NOT_YET): _("your document is not accepted yet"),
    (Cause.DOCUMENT, Outcome.UNKNOWN): _("no source settles it for your document"),
    (Cause.NOT_LISTED, Outcome.UNKNOWN): _("no source settles it for your document"),
    (Cause.SCHEME, Outcome.NO): _("the app is for members of a French health scheme"),
    (Cause.SCHEME, Outcome.NOT_YET): _("your health scheme is not ready"),
    (Cause.SCHEME, Outcome.UNKNOWN): _("no source settles it for your health scheme"),
    (Cause.DEPARTMENT, Outcome.PROBABLY): _("no source names your department"),
    (Cause.DEPARTMENT, Outcome.NOT_YET): _("the app is not open in your department"),
    (Cause.DEPARTMENT, Outcome.UNKNOWN): _("the day on which it opened there is not known"),
    (Cause.NOT_NAMED, Outcome.UNKNOWN): _("it depends on your department"),
    (Cause.ROUTE_CLOSED, Outcome.NOT_YET): _("the route is not open yet"),
    (Cause.ROUTE_AGE, Outcome.NO): _("you are too young for this route"),
}

NOT_ACCEPTED_ANYWHERE = _("no source that we read accepts your document")

OUTCOMES = {outcome: outcome.label for outcome in Outcome}
CONDITIONS = {
    Outcome.YES: _("fine"),
    Outcome.PROBABLY: _("probably fine"),
    Outcome.UNKNOWN: _("not known"),
    Outcome.NOT_YET: _("not yet"),
    Outcome.NO: _("not possible"),
}


def verdict_title(verdict: Verdict, snapshot: RolloutSnapshot) -> str:
    """Return the verdict and what decided it, as plain text; with the day if it is not today."""
    text = str(verdict.kind.label)
    if verdict.kind == VerdictKind.BY_ROUTE and verdict.route and verdict.route.text:
        name = verdict.route.text.name
        text = gettext("Yes, by this route: %(route)s") % {"route": lower_first(name)}
    elif reason := finding_phrase(verdict.deciding):
        text = gettext("%(verdict)s: %(reason)s") % {"verdict": text, "reason": reason}
    if snapshot.on < today():
        text_with_day = gettext("%(verdict)s (%(day)s)")
    elif verdict.is_overdue and verdict.last_checked:
        text_with_day = gettext("%(verdict)s (when last checked, on %(checked)s)")
    elif snapshot.on > today():
        text_with_day = gettext("%(verdict)s (%(day)s, as far as is announced today)")
    else:
        return text
    return text_with_day % {
        "day": strip_tags(day(snapshot.on)),
        "checked": strip_tags(day(verdict.last_checked)) if verdict.last_checked else "",
        "verdict": text,
    }


def verdict_sentence(verdict: Verdict) -> str:
    """Return what the verdict means, in one or two sentences; "" where its title says all."""
    if verdict.deciding.cause in (Cause.DEPARTMENT, Cause.ROUTE_CLOSED, Cause.NOT_NAMED):
        return ""
    return str(SENTENCES[verdict.kind])


def finding_phrase(finding: Finding) -> str:
    """Return in a few words what prevents the activation, or "" where nothing does."""
    if (finding.answer, finding.outcome) == (Age.FROM_16, Outcome.NO):
        return str(TOO_YOUNG)
    if finding.answer in BY_ANSWER:
        return str(BY_ANSWER[finding.answer])
    if finding.is_probably_not and finding.cause == Cause.DOCUMENT:
        return str(NOT_ACCEPTED_ANYWHERE)
    return str(BY_CAUSE.get((finding.cause, finding.outcome), ""))


def verdict_shape(verdict: Verdict) -> str:
    """Return the CSS class that gives the verdict its shape: that of an outcome.

    A probable no has the shape of what is not known: a cross would be surer than it is.
    """
    shapes = {VerdictKind.BY_ROUTE: "yes", VerdictKind.PROBABLY_NOT: "unknown"}
    return shapes.get(verdict.kind, verdict.kind.value)


def finding_shape(finding: Finding) -> str:
    """Return the CSS class that gives a finding its shape, as `verdict_shape` does."""
    return Outcome.UNKNOWN.value if finding.is_probably_not else finding.outcome.value


def finding_outcome(finding: Finding) -> str:
    """Return the outcome of a finding, in one or two words; "" where its title says all."""
    if finding.answer or finding.cause in (Cause.DEPARTMENT, Cause.NOT_NAMED, Cause.ROUTE_AGE):
        return ""
    if finding.is_probably_not:
        is_document = finding.cause == Cause.DOCUMENT
        return gettext("probably not accepted") if is_document else gettext("probably not possible")
    labels = OUTCOMES if finding.cause in (Cause.DOCUMENT, Cause.NOT_LISTED) else CONDITIONS
    return str(labels[finding.outcome])


def finding_title(finding: Finding) -> SafeString | str:
    """Return what a finding is about, as a heading; in a span with its language where that is not
    the active one."""
    if finding.answer or finding.cause in (Cause.DEPARTMENT, Cause.NOT_NAMED, Cause.ROUTE_AGE):
        phrase = finding_phrase(finding) or str(finding.cause.label)
        return phrase[:1].upper() + phrase[1:]
    text = getattr(finding.about, "text", None)
    if text is None:
        return str(finding.cause.label)
    return format_html("<span{}>{}</span>", lang_of(text), text.name)


def finding_text(finding: Finding) -> SafeString | str:
    """Return the explanation of a finding as HTML, with its language where not the active one."""
    if isinstance(finding.about, DepartmentStatus):
        return _paragraph(named_state(finding.about))
    match finding.cause:
        case Cause.NOT_NAMED:
            return _paragraph(
                gettext("On that day the app did not work everywhere: name your department below.")
            )
        case Cause.NOT_LISTED:
            return _paragraph(gettext("No source that we read names this document."))
        case Cause.ROUTE_AGE:
            return _paragraph(gettext("This route has a minimum age that you have not reached."))
        case Cause.ROUTE_CLOSED:
            return _closed_route(finding.about)
    text = finding.about.text if finding.about else None
    return _body(text, getattr(text, "note", "") or getattr(text, "body", ""))


def _closed_route(route: object) -> SafeString:
    opened_on = getattr(route, "opened_on", None)
    if opened_on is None:
        return _paragraph(gettext("No day is announced for this route."))
    return format_html(gettext("<p>This route opens, or opened, on {day}.</p>"), day=day(opened_on))


def _paragraph(text: str) -> SafeString:
    return format_html("<p>{}</p>", text)


def _body(text: Text | None, source: str) -> SafeString:
    return format_html("<div{}>{}</div>", lang_of(text), markdown(source))
