"""Every address of the site, one named line each."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from rollout import views, well_known
from rollout.api import api
from rollout.gallery import gallery

urlpatterns = [
    path("", views.choose_language, name="choose-language"),
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", well_known.security, name="security-txt"),
    path("sitemap.xml", views.sitemap_index, name="sitemap"),
    path("sitemap-<section>.xml", views.sitemap, name="sitemap-of-language"),
    path("admin/", admin.site.urls),
    path("accounts/", include("rollout.account_urls")),
    path("api/v1/", api.urls),
    *i18n_patterns(path("", include("rollout.urls"))),
]

if not settings.IS_PUBLIC:
    urlpatterns += i18n_patterns(path("gallery/", gallery, name="gallery"))

handler400 = "rollout.views.bad_request"
handler403 = "rollout.views.forbidden"
handler404 = "rollout.views.not_found"
handler429 = "rollout.views.too_many_requests"  # allauth's, when sign-ins come too fast
handler500 = "rollout.views.server_error"
