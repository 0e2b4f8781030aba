"""Pages of the admin are bounded, however many rows there are."""

import re

import pytest
from django.utils import timezone

from rollout.models import Update, UpdateText

pytestmark = pytest.mark.django_db

COUNT = 10_000
MAX_BYTES = 200 * 1000
MAX_ROWS = 100
PAGES = [
    "/admin/",
    "/admin/rollout/work/missing/",
    "/admin/rollout/work/missing/?language=fr&page=50",
    "/admin/rollout/changes/",
    "/admin/rollout/update/",
    "/admin/rollout/update/?all=",
    "/admin/rollout/department/",
    "/admin/rollout/source/",
    "/admin/rollout/entry/",
    "/admin/rollout/alias/",
    "/admin/rollout/identitydocument/",
]


@pytest.fixture
def _untranslated_updates():
    updates = Update.objects.bulk_create(
        Update(published_at=timezone.now(), path=f"departments/{number}/")
        for number in range(COUNT)
    )
    UpdateText.objects.bulk_create(
        UpdateText(update=update, language="en", note="A note.") for update in updates
    )


@pytest.mark.usefixtures("_untranslated_updates")
def test_with_10000_untranslated_updates_every_page_is_bounded(
    admin_page, django_assert_max_num_queries
):
    for path in PAGES:
        with django_assert_max_num_queries(100):
            page = admin_page.get(path, follow=True)
        assert page.status_code == 200, path
        html = page.content.decode()
        work_list = html.partition('<div id="work-list">')[2]
        rows = work_list.count("<li>") if work_list else len(re.findall("<tr[ >]", html)) - 1
        assert rows <= MAX_ROWS, (path, rows)
        assert len(page.content) <= MAX_BYTES, (path, len(page.content))


@pytest.mark.usefixtures("_untranslated_updates")
def test_the_work_list_counts_what_it_does_not_show(admin_page):
    html = admin_page.get("/admin/").content.decode()
    count = re.search(r"<strong>(\d+)</strong> <span>Translations that are missing", html)
    assert count is not None
    assert int(count[1]) == COUNT
