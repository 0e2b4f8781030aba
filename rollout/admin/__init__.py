"""The editors' pages: one module per models/ module, and what they share. Importing registers."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rollout.admin import (  # noqa: F401 - Django imports the package, which registers them all
    checking,
    documents,
    entries,
    language_pages,
    languages,
    people,
    place_names,
    places,
    proposals,
    routes,
    schemes,
    shared_previews,
    sources,
    translate,
    translation_files,
    translation_lists,
    translations,
    updates,
    waves,
    work_pages,
)

_urls_of_django = admin.site.get_urls


def _urls_with_own_pages() -> list[Any]:
    own = (
        work_pages,
        proposals,
        shared_previews,
        translations,
        translation_lists,
        translation_files,
        language_pages,
        translate,
    )
    return [*(url for module in own for url in module.urls()), *_urls_of_django()]


admin.site.get_urls = _urls_with_own_pages  # type: ignore[method-assign]
admin.site.site_header = _("The carte Vitale app in your department")
admin.site.site_title = _("Editors")
admin.site.index_title = _("Your work")
admin.site.enable_nav_sidebar = False
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
