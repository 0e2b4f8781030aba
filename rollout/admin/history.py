"""The history of a row and of its texts: compare any two versions, restore one."""

from itertools import groupby
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages
from rollout.admin.entry_links import with_addresses
from rollout.admin.forms import BASE_VERSION, MINOR, NOTE, NoteForm, set_form_value
from rollout.facts import history, writer
from rollout.models.texts import Text
from rollout.wording import differences


class HistoryPages(admin.ModelAdmin):
    """Adds pages to an admin: all versions, the difference of two, restoring one."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page of one version."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_version"
        view = self.admin_site.admin_view(self.version_view)
        return [path("<path:object_id>/history/<slug:key>/", view, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """List the versions of a row and of its texts; with ?old= and ?new=, compare two."""
        row = self._row(request, object_id)
        versions = history.versions(row)
        by_key = {version.key: version for version in versions}
        old, new = (by_key.get(request.GET.get(name, "")) for name in ("old", "new"))
        compared = None
        if old and new and history.is_comparable(old, new):
            compared = differences.between(old.record, new.record)
        lines = differences.lines(versions)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(row)s") % {"row": row},
            "opts": self.opts,
            "object": row,
            "days": [(day, list(group)) for day, group in groupby(lines, lambda line: line.day)],
            "compared": compared,
            "old": old,
            "new": new,
            "cannot_compare": bool(old and new) and compared is None,
        }
        return TemplateResponse(request, "admin/history.html", context)

    def version_view(self, request: HttpRequest, object_id: str, key: str) -> HttpResponse:
        """Show what would change if a version were restored; on POST, restore it."""
        row = self._row(request, object_id)
        version = next((v for v in history.versions(row) if v.key == key), None)
        if version is None:
            raise Http404
        form = NoteForm(
            request.POST if request.method == "POST" else None,
            initial={BASE_VERSION: history.version_token(row)},
        )
        may_change = self.may_restore(request, row, version)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid() and self._restore(request, row, version, form):
                name = f"admin:{self.opts.app_label}_{self.opts.model_name}_history"
                return redirect(reverse(name, args=[row.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring back a version of %(row)s") % {"row": row},
            "opts": self.opts,
            "object": row,
            "version": version,
            "differences": differences.by_restoring(version),
            "form": form,
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/version.html", context)

    def _restore(
        self, request: HttpRequest, row: models.Model, version: history.Version, form: NoteForm
    ) -> bool:
        """Restore a version and publish an update; return whether that was possible."""
        note = form.cleaned_data[NOTE]
        try:
            with transaction.atomic():
                user = cast("AbstractBaseUser", request.user)
                rows: Any = type(row)._default_manager
                rows.select_for_update().filter(pk=row.pk).first()
                if form.cleaned_data[BASE_VERSION] != history.version_token(row):
                    raise ValidationError(
                        _("Someone changed this since you opened the page. Look at it again.")
                    )
                if version.is_current:
                    raise ValidationError(
                        _("This is how it is now: there is nothing to bring back.")
                    )
                is_typo = form.cleaned_data[MINOR]
                writer.restore_version(version.record, by=user, note=note, is_typo=is_typo)
                if not form.cleaned_data[MINOR] and self.is_public(row):
                    self.publish_update(request, row, note)
        except ValidationError as error:
            form.add_error(None, ValidationError(with_addresses(error).messages))
            set_form_value(form, BASE_VERSION, history.version_token(row))
            return False
        self.message_user(request, _("The version was brought back."), messages.SUCCESS)
        return True

    def _row(self, request: HttpRequest, object_id: str) -> models.Model:
        """Return the row, or raise Http404 or PermissionDenied."""
        row: models.Model | None = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def may_restore(
        self, request: HttpRequest, row: models.Model, version: history.Version
    ) -> bool:
        """Tell whether someone may restore a version: of a text, only in their languages."""
        may_change = self.has_change_permission(request, row)
        if issubclass(version.record.instance_type, Text):
            return may_change and version.record.language in writable_languages(request.user)
        return may_change and not self.writes_texts_only(request)

    def writes_texts_only(self, request: HttpRequest) -> bool:
        """Tell whether someone may only write texts."""
        raise NotImplementedError

    def is_public(self, row: Any) -> bool:
        """Tell whether readers see the row."""
        raise NotImplementedError

    def publish_update(self, request: HttpRequest, row: models.Model, note: str) -> None:
        """Publish an update of a change of the row."""
        raise NotImplementedError
