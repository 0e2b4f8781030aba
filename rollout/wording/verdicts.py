"""A verdict and its findings as text or HTML in the active language."""

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from rollout.dates import today
from rollout.facts.eligibility import Age, Cause, Finding, Number, Verdict, VerdictKind
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.models import Outcome, Zone
from rollout.models.texts import Text
from rollout.wording import verdict_words
from rollout.wording.labels import day, lang_of, markdown, named_state
from rollout.wording.typography import name_within, upper_first


def verdict_title(verdict: Verdict, snapshot: RolloutSnapshot) -> str:
    """Return the verdict and what decided it, as plain text; with the day if it is not today."""
    text = str(verdict_words.VERDICTS[verdict.kind])
    if verdict.kind == VerdictKind.BY_ROUTE and verdict.route and verdict.route.text:
        name = verdict.route.text.name
        text = gettext("Yes, %(route)s") % {"route": name_within(name)}
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
    finding = verdict.deciding
    if isinstance(finding.about, DepartmentStatus) and finding.outcome == Outcome.PROBABLY:
        is_overseas = finding.about.department.region.zone == Zone.DROM
        return str(verdict_words.OVERSEAS_AS_A_GROUP) if is_overseas else ""
    if finding.cause in (Cause.DEPARTMENT, Cause.ROUTE_CLOSED, Cause.NOT_NAMED):
        return ""
    return str(verdict_words.SENTENCES[verdict.kind])


def finding_phrase(finding: Finding) -> str:
    """Return in a few words what prevents the activation, or "" where nothing does."""
    if (finding.answer, finding.outcome) == (Age.FROM_16, Outcome.NO):
        return str(verdict_words.TOO_YOUNG)
    if finding.answer in verdict_words.BY_ANSWER:
        return str(verdict_words.BY_ANSWER[finding.answer])
    if finding.is_probably_not and finding.cause == Cause.DOCUMENT:
        return str(verdict_words.NOT_ACCEPTED_ANYWHERE)
    return str(verdict_words.BY_CAUSE.get((finding.cause, finding.outcome), ""))


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
        if finding.cause == Cause.DOCUMENT:
            return str(verdict_words.DOCUMENT_PROBABLY_NOT)
        return str(verdict_words.CONDITION_PROBABLY_NOT)
    is_document = finding.cause in (Cause.DOCUMENT, Cause.NOT_LISTED)
    labels = verdict_words.OUTCOMES if is_document else verdict_words.CONDITIONS
    return str(labels[finding.outcome])


def finding_title(finding: Finding) -> SafeString | str:
    """Return what a finding is about, as a heading; in a span with its language where that is not
    the active one."""
    if finding.answer or finding.cause in (Cause.DEPARTMENT, Cause.NOT_NAMED, Cause.ROUTE_AGE):
        phrase = finding_phrase(finding) or str(verdict_words.CAUSES[finding.cause])
        return upper_first(phrase)
    text = getattr(finding.about, "text", None)
    if text is None:
        return str(verdict_words.CAUSES[finding.cause])
    return format_html("<span{}>{}</span>", lang_of(text), text.name)


def finding_text(finding: Finding) -> SafeString | str:
    """Return the explanation of a finding as HTML, with its language where not the active one."""
    if isinstance(finding.about, DepartmentStatus):
        return _paragraph(named_state(finding.about))
    if finding.answer == Number.NONE:
        return _paragraph(str(verdict_words.FIRST_REGISTER))
    if finding.cause in verdict_words.TEXTS:
        return _paragraph(str(verdict_words.TEXTS[finding.cause]))
    if finding.cause == Cause.ROUTE_CLOSED:
        return _paragraph(_closed_route(finding.about))
    text = finding.about.text if finding.about else None
    return _body(text, getattr(text, "note", "") or getattr(text, "body", ""))


def _closed_route(route: object) -> SafeString | str:
    opened_on = getattr(route, "opened_on", None)
    if opened_on is None:
        return str(verdict_words.ROUTE_NOT_ANNOUNCED)
    return format_html(str(verdict_words.ROUTE_OPENS), day=day(opened_on))


def _paragraph(text: str) -> SafeString:
    return format_html("<p>{}</p>", text)


def _body(text: Text | None, source: str) -> SafeString:
    return format_html("<div{}>{}</div>", lang_of(text), markdown(source))
