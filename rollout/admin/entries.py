"""Entries: everything that the site says in sentences."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, IntegerField, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rollout.admin import link_targets
from rollout.admin.base import EVIDENCE_FIELDS, FactAdmin, TextInline, TitleFilter, editor, review
from rollout.admin.entry_forms import EntryForm, EntryTextForm, EntryTextFormSet
from rollout.admin.entry_links import linking
from rollout.admin.forms import SubjectsField, text_problems
from rollout.facts import writer
from rollout.facts.subjects import changes_since_read
from rollout.models import Entry, EntryText, Kind, TextStatus
from rollout.wording import differences
from rollout.wording.french_names import in_glossary_order

WHAT_IT_IS = _("What it is: kind, route, French words, picture, day")
MAX_RESULTS = 20
"""The most entries that the link picker shows at once."""
MAX_TEXTS = 40
"""The most texts of one entry, all languages and days together."""


class EntryTextInline(TextInline):
    """The entry's texts, per language and by their days."""

    model = EntryText
    form = EntryTextForm
    formset = EntryTextFormSet
    fieldsets = [
        (
            None,
            {"fields": ["language", "title", "body", "is_typo", "is_current", "status"]},
        ),
        (
            _("Days, search words, review"),
            {
                "fields": ["valid_from", "valid_until", "search_words", "review"],
                "classes": ["collapse"],
            },
        ),
    ]
    readonly_fields = ("review",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EntryText]:
        """Return the texts of each language, the earliest first."""
        texts = super().get_queryset(request).select_related("entry")
        return texts.order_by("entry", "language", F("valid_from").asc(nulls_first=True))

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages without a text, and one for a text of later days."""
        codes = self.codes(request, obj)
        present = set(obj.texts.values_list("language", flat=True)) if obj else set()
        return len(set(codes) - present) + 1

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the most texts of one entry."""
        return MAX_TEXTS

    @admin.display(description=_("review"))
    def review(self, obj: EntryText) -> str:
        """Return who reviewed the text and when."""
        return review(obj)


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    """What the site says in sentences."""

    key_fields = ("slug", "kind")  # where it stands, and what links to it, rest on both
    list_display = ["title", "kind", "position", "day", "certainty", "last_checked"]
    list_filter = ["kind", ("route", TitleFilter), "certainty", "texts__status"]
    search_fields = ["slug", "texts__title", "texts__body"]
    date_hierarchy = "day"
    inlines = [EntryTextInline]
    form = EntryForm
    texts_first = True
    fieldsets = [
        (
            WHAT_IT_IS,
            {
                "fields": [
                    "kind",
                    "route",
                    "french_words",
                    "picture",
                    "ask",
                    "day",
                    "day_precision",
                ],
            },
        ),
        (_("How we know"), {"fields": [*EVIDENCE_FIELDS]}),
        (_("What it speaks of"), {"fields": ["speaks_of"]}),
        (
            _("Short name and position"),
            {"fields": ["slug", "position"], "classes": ["collapse"]},
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fold what an entry is, once it exists: its texts and sources are what changes."""
        fold = {"classes": ["collapse"]} if obj else {}
        fieldsets = super().get_fieldsets(request, obj)
        return [
            (name, options | (fold if name == WHAT_IT_IS else {})) for name, options in fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Fetch the titles."""
        return Entry.objects.with_texts()

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Return the reading order: by kind and position, terms by their title."""
        return ["kind", glossary_order(), "position", "slug"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rows of which it can speak as check boxes."""
        if db_field.name == "speaks_of":
            help_text = _(
                "The rows whose change could make this text wrong: when one changes, the text is "
                "to be re-read. A step or thing to have ready that names documents is shown for "
                "these only."
            )
            return SubjectsField(label=_("Speaks of"), help_text=help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of “It is still right”, of the link picker and of the text check."""
        protected = self.admin_site.admin_view
        confirm = protected(require_POST(self.confirm_view))
        check = protected(require_POST(self.check_text_view))
        return [
            path("links/", protected(self.links_view), name="rollout_entry_links"),
            path("check-text/", check, name="rollout_entry_check_text"),
            path("<path:object_id>/confirm/", confirm, name="rollout_entry_confirm"),
            *super().get_urls(),
        ]

    def links_view(self, request: HttpRequest) -> JsonResponse:
        """Return the entries whose title or short name has the words of `?q=`, as JSON.

        `results`: each with target ("term:cpam"), title (in `?language=`), language (of the
        title) and kind, MAX_RESULTS at most; `text`: how many there are, in a sentence.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        matches = link_targets.search(request.GET.get("q", ""), request.GET.get("language", ""))
        count = len(matches)
        text = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}
        if count > MAX_RESULTS:
            text = gettext("The first %(shown)s of %(count)s: type more of the title.") % {
                "shown": MAX_RESULTS,
                "count": count,
            }
        results = [
            {"target": t.target, "title": t.title, "language": t.language, "kind": t.label}
            for t in matches[:MAX_RESULTS]
        ]
        none = gettext("No entry has these words in its title.")
        return JsonResponse({"results": results, "text": text if results else none})

    def check_text_view(self, request: HttpRequest) -> JsonResponse:
        """Return the mistakes of the Markdown sent as `text`, as JSON: `mistakes`, sentences."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse({"mistakes": text_problems(request.POST.get("text", ""))})

    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the entry was read again and is still right, unless more has changed since."""
        entry = Entry.objects.filter(pk=object_id).first()
        if entry is None:
            raise Http404
        if not self.may_confirm(request):
            raise PermissionDenied
        since = entry.reread_since.isoformat() if entry.reread_since else ""
        if request.POST.get("reread_since") == since:
            writer.confirm_entry(entry, by=editor(request))
            self.message_user(request, _("It is noted as still right."), messages.SUCCESS)
        else:
            text = _("More has changed since you opened the page. Look at it again.")
            self.message_user(request, text, messages.WARNING)
        return redirect(reverse("admin:rollout_entry_change", args=[entry.pk]))

    def may_confirm(self, request: HttpRequest) -> bool:
        """Tell whether someone may say that an entry is still right: not who only translates."""
        return self.has_change_permission(request) and not self.writes_texts_only(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show above the form why the entry is to be read again, and which texts link to it."""
        entry = kwargs.get("obj")
        if entry is not None:
            context |= {
                "reread_since": entry.reread_since,
                "changes": differences.lines(changes_since_read(entry)),
                "may_confirm": self.may_confirm(request),
                "linking": linking(entry),
                "subtitle": self.title(entry) or str(entry),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    instead_of_deleting = _(
        "Nothing is deleted here: make the texts drafts, and readers see the entry no more."
    )

    def is_public(self, row: Entry) -> bool:
        """Tell whether readers see it."""
        return Entry.objects.with_texts().get(pk=row.pk).reference_text is not None

    def publish_drafts(self, row: Entry) -> None:
        """Publish the drafts of its texts."""
        EntryText.objects.filter(entry=row).update(status=TextStatus.PUBLISHED)

    @admin.display(description=_("title"))
    def title(self, obj: Entry) -> str:
        """Return the title in the editor's language, or in the reference language."""
        return str(obj)


def glossary_order() -> Case:
    """Return the place of a term among all terms, by their titles; nothing for other entries."""
    terms = in_glossary_order(Entry.objects.of_kind(Kind.TERM))
    places = [When(pk=term.pk, then=place) for place, term in enumerate(terms)]
    return Case(*places, default=None, output_field=IntegerField())
