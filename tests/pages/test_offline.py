"""The service worker of each language, as it is sent."""

import json
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

from rollout.models import DataVersion, EntryText
from tests.support.addresses import ANSWERS, LANGUAGES

pytestmark = pytest.mark.django_db
SCRIPT = Path(settings.BASE_DIR, "static", "js", "service_worker.js")
MAX_BYTES = 3 * 1024


def copies(client, language):
    """Return what the service worker of a language is told."""
    text = client.get(f"/{language}/service-worker.js").text
    found = re.match(r"const COPIES = (\{.*\});\nimportScripts\(\"/static/js/service_worker", text)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_worker_has_at_most_3_kilobytes_as_it_is_sent(client, language):
    response = client.get(f"/{language}/service-worker.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in response["Cache-Control"]
    sent = [brotli.compress(part, quality=5) for part in (response.content, SCRIPT.read_bytes())]
    assert sum(map(len, sent)) <= MAX_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_copies_of_its_language_only(client, language):
    addresses = [*copies(client, language)["pages"], copies(client, language)["check"]]
    assert addresses == [
        f"/{language}/at-the-counter/",
        f"/{language}/set-up/",
        f"/{language}/can-i/",
    ]
    for address in addresses:
        assert client.get(address).status_code == 200


def test_it_knows_a_verdict_from_a_page_that_still_asks(client):
    mark = copies(client, "en")["verdict"]
    assert mark in client.get(f"/en/can-i/?document=titre-de-sejour&{ANSWERS}").text
    for query in ("", "?document=titre-de-sejour", "?document=nonsense&age=12"):
        assert mark not in client.get(f"/en/can-i/{query}").text


def test_it_changes_with_its_pages_and_with_nothing_else(client):
    before = client.get("/en/service-worker.js").text
    DataVersion.renew()
    assert client.get("/en/service-worker.js").text == before
    EntryText.objects.filter(entry_id="keep-the-plastic-card", language="en").update(title="Keep")
    DataVersion.renew()
    assert client.get("/en/service-worker.js").text != before


def test_a_translation_of_the_notice_has_its_moment(client):
    assert {copies(client, language)["notice"].count("{moment}") for language in LANGUAGES} == {1}
