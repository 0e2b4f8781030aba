"""The words of the check, by code: its answers and errors, verdicts, reasons and outcomes.

Only the words of `Outcome` stand with the model, whose codes editors choose by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from rollout.facts.eligibility import Age, Cause, Number, Phone, VerdictKind
from rollout.models import Outcome

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ANSWERS: dict[Age | Number | Phone, StrPromise] = {
    Age.ADULT: _("18 or over"),
    Age.FROM_16: _("16 or 17"),
    Age.UNDER_16: _("Under 16"),
    Age.GUARDIANSHIP: _("Any age, under guardianship (tutelle)"),
    Number.PERMANENT: _("Permanent (it starts with 1 or 2), and I have the plastic card"),
    Number.NO_CARD: _("Permanent (it starts with 1 or 2), but no plastic card yet"),
    Number.PROVISIONAL: _("Provisional (it starts with 7 or 8)"),
    Number.NONE: _("No number yet"),
    Phone.RECENT: _("A phone with Android 9 or an iPhone with iOS 16, or a newer version"),
    Phone.OLD: _("A phone with an older version"),
    Phone.NO_SMARTPHONE: _("I have no smartphone"),
    Phone.NOT_KNOWN: _("I do not know its version"),
}

# Errors of the form, by the name of the question.
MISSING = {
    "document": _("Choose your identity document."),
    "scheme": _("Choose your health scheme."),
    "age": _("Choose your age."),
    "number": _("Choose a type of number."),
    "phone": _("Choose your phone."),
}
INVALID_CHOICE = _("This is not one of the answers: choose one.")
SEVERAL_ANSWERS = _("There are several answers to this question: choose one.")

VERDICTS = {
    VerdictKind.YES: _("Yes"),
    VerdictKind.BY_ROUTE: _("Yes"),  # its title adds the name of the route
    VerdictKind.PROBABLY: _("Probably yes"),
    VerdictKind.NOT_YET: _("Not yet"),
    VerdictKind.UNKNOWN: _("We do not know"),
    VerdictKind.PROBABLY_NOT: _("Probably not"),
    VerdictKind.NO: _("No"),
}
SENTENCES = {
    VerdictKind.YES: _(
        "Your answers meet every condition that we ask about. You also need a good connection, and "
        "an online account with your health insurance office (caisse)."
    ),
    VerdictKind.PROBABLY: _(
        "It will probably work, but no source confirms it for your case. You can try."
    ),
    VerdictKind.NOT_YET: _("Below is what is missing, and what to do until then."),
    VerdictKind.UNKNOWN: _("It may work, but we cannot promise it. Below is what we know."),
    VerdictKind.PROBABLY_NOT: _(
        "It will probably not work, but no source settles it for today. Below is what we know."
    ),
    VerdictKind.NO: _("Below is the reason."),
}
SENTENCES[VerdictKind.BY_ROUTE] = SENTENCES[VerdictKind.YES]

# What decided, in a few words that follow the verdict: "Not yet: your number is provisional".
BY_ANSWER: dict[str, StrPromise] = {
    Age.UNDER_16: _("you are under 16"),
    Age.FROM_16: _("some schemes require you to be 18"),
    Age.GUARDIANSHIP: _("people under guardianship (tutelle) could not have it in September 2025"),
    Number.NO_CARD: _("you have no plastic card yet"),
    Number.PROVISIONAL: _("your number is provisional"),
    Number.NONE: _("you have no social security number yet"),
    Phone.OLD: _("your phone is too old"),
    Phone.NO_SMARTPHONE: _("the app needs a smartphone"),
    Phone.NOT_KNOWN: _("it depends on the version of your phone"),
}
TOO_YOUNG = _("your health scheme requires you to be 18")
BY_CAUSE = {
    (Cause.DOCUMENT, Outcome.NO): _("your document is not accepted"),
    (Cause.DOCUMENT, Outcome.NOT_YET): _("your document is not accepted yet"),
    (Cause.DOCUMENT, Outcome.UNKNOWN): _("no source settles it for your document"),
    (Cause.NOT_LISTED, Outcome.UNKNOWN): _("no source settles it for your document"),
    (Cause.SCHEME, Outcome.NO): _("you need French health insurance first"),
    (Cause.SCHEME, Outcome.NOT_YET): _("your health scheme is not ready"),
    (Cause.SCHEME, Outcome.PROBABLY): _("your health scheme should be covered"),
    (Cause.SCHEME, Outcome.UNKNOWN): _("no source settles it for your health scheme"),
    (Cause.DEPARTMENT, Outcome.PROBABLY): _("no source names your department"),
    (Cause.DEPARTMENT, Outcome.NOT_YET): _("the app is not open in your department"),
    (Cause.DEPARTMENT, Outcome.UNKNOWN): _("the day on which it opened there is not known"),
    (Cause.NOT_NAMED, Outcome.UNKNOWN): _("it depends on your department"),
    (Cause.ROUTE_CLOSED, Outcome.NOT_YET): _("this way is not open yet"),
    (Cause.ROUTE_AGE, Outcome.NO): _("you are too young for this way"),
}
NOT_ACCEPTED_ANYWHERE = _("no source that we read accepts your document")

CAUSES = {
    Cause.DOCUMENT: _("Your document"),
    Cause.NOT_LISTED: _("Your document"),
    Cause.SCHEME: _("Your health scheme"),
    Cause.RULE: _("What you need"),
    Cause.DEPARTMENT: _("Your department"),
    Cause.NOT_NAMED: _("Your department"),
    Cause.ROUTE_CLOSED: _("How you activate it"),
    Cause.ROUTE_AGE: _("How you activate it"),
}
OUTCOMES = {outcome: outcome.label for outcome in Outcome}  # of a document
CONDITIONS = {
    Outcome.YES: _("OK"),
    Outcome.PROBABLY: _("probably OK"),
    Outcome.UNKNOWN: _("not known"),
    Outcome.NOT_YET: _("not yet"),
    Outcome.NO: _("no"),
}
DOCUMENT_PROBABLY_NOT = _("probably not accepted")
CONDITION_PROBABLY_NOT = _("probably not")

# What a finding says that has no row with a text of its own.
TEXTS = {
    Cause.NOT_NAMED: _("On that day the app was not open everywhere: name your department below."),
    Cause.NOT_LISTED: _("No source that we read names this document."),
    Cause.ROUTE_AGE: _("This way has a minimum age. You have not reached it."),
}
ROUTE_OPENS = _("This way opens, or opened, on {day}.")
ROUTE_NOT_ANNOUNCED = _("No day is announced for this way.")
OVERSEAS_AS_A_GROUP = _("The sources name the overseas departments only as a group. Try it.")
FIRST_REGISTER = _("First register with a health insurance office (CPAM).")
