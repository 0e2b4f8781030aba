"""The state of all translations: language by kind, with the lists of what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from rollout.accounts.roles import writable_languages
from rollout.admin.translation_lists import FILTERS
from rollout.admin.worklist import own_languages
from rollout.models.languages import Language, Stage
from rollout.models.texts import languages
from rollout.translations import coverage
from rollout.translations.coverage import State


def urls() -> list[URLPattern]:
    """Return the address of the page, to stand among those of the admin."""
    view = admin.site.admin_view(require_safe(coverage_view))
    return [path("rollout/translations/", view, name="rollout_translations")]


@dataclass(frozen=True)
class Cell:
    """The percentage of one kind in one language, and the list behind it; "" for none."""

    percent: int
    address: str
    is_there: bool = True


@dataclass(frozen=True)
class LanguageRow:
    """A language with its stage, what is there, and the lists of what waits."""

    code: str
    name: str
    stage: str
    total: coverage.KindCoverage
    lists: Sequence[tuple[str, int, str]]
    stage_address: str = ""
    files_address: str = ""


def coverage_view(request: HttpRequest) -> HttpResponse:
    """Show language by kind what is translated; a translator sees their languages only."""
    if not request.user.has_perm("rollout.view_entry"):
        raise PermissionDenied
    own = own_languages(request.user)
    codes = own or [code for code, _name in languages()]
    covered = coverage.coverage(codes)
    stages = {language.pk: language for language in Language.objects.all()}
    kinds = {kind.kind: kind.label for each in covered for kind in each.kinds}
    in_order = [kind for kind in coverage.kind_labels() if kind in kinds]
    context = {
        **admin.site.each_context(request),
        "title": _("Translations"),
        "detail": _detail(covered, request.GET.get("language", "")),
        "states": list(State),
        "rows": [_language_row(each, stages, request.user) for each in covered],
        "kinds": [(kinds[kind], [_cell(each, kind, own) for each in covered]) for kind in in_order],
    }
    return TemplateResponse(request, "admin/translations.html", context)


def _detail(
    covered: Sequence[coverage.LanguageCoverage], language: str
) -> coverage.LanguageCoverage | None:
    """Return the language whose figures are shown by kind and state: the only one, or chosen."""
    if len(covered) == 1:
        return covered[0]
    return next((each for each in covered if each.language == language), None)


def _language_row(
    covered: coverage.LanguageCoverage,
    stages: dict[Any, Language],
    user: User | AnonymousUser,
) -> LanguageRow:
    code = covered.language
    may_write = code in writable_languages(user)
    address = reverse("admin:rollout_translate", args=[code])
    total = covered.total
    stage: Any = Stage.PUBLIC if code in settings.FULL_LANGUAGES else Stage.HIDDEN
    if code in stages:
        stage = Stage(stages[code].stage)
    may_change = code in stages and user.has_perm("rollout.change_language")
    return LanguageRow(
        code,
        dict(languages())[code],
        str(stage.label),
        total,
        [
            (str(label), total.states[state], f"{address}?state={state}" if may_write else "")
            for state, label in FILTERS.items()
        ],
        reverse("admin:rollout_language_change", args=[code]) if may_change else "",
        reverse("admin:rollout_translation_files", args=[code]) if may_write else "",
    )


def _cell(covered: coverage.LanguageCoverage, kind: str, own: Sequence[str]) -> Cell:
    found = next((each for each in covered.kinds if each.kind == kind), None)
    if found is None:
        return Cell(0, "", is_there=False)
    address = reverse("admin:rollout_translate", args=[covered.language])
    is_listed = covered.language in own and kind != coverage.INTERFACE
    return Cell(found.percent, f"{address}?kind={kind}" if is_listed else "")
