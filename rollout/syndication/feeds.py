"""Atom feeds of what changed: all updates, those of a region, those of a department."""

import datetime
import uuid
from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import Max
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.xmlutils import SimplerXMLGenerator

from rollout.caching.decorators import page_view
from rollout.dates import FIRST_DAY
from rollout.facts.changes import newest_change
from rollout.facts.snapshot import DepartmentStatus
from rollout.facts.totals import Totals
from rollout.kinds import page_address
from rollout.models import Department, Region, Update, UpdateText
from rollout.models.texts import reference_language
from rollout.syndication.places import of_department, of_region
from rollout.wording import labels, typography
from rollout.wording import totals as total_words
from rollout.wording.xml_text import strip_invalid_xml_chars

Place = Department | Region

MAX_UPDATES = 100
"""In a feed: the newest."""
NAMESPACE = uuid.UUID("6b3f4a52-9d0e-4f61-8a43-3c4b7f0d1e69")
"""Of the ids of feeds, which outlive a change of the host or of a place's name."""
EARLIEST = datetime.datetime.combine(FIRST_DAY, datetime.time(), datetime.UTC)


class UpdatesAtom(Atom1Feed):
    """An Atom feed that says when it last changed, not when its newest entry did."""

    def latest_post_date(self) -> datetime.datetime:
        """Return when it last changed: by a withdrawal too."""
        result: datetime.datetime = self.feed["changed_at"]
        return result

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        """Return the language of an entry, where it is not the feed's."""
        return {"xml:lang": item["language"]} if item["language"] != self.feed["language"] else {}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Write an entry, with its departments by number and by name."""
        super().add_item_elements(handler, item)
        for department in item["departments"]:
            category = {"term": department.code, "label": strip_invalid_xml_chars(department.name)}
            handler.addQuickElement("category", "", category)


class Updates(Feed):
    """The updates of a place, or of the whole site, newest first."""

    feed_type = UpdatesAtom

    def get_object(self, request: HttpRequest, place: Place | None = None) -> Place | None:
        """Return the place that the feed is of, or None."""
        return place

    def title(self, place: Place | None) -> str:
        """Return the feed's name: the site's, and the place's."""
        site = gettext("The carte Vitale app in your department")
        return f"{site} – {strip_invalid_xml_chars(place.name)}" if place else site

    def link(self, place: Place | None) -> str:
        """Return the address of the page that it belongs to."""
        return place.get_absolute_url() if place else page_address("updates")

    def subtitle(self, place: Place | None) -> str:
        """Return its description, and the state of the place today."""
        what = gettext("What changed on this site, newest first. Typo fixes are not listed.")
        state = strip_invalid_xml_chars(_state(place))
        return f"{what} {state}. {gettext('Independent, not official')}."

    def feed_guid(self, place: Place | None) -> str:
        """Return its id, by the place's official code: a new name leaves it as it is."""
        scope = f"{place._meta.model_name}-{place.pk}" if place else "all"
        return uuid.uuid5(NAMESPACE, f"{get_language()}/{scope}").urn

    def author_name(self) -> str:
        """Return the author: the site, never a person."""
        return gettext("The carte Vitale app in your department")

    def feed_extra_kwargs(self, place: Place | None) -> dict[str, Any]:
        """Return when it last changed."""
        return {"changed_at": changed_at(place)}

    def items(self, place: Place | None) -> list[Update]:
        """Return the newest public updates, newest first."""
        newest = Update.objects.concerning(place).for_page()[:MAX_UPDATES]
        return [update for update in newest if update.text]

    def item_title(self, update: Update) -> str:
        """Return how its note begins."""
        return Truncator(strip_invalid_xml_chars(update.text.note)).chars(100)

    def item_description(self, update: Update) -> str:
        """Return its whole note, as HTML."""
        return escape(strip_invalid_xml_chars(update.text.note))

    def item_guid(self, update: Update) -> str:
        """Return its id, which never changes and is the same in every feed."""
        return update.pk.urn

    def item_pubdate(self, update: Update) -> datetime.datetime:
        """Return when it was published."""
        return update.published_at

    def item_updateddate(self, update: Update) -> datetime.datetime:
        """Return when it or its text in this language last changed."""
        moments: list[datetime.datetime | None] = [
            update.published_at,
            update.changed_at,
            update.text.changed_at,
        ]
        return max(moment for moment in moments if moment)

    def item_extra_kwargs(self, update: Update) -> dict[str, Any]:
        """Return the language of its text, and the departments that it concerns."""
        departments = list(update.departments.all())
        return {"language": update.text.language, "departments": departments}


def _state(place: Place | None) -> str:
    """Return the state of a place today in words, as its page and share image have it."""
    if isinstance(place, Department):
        state = strip_tags(labels.state(place.state()))
        return gettext("%(name)s: %(state)s") % {"name": place.name, "state": state}
    rows = place.departments.all() if place else Department.objects.all()
    totals = Totals.of(DepartmentStatus(row, row.state(), None) for row in rows)
    parts = [total_words.short(totals), total_words.conclusions(totals)]
    state = typography.comma().join(
        typography.lower_first(part) if n else part for n, part in enumerate(parts) if part
    )
    name = place.name if place else "France"
    return gettext("%(name)s: %(state)s") % {"name": name, "state": state}


def changed_at(place: Place | None) -> datetime.datetime:
    """Return when a feed last changed: a moment that never goes back, nor moves with the clock.

    Withdrawn updates count. Before the first update it is the latest change of a fact that the
    feed is about; where that is not known, EARLIEST: Atom demands a moment.
    """
    updates = Update.objects.concerning(place)
    languages = {get_language(), reference_language()}
    texts = UpdateText.objects.filter(update__in=updates.values("pk"), language__in=languages)
    moments: list[datetime.datetime | None] = [
        *updates.order_by().aggregate(Max("published_at"), Max("changed_at")).values(),
        *texts.aggregate(Max("changed_at")).values(),
    ]
    moments = moments if any(moments) else [newest_change(place)]
    return max((moment for moment in moments if moment), default=EARLIEST)


all_updates = page_view(Updates())
of_a_department = page_view(of_department(Updates()))
of_a_region = page_view(of_region(Updates()))
