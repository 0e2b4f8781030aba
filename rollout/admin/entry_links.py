"""The texts that link to an entry, each with the address of its form."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rollout.facts.links import EntryNeeded, linking_texts, row_of
from rollout.models import Entry
from rollout.models.texts import Text


def linking(entry: Entry) -> list[SafeString]:
    """Return a link to the form of each text that links to an entry, as HTML."""
    return [_link(text) for text in linking_texts(entry)]


def with_addresses(error: ValidationError) -> ValidationError:
    """Return an error that names the texts with links to their forms, where it names texts."""
    if not isinstance(error, EntryNeeded):
        return error
    named = [(_link(link.text) if link.text else str(link),) for link in error.links]
    return ValidationError(error.sentence(format_html_join(", ", "{}", named)))


def _link(text: Text) -> SafeString:
    row: Any = row_of(text)
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html(
        '<a href="{}">{} {}</a> ({})',
        reverse(name, args=[row.pk]),
        row._meta.verbose_name,
        row,
        text.language,
    )
