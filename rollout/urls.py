"""The pages under /<language>/, one named line each."""

from django.urls import path, register_converter

from rollout.pages import about, guide, places, rollout, site_files
from rollout.syndication import calendars, embeds, feeds, share_images


class PlaceConverter:
    """What may stand for a place in an address: short, and nothing that a database refuses."""

    regex = r"[^/\x00-\x1f\x7f]{1,80}"

    def to_python(self, value: str) -> str:
        """Return what was typed, as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name for an address, as it is."""
        return value


class NumberConverter(PlaceConverter):
    """What may stand for a department's number: without the full stop of a file's ending."""

    regex = r"[^/.\x00-\x1f\x7f]{1,80}"


register_converter(PlaceConverter, "place")
register_converter(NumberConverter, "number")

urlpatterns = [
    path("", places.home, name="home"),
    path("manifest.webmanifest", site_files.manifest, name="manifest"),
    path("suggest/", places.suggestions, name="suggestions"),
    path("departments/", places.departments, name="departments"),
    path("departments/<place:ref>/", places.department, name="department"),
    path("regions/", places.regions, name="regions"),
    path("regions/<place:ref>/", places.region, name="region"),
    path("rollout/", rollout.rollout, name="rollout"),
    path("rollout/<place:slug>/", rollout.wave, name="wave"),
    path("set-up/", guide.set_up, name="set-up"),
    path("can-i/", guide.can_i, name="can-i"),
    path("at-the-counter/", guide.at_the_counter, name="at-the-counter"),
    path("questions/", guide.questions, name="questions"),
    path("glossary/", guide.glossary, name="glossary"),
    path("updates/", about.updates, name="updates"),
    path("about/", about.about, name="about"),
    path("sources/", about.sources, name="sources"),
    path("sources/<place:slug>/", about.source, name="source"),
    path("data/", about.data, name="data"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("legal/", about.legal, name="legal"),
    # what others show, and what machines read
    path("updates.atom", feeds.all_updates, name="feed"),
    path("departments/<place:ref>/updates.atom", feeds.of_a_department, name="department-feed"),
    path("regions/<place:ref>/updates.atom", feeds.of_a_region, name="region-feed"),
    path("openings.ics", calendars.openings, name="calendar"),
    path(
        "departments/<place:ref>/openings.ics",
        calendars.of_a_department,
        name="department-calendar",
    ),
    path("regions/<place:ref>/openings.ics", calendars.of_a_region, name="region-calendar"),
    path("share.png", share_images.site, name="image"),
    path("departments/<place:ref>/share.png", share_images.department, name="department-image"),
    path("regions/<place:ref>/share.png", share_images.region, name="region-image"),
    path("embed/departments/<number:ref>.svg", embeds.badge, name="embed-badge"),
    path("embed/departments/<number:ref>/", embeds.card, name="embed-card"),
]
