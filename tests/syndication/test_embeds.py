"""What other sites show: the card in a frame, and the badge. Both say of which day they are."""

import re

import html5lib
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from rollout.dates import SelectedDay
from rollout.drawing.text import REGULAR, SEMI_BOLD, text_width
from rollout.facts import writer
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department
from rollout.syndication.embeds import _badge
from tests.support.addresses import LANGUAGES, SAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

SVG = "{http://www.w3.org/2000/svg}"
TODAY = "2026-11-23T12:00:00+01:00"
CARDS = ["/en/embed/departments/69/", "/fr/embed/departments/2a/?on=2025-05-28"]
BADGES = ["/en/embed/departments/69.svg", "/fr/embed/departments/2a.svg?on=2025-05-28"]


def shown(html):
    """Return the text of a page, without its tags and runs of space."""
    return " ".join(
        re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]).replace("\xa0", " ").split()
    )


# --- the card -------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
def test_a_card_says_all_that_one_must_know(client):
    html = client.get("/en/embed/departments/69/").content.decode()
    text = shown(html)
    assert "Rhône (69)" in text
    assert "Open since about 25 July 2023" in text
    assert 'class="state state-open"' in html
    assert "reported by several newspapers or websites" in text
    assert "Last checked 23 November 2026" in text
    assert "As of" not in text
    assert "Independent, not official" in text
    assert '<a href="/en/departments/69-rhone/" target="_top">' in html


@time_machine.travel(TODAY, tick=False)
def test_a_card_of_another_day_says_of_which_and_when_it_was_checked(client):
    text = shown(client.get("/en/embed/departments/35/?on=2025-06-01").content.decode())
    assert "Opened by 23 September 2025 ; exact day not known" in text
    assert "You are looking at 1 June 2025 , as we know it today." in text
    assert "Last checked 23 November 2026" in text
    html = client.get("/en/embed/departments/35/?on=2025-06-01").content.decode()
    assert '<a href="/en/departments/35-ille-et-vilaine/?on=2025-06-01" target="_top">' in html


def test_a_card_that_is_due_for_checking_says_so(client):
    writer.save_fact(_due(Department.objects.get(code="69")))
    assert (
        "it was to be checked again by" in client.get("/en/embed/departments/69/").content.decode()
    )


def _due(department):
    department.last_checked = department.opened_on
    department.check_again_by = department.last_checked.replace(year=2024)
    return department


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["69/", "04/", "976/?on=2025-06-01", "69/?on=never", "zz/"])
def test_a_card_is_valid_light_and_without_code(client, language, path):
    answer = client.get(f"/{language}/embed/departments/{path}")
    html = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(html)
    assert f'<html lang="{language}" dir="ltr">' in html
    assert html.count("<h1") == 1
    assert "<script" not in html
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    assert '<meta name="robots" content="noindex">' in html
    files = set(re.findall(r'<link[^>]*href="/static/(.*?)"', html))
    assert files == {"css/embed.css", "img/icon.svg"}
    weight = sum((settings.BASE_DIR / "static" / file).stat().st_size for file in files)
    assert len(answer.content) + weight < 15_000
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_its_style_sheet_has_nothing_unused_and_knows_no_left_and_right():
    folder = settings.BASE_DIR / "templates" / "rollout"
    css = (settings.BASE_DIR / "static/css/embed.css").read_text(encoding="utf-8")
    names = "_embed_base embed embed_unknown _certainty _state _selected_day _mark".split()
    html = "".join((folder / f"{name}.html").read_text(encoding="utf-8") for name in names)
    styled = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)))
    written = {name for value in re.findall(r'class="([^"]*)"', html) for name in value.split()}
    assert {name for name in styled - written if not name.startswith(("state-", "is-"))} == set()
    assert not re.search(r"\b(left|right)\b", css)


def test_search_engines_are_led_to_the_page_itself(client):
    html = client.get("/fr/embed/departments/69/?on=2025-05-28").content.decode()
    assert '<link rel="canonical" href="http://testserver/fr/departments/69-rhone/">' in html
    assert client.get("/fr/departments/69-rhone/").status_code == 200


