"""The texts of a language as a file: downloaded, and uploaded again with a plan first."""

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from rollout.admin.forms import BASE_VERSION, NOTE, set_form_value
from rollout.admin.plans import CONFIRM
from rollout.admin.second_reader import waiting
from rollout.admin.translation_lists import (
    MAX_WORDS_LENGTH,
    approving_role,
    direction,
    require_language,
)
from rollout.dates import today
from rollout.facts.links import row_field
from rollout.models.texts import languages, reference_language
from rollout.translations import exchange, text_files, units
from rollout.translations.plans import UnitChange, WordsChange
from rollout.translations.text_files import TextPlan
from rollout.wording.differences import Difference, text_runs

MAX_UPLOAD_BYTES = 700_000
"""All texts of a language have half of it; with the form it is below what pages accept at all."""
MAX_NAME_LENGTH = 100
MAX_PROBLEMS = 100
"""Problems that are shown."""
TOO_LARGE = _("The file is too large: 700 KB at most. Send the texts in several files.")
NO_PO = _("Words of pages and forms (PO) are translated in the site’s repository, not here.")
SELECTIONS = {
    "": _("all"),
    text_files.MISSING: _("missing"),
    text_files.BEHIND: _("left behind"),
    text_files.MACHINE: _("to be read"),
}
MEDIA_TYPES = {
    exchange.XLIFF: ("xlf", "application/xliff+xml"),
    exchange.PO: ("po", "text/x-gettext-translation; charset=utf-8"),
}
"""How the name of a file ends, and its media type, by its format."""


def urls() -> list[URLPattern]:
    """Return the addresses of the pages, to stand among those of the admin."""
    view = admin.site.admin_view
    files = "rollout/translate/<slug:language>/files/"
    return [
        path(files, view(waiting(files_view)), name="rollout_translation_files"),
        path(
            f"{files}<slug:file_format>/",
            view(require_safe(download_view)),
            name="rollout_translation_file",
        ),
    ]


