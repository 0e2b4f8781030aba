"""Aliases, which editors change, and reference rows, which they can only read."""

from collections.abc import Iterable
from typing import Any

from babel import Locale, UnknownLocaleError
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, shortened
from rollout.admin.forms import ReasonForm
from rollout.models import (
    Alias,
    AliasTarget,
    Collectivity,
    Commune,
    CommuneKind,
    Department,
    FormerName,
    Intercommunality,
    PostalLocality,
    Region,
)


def language_name(code: str) -> str:
    """Return the name of a language in the active one: "zh_CN" is "Chinese (China)"."""
    try:
        name = Locale.parse(code).get_display_name(get_language())
    except (ValueError, UnknownLocaleError):
        return code
    return str(name or code)


class LanguageFilter(admin.SimpleListFilter):
    """Filters aliases by their language, which it names."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the languages that aliases are in, by name."""
        codes = Alias.objects.order_by().values_list("language", flat=True).distinct()
        return sorted(((code, language_name(code)) for code in codes), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alias]) -> QuerySet[Alias]:
        """Return the aliases in the chosen language."""
        return queryset.filter(language=self.value()) if self.value() else queryset


@admin.register(Alias)
class AliasAdmin(FactAdmin):
    """Other names of a region, departments or a commune. Search uses them at once."""

    form = ReasonForm
    can_preview = False  # all visitors share the search index: a draft must not get there
    instead_of_deleting = _(
        "Nothing is deleted here: untick “Active”, and search forgets the name."
    )
    # To correct an alias, untick it and add another: a file would bring the old one back.
    key_fields = ("name", "kind", "target_type", "target_codes")
    list_display = ["name", "kind", "places", "language_name", "state"]
    list_filter = ["is_active", "kind", "target_type", LanguageFilter]
    search_fields = ["name", "target_codes"]
    search_help_text = _("Alias or INSEE code")
    fields = [
        "name",
        "kind",
        "target_type",
        "target_codes",
        "language",
        "source",
        "is_active",
    ]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Fetch the names of the places of all rows at once."""
        changelist = super().get_changelist_instance(request)
        rows: Any = changelist.result_list
        for alias, places in zip(rows, places_of(rows), strict=True):
            alias.places = places
        return changelist

    @admin.display(description=_("leads to"), ordering="target_codes")
    def places(self, obj: Any) -> str:
        """Return the names of its places."""
        return shortened(obj.places, 4)

    @admin.display(description=_("language"), ordering="language")
    def language_name(self, obj: Alias) -> str:
        """Return its language in the editor's."""
        return language_name(obj.language)


def places_of(aliases: Iterable[Alias]) -> list[list[str]]:
    """Return the names of the places that each alias leads to: a query for each type of place."""
    by_type: dict[str, set[str]] = {}
    rows = list(aliases)
    for alias in rows:
        by_type.setdefault(alias.target_type, set()).update(alias.codes)
    names = {
        (target, code): name
        for target, codes in by_type.items()
        for code, name in _place_names(target, codes)
    }
    return [[names.get((alias.target_type, code), code) for code in alias.codes] for alias in rows]


def _place_names(target: str, codes: set[str]) -> Iterable[tuple[str, str]]:
    """Return codes of one type of place, each with the place's name."""
    match target:
        case AliasTarget.REGION:
            return Region.objects.filter(code__in=codes).values_list("code", "name")
        case AliasTarget.DEPARTMENTS:
            return Department.objects.filter(code__in=codes).values_list("code", "name")
        case AliasTarget.COLLECTIVITY:
            towns = Collectivity.objects.filter(collectivity__in=codes).order_by()
            return towns.values_list("collectivity", "collectivity_name").distinct()
        case _:
            communes = Commune.objects.filter(kind=CommuneKind.COMMUNE, insee__in=codes)
            return communes.values_list("insee", "name")


class ReferenceAdmin(admin.ModelAdmin):
    """Rows that are loaded from files as a whole: read-only."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the rows come from the data files."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the rows come from the data files."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the rows come from the data files."""
        return False


@admin.register(Commune)
class CommuneAdmin(ReferenceAdmin):
    """Communes and their postcodes."""

    list_display = ["insee", "name", "department", "kind", "postcodes", "population"]
    list_filter = ["kind", "department__region"]
    list_select_related = ["department"]
    search_fields = ["name", "insee", "postcodes"]
    show_full_result_count = False


@admin.register(FormerName)
class FormerNameAdmin(ReferenceAdmin):
    """Names of communes that no longer exist."""

    list_display = ["name", "department", "commune_name"]
    list_select_related = ["department"]
    search_fields = ["name", "commune_name", "commune"]


@admin.register(Collectivity)
class CollectivityAdmin(ReferenceAdmin):
    """Communes of the overseas collectivities, which are no departments."""

    list_display = ["insee", "name", "collectivity_name", "postcodes"]
    list_filter = ["collectivity_name"]
    search_fields = ["name", "collectivity_name", "postcodes"]


GROUPS_OF_COMMUNES = {
    "CA": "communauté d’agglomération",
    "CC": "communauté de communes",
    "CU": "communauté urbaine",
    "EPT": "établissement public territorial",
    "MET69": "métropole de Lyon",
    "METRO": "métropole",
}
"""The legal forms of groups of communes, which are French in every language."""


class KindFilter(admin.SimpleListFilter):
    """Filters groups of communes by their legal form."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the legal forms."""
        return list(GROUPS_OF_COMMUNES.items())

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Intercommunality]
    ) -> QuerySet[Intercommunality]:
        """Return the groups of the chosen form."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Intercommunality)
class IntercommunalityAdmin(ReferenceAdmin):
    """Groups of communes and the departments that they lie in."""

    list_display = ["name", "kind_name", "department_names", "population"]
    list_filter = [KindFilter]
    search_fields = ["name", "siren"]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Fetch the names of the departments of all rows at once."""
        changelist = super().get_changelist_instance(request)
        names = dict(Department.objects.values_list("code", "name"))
        for row in changelist.result_list:
            row.names = [names.get(code, code) for code in row.departments.split("|")]
        return changelist

    @admin.display(description=_("kind"), ordering="kind")
    def kind_name(self, obj: Intercommunality) -> str:
        """Return its legal form."""
        return GROUPS_OF_COMMUNES.get(obj.kind, obj.kind)

    @admin.display(description=_("departments"), ordering="departments")
    def department_names(self, obj: Any) -> str:
        """Return the names of its departments, by their share of its people."""
        return shortened(obj.names, 4)


@admin.register(PostalLocality)
class PostalLocalityAdmin(ReferenceAdmin):
    """Names that La Poste uses and that are no commune's."""

    list_display = ["name", "postcode", "department", "street_count"]
    list_select_related = ["department"]
    search_fields = ["name", "postcode", "commune"]
