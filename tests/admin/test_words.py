"""The admin speaks to people: titles and dates in the editor's language, no slugs and no codes."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse
from lxml import html

from rollout.facts import writer
from rollout.models import (
    ActivationRoute,
    Certainty,
    DatePrecision,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Outcome,
    Source,
    Wave,
)

pytestmark = pytest.mark.django_db

SLUGGED = (Wave, IdentityDocument, HealthScheme, ActivationRoute, Source, Entry)
CHOICES = (Certainty, DatePrecision, Outcome)
MODELS = [model for model in admin.site._registry if model._meta.app_label == "rollout"]
# Where a short name is meant: its own field, what a field's help gives as an example, an address,
# the Markdown of a text.
SHORT_NAMES = "//*[contains(@class, 'field-slug') or contains(@class, 'help') or @hidden]"
ADDRESSES = "//*[contains(@class, 'field-url') or contains(@class, 'field-path')]"
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
    return " ".join(tree.text_content().split())


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
