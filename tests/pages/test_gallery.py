"""The gallery of components, which is not on a public site."""

import pytest

pytestmark = pytest.mark.django_db


def test_it_shows_the_check_with_the_answers_of_its_address(client):
    response = client.get("/en/gallery/?document=expired&unknown=1")
    assert response["Cache-Control"] == "public, no-cache"
    assert response.context["wrong"].data["document"] == "expired"
    assert "unknown" not in response.context["wrong"].data
