"""Addresses of pages, of which a few are there in FULL_LANGUAGES only: no other has a link to its
own."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, override

FULL_LANGUAGES_ONLY = frozenset({"data", "legal", "source", "sources", "updates"})
"""The names of the URLs of those few: for developers, on sources, on the publisher, on changes."""


def is_in_active_language(name: str) -> bool:
    """Tell whether the page with this URL name is there in the active language."""
    return name not in FULL_LANGUAGES_ONLY or get_language() in settings.FULL_LANGUAGES


def page_address(name: str, *args: str) -> str:
    """Return the path of a page: in the active language, or in the reference language only.

    Raises NoReverseMatch for a name that is not in rollout/urls.py.
    """
    if is_in_active_language(name):
        return reverse(name, args=args)
    with override(settings.LANGUAGE_CODE):
        return reverse(name, args=args)