@pytest.mark.parametrize("address", [*CARDS, "/en/embed/departments/99/"])
def test_a_card_may_be_framed_anywhere(client, address):
    answer = client.get(address)
    assert "X-Frame-Options" not in answer
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [*SAMPLES, "nowhere/", "updates.atom", "share.png"])
def test_nothing_else_may(client, path):
    answer = client.get(f"/en/{path}")
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/admin/login/", "/accounts/login/"])
def test_nor_may_sign_in(client, address):
    answer = client.get(address)
    assert answer["X-Frame-Options"] == "DENY"


# --- the badge ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["69", "04", "2a", "976"])
@pytest.mark.parametrize("on", ["", "?on=2025-06-01", "?on=never"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_badge_is_a_plain_drawing_in_which_no_word_runs_over(client, language, code, on):
    answer = client.get(f"/{language}/embed/departments/{code}.svg{on}")
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    drawing = etree.fromstring(answer.content)
    allowed = {f"{SVG}{name}" for name in ("svg", "title", "rect", "g", "circle", "path", "text")}
    assert {element.tag for element in drawing.iter()} <= allowed
    assert not any(
        name == "style" or name.startswith("on") or "href" in name
        for element in drawing.iter()
        for name in element.attrib
    )
    full_width = int(drawing.get("width"))
    for text in drawing.iter(f"{SVG}text"):
        length = int(text.get("textLength"))
        size = int(text.get("font-size"))
        weight = SEMI_BOLD if text.get("font-weight") else REGULAR
        assert length == round(text_width(text.text, weight, size))
        assert int(text.get("x")) + length < full_width
    assert len(answer.content) < 3_000


@time_machine.travel(TODAY, tick=False)
def test_a_badge_says_name_state_and_day(client):
    drawing = etree.fromstring(client.get("/en/embed/departments/69.svg").content)
    lines = [text.text.replace("\xa0", " ") for text in drawing.iter(f"{SVG}text")]
    assert lines == [
        "The carte Vitale app in your department",
        "Rhône (69)",
        "Open since about 25 July 2023",
        "Reported by several newspapers or websites. Last checked on 23 November 2026",
        "Independent, not official",
    ]
    title = drawing.findtext(f"{SVG}title").replace("\xa0", " ")
    assert all(line in title for line in lines)
    assert drawing[0].tag == f"{SVG}title"
    past = client.get("/en/embed/departments/69.svg?on=2023-01-01").content.decode()
    assert "1\xa0January 2023: not open yet; opened about 25\xa0July 2023" in past
    assert "As of" not in past
    inferred = client.get("/en/embed/departments/976.svg").content.decode()
    assert "Mayotte (976): Probably open since 18\xa0November 2025. Our own conclusion." in inferred


def test_each_state_has_a_shape_of_its_own(client):
    writer.save_fact(_suspended(Department.objects.get(code="71")))
    addresses = ["69.svg", "71.svg", "35.svg?on=2025-06-01", "69.svg?on=2020-01-01"]
    shapes = []
    for address in addresses:
        drawing = etree.fromstring(client.get(f"/en/embed/departments/{address}").content)
        shapes.append(tuple(path.get("d") for path in drawing.iter(f"{SVG}path")))
    assert len(set(shapes)) == 4
    assert all(shapes)


def _suspended(department):
    department.suspended_from = department.opened_on
    return department


def test_a_badge_is_mirrored_for_right_to_left():
    row = RolloutSnapshot(None, Department.objects.filter(code="69")).rows[0]
    with translation.override("ar"):
        badge = _badge(row, SelectedDay.read(""))
    assert badge.is_mirrored
    assert badge.start == badge.width - 54


def test_a_badge_may_be_shown_by_any_site(client):
    answer = client.get("/en/embed/departments/69.svg")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_what_an_editor_writes_is_escaped(client):
    department = Department.objects.get(code="69")
    department.name = '<Rhône> & "fleuve"\x0b'
    writer.save_fact(department)
    drawing = etree.fromstring(client.get("/en/embed/departments/69.svg").content)
    assert any(text.text == '<Rhône> & "fleuve" (69)' for text in drawing.iter(f"{SVG}text"))
    assert "<Rhône>" not in client.get("/en/embed/departments/69/").content.decode()


# --- both -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize("address", [*CARDS, *BADGES])
def test_both_are_cached_for_minutes_and_new_when_a_check_is_overdue(client, address):
    with time_machine.travel(TODAY, tick=False):
        answer = client.get(address)
        assert answer["Cache-Control"] == "public, max-age=300"
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
    with time_machine.travel("2027-02-21T23:59:59+01:00", tick=False):
        assert client.get(address).content == answer.content  # nothing is of the day it is made on
    with time_machine.travel("2027-02-22T00:00:00+01:00", tick=False):
        is_history = address.endswith(".svg?on=2025-05-28")
        assert (client.get(address)["ETag"] == answer["ETag"]) == is_history


@pytest.mark.parametrize("address", [*CARDS, *BADGES])
def test_both_ask_little(client, django_assert_max_num_queries, address):
    with django_assert_max_num_queries(5):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", [*CARDS, *BADGES])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_both_can_only_be_read(address, method):
    strict = Client(enforce_csrf_checks=True)
    assert getattr(strict, method)(address).status_code == 405


@pytest.mark.parametrize("on", ["never", "%00", "1" * 5000, "<script>", "2019-01-01"])
def test_a_day_that_is_none_gets_the_state_of_today(client, on):
    today = client.get("/en/embed/departments/69.svg").content
    assert client.get(f"/en/embed/departments/69.svg?on={on}").content == today
    answer = client.get(f"/en/embed/departments/69/?on={on}")
    assert answer.status_code == 200
    assert "We cannot show that date." in answer.content.decode()
    assert b"<script" not in answer.content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/en/embed/departments/2A/", "/en/embed/departments/2a/"),
        (
            "/en/embed/departments/2A.svg?on=2025-05-28",
            "/en/embed/departments/2a.svg?on=2025-05-28",
        ),
        ("/fr/embed/departments/69-rhone/", "/fr/embed/departments/69/"),
        ("/fr/embed/departments/69-rhone.svg", "/fr/embed/departments/69.svg"),
        ("/en/embed/departments/69", "/en/embed/departments/69/"),
        ("/en/embed/departments/69.SVG", "/en/embed/departments/69.svg"),
    ],
)
def test_old_and_mistyped_addresses_lead_on_once(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)
    assert client.get(new).status_code == 200


