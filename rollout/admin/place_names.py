"""Aliases, which editors change, and reference rows, which they can only read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin
from rollout.admin.forms import ReasonForm
from rollout.models import (
    Alias,
    Collectivity,
    Commune,
    FormerName,
    Intercommunality,
    PostalLocality,
)


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
    list_display = ["name", "kind", "target_type", "target_codes", "language", "is_active"]
    list_filter = ["is_active", "kind", "target_type", "language"]
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

    list_display = ["name", "department", "commune", "commune_name"]
    list_select_related = ["department"]
    search_fields = ["name", "commune_name", "commune"]


@admin.register(Collectivity)
class CollectivityAdmin(ReferenceAdmin):
    """Communes of the overseas collectivities, which are no departments."""

    list_display = ["insee", "name", "collectivity", "collectivity_name", "postcodes"]
    list_filter = ["collectivity_name"]
    search_fields = ["name", "collectivity_name", "postcodes"]


@admin.register(Intercommunality)
class IntercommunalityAdmin(ReferenceAdmin):
    """Groups of communes and the departments that they lie in."""

    list_display = ["siren", "name", "kind", "departments", "population"]
    list_filter = ["kind"]
    search_fields = ["name", "siren"]


@admin.register(PostalLocality)
class PostalLocalityAdmin(ReferenceAdmin):
    """Names that La Poste uses and that are no commune's."""

    list_display = ["name", "postcode", "department", "commune", "street_count"]
    list_select_related = ["department"]
    search_fields = ["name", "postcode", "commune"]
