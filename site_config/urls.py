"""The root URLconf, by prefix."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from rollout.api import api
from rollout.pages import site_files
from rollout.pages.gallery import gallery
from rollout.pages.shared_previews import shared_preview

urlpatterns = [
    path("", site_files.choose_language, name="choose-language"),
    path("favicon.ico", site_files.favicon),
    path("robots.txt", site_files.robots, name="robots"),
    path(".well-known/security.txt", site_files.security_txt, name="security-txt"),
    path("sitemap.xml", site_files.sitemap_index, name="sitemap"),
    path("sitemap-<section>.xml", site_files.sitemap, name="sitemap-of-language"),
    # /preview/: what editors share with people without an account
    path("preview/<str:token>/", shared_preview, name="shared-preview"),
    # /admin/ and /accounts/: for editors
    path("admin/", admin.site.urls),
    path("accounts/", include("rollout.accounts.urls")),
    # /api/v1/
    path("api/v1/", api.urls),
    # /<language>/
    *i18n_patterns(path("", include("rollout.urls"))),
]

if not settings.IS_PUBLIC:
    urlpatterns += i18n_patterns(path("gallery/", gallery, name="gallery"))

handler400 = "rollout.pages.errors.bad_request"
handler403 = "rollout.pages.errors.forbidden"
handler404 = "rollout.pages.errors.not_found"
handler429 = "rollout.pages.errors.too_many_requests"  # allauth calls it, for too many attempts
handler500 = "rollout.pages.errors.server_error"
