"""A new source within another form: saved with the rest, its short name made by the site."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.importing.cells import ImportRow
from rollout.models import DatePrecision, Source, SourceText
from rollout.models.texts import languages, reference_language

NEW_SOURCE = [
    "new_url",
    "new_publisher",
    ("new_published_on", "new_published_precision"),
    "new_language",
    "new_official",
]
"""The fields of a new source, as the lines of a fieldset; its descriptions follow them."""
TYPED_FIELDS = ["new_url", "new_publisher", "new_published_on"]
"""Those by which a new source begins: the others have a value from the start."""
MAX_SLUG_LENGTH = 55


class DayInput(forms.DateInput):
    """A date, chosen as the browser offers it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NewSourceForm(forms.Form):
    """The fields of a source that is not in the list yet: left empty, there is none.

    `languages` are the codes of the languages in which the editor may describe it.
    """

    languages: Sequence[str]

    new_url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput(attrs={"class": "vLargeTextField"}),
    )
    new_publisher = forms.CharField(
        label=_("Publisher"),
        required=False,
        max_length=100,
        help_text=_("Empty: as the address names it, such as ameli.fr."),
    )
    new_published_on = forms.DateField(label=_("Published on"), required=False, widget=DayInput())
    new_published_precision = forms.ChoiceField(
        label=_("Known of that date"),
        choices=DatePrecision.choices,
        initial=DatePrecision.DAY,
        required=False,
    )
    new_language = forms.ChoiceField(
        label=_("Language"), choices=[("fr", _("French")), ("en", _("English"))], required=False
    )
    new_official = forms.BooleanField(
        label=_("Official"),
        required=False,
        help_text=_("A law, an authority or Assurance Maladie itself; not a paper that quotes it."),
    )

    def add_descriptions(self) -> None:
        """Add a field for the description in each language."""
        for code in self.languages:
            self.fields[f"new_description_{code}"] = forms.CharField(
                label=gettext("Description (%(language)s)") % {"language": dict(languages())[code]},
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"class": "vLargeTextField", "lang": code}),
            )

    @property
    def description_fields(self) -> list[str]:
        """Return the names of the fields of descriptions."""
        return [f"new_description_{code}" for code in self.languages]

    @property
    def is_source_begun(self) -> bool:
        """Tell whether anything was typed of a new source."""
        names = [*TYPED_FIELDS, *self.description_fields]
        return any(self.data.get(name, "").strip() for name in names)

    def clean_new_source(self) -> None:
        """Refuse a new source that is half filled in, wrong, or in the list already."""
        if not self.is_source_begun:
            return
        cleaned = self.cleaned_data
        url, reference = cleaned.get("new_url"), f"new_description_{reference_language()}"
        if "new_url" in cleaned and not url and not cleaned.get("new_publisher"):
            self.add_error("new_url", gettext("A new source needs its address, or a publisher."))
        if reference in self.fields and not cleaned.get(reference) and reference not in self.errors:
            message = gettext("Say in a line what the source is, and what is taken from it.")
            self.add_error(reference, message)
        present = Source.objects.filter(url=url).first() if url else None
        if present:
            message = gettext("This source is in the list already, choose it there: %(source)s.")
            self.add_error("new_url", message % {"source": present})
        elif not self.errors:
            self._refuse_wrong_values()

    def _refuse_wrong_values(self) -> None:
        try:
            self.new_source().full_clean()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                field = f"new_{name}"
                for message in messages:
                    self.add_error(field if field in self.fields else None, message)

    def new_source(self) -> Source:
        """Return the new source, with a short name that no other has; it is not saved."""
        values = self.cleaned_data
        day = values["new_published_on"]
        source = Source(
            url=values["new_url"],
            publisher=values["new_publisher"] or _host(values["new_url"]),
            published_on=day,
            published_precision=values["new_published_precision"] if day else "",
            language=values["new_language"] or "fr",
            official=values["new_official"],
        )
        source.slug = _free_slug(source)
        return source

    def source_rows(self, source: Source) -> Iterator[ImportRow]:
        """Yield the rows of a new source and of its descriptions."""
        name = gettext("the new source")
        fields = Source._meta.fields
        values: dict[str, Any] = {
            field.attname: getattr(source, field.attname)
            for field in fields
            if field.name not in ("slug", "changed_at")
        }
        yield ImportRow(name, 0, Source, {"slug": source.slug}, values)
        for code in self.languages:
            text = self.cleaned_data[f"new_description_{code}"]
            if text:
                key = {"source_id": source.slug, "language": code}
                yield ImportRow(name, 0, SourceText, key, {"description": text})


def _host(url: str) -> str:
    """Return the publisher as an address names it, such as ameli.fr."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _free_slug(source: Source) -> str:
    """Return a short name of publisher and date that no source has yet."""
    name, dot, _suffix = source.publisher.rpartition(".")
    publisher = (name if dot else source.publisher).replace(".", " ")
    day = f"{source.published_on:%Y-%m-%d}" if source.published_on else "undated"
    slug = f"{slugify(publisher) or 'source'}"[: MAX_SLUG_LENGTH - 11].strip("-_") + f"-{day}"
    slug = slug.replace("_", "-")
    taken = {*Source.objects.filter(slug__startswith=slug).values_list("slug", flat=True)}
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)
