"""The kinds of entries, and the page of each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rollout.addresses import page_address


class Kind(models.TextChoices):
    """What an entry is for."""

    MILESTONE = "milestone", _("milestone of the roll-out")
    FIGURE = "figure", _("figure on its use")
    CORRECTION = "correction", _("correction of what others said")
    REQUIREMENT = "requirement", _("what to have ready")
    STEP = "step", _("step of the set-up")
    PROBLEM = "problem", _("problem and its fix")
    SITUATION = "situation", _("special situation")
    PLACE = "place", _("place outside the departments")
    CONTACT = "contact", _("help line or address")
    USE = "use", _("what the app does or does not do")
    QUESTION = "question", _("question of residents")
    TERM = "term", _("term of the glossary")
    PHRASE = "phrase", _("what to say at the counter")
    COUNTER = "counter", _("what to know at the counter")


PAGES = {
    Kind.MILESTONE: "rollout",
    Kind.FIGURE: "rollout",
    Kind.CORRECTION: "sources",
    Kind.REQUIREMENT: "set-up",
    Kind.STEP: "set-up",
    Kind.PROBLEM: "problems",
    Kind.SITUATION: "set-up",
    Kind.PLACE: "departments",
    Kind.CONTACT: "set-up",
    Kind.USE: "questions",
    Kind.QUESTION: "questions",
    Kind.TERM: "glossary",
    Kind.PHRASE: "at-the-counter",
    Kind.COUNTER: "at-the-counter",
}
"""The name of the URL pattern of each kind's page."""


class Picture(models.TextChoices):
    """A drawing of ours that stands beside a step or a thing to have ready."""

    INSTALL = "install", _("installing the app")
    CHOOSE = "choose", _("choosing an answer")
    NUMBER = "number", _("social security number")
    EMAIL = "email", _("code by e-mail")
    DOCUMENT = "document", _("identity document on a table")
    FACE = "face", _("face and light")
    SECRET_CODE = "secret-code", _("secret code")
    WAITING = "waiting", _("waiting")
    OPENING = "opening", _("opening the app")
    PHONE = "phone", _("phone")
    ACCOUNT = "account", _("online account")
    INSURANCE = "insurance", _("health insurance")
    AGE = "age", _("age")
    CONNECTION = "connection", _("connection")
    CARD_TO_PHONE = "card-to-phone", _("card held to the phone")


REASONS = {
    "age",
    "children",
    "guardianship",
    "no-plastic-card-yet",
    "phone",
    "provisional-number",
    "social-security-number",
}
"""The slugs of entries that the check gives as its reasons: they must stay published."""


COLLECTIVITIES = {
    "975": "saint-pierre-et-miquelon",
    "977": "saint-barthelemy-and-saint-martin",
    "978": "saint-barthelemy-and-saint-martin",
    "984": "overseas-collectivities",
    "986": "pacific-collectivities",
    "987": "pacific-collectivities",
    "988": "pacific-collectivities",
    "989": "overseas-collectivities",
}
"""The slug of the entry on each overseas collectivity, by the collectivity's number."""


def address(kind: str, slug: str) -> str:
    """Return the address of an entry, such as /en/glossary/#cpam: see `addresses.page_address`.

    Raises:
        ValueError: `kind` is not one of Kind.
    """
    return f"{page_address(PAGES[Kind(kind)])}#{slug}"
