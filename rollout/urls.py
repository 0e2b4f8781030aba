"""The pages under /<language>/, one named line each."""

from django.urls import path, register_converter

from rollout import manifest, views


class PlaceConverter:
    """What may stand for a place in an address: short, and nothing that a database refuses."""

    regex = r"[^/\x00-\x1f\x7f]{1,80}"

    def to_python(self, value: str) -> str:
        """Return what was typed, as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name for an address, as it is."""
        return value


register_converter(PlaceConverter, "place")

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
    path("data/", views.data, name="data"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("legal/", views.legal, name="legal"),
]
