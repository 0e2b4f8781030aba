"""The check of links in the admin: start it, see how far it is, and what it found."""

import datetime
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.models import LinkCheck, LinkState, Source
from rollout.models.texts import TranslatedQuerySet
from rollout.operations import link_check, link_visits

AGES = [
    (30, _("pages not visited for 30 days")),
    (7, _("pages not visited for 7 days")),
    (0, _("all pages")),
]


class LinkCheckForm(forms.Form):
    """Which pages to visit: a choice at the start, then those not visited since that moment."""

    days = forms.TypedChoiceField(label=_("Visit"), choices=AGES, coerce=int, initial=30)
    since = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def moment(self) -> datetime.datetime:
        """Return the moment before which a page must have been visited to be visited now."""
        now = timezone.now()
        since: datetime.datetime | None = self.cleaned_data["since"]
        return min(since or now - datetime.timedelta(days=self.cleaned_data["days"]), now)


@dataclass(frozen=True)
class Progress:
    """How far a check is: pages visited since a moment, of all; and the last batch."""

    since: datetime.datetime
    visited: int
    total: int
    batch: link_visits.Batch

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing is left to visit."""
        return self.visited >= self.total

    @property
    def goes_on(self) -> bool:
        """Tell whether the next batch can be visited."""
        return not self.is_finished and not self.batch.is_offline


class LinkCheckPages(admin.ModelAdmin):
    """Adds to the sources: the check of their links."""

    change_list_template = "admin/sources.html"

    def get_urls(self) -> list[Any]:
        """Add the page."""
        view = self.admin_site.admin_view(self.link_check_view)
        return [path("link-check/", view, name="rollout_link_check"), *super().get_urls()]

    def link_check_view(self, request: HttpRequest) -> HttpResponse:
        """Show what is known of all pages; on POST visit the next ones first, for some seconds."""
        if not request.user.has_perm("rollout.change_source"):
            raise PermissionDenied
        form = LinkCheckForm(request.POST if request.method == "POST" else None)
        progress = None
        if form.is_bound and form.is_valid():
            since = form.moment()
            batch = link_visits.visit_batch(since)
            left = link_visits.sources_to_visit(since).count()
            total = link_visits.sources_to_visit().count()
            progress = Progress(since, total - left, total, batch)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Check of links"),
            "form": form,
            "progress": progress,
            "pause": link_check.PAUSE_SECONDS,
            "visits": visit_counts(),
            "results": results(),
        }
        return TemplateResponse(request, "admin/link_check.html", context)


def visit_counts() -> list[tuple[str, int]]:
    """Return how many pages were last visited when: label and number, the newest first."""
    now = timezone.now()
    visits = dict(LinkCheck.objects.current().values_list("source", "checked_on"))
    labels = [
        (1, gettext("in the last 24 hours")),
        (7, gettext("in the last 7 days")),
        (30, gettext("in the last 30 days")),
    ]
    counts = []
    ages = [now - moment for moment in visits.values()]
    counted = 0
    for days, label in labels:
        number = sum(age < datetime.timedelta(days=days) for age in ages) - counted
        counted += number
        counts.append((label, number))
    never = link_visits.sources_to_visit().count() - len(visits)
    return [*counts, (gettext("longer ago"), len(ages) - counted), (gettext("never"), never)]


def results() -> list[tuple[str, list[Source]]]:
    """Return the sources whose page needs a look, by its state: label and sources, by publisher."""
    sources = cast("TranslatedQuerySet", Source.objects.exclude(url="")).with_texts()
    checks = LinkCheck.objects.current().exclude(state=LinkState.ALIVE).values("source")
    found = list(
        sources.filter(pk__in=checks).select_related("link_check").order_by("publisher", "slug")
    )
    labels = [
        (LinkState.DEAD, gettext("Dead: the page is gone")),
        (LinkState.REDIRECTED, gettext("Redirected: the page has another address")),
        (LinkState.UNCLEAR, gettext("Unclear: look yourself")),
    ]
    return [
        (label, [source for source in found if source.link_check.state == state])
        for state, label in labels
    ]
