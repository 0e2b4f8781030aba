"""The admin speaks to people: titles and dates in the editor's language, no slugs and no codes."""

import re

import pytest
from django.contrib import admin, messages
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation
from lxml import html

from rollout.facts import writer
from rollout.models import (
    ActivationRoute,
    Alias,
    Certainty,
    DatePrecision,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    IdentityDocument,
    LinkCheck,
    LinkState,
    Outcome,
    Source,
    Wave,
)
from rollout.search.normalise import to_plain_letters
from tests.support.admin_forms import change

pytestmark = pytest.mark.django_db

SLUGGED = (Wave, IdentityDocument, HealthScheme, ActivationRoute, Source, Entry)
CHOICES = (Certainty, DatePrecision, Outcome)
MODELS = [model for model in admin.site._registry if model._meta.app_label == "rollout"]
# Where a short name is meant: its own field, what a field's help gives as an example, an address,
# the Markdown of a text.
SHORT_NAMES = "//*[contains(@class, 'field-slug') or contains(@class, 'help') or @hidden]"
ADDRESSES = "//*[contains(@class, 'field-url') or contains(@class, 'field-path')]"
INLINE = "//time | //del | //ins | //a | //b | //strong | //span"
UNSEEN = f"{SHORT_NAMES} | {ADDRESSES} | //textarea | //script | //style | //head"


def codes():
    """Return the slugs and codes of the data that are no words: those with a hyphen or a digit."""
    found = {str(pk) for model in SLUGGED for pk in model.objects.values_list("pk", flat=True)}
    found |= {value for choices in CHOICES for value in choices.values}
    return {code for code in found if re.search(r"[-\d_]", code)}


def visible(response):
    """Return what is read of a page."""
    assert response.status_code == 200
    tree = html.fromstring(response.content.decode())
    for element in tree.xpath(UNSEEN):
        element.drop_tree()
    for element in tree.xpath(INLINE):
        element.drop_tag()
    return " ".join(" ".join(tree.itertext()).split())


def shown_codes(text):
    """Return the slugs, codes and dates of machines in a text."""
    tokens = set(re.findall(r"[\w-]+", text))
    return sorted((tokens & codes()) | {t for t in tokens if re.fullmatch(r"\d{4}-\d\d-\d\d", t)})


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_list_form_or_history_shows_a_slug_or_a_code(admin_page, editor, model, language):
    writer.publish_update(
        "Rhône and Paris.", by=editor, departments=Department.objects.filter(pk__in=["69", "75"])
    )
    admin_page.cookies["django_language"] = language
    name = f"admin:rollout_{model._meta.model_name}"
    row = model._default_manager.order_by("pk").first()
    addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
    addresses += [f"{reverse(f'{name}_changelist')}?all="]
    model_admin = admin.site._registry[model]
    if hasattr(row, "history"):
        addresses.append(reverse(f"{name}_history", args=[row.pk]))
    for address in addresses:
        response = admin_page.get(address)
        assert f'<html lang="{language}"' in response.content.decode()
        assert shown_codes(visible(response)) == [], address
    if model_admin.has_add_permission(response.wsgi_request):
        assert shown_codes(visible(admin_page.get(reverse(f"{name}_add")))) == []


def test_a_plan_shows_titles_and_one_sentence_for_an_opening(admin_page):
    values = {
        "departments": ["01", "69"],
        "opened_on": "2027-02-01",
        "precision": "on",
        "wave": "expansion-2025-november",
        "certainty": "official",
        "sources": ["ameli-2025-11"],
        "change_note": "They open on 1 February 2027.",
    }
    response = admin_page.post("/admin/rollout/department/edit/", values)
    text = visible(response)
    assert "Open by 31 May 2024, not before 1 May 2024 → open on 1 February 2027" in text
    assert "Wave: 2023 pilot → 2025 expansion: all of France" in text
    assert "added: ameli.fr, around November 2025" in text
    assert shown_codes(text) == []
    admin_page.cookies["django_language"] = "fr"
    text = visible(admin_page.post("/admin/rollout/department/edit/", values))
    assert "Ouvert au plus tard le 31 mai 2024, mais pas avant le 1er mai 2024 → ouvert" in text
    assert "Vague : Pilote 2023 → Extension 2025 : toute la France" in text


