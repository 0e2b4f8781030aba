"""Previews that editors share with people without an account: a link to one page, for a week."""

import datetime
import html as entities
import logging
import re
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from rollout.models.edits import SharedPreview
from rollout.pages.shared_previews import BEGINNING, is_readable, preview_path

logger = logging.getLogger(__name__)

SHARE = "_share"
"""The button of a preview that shares it."""
LIFETIME = datetime.timedelta(days=7)
MAX_LISTED = 100
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
MAIN = re.compile(r"<main\b[^>]*>")
FORM_WITHOUT_ACTION = re.compile(r'<form\b(?![^>]*\baction=)(?![^>]*method="dialog")')
ROBOTS = re.compile(r'<meta name="robots"[^>]*>\s*')


def urls() -> list[URLPattern]:
    """Return the pages of the shared previews, to stand among those of the admin."""
    view = admin.site.admin_view(shared_previews_view)
    return [path("shared-previews/", view, name="rollout_shared_previews")]


def share(request: HttpRequest, html: str, language: str, public_path: str) -> HttpResponse:
    """Store a page as it was rendered for a preview, and redirect to the list with its link.

    Those that have expired are deleted.
    """
    now = timezone.now()
    SharedPreview.objects.filter(expires_at__lte=now).delete()
    title = TITLE.search(html)
    shared = SharedPreview(
        title=entities.unescape(title[1] if title else public_path)[:200],
        made_by=cast("User", request.user),
        made_at=now,
        expires_at=now + LIFETIME,
    )
    shared.html = _page_to_share(html, language, public_path, shared.expires_at)
    shared.full_clean()
    shared.save()
    _log("Preview shared", request, shared)
    messages.success(request, _("Whoever has this link can read the page for seven days."))
    return redirect("admin:rollout_shared_previews")


def _page_to_share(html: str, language: str, public_path: str, until: datetime.datetime) -> str:
    """Return the page for people without an account.

    It has a banner, is no page for search engines, and its links and forms lead to the public
    site: those that are relative to its own address too.
    """
    with translation.override(language):
        banner = render_to_string("rollout/shared_preview_banner.html", {"until": until})
    html = ROBOTS.sub("", html)
    html = html.replace("</head>", '<meta name="robots" content="noindex"></head>', 1)
    html = html.replace('href="?', f'href="{public_path}?')
    html = FORM_WITHOUT_ACTION.sub(f'<form action="{public_path}"', html)
    return with_banner(html, banner)


def with_banner(html: str, banner: str) -> str:
    """Return a public page with a banner at the beginning of its content."""
    return MAIN.sub(lambda main: f"{main[0]}{banner}", html, count=1)


def shared_previews_view(request: HttpRequest) -> HttpResponse:
    """List one's own shared previews, the newest first; on POST, withdraw one of them."""
    if not request.user.has_perm("rollout.view_entry"):
        raise PermissionDenied
    own = SharedPreview.objects.filter(made_by=request.user.pk)
    if request.method == "POST":
        shared = get_object_or_404(own.defer("html"), pk=_number(request.POST.get("withdraw")))
        if shared.withdrawn_at is None:
            # What nobody may read any more is not stored either.
            shared.html, shared.withdrawn_at = "", timezone.now()
            shared.save(update_fields=["html", "withdrawn_at"])
            _log("Shared preview withdrawn", request, shared)
        messages.success(request, _("It is withdrawn: its link shows nothing any more."))
        return redirect("admin:rollout_shared_previews")
    listed = own.defer("html").annotate(beginning=Substr("html", 1, BEGINNING))[:MAX_LISTED]
    context = {
        **admin.site.each_context(request),
        "title": _("Previews that you shared"),
        "rows": [_row(request, shared) for shared in listed],
    }
    return TemplateResponse(request, "admin/shared_previews.html", context)


def _row(request: HttpRequest, shared: Any) -> dict[str, Any]:
    return {
        "shared": shared,
        "address": f"{_public_origin(request)}{preview_path(shared.pk, shared.beginning)}",
        "is_readable": is_readable(shared),
    }


def _public_origin(request: HttpRequest) -> str:
    """Return scheme and host of the site for readers: editors may have a host of their own."""
    own = request.build_absolute_uri("/").rstrip("/")
    if request.get_host() not in settings.ADMIN_HOSTS:
        return own
    public = [
        host
        for host in settings.ALLOWED_HOSTS
        if host not in settings.ADMIN_HOSTS and not host.startswith(".")
    ]
    return f"{request.scheme}://{public[0]}" if public else own


def _number(text: str | None) -> int:
    """Return the number that a form sent, 0 for anything else."""
    return int(text) if text and re.fullmatch("[0-9]{1,18}", text) else 0


def _log(event: str, request: HttpRequest, shared: SharedPreview) -> None:
    facts = {"user": request.user.get_username(), "preview": shared.pk}
    logger.info(event, extra={"facts": facts})
