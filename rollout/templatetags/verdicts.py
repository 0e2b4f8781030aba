"""A verdict and its reasons in words, in the language of the page."""

from django import template
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.board import Board, Row
from rollout.days import today
from rollout.eligibility import Cause, Finding, Verdict, VerdictKind
from rollout.models import ActivationRoute, Entry, HealthScheme, IdentityDocument, Outcome
from rollout.models.texts import Text
from rollout.templatetags.words import day, lang_of, markdown, named_state

register = template.Library()

SENTENCES = {
    VerdictKind.YES: _("Every condition that we know of is met."),
    VerdictKind.BY_ROUTE: _("This route is the quickest; every condition that we know of is met."),
    VerdictKind.PROBABLY: _(
        "What we read speaks for it, but it is not confirmed for your case. You can try; your "
        "plastic card stays valid."
    ),
    VerdictKind.NOT_YET: _("Something is still missing; below is what, and what to do meanwhile."),
    VerdictKind.UNKNOWN: _(
        "No source that we read settles it. It may work or not: we promise nothing, and your "
        "plastic card stays valid."
    ),
    VerdictKind.NO: _("One of the conditions is not met; below is which one."),
}

OUTCOMES = {outcome: outcome.label for outcome in Outcome}
CONDITIONS = {
    Outcome.YES: _("fine"),
    Outcome.PROBABLY: _("probably fine"),
    Outcome.UNKNOWN: _("not known"),
    Outcome.NOT_YET: _("not yet"),
    Outcome.NO: _("not possible"),
}


@register.simple_tag
def verdict_title(verdict: Verdict, board: Board) -> str:
    """Return the verdict in a few words, without marks; of another day, with that day."""
    words = str(verdict.kind.label)
    if verdict.kind == VerdictKind.BY_ROUTE and verdict.route and verdict.route.text:
        words = gettext("Yes, by this route: %(route)s") % {"route": verdict.route.text.name}
    if board.on == today():
        return words
    day_in_words = strip_tags(day(board.on))
    return gettext("On %(day)s: %(verdict)s") % {"day": day_in_words, "verdict": words}


@register.filter
def verdict_sentence(verdict: Verdict) -> str:
    """Return what the verdict means for the reader, in a sentence or two."""
    return str(SENTENCES[verdict.kind])


@register.filter
def verdict_shape(verdict: Verdict) -> str:
    """Return the class whose shape goes with the verdict."""
    return {VerdictKind.BY_ROUTE: "yes"}.get(verdict.kind, verdict.kind.value)


@register.filter
def finding_outcome(finding: Finding) -> str:
    """Return what a reason lets happen, in a word or two."""
    words = OUTCOMES if finding.cause in (Cause.DOCUMENT, Cause.NOT_LISTED) else CONDITIONS
    return str(words[finding.outcome])


@register.filter
def finding_title(finding: Finding) -> str:
    """Return what a reason is about, as a heading."""
    match finding.about:
        case IdentityDocument() | HealthScheme():
            return finding.about.name
        case Entry() | ActivationRoute():
            return str(_words(finding.about, "title", "name")) or str(finding.cause.label)
        case Row():
            return finding.about.department.name
    return str(finding.cause.label)


@register.filter
def finding_text(finding: Finding) -> SafeString | str:
    """Return why, as HTML, with its language where that is not the page's."""
    if isinstance(finding.about, Row):
        return _paragraph(named_state(finding.about))
    match finding.cause:
        case Cause.NOT_NAMED:
            return _paragraph(
                gettext("On that day the app did not work everywhere: name your department below.")
            )
        case Cause.NOT_LISTED:
            return _paragraph(gettext("We have nothing on this document."))
        case Cause.ROUTE_AGE:
            return _paragraph(gettext("This route has a minimum age that you have not reached."))
        case Cause.ROUTE_CLOSED:
            return _closed(finding.about)
    text = finding.about.text if finding.about else None
    return _body(text, getattr(text, "note", "") or getattr(text, "body", ""))


def _words(row: Entry | ActivationRoute, *names: str) -> str:
    return next((getattr(row.text, name) for name in names if hasattr(row.text, name)), "")


def _closed(route: object) -> SafeString:
    opened_on = getattr(route, "opened_on", None)
    if opened_on is None:
        return _paragraph(gettext("No day is announced for this route."))
    return format_html(gettext("<p>This route opens, or opened, on {day}.</p>"), day=day(opened_on))


def _paragraph(words: str) -> SafeString:
    return format_html("<p>{}</p>", words)


def _body(text: Text | None, source: str) -> SafeString:
    return format_html("<div{}>{}</div>", lang_of(text), markdown(source))
