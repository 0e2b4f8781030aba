"""The registry has every address under /<language>/: no list of pages or files is kept elsewhere."""

import pytest
from django.urls import reverse

from rollout import urls
from rollout.models import Department, Region, Wave
from rollout.pages import registry

pytestmark = pytest.mark.django_db

SINGLE_PAGES = {
    "",
    "departments/",
    "rollout/",
    "set-up/",
    "can-i/",
    "problems/",
    "at-the-counter/",
    "questions/",
    "glossary/",
    "updates/",
    "about/",
    "sources/",
    "data/",
    "accessibility/",
    "privacy/",
    "legal/",
}


def paths(pages):
    return [page.path.removeprefix("/en/") for page in pages]


def test_every_url_is_a_page_a_file_or_has_its_reason():
    listed = [kind.name for kind in registry.PAGES]
    listed += [*registry.FILES, *registry.NOT_LISTED]
    assert sorted(listed) == sorted(str(pattern.name) for pattern in urls.urlpatterns)


def test_it_has_the_address_of_every_page_that_is_indexed():
    indexed = paths(registry.every_page(indexed_only=True))
    assert len(indexed) == len(set(indexed))
    assert set(indexed) == SINGLE_PAGES | {
        *(f"departments/{department.slug}/" for department in Department.objects.all()),
        *(f"regions/{region.slug}/" for region in Region.objects.all()),
        *(f"rollout/{wave.slug}/" for wave in Wave.objects.all()),
    }


def test_only_pages_of_one_source_are_not_indexed():
    others = set(paths(registry.every_page())) - set(paths(registry.every_page(indexed_only=True)))
    assert "sources/rtl-2023-07-25/" in others
    assert all(path.startswith("sources/") for path in others)


def test_a_page_says_noindex_where_it_is_not_indexed(client):
    rows = registry.PageRows()
    for kind in registry.PAGES:
        page = next(iter(kind.build(rows)))
        response = client.get(page.path)
        assert response.context["page"].path == page.path
        assert ('name="robots" content="noindex"' in response.text) != kind.is_indexed, kind.name


def test_a_file_of_each_kind_is_there(client):
    for name, refs in registry.FILES.items():
        path = reverse(name, args=refs()[:1] if refs else [])
        assert path in registry.every_file()
        assert client.get(path).status_code == 200, path
