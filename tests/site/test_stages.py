"""A language that is not public has no page, no name and no file on the site; making it public is
seen at the next request."""

import pytest
from django.conf import settings

from rollout.facts import writer
from rollout.models.languages import Language, Stage

pytestmark = pytest.mark.django_db

PATHS = ["", "departments/", "departments/69-rhone/", "set-up/?a=b", "openings.ics", "updates.atom"]
FILES = ["share.png", "manifest.webmanifest", "embed/departments/69/"]
FOR_MACHINES = ["/robots.txt", "/sitemap.xml", "/sitemap-en.xml", "/sitemap-fr.xml"]


@pytest.fixture
def set_stage(empty_fragment_cache):
    """Return a function that gives Arabic a stage, as an editor would."""

    def set_stage(stage):
        row = Language.objects.filter(code="ar").first() or Language(code="ar")
        row.stage = stage
        writer.save_fact(row)

    return set_stage


def root(client, accepted):
    response = client.get("/", headers={"Accept-Language": accepted})
    assert response.status_code == 302
    return response["Location"]


def mentions(client):
    """Return which pages and files name Arabic or an address in it."""
    pages = [f"/{code}/{path}" for code in settings.FULL_LANGUAGES for path in ("", "about/")]
    contents = {path: client.get(path).content.decode() for path in [*pages, *FOR_MACHINES]}
    marks = ("/ar/", "-ar.xml", 'hreflang="ar"', "العربية")
    return {path for path, text in contents.items() if any(mark in text for mark in marks)}


@pytest.mark.parametrize("stage", [Stage.HIDDEN, Stage.PREVIEW, None])
def test_a_language_that_is_not_public_is_nowhere(client, set_stage, stage):
    set_stage(stage or Stage.HIDDEN)
    if stage is None:
        Language.objects.filter(code="ar").delete()
        writer.bump_data_version()
    for path in [*PATHS, *FILES]:
        response = client.get(f"/ar/{path}")
        assert response.status_code == 404, path
        assert b'lang="ar"' not in response.content, path
    page = client.get("/ar/departments/").content.decode()
    assert '<html lang="en" dir="ltr">' in page
    assert client.get("/sitemap-ar.xml").status_code == 404
    assert mentions(client) == set()
    assert root(client, "ar") == "/en/"
    assert root(client, "ar-TN,ar;q=0.9,fr;q=0.5") == "/fr/"


def test_once_it_is_public_the_next_request_has_it_and_once_it_is_not_no_more(client, set_stage):
    set_stage(Stage.HIDDEN)
    assert mentions(client) == set()
    set_stage(Stage.PUBLIC)
    for path in [*PATHS, *FILES]:
        assert client.get(f"/ar/{path}").status_code == 200, path
    page = client.get("/ar/departments/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert {"/en/", "/fr/", "/en/about/", "/sitemap.xml"} <= mentions(client)
    assert client.get("/sitemap-ar.xml").status_code == 200
    assert root(client, "ar") == "/ar/"
    assert root(client, "ar-TN,ar;q=0.9,fr;q=0.5") == "/ar/"
    for stage in (Stage.PREVIEW, Stage.HIDDEN):
        set_stage(stage)
        assert client.get("/ar/").status_code == 404
        assert mentions(client) == set()


def test_editors_pages_are_in_english_and_french_whatever_the_browser_says(client, set_stage):
    set_stage(Stage.PUBLIC)
    page = client.get("/accounts/login/", headers={"Accept-Language": "ar"}).content.decode()
    assert '<html lang="en"' in page


@pytest.mark.parametrize("code", ["xx", "zh", "zh-hant", "pt-br", "EN", "e", "english", "ar-EG"])
@pytest.mark.parametrize("path", ["", "departments/", "sitemap.xml"])
def test_a_language_that_we_do_not_know_has_no_page(client, code, path):
    response = client.get(f"/{code}/{path}", follow=True)
    is_ours = response.redirect_chain and response.request["PATH_INFO"].startswith(("/en/", "/fr/"))
    assert response.status_code == 404 or is_ours, code
    assert client.get(f"/sitemap-{code}.xml").status_code == 404