@pytest.mark.parametrize("ref", ["99", "zz", "20", "٦٩", "%FF", "x" * 80, "-", "' OR 1=1"])
def test_an_unknown_number_gets_a_small_card_and_plain_text(client, ref):
    card = client.get(f"/en/embed/departments/{ref}/")
    assert card.status_code == 404
    assert "There is no department with this number." in card.content.decode()
    assert len(card.content) < 3_000
    badge = client.get(f"/fr/embed/departments/{ref}.svg")
    assert badge.status_code == 404
    assert badge["Content-Type"] == "text/plain; charset=utf-8"
    assert len(badge.content) < 200


@pytest.mark.parametrize("ref", ["%00", "x" * 5000, "a/b", "..", "69.png"])
@pytest.mark.parametrize("ending", ["/", ".svg"])
def test_what_can_be_no_number_is_404(client, ref, ending):
    assert client.get(f"/en/embed/departments/{ref}{ending}").status_code == 404


@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ref=st.text(max_size=100), on=st.text(max_size=12))
def test_every_request_is_answered(db, ref, on):
    for ending in ("/", ".svg"):
        path = f"/en/embed/departments/{ref}{ending}"
        answer = Client().get(path.replace("?", "").replace("#", ""), {"on": on})
        assert answer.status_code in (200, 301, 404)
