"""The texts of a language as a list, to work through or to approve several at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language_info, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import translator, writable_languages
from rollout.admin.second_reader import waiting
from rollout.facts import writer
from rollout.models.texts import Text, languages, reference_language
from rollout.translations import coverage
from rollout.translations.coverage import State, UnitState
from rollout.translations.units import TEXT_MODELS

ROWS_PER_PAGE = 100
MAX_APPROVED = 20
"""Texts that are approved at once: the page that asks shows them whole."""
MAX_WORDS_LENGTH = 160
"""Characters of a text that the list shows."""
FILTERS = {
    State.MISSING: _("missing"),
    State.BEHIND: _("left behind"),
    State.MACHINE: _("to be read"),
    State.DRAFT: _("drafts"),
    State.APPROVED: _("approved"),
    State.PERSON: _("by a person"),
}
"""The states by which the list is filtered, the most urgent first."""
KEY = re.compile(r"([a-z]{1,40})-([0-9]{1,18})")
MODELS = {model._meta.model_name: model for model in TEXT_MODELS}


def urls() -> list[URLPattern]:
    """Return the addresses of the pages, to stand among those of the admin."""
    view = admin.site.admin_view
    return [
        path("rollout/translate/<slug:language>/", view(list_view), name="rollout_translate"),
        path(
            "rollout/translate/<slug:language>/approve/",
            view(waiting(approve_view)),
            name="rollout_approve",
        ),
    ]


# --- Who may do what ------------------------------------------------------------------------------


def require_language(request: HttpRequest, language: str) -> str:
    """Return the name, in the active one, of a language into which the user may translate.

    Raises:
        Http404: there is no such language, or it is the reference language.
        PermissionDenied: the user may not write in it.
    """
    if language not in dict(languages()) or language == reference_language():
        raise Http404
    if language not in writable_languages(request.user):
        raise PermissionDenied
    return str(get_language_info(language)["name_translated"])


def approving_role(user: User | AnonymousUser, language: str) -> str:
    """Return the role in whose name someone approves translations into a language; "" for none.

    Only who has the role of its translators has said that they read it as their own.
    """
    role = translator(language)
    return role if user.groups.filter(name=role).exists() else ""


def direction(language: str) -> str:
    """Return the value of `dir` for a language."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"


# --- The texts of one language --------------------------------------------------------------------


@dataclass(frozen=True)
class Selection:
    """The texts of a language that someone works on: all, of a kind, in a state."""

    language: str
    kind: str = ""
    state: str = ""

    @classmethod
    def of(cls, request: HttpRequest, language: str) -> "Selection":
        """Return what the query of an address selects; what there is not selects all."""
        kind, state = (request.GET.get(name, "") for name in ("kind", "state"))
        return cls(
            language,
            kind if kind in coverage.kind_labels() and kind != coverage.INTERFACE else "",
            state if state in FILTERS else "",
        )

    @property
    def query(self) -> str:
        """Return it as the query of an address, with the question mark; "" for all."""
        params = {name: value for name in ("kind", "state") if (value := getattr(self, name))}
        return f"?{urlencode(params)}" if params else ""

    def units(self) -> list[UnitState]:
        """Return the texts of the kind in every state, in reading order."""
        return list(coverage.units([self.language], self.kind))

    def has(self, unit: UnitState) -> bool:
        """Tell whether a text is in the state."""
        return self.state in ("", unit.state)

    @property
    def address(self) -> str:
        """Return the path of the list."""
        return reverse("admin:rollout_translate", args=[self.language]) + self.query

    def address_of(self, key: str) -> str:
        """Return the path at which a text of the list is translated."""
        return reverse("admin:rollout_translate_text", args=[self.language, key]) + self.query


@dataclass(frozen=True)
class Row:
    """A text of the list: its reference text and its translation, as far as they are shown."""

    unit: UnitState
    kind: str
    name: str
    words: str
    address: str
    token: str
    """Its key and the fingerprint of its words, for a list of those that someone has read."""


