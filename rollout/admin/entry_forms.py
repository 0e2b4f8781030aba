"""The forms of an entry: what is made for the editor, and its texts."""

import re
from typing import Any

from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from rollout.admin.entry_links import with_addresses
from rollout.admin.forms import FactForm, TextForm, TextFormSet
from rollout.facts import links
from rollout.models import Entry
from rollout.models.entry_texts import refuse_overlaps
from rollout.models.texts import reference_language

POSITION_STEP = 10
"""Between two entries, so that others can be put between them later."""

# The fields of the texts are named so in what is sent: by their related name and a number.
_LANGUAGE = re.compile(r"texts-\d+-language")


class EntryForm(FactForm):
    """The form of an entry: a new one gets its short name and position unless they are given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            for name in {"slug", "position"} & set(self.fields):
                self.fields[name].required = False
            if "slug" in self.fields:
                self.fields["slug"].help_text = _(
                    "Part of the address. It never changes. Empty: made from the English title."
                )
            if "position" in self.fields:
                self.fields["position"].help_text = _(
                    "Lower comes first. Empty: after the last of its kind."
                )

    def clean(self) -> dict[str, Any] | None:
        """Fill in what is made for the editor, before the rules are checked."""
        cleaned = super().clean() or self.cleaned_data
        if not self.instance._state.adding:
            return cleaned
        if not cleaned.get("slug") and "slug" not in self.errors:
            cleaned["slug"] = free_slug(self._reference_title())
            if not cleaned["slug"]:
                self.add_error("slug", _("Give the entry an English title, or a short name here."))
        if cleaned.get("position") is None and "position" not in self.errors:
            cleaned["position"] = next_position(cleaned.get("kind", ""))
        return cleaned

    def _reference_title(self) -> str:
        """Return the title that is sent with it in the reference language: another form's field."""
        languages = {name: value for name, value in self.data.items() if _LANGUAGE.fullmatch(name)}
        names = [name for name, value in languages.items() if value == reference_language()]
        return str(self.data.get(names[0].replace("-language", "-title"), "")) if names else ""


def free_slug(title: str) -> str:
    """Return a short name made from a title that no entry has; "" for a title without letters."""
    field = Entry._meta.get_field("slug")
    longest = int(field.max_length or 0) - len("-99")
    slug = slugify(title)[:longest].strip("-")
    taken = set(Entry.objects.filter(pk__startswith=slug).values_list("pk", flat=True))
    names = (slug, *(f"{slug}-{number}" for number in range(2, 100)))
    return next((name for name in names if name not in taken), "")


def next_position(kind: str) -> int:
    """Return the position after the last entry of a kind."""
    last = Entry.objects.filter(kind=kind).aggregate(last=Max("position"))["last"]
    return int(last or 0) + POSITION_STEP


class EntryTextForm(TextForm):
    """The text of an entry in one language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.siblings_are_checked = True  # by the formset, which has them all
        self.fields["valid_from"].disabled = self.is_of_data_files

    @property
    def is_of_data_files(self) -> bool:
        """Tell whether the data files made the text: they know it by its first day."""
        if not self.instance.pk:
            return False
        first = self.instance.history.order_by("history_date", "history_id").first()
        return first is not None and first.history_user_id is None


class EntryTextFormSet(TextFormSet):
    """The texts of an entry: one for a language and day, and links to it lead somewhere."""

    def clean(self) -> None:
        """Refuse texts that overlap, and drafts or last days that break links to the entry."""
        super().clean()
        if not all(form.is_valid() for form in self.forms):
            return
        texts = [form.instance for form in self.forms if form.instance.pk or form.has_changed()]
        refuse_overlaps(texts)
        if self.instance._state.adding:
            return
        before = links.broken_links(self.instance)
        try:
            links.refuse_broken_links(self.instance, before, texts)
        except links.EntryNeeded as error:
            raise with_addresses(error) from error
