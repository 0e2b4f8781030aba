"""The pages under /<language>/, one named line each."""

from django.urls import path, register_converter

from rollout import calendars, embed, feeds, manifest, share_images, views


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
    path("", views.home, name="home"),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("suggest/", views.suggestions, name="suggestions"),
    path("departments/", views.departments, name="departments"),
    path("departments/<place:ref>/", views.department, name="department"),
    path("regions/", views.regions, name="regions"),
    path("regions/<place:ref>/", views.region, name="region"),
    path("rollout/", views.rollout, name="rollout"),
    path("rollout/<place:slug>/", views.phase, name="phase"),
    path("set-up/", views.set_up, name="set-up"),
    path("can-i/", views.can_i, name="can-i"),
    path("at-the-counter/", views.at_the_counter, name="at-the-counter"),
    path("questions/", views.questions, name="questions"),
    path("glossary/", views.glossary, name="glossary"),
    path("updates/", views.updates, name="updates"),
    path("about/", views.about, name="about"),
    path("sources/", views.sources, name="sources"),
    path("sources/<place:slug>/", views.source, name="source"),
    path("data/", views.data, name="data"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("legal/", views.legal, name="legal"),
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
    path("embed/departments/<number:ref>.svg", embed.badge, name="embed-badge"),
    path("embed/departments/<number:ref>/", embed.card, name="embed-card"),
]
