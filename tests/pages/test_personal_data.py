"""A social security number or the like in the search box: nowhere repeated, and said so."""

from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.django_db

NUMBER = "1 85 05 78 006 084 36"
TYPED = [NUMBER, "185057800608436", "06 12 34 56 78", "jean.dupont@example.org"]


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Please do not type this here"), ("fr", "Ne tapez pas cela ici")],
)
def test_the_page_says_that_it_must_not_be_typed_and_repeats_nothing(
    client, language, sentence, typed
):
    answer = client.get(f"/{language}/", {"q": typed, "on": "2025-05-28"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/{language}/?removed=1&on=2025-05-28"
    assert "no-store" in answer["Cache-Control"]
    page = client.get(answer["Location"])
    html = page.content.decode()
    assert sentence in html
    assert '<input id="q" name="q" type="search" value=""' in html
    assert '<meta name="robots" content="noindex">' in html
    assert typed not in html
    assert urlencode({"q": typed}) not in html


def test_a_redirect_to_the_right_address_loses_it_too(client):
    assert client.get("/en", {"q": NUMBER})["Location"] == "/en/"
    assert client.get("/en", {"q": "Lyon"})["Location"] == "/en/?q=Lyon"


@pytest.mark.parametrize("typed", TYPED)
def test_suggestions_and_api_repeat_nothing(client, typed):
    suggestions = client.get("/en/suggest/", {"q": typed})
    assert suggestions.json()["suggestions"] == []
    assert "no-store" in suggestions["Cache-Control"]
    answer = client.get("/api/v1/search", {"q": typed})
    assert answer.json()["note"] == "personal"
    for text in (suggestions.content.decode(), answer.content.decode()):
        assert typed not in text
        assert urlencode({"q": typed}) not in text


def test_a_search_after_the_warning_is_a_search(client):
    html = client.get("/en/?removed=1&q=Lyon").content.decode()
    assert "Please do not type this here" not in html
    assert "Rhône" in html


def test_nothing_of_it_is_logged(client, caplog):
    with caplog.at_level("DEBUG"):
        for typed in TYPED:
            client.get("/en/", {"q": typed}, follow=True)
            client.get("/en/nowhere/", {"q": typed})
    assert not [typed for typed in TYPED if typed in caplog.text or urlencode({"q": typed}) in caplog.text]  # fmt: skip