def list_view(request: HttpRequest, language: str) -> HttpResponse:
    """List the texts of a language, at most 100, with what there is of each.

    `?state=` and `?kind=` narrow it down.
    """
    name = require_language(request, language)
    selection = Selection.of(request, language)
    units = selection.units()
    counts = {state: sum(unit.state == state for unit in units) for state in FILTERS}
    page = Paginator([unit for unit in units if selection.has(unit)], ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    role = approving_role(request.user, language)
    context = {
        **admin.site.each_context(request),
        "title": _("Translate into %(language)s") % {"language": name},
        "language": language,
        "direction": direction(language),
        "selection": selection,
        "states": [(state, label, counts[state]) for state, label in FILTERS.items()],
        "kinds": [
            (kind, label)
            for kind, label in coverage.kind_labels().items()
            if kind != coverage.INTERFACE
        ],
        "total": len(units),
        "rows": rows_of_units(list(page.object_list), selection),
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "may_approve": bool(role) and selection.state == State.MACHINE,
        "max_length": MAX_WORDS_LENGTH,
    }
    return TemplateResponse(request, "admin/translate_list.html", context)


def rows_of_units(units: Sequence[UnitState], selection: Selection) -> list[Row]:
    """Return the texts of a part of a list with their words: two queries for each model."""
    labels = coverage.kind_labels()
    texts: dict[tuple[type[Text], object], Text] = {}
    for model in dict.fromkeys(unit.model for unit in units):
        keys = {unit.reference for unit in units if unit.model is model}
        keys |= {unit.text for unit in units if unit.model is model and unit.text}
        texts |= {(model, pk): text for pk, text in model._default_manager.in_bulk(keys).items()}
    rows = []
    for unit in units:
        reference = texts[unit.model, unit.reference]
        text = texts.get((unit.model, unit.text))
        rows.append(
            Row(
                unit,
                labels[unit.kind],
                _words(reference),
                _words(text) if text else "",
                selection.address_of(unit.key),
                f"{unit.key}:{text.fingerprint}" if text else "",
            )
        )
    return rows


def _words(text: Text) -> str:
    words = (getattr(text, name) for name in text.text_fields)
    return " · ".join(part for part in words if part)


def text_of_key(key: str) -> Text | None:
    """Return the reference text with such a key, such as "entrytext-12", None without: a query."""
    match = KEY.fullmatch(key)
    model = MODELS.get(match[1]) if match else None
    if match is None or model is None:
        return None
    texts: Any = model._default_manager
    found: Text | None = texts.filter(pk=int(match[2]), language=reference_language()).first()
    return found


def approve_view(request: HttpRequest, language: str) -> HttpResponse:
    """Ask about the texts that were ticked in the list, then approve them.

    Of each the fingerprint of its words comes along: one that was changed since is left out.
    """
    name = require_language(request, language)
    role = approving_role(request.user, language)
    if not role:
        raise PermissionDenied
    selection = Selection(language, state=State.MACHINE)
    tokens = request.POST.getlist("text")
    if request.method != "POST" or not tokens:
        messages.warning(request, _("Tick the texts that you have read."))
        return redirect(selection.address)
    if len(tokens) > MAX_APPROVED:
        text = gettext("These are the first %(n)s: approve the others after them.")
        messages.warning(request, text % {"n": MAX_APPROVED})
        tokens = tokens[:MAX_APPROVED]
    units = [unit for unit in selection.units() if selection.has(unit)]
    keys = {token.partition(":")[0] for token in tokens}
    rows = [
        row
        for row in rows_of_units([unit for unit in units if unit.key in keys], selection)
        if row.token in tokens
    ]
    left_out = len(tokens) - len(rows)
    if left_out:
        text = ngettext(
            "%(n)s text was changed since you read it, and is left out.",
            "%(n)s texts were changed since you read them, and are left out.",
            left_out,
        )
        messages.warning(request, text % {"n": left_out})
    if "_confirm" in request.POST and rows:
        texts = [
            row.unit.model._default_manager.get(pk=row.unit.text)  # they differ in their models
            for row in rows
        ]
        try:
            writer.approve_texts(texts, role=role, by=cast("User", request.user))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            text = ngettext("%(n)s text is approved.", "%(n)s texts are approved.", len(rows))
            messages.success(request, text % {"n": len(rows)})
        return redirect(selection.address)
    if not rows:
        return redirect(selection.address)
    context = {
        **admin.site.each_context(request),
        "title": _("Approve translations into %(language)s") % {"language": name},
        "language": language,
        "direction": direction(language),
        "selection": selection,
        "rows": rows,
    }
    return TemplateResponse(request, "admin/translate_approve.html", context)
