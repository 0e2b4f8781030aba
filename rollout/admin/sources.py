"""Sources."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.admin.forms import OptionalTextFormSet, ReasonForm
from rollout.admin.link_checks import LinkCheckPages
from rollout.models import LinkCheck, LinkState, Source, SourceText
from rollout.models.sources import SourceQuerySet

NEVER = "never"


class SourceTextInline(TextInline):
    """The description of the source, per language."""

    model = SourceText
    formset = OptionalTextFormSet


class PageStateFilter(admin.SimpleListFilter):
    """Filters sources by the state of their page, or "not visited" at its current address."""

    title = _("state of the page")
    parameter_name = "page"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states, and "not visited"."""
        return [*LinkState.choices, (NEVER, _("not visited"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> QuerySet[Source]:
        """Return the sources in the chosen state."""
        if self.value() not in (*LinkState.values, NEVER):
            return queryset
        visited = LinkCheck.objects.current()
        if self.value() == NEVER:
            return queryset.exclude(url="").exclude(pk__in=visited.values("source"))
        return queryset.filter(pk__in=visited.filter(state=self.value()).values("source"))


@admin.register(Source)
class SourceAdmin(LinkCheckPages, FactAdmin):
    """Sources: what they are, and how much rests on them."""

    form = ReasonForm
    key_fields = ("slug",)
    ordering = ["publisher", F("published_on").desc(nulls_last=True), "slug"]
    list_display = [
        "title",
        "language",
        "is_official",
        "rests",
        "page_state",
        "link",
    ]
    list_select_related = ["link_check"]
    list_filter = [PageStateFilter, "official", "language"]
    list_display_links = ["title"]
    search_fields = ["slug", "publisher", "url", "texts__description"]
    search_help_text = _("Publisher, description, or a part of the address")
    date_hierarchy = "published_on"
    inlines = [SourceTextInline]
    # The last result of check_links: not edited by hand.
    readonly_fields = ["page_state", "page_found", "page_visited"]
    fields = [
        "slug",
        "url",
        "page_state",
        "page_found",
        "page_visited",
        "publisher",
        "published_on",
        "published_precision",
        "language",
        "official",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count what rests on each source, and fetch the descriptions."""
        rows = cast("SourceQuerySet", super().get_queryset(request)).with_texts()
        return rows.annotate(
            departments=Count("department", distinct=True),
            entries=Count("entry", distinct=True),
            waves=Count("wave", distinct=True),
            papers=Count("acceptance", distinct=True)
            + Count("healthscheme", distinct=True)
            + Count("activationroute", distinct=True),
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the result of the last visit where there was none."""
        left_out = set(self.readonly_fields)
        if obj is not None:
            left_out = set() if _last_visit(obj) else {"page_found", "page_visited"}
        return [name for name in super().get_fields(request, obj) if name not in left_out]

    @admin.display(description=_("source"), ordering="publisher")
    def title(self, obj: Source) -> str:
        """Return publisher, day and description."""
        return str(obj)

    @admin.display(description=_("official"), ordering="official")
    def is_official(self, obj: Source) -> str:
        """Return that a source is official, where it is."""
        return str(_("yes")) if obj.official else "–"

    @admin.display(description=_("statements that rest on it"))
    def rests(self, obj: Any) -> int:
        """Return how many rows of the site cite it."""
        return int(obj.departments + obj.entries + obj.waves + obj.papers)

    @admin.display(description=_("page"))
    def link(self, obj: Source) -> str:
        """Return a link to the source itself."""
        if not obj.url:
            return str(_("address not known"))
        return format_html('<a href="{}" rel="noopener">{}</a>', obj.url, _("open"))

    @admin.display(description=_("state of the page"), ordering="link_check__state")
    def page_state(self, obj: Source) -> str:
        """Return what the last visit found at the address that the source has now."""
        check = _last_visit(obj)
        if check and check.dead_since:
            return str(_("dead since %(day)s") % {"day": date_format(check.dead_since)})
        if check:
            return check.get_state_display()
        return str(_("not visited")) if obj.url else "–"

    @admin.display(description=_("what the visit found"))
    def page_found(self, obj: Source) -> str | None:
        """Return the result's sentence, stored in English, with a link to the redirect's target."""
        check = _last_visit(obj)
        if check is None:
            return None
        sentence = format_html('<span lang="en">{}</span>', check.detail)
        if not check.redirected_to:
            return sentence
        link = '{} <a href="{}" rel="noopener">{}</a>'
        return format_html(link, sentence, check.redirected_to, check.redirected_to)

    @admin.display(description=_("last visit"))
    def page_visited(self, obj: Source) -> str | None:
        """Return when that was."""
        check = _last_visit(obj)
        return date_format(localtime(check.checked_on), "DATETIME_FORMAT") if check else None


def _last_visit(source: Source) -> LinkCheck | None:
    """Return the last visit, unless the source was given another address since."""
    check: LinkCheck | None = getattr(source, "link_check", None)
    return check if check and check.is_current else None