class UploadForm(forms.Form):
    """A file of texts; hidden fields carry its name and content from the plan to saving."""

    file = forms.FileField(
        label=_("XLIFF 2 file"),
        required=False,
        help_text=_("You see what would change before anything is saved."),
        widget=forms.FileInput(
            attrs={
                "accept": ".xlf,.xliff,application/xliff+xml",
                "data-max-bytes": MAX_UPLOAD_BYTES,
                "data-too-large": TOO_LARGE,
            }
        ),
    )
    change_note = forms.CharField(
        label=_("Why this change"),
        required=False,
        max_length=100,
        help_text=_("Kept in the history beside your name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    base_version = forms.CharField(required=False, widget=forms.HiddenInput)
    content = forms.CharField(required=False, widget=forms.HiddenInput)
    file_name = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_content(self) -> bytes:
        """Return the content of a file that was sent before, which came compressed."""
        try:
            packed = base64.b64decode(self.cleaned_data["content"], validate=True)
            return zlib.decompressobj().decompress(packed, MAX_UPLOAD_BYTES)
        except (binascii.Error, ValueError, zlib.error):
            return b""

    def clean(self) -> dict[str, Any]:
        """Require a file of at most MAX_UPLOAD_BYTES, or the content of one sent before."""
        file = self.cleaned_data.get("file")
        if file and file.size > MAX_UPLOAD_BYTES:
            self.add_error("file", TOO_LARGE)
        elif file and file.name.casefold().endswith(".po"):
            self.add_error("file", NO_PO)
        elif not file and not self.cleaned_data.get("content") and "file" not in self.errors:
            self.add_error("file", gettext("Choose a file."))
        return self.cleaned_data

    def read(self) -> tuple[bytes, str]:
        """Return content and name of the file; remember them for when the form is shown again."""
        file = self.cleaned_data.get("file")
        content = file.read() if file else self.cleaned_data["content"]
        name = (file.name if file else self.cleaned_data["file_name"])[-MAX_NAME_LENGTH:]
        set_form_value(self, "content", base64.b64encode(zlib.compress(content)).decode())
        set_form_value(self, "file_name", name)
        return content, name


# --- Out ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Download:
    """A file to be downloaded: what it holds, of how many texts or messages, and where it is."""

    label: str
    count: int
    address: str


def download_view(request: HttpRequest, language: str, file_format: str) -> HttpResponse:
    """Return the texts of a language as XLIFF, or its words of pages as PO; `?only=` narrows it.

    Raises:
        Http404: there is no such language, format or selection.
        PermissionDenied: the user may not write in the language.
    """
    require_language(request, language)
    only = request.GET.get("only", "")
    if file_format not in MEDIA_TYPES or only not in SELECTIONS:
        raise Http404
    content, _count = exchange.export(language, file_format, only)
    ending, media_type = MEDIA_TYPES[file_format]
    name = "-".join(filter(None, ["translations", language, only, f"{today():%Y-%m-%d}"]))
    disposition = f'attachment; filename="{name}.{ending}"'
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": disposition}
    )


def _downloads(language: str, file_format: str) -> list[Download]:
    """Return the files of a format that are not empty."""
    address = reverse("admin:rollout_translation_file", args=[language, file_format])
    return [
        Download(str(SELECTIONS[only]), count, f"{address}?only={only}" if only else address)
        for only, count in exchange.counts(language, file_format).items()
        if count
    ]


# --- In -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What would change of one text, in words."""

    change: UnitChange
    differences: Sequence[Difference]

    @property
    def states(self) -> str:
        """Return how it was made, before and after."""
        return " → ".join(dict.fromkeys(self.change.states))


def files_view(request: HttpRequest, language: str) -> HttpResponse:
    """Show the files of a language, then the plan of one sent or its problems; save all or nothing.

    Raises:
        Http404: there is no such language.
        PermissionDenied: the user may not write in it.
    """
    name = require_language(request, language)
    role = approving_role(request.user, language)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    plan, problems, is_stale = None, [], False
    if form.is_bound and form.is_valid():
        content, file = form.read()
        is_confirmed = CONFIRM in request.POST
        with transaction.atomic():
            if is_confirmed:
                _lock_rows()
            plan = text_files.plan_texts(content, file, language=language, role=role)
            version = plan.version
            if translation.get_language() != reference_language():  # it may be published in another
                with translation.override(reference_language()):
                    version = text_files.plan_texts(
                        content, file, language=language, role=role
                    ).version
            is_stale = is_confirmed and form.cleaned_data[BASE_VERSION] != version
            problems = list(map(str, plan.problems))
            if is_confirmed and not is_stale and not problems and plan.changes:
                problems = _save(request, plan, form.cleaned_data[NOTE])
                if not problems:
                    return redirect("admin:rollout_translation_files", language)
        set_form_value(form, BASE_VERSION, version)
    context = {
        **admin.site.each_context(request),
        "title": _("Files of translations into %(language)s") % {"language": name},
        "form": form,
        "language": language,
        "own_name": dict(languages())[language],
        "direction": direction(language),
        "texts": _downloads(language, exchange.XLIFF),
        "messages_files": _downloads(language, exchange.PO),
        "problems": _shortened(problems),
        "plan": None if problems else plan,
        "lines": _lines(plan) if plan and not problems else [],
        "is_stale": is_stale,
        "may_approve": bool(role),
    }
    return TemplateResponse(request, "admin/translation_files.html", context)


def _lock_rows() -> None:
    """Lock all rows that have texts: no other edit comes between the plan and saving it."""
    for model in units.TEXT_MODELS:
        rows: Any = row_field(model).related_model._default_manager
        list(rows.select_for_update().order_by("pk").values_list("pk"))


def _save(request: HttpRequest, plan: TextPlan, note: str) -> list[str]:
    """Save all texts of a plan; return why that was refused."""
    try:
        exchange.apply(plan, by=cast("User", request.user), note=note)
    except ValidationError as error:
        return list(error.messages)
    n = len(plan.changes)
    text = ngettext("%(n)s text is saved.", "%(n)s texts are saved.", n)
    messages.success(request, text % {"n": n})
    return []


def _shortened(problems: list[str]) -> list[str]:
    """Return the first MAX_PROBLEMS, and how many there are besides."""
    n = len(problems) - MAX_PROBLEMS
    if n <= 0:
        return problems
    more = ngettext("%(n)s more problem.", "%(n)s more problems.", n) % {"n": n}
    return [*problems[:MAX_PROBLEMS], more]


def _lines(plan: TextPlan) -> list[Line]:
    return [
        Line(change, [_difference(text, words) for words in change.words])
        for change, text in zip(plan.changes, plan.texts, strict=True)
    ]


def _difference(text: Any, words: WordsChange) -> Difference:
    """Return the sentences of a field that would change; of new words the beginning."""
    label = str(capfirst(text._meta.get_field(words.name).verbose_name))
    if words.before:
        return Difference(label, runs=text_runs(words.before, words.after))
    return Difference(label, new=Truncator(words.after).chars(MAX_WORDS_LENGTH))
