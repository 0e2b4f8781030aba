"""The pages under /<language>/, one named line each."""

from django.urls import path, register_converter

from rollout import embed, share_images, views


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
    path("suggest/", views.suggestions, name="suggestions"),
    path("departments/", views.departments, name="departments"),
    path("departments/<place:ref>/", views.department, name="department"),
    path("regions/", views.departments, name="regions"),
    path("regions/<place:ref>/", views.region, name="region"),
    path("share.png", share_images.site, name="share-image"),
    path("departments/<place:ref>/share.png", share_images.department, name="department-image"),
    path("regions/<place:ref>/share.png", share_images.region, name="region-image"),
    path("rollout/", views.rollout, name="rollout"),
    path("rollout/<place:slug>/", views.phase, name="phase"),
    path("set-up/", views.set_up, name="set-up"),
    path("can-i/", views.can_i, name="can-i"),
    path("at-the-counter/", views.at_the_counter, name="at-the-counter"),
    path("questions/", views.questions, name="questions"),
    path("glossary/", views.glossary, name="glossary"),
    path("updates/", views.updates, name="updates"),
    path("embed/departments/<place:ref>.svg", embed.badge, name="embed-badge"),
    path("embed/departments/<place:ref>/", embed.card, name="embed-card"),
    path("about/", views.about, name="about"),
    path("sources/", views.sources, name="sources"),
    path("privacy/", views.privacy, name="privacy"),
    path("legal/", views.legal, name="legal"),
]
