"""A preview shared by a link: one page, for a week, that leaks nothing else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client
from django.utils import timezone

from rollout.models import Department
from rollout.models.edits import SharedPreview
from site_config import logs
from tests.support import people
from tests.support.admin_forms import form_values

pytestmark = pytest.mark.django_db

RHONE = "/admin/rollout/department/69/change/"
LIST = "/admin/shared-previews/"


@pytest.fixture
def page(db):
    """An editor who is signed in."""
    return people.sign_in(Client(), people.person("an-editor-of-ours", "Editor"))


def link_in(html, host="testserver"):
    """Return the path of the first link to copy on the page of shared previews."""
    return re.findall(rf'value="http://{host}(/preview/[^"]+)"', html)[0]


def rhone():
    return str(Department.objects.get(code="69").opened_on)


def banner_form(html):
    """Return what the button "Share this page" of a preview sends."""
    form = html.split('class="share-preview"')[1].split("</form>")[0]
    return form_values(f'id="content-main"<form {form}') | {"_share": "1"}


def shared(page, **values):
    """Share a preview of a change of Rhône; return its link."""
    typed = form_values(page.get(RHONE).content.decode()) | {
        "opened_on": "2027-02-01",
        "precision": "on",
        "_preview": "1",
    }
    preview = page.post(RHONE, typed | values).content.decode()
    response = page.post(RHONE, banner_form(preview), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    html = response.content.decode()
    return link_in(html)


def test_a_preview_is_shared_by_a_link_that_anyone_can_open(page):
    address = shared(page)
    response = Client().get(address)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Opens on 1\xa0February 2027" in html
    assert "Preview, not published." in html
    until = timezone.localdate(SharedPreview.objects.get().expires_at)
    assert f"this link works until {until.day}" in html.replace("\xa0", " ")
    assert rhone() == "2023-07-25"
    assert "Opens on" not in Client().get("/en/departments/69-rhone/").content.decode()


def test_it_leaks_nothing_else(page):
    address = shared(page)
    response = Client().get(address)
    html = response.content.decode()
    assert "an-editor-of-ours" not in html
    assert "/admin/" not in html
    assert "csrfmiddlewaretoken" not in html
    assert "change_note" not in html
    assert html.count('<meta name="robots" content="noindex">') == 1
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Content-Language"] == "en"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    # Each link and form leads to the public site.
    links = re.findall(r'(?:href|action)="([^"#]+)', html)
    assert links
    for link in links:
        languages = tuple(f"/{code}/" for code, _name in settings.LANGUAGES)
        assert link.startswith((*languages, "/static/", "http://", "https://")), link
    assert all("action=" in form for form in re.findall(r"<form[^>]*>", html))


def test_it_is_in_the_language_and_on_the_day_of_the_preview(page):
    html = Client().get(shared(page, preview_language="fr")).content.decode()
    assert '<html lang="fr"' in html
    assert "Aperçu, non publié." in html.replace("\xa0", " ")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_can_only_be_read(page, method):
    address = shared(page)
    assert getattr(Client(enforce_csrf_checks=True), method)(address).status_code == 405
    head = Client().head(address)
    assert (head.status_code, head.content) == (200, b"")


def test_an_altered_or_invented_link_is_404_in_words(page):
    address = shared(page)
    token = address.split("/")[2]
    signed, _dot, signature = token.rpartition(".")
    others = signing.Signer(sep=".", salt="another").sign(signed)
    altered = [
        token[:-1],
        f"{token}x",
        f"{signed}1.{signature}",
        signed.replace("en", "fr") + f".{signature}",
        signed,
        others,
        "x",
        "%00",
        "é",
        "9" * 500,
        signing.Signer(sep=".", salt="shared-preview").sign("en-x"),
    ]
    for each in altered:
        response = Client().get(f"/preview/{each}/")
        assert response.status_code == 404, each
        assert "This link leads to no preview" in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
    french = Client().get("/preview/x/", headers={"accept-language": "fr"})
    assert "Ce lien ne mène à aucun aperçu" in french.content.decode()
    assert french["Content-Language"] == "fr"


def test_an_expired_link_is_410_in_the_language_of_the_page(page):
    address = shared(page, preview_language="fr")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, minutes=1)):
        response = Client().get(address)
        assert response.status_code == 410
        assert "Cet aperçu a expiré" in response.content.decode()
        assert '<html lang="fr"' in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        html = people.sign_in(Client(), SharedPreview.objects.get().made_by).get(LIST)
        assert "Expired" in html.content.decode()


def test_those_that_expired_are_deleted_when_another_is_made(page):
    first = shared(page)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        person = SharedPreview.objects.get().made_by
        second = shared(people.sign_in(Client(), person))
        assert SharedPreview.objects.count() == 1
        assert Client().get(first).status_code == 410
        assert Client().get(second).status_code == 200


def test_a_withdrawn_one_is_410_and_its_page_is_stored_no_more(page):
    address = shared(page)
    row = SharedPreview.objects.get()
    response = page.post(LIST, {"withdraw": row.pk}, follow=True)
    assert "It is withdrawn: its link shows nothing any more." in response.content.decode()
    assert address not in response.content.decode()
    gone = Client().get(address)
    assert gone.status_code == 410
    assert "This preview was withdrawn" in gone.content.decode()
    row.refresh_from_db()
    assert row.html == ""
    before = row.withdrawn_at
    page.post(LIST, {"withdraw": row.pk})
    row.refresh_from_db()
    assert row.withdrawn_at == before


def test_each_sees_and_withdraws_their_own(page):
    address = shared(page)
    other = people.sign_in(Client(), people.person("another", "Translator: fr"))
    assert address not in other.get(LIST).content.decode()
    number = SharedPreview.objects.get().pk
    for value in (number, "", "x", "-1", "9" * 40):
        assert other.post(LIST, {"withdraw": value}).status_code == 404
    assert Client().get(address).status_code == 200
    administrator = people.sign_in(Client(), people.person("them", "Administrator"))
    assert administrator.get(LIST).status_code == 403


def test_it_stands_in_no_sitemap_and_robots_leave_it_out(page):
    shared(page)
    assert "Disallow: /preview/" in Client().get("/robots.txt").content.decode()
    for path in ("/sitemap.xml", "/sitemap-en.xml", "/sitemap-fr.xml"):
        assert "/preview/" not in Client().get(path).content.decode()


def test_the_link_leads_to_the_host_for_readers(page, settings):
    settings.ALLOWED_HOSTS = ["vitale.example", "editors.vitale.example"]
    settings.ADMIN_HOSTS = ["editors.vitale.example"]
    person = people.person("another", "Editor")
    editors = people.sign_in(Client(SERVER_NAME="editors.vitale.example"), person)
    typed = form_values(editors.get(RHONE).content.decode()) | {"_preview": "1"}
    preview = editors.post(RHONE, typed).content.decode()
    html = editors.post(RHONE, banner_form(preview), follow=True).content.decode()
    address = link_in(html, "vitale.example")
    assert Client(SERVER_NAME="vitale.example").get(address).status_code == 200


def test_a_form_with_an_error_shares_nothing(page):
    typed = form_values(page.get(RHONE).content.decode()) | {"_preview": "1", "_share": "1"}
    html = page.post(RHONE, typed | {"opened_on": "2020-01-01"}).content.decode()
    assert "No department opened before" in html
    assert not SharedPreview.objects.exists()


@pytest.mark.parametrize("is_on", [True, False])
def test_a_proposed_edit_is_shared_too(page, settings, is_on):
    settings.SECOND_READER = True
    typed = form_values(page.get(RHONE).content.decode()) | {"is_minor": "on"}
    proposal = page.post(RHONE, typed | {"opened_on": "2023-07-28"}).url
    settings.SECOND_READER = is_on
    preview = page.get(f"{proposal}preview/", {"row": "department 69"}).content.decode()
    values = banner_form(preview)
    html = page.post(f"{proposal}preview/", values, follow=True).content.decode()
    address = link_in(html)
    assert "28\xa0July 2023" in Client().get(address).content.decode()
    assert rhone() == "2023-07-25"


def test_of_a_link_the_log_has_no_token(page):

    address = shared(page)
    token = address.split("/")[2]
    for text in (address, f"GET {address}?x=y 200", f"Internal Server Error: {address.upper()}"):
        assert token.lower() not in logs.without_query(text).lower()
    event = {"request": {"method": "GET", "url": f"https://vitale.example{address}"}}
    assert token not in str(logs.strip_event(event, {}))
