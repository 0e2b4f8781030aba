"""The URLs under /<language>/, by prefix; each is in rollout/pages/registry.py."""

from django.urls import path, register_converter

from rollout.pages import about, guide, places, rollout, site_files
from rollout.syndication import calendars, embeds, feeds, share_images


class PlaceConverter:
    """The place in a URL: 1 to 80 characters, none that a database refuses."""

    regex = r"[^/\x00-\x1f\x7f]{1,80}"

    def to_python(self, value: str) -> str:
        """Return it unchanged: views and redirects find the place."""
        return value

    def to_url(self, value: str) -> str:
        """Return it unchanged: models make their slugs."""
        return value


class NumberConverter(PlaceConverter):
    """The number of a department in a URL: without a full stop, which begins an extension."""

    regex = r"[^/.\x00-\x1f\x7f]{1,80}"


register_converter(PlaceConverter, "place")
register_converter(NumberConverter, "number")

urlpatterns = [
    path("", places.home, name="home"),
    path("manifest.webmanifest", site_files.manifest, name="manifest"),
    path("service-worker.js", site_files.service_worker, name="service-worker"),
    path("updates.atom", feeds.all_updates, name="feed"),
    path("openings.ics", calendars.openings, name="calendar"),
    path("share.png", share_images.site, name="image"),
    path("offer.json", site_files.language_offer, name="language-offer"),
    path("suggest/", places.suggestions, name="suggestions"),
    path("set-up/", guide.set_up, name="set-up"),
    path("can-i/", guide.can_i, name="can-i"),
    path("problems/", guide.problems, name="problems"),
    path("at-the-counter/", guide.at_the_counter, name="at-the-counter"),
    path("questions/", guide.questions, name="questions"),
    path("glossary/", guide.glossary, name="glossary"),
    path("updates/", about.updates, name="updates"),
    path("about/", about.about, name="about"),
    path("data/", about.data, name="data"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("legal/", about.legal, name="legal"),
    # /departments/
    path("departments/", places.departments, name="departments"),
    path("departments/<place:ref>/", places.department, name="department"),
    path("departments/<place:ref>/updates.atom", feeds.of_a_department, name="department-feed"),
    path(
        "departments/<place:ref>/openings.ics",
        calendars.of_a_department,
        name="department-calendar",
    ),
    path("departments/<place:ref>/share.png", share_images.department, name="department-image"),
    # /regions/
    path("regions/", places.regions, name="regions"),
    path("regions/<place:ref>/", places.region, name="region"),
    path("regions/<place:ref>/updates.atom", feeds.of_a_region, name="region-feed"),
    path("regions/<place:ref>/openings.ics", calendars.of_a_region, name="region-calendar"),
    path("regions/<place:ref>/share.png", share_images.region, name="region-image"),
    # /rollout/
    path("rollout/", rollout.rollout, name="rollout"),
    path("rollout/<place:slug>/", rollout.wave, name="wave"),
    # /sources/
    path("sources/", about.sources, name="sources"),
    path("sources/<place:slug>/", about.source, name="source"),
    # /embed/
    path("embed/departments/<number:ref>.svg", embeds.badge, name="embed-badge"),
    path("embed/departments/<number:ref>/", embeds.card, name="embed-card"),
]