def test_sources_are_offered_by_publisher_day_and_description(admin_page):
    address = "/admin/autocomplete/?app_label=rollout&model_name=department&field_name=sources"
    results = admin_page.get(f"{address}&term=clubic").json()["results"]
    texts = {result["id"]: result["text"] for result in results}
    assert texts["clubic-2024-05-31"].startswith("clubic.com, 31\xa0May 2024: ")
    assert shown_codes(" ".join(texts.values())) == []
    found = admin_page.get(f"{address}&term=Radio station").json()["results"]
    assert "rtl-2023-07-25" in {result["id"] for result in found}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_titles_cost_no_query_for_each_row(admin_page, model, django_assert_max_num_queries):
    address = reverse(f"admin:rollout_{model._meta.model_name}_changelist")
    admin_page.get(address)
    with django_assert_max_num_queries(22):
        admin_page.get(address)


def test_an_entry_that_has_only_a_draft_has_its_title(admin_page, editor):
    entry = Entry(
        slug="only-a-draft",
        kind="problem",
        position=1,
        certainty="not-found",
        last_checked="2026-11-29",
    )
    writer.save_fact(entry, by=editor)
    assert str(entry) == "only-a-draft"  # it has no text in any language
    for language, title in (("fr", "Un brouillon"), ("en", "A draft")):
        text = EntryText(entry=entry, language=language, title=title, status="draft")
        writer.save_fact(text, by=editor)
    assert str(Entry.objects.get(pk=entry.pk)) == "A draft"
    with translation.override("fr"):
        assert str(Entry.objects.get(pk=entry.pk)) == "Un brouillon"
    assert entry.text is None
    assert "A draft" in visible(admin_page.get("/admin/rollout/entry/?q=only-a-draft"))


# --- The small ones ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_weeks_begin_on_monday(admin_page, language):
    admin_page.cookies["django_language"] = language
    script = admin_page.get("/admin/jsi18n/").content.decode()
    assert '"FIRST_DAY_OF_WEEK": 1' in script


def test_a_new_source_has_no_rows_of_visits(admin_page):
    text = visible(admin_page.get("/admin/rollout/source/add/"))
    assert "None" not in text
    assert "visit" not in text
    source = Source.objects.exclude(url="").earliest("slug")
    text = visible(admin_page.get(f"/admin/rollout/source/{source.pk}/change/"))
    assert "State of the page: not visited" in text
    assert "None" not in text
    LinkCheck.objects.record(source, LinkState.ALIVE, "200")
    text = visible(admin_page.get(f"/admin/rollout/source/{source.pk}/change/"))
    assert "Last visit:" in text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_list_marks_what_is_right_with_a_red_cross(admin_page, model):
    page = admin_page.get(reverse(f"admin:rollout_{model._meta.model_name}_changelist"))
    assert "icon-no" not in page.content.decode()


def test_what_is_withdrawn_says_so(admin_page):
    alias = Alias.objects.order_by("name")[0]
    alias.is_active = False
    writer.save_fact(alias)
    text = visible(admin_page.get("/admin/rollout/alias/?all="))
    assert text.count(" withdrawn ") == 1
    assert " active " in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_glossary_is_sorted_by_term_in_each_language(admin_page, editor, language):
    term = EntryText.objects.get(entry="cpam", language="fr")
    term.title = "Écran"  # accents and capitals count for nothing
    writer.save_text(term, by=editor)
    admin_page.cookies["django_language"] = language
    listed = html.fromstring(
        admin_page.get("/admin/rollout/entry/?kind__exact=term").content.decode()
    ).xpath("//th[contains(@class, 'field-title')]/a/text()")
    public = html.fromstring(admin_page.get(f"/{language}/glossary/").content.decode())
    shown = [term.text_content().strip() for term in public.xpath("//dt")]
    for titles in (listed, shown):
        plain = [to_plain_letters(title) for title in titles]
        assert len(plain) > 20
        assert plain == sorted(plain)
    if language == "fr":
        assert (
            0
            < listed.index("Écran")
            < listed.index("VLS-TS (visa de long séjour valant titre de séjour)")
        )


def test_the_banner_of_a_preview_stands_in_the_column_of_the_page(admin_page):
    values = {"_preview": "1", "is_minor": "on"}
    page = change(admin_page, Department.objects.get(pk="69"), **values)
    tree = html.fromstring(page.content.decode())
    (banner,) = tree.xpath("//main/div[@class='wrap'][1]/p[contains(@class, 'preview')]")
    assert banner.get("role") == "status"


def test_success_does_not_look_like_a_warning(admin_page):
    page = render_to_string(
        "account/page.html",
        {"messages": [Message(messages.SUCCESS, "Done."), Message(messages.ERROR, "Not done.")]},
        RequestFactory().get("/accounts/"),
    )
    assert '<p class="note" role="status">Done.</p>' in page
    assert '<p class="notice" role="status">Not done.</p>' in page
