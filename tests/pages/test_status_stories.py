"""What is announced, past, overdue or our own conclusion is told alike wherever it is told."""

import datetime
import json
import re
from html import unescape

import pytest
import time_machine
from lxml import etree

from rollout.models import DataVersion, Department
from tests.support.addresses import SAMPLES

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_before_checks_are_due", "due_on_one_day"),
]

day = datetime.date.fromisoformat


def text_of(client, address):
    """Return the text of a page, or of a picture, as one line without tags."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    text = re.sub(r"</?(a|em|span|strong|time|code)\b[^>]*>", "", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def attribute(client, address, name):
    html = etree.HTML(client.get(address).content)
    return html.xpath(f'//meta[@property="{name}"]/@content')[0].replace("\xa0", " ")


def department_row(client, code="69", query=""):
    answer = json.loads(client.get(f"/api/v1/departments/{code}{query}").content)
    return answer["department"]


PLACES_OF_RHONE = [
    "/en/departments/69-rhone/",
    "/en/?q=Lyon",
    "/en/?q=Rhone",
    "/en/departments/",
    "/en/regions/auvergne-rhone-alpes/",
    "/en/rollout/pilot-2023/",
    "/en/",
    "/en/embed/departments/69/",
    "/en/embed/departments/69.svg",
]


def change(code, **values):
    Department.objects.filter(code=code).update(**values)
    DataVersion.renew()


# --- A suspension that is announced -----------------------------------------------------------------


@time_machine.travel("2026-11-29T12:00:00+01:00", tick=False)
@pytest.mark.parametrize(
    ("until", "words"),
    [
        (day("2026-12-13"), "Open; suspended from 5 to 12 December 2026"),
        (None, "Open; suspended from 5 December 2026"),
    ],
)
def test_a_suspension_ahead_is_seen_everywhere_before_it_begins(client, until, words):
    change("69", suspended_from=day("2026-12-05"), suspended_until=until)
    for address in PLACES_OF_RHONE:
        assert words in text_of(client, address), address
    row = department_row(client)
    assert (row["status"], row["status_text"]) == ("open", words)
    assert words in attribute(client, "/en/departments/69-rhone/", "og:image:alt")
    assert f"<title>69 Rhône: {words}</title>" in client.get("/en/").text.replace("\xa0", " ")
    page = text_of(client, "/en/departments/69-rhone/")
    assert "Yes: you can activate the app here" in page  # today it can be
    assert re.search(r"Opened (about|on) 25 July 2023", page)  # which the state has no room for
    assert "In 1 of them a suspension is announced." in text_of(client, "/en/")


def test_the_suspension_begins_and_ends_at_midnight(client):
    change("69", suspended_from=day("2026-12-05"), suspended_until=day("2026-12-13"))
    told = {}
    for now in ("12-04T23:59:59", "12-05T00:00:00", "12-12T23:59:59", "12-13T00:00:00"):
        with time_machine.travel(f"2026-{now}+01:00", tick=False):
            told[now] = department_row(client)["status_text"]
            assert told[now] in text_of(client, "/en/departments/69-rhone/")
    assert list(told.values()) == [
        "Open; suspended from 5 to 12 December 2026",
        "Suspended since 5 December 2026; works again from 13 December 2026",
        "Suspended since 5 December 2026; works again from 13 December 2026",
        "Open since about 25 July 2023",
    ]


# --- Days to come -------------------------------------------------------------------------------------


@time_machine.travel("2026-11-29T12:00:00+01:00", tick=False)
@pytest.mark.parametrize(
    "path",
    [
        "",
        "?q=Lyon",
        "?q=Saint-Denis",
        "departments/",
        "departments/69-rhone/",
        "regions/bretagne/",
        "regions/mayotte/",
        "rollout/",
        "rollout/pilot-2023/",
        "can-i/?document=titre-de-sejour&scheme=general&age=18-or-over&number=permanent&phone=recent",
        "embed/departments/69/",
        "embed/departments/69.svg",
    ],
)
def test_a_day_to_come_is_told_as_far_as_it_is_announced(client, path):
    address = f"/en/{path}{'&' if '?' in path else '?'}on=2027-06-01"
    text = text_of(client, address)
    assert "as far as is announced today" in text
    assert "Yes, " not in text
    assert "Open since" not in text.partition("wave by wave")[0]
    french = text_of(client, address.replace("/en/", "/fr/"))
    assert "d’après ce qui est annoncé à ce jour" in french


@time_machine.travel("2026-11-29T12:00:00+01:00", tick=False)
def test_the_count_of_a_day_to_come_is_no_forecast(client):
    assert (
        "On 1 June 2027, as far as is announced today, the app can be activated without France "
        "Identité in 101 of 101 departments; for 5 overseas departments this is our own "
        "conclusion." in text_of(client, "/en/rollout/?on=2027-06-01")
    )


# --- Past days ----------------------------------------------------------------------------------------

FRANCE_IDENTITE = (
    "With France Identité, holders of the new French ID card could activate it in every department."
)
TRIALS = "Until about 25 July 2023 there were only trials with volunteers, in some departments."


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?q=Paris",
        "?q=Saint-Denis",
        "departments/",
        "departments/75-paris/",
        "regions/ile-de-france/",
        "regions/mayotte/",
        "rollout/",
    ],
)
def test_a_past_day_says_what_worked_beside_the_document_and_the_trials_before(client, path):
    def on(past):
        return text_of(client, f"/en/{path}{'&' if '?' in path else '?'}on={past}")

    assert TRIALS in on("2022-06-01")
    assert TRIALS in on("2023-07-24")
    assert TRIALS not in on("2023-07-25")
    assert FRANCE_IDENTITE not in on("2025-03-17")
    assert FRANCE_IDENTITE in on("2025-03-18")
    assert FRANCE_IDENTITE in on("2025-11-17")
    assert FRANCE_IDENTITE not in on("2025-11-18")


def test_before_the_pilot_there_is_no_flat_nought(client):
    text = text_of(client, "/en/rollout/?on=2022-06-01")
    assert "On 1 June 2022 the app was not open to the public in any department." in text
    assert "0 of 101" not in text


def test_a_region_where_it_was_not_open_has_no_flat_nought(client):
    text = text_of(client, "/fr/regions/ile-de-france/?on=2025-05-28")
    assert (
        "Le 28 mai 2025, l’appli ne pouvait être activée sans France Identité dans aucun des 8 "
        "départements." in text
    )
    text = text_of(client, "/en/regions/mayotte/?on=2025-05-28")
    assert "Not open yet; probably opened on 18 November 2025." in text


@pytest.mark.parametrize(
    ("on", "status", "words"),
    [
        ("2024-04-30", "not-yet", "Not open yet; opened by 31 May 2024"),
        ("2024-05-01", "maybe", "Opened by 31 May 2024; exact day not known"),
        ("2024-05-30", "maybe", "Opened by 31 May 2024; exact day not known"),
        ("2024-05-31", "open", "Open since 31 May 2024 at the latest"),
    ],
)
def test_between_the_earliest_and_the_latest_possible_day_only_these_are_told(
    client, on, status, words
):
    assert words in text_of(client, f"/en/departments/01-ain/?on={on}")
    assert words.lower() in text_of(client, f"/en/embed/departments/01.svg?on={on}").lower()
    row = department_row(client, "01", f"?on={on}")
    assert (row["status"], row["status_text"]) == (status, words)


# --- Overdue checks -----------------------------------------------------------------------------------

DUE, OVERDUE = (
    time_machine.travel(f"2027-02-{moment}+01:00", tick=False)
    for moment in ("21T23:59:59", "22T00:00:00")
)
WHEN_CHECKED = "when last checked, on 23 November 2026"


@pytest.mark.parametrize("address", PLACES_OF_RHONE)
def test_what_is_overdue_is_no_longer_a_flat_yes_from_the_day_after(client, address):
    with DUE:
        text = text_of(client, address)
        assert "Open since about 25 July 2023" in text
        assert "when last checked" not in text
    with OVERDUE:
        text = text_of(client, address)
        assert f"Open {WHEN_CHECKED}" in text
        assert not re.search(r"\bYes\b", text)
        assert "Open since" not in text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/", f"Open in all 101 departments {WHEN_CHECKED}; for 5 overseas departments"),
        ("/en/regions/bretagne/", f"Open in all 4 departments {WHEN_CHECKED}."),
        (
            "/en/regions/mayotte/",
            f"Probably open in the one department {WHEN_CHECKED}: this is our own conclusion.",
        ),
        (
            "/en/?q=Saint-Denis",
            (
                "“Saint-Denis” may mean 8 departments: open in all of them when last checked, on 23 "
                "November 2026; for 1 overseas department this is our own conclusion"
            ),
        ),
        (
            "/en/rollout/",
            (
                "When last checked, on 23 November 2026, the app could be activated without France "
                "Identité in 101 of 101 departments; for 5 overseas departments"
            ),
        ),
        ("/en/departments/", "When last checked, on 23 November 2026, the app could be activated"),
        (
            "/en/departments/69-rhone/",
            "When we last checked, you could activate the app here with an identity document",
        ),
        ("/en/departments/976-mayotte/", f"Probably open {WHEN_CHECKED}"),
        ("/en/", "8 of 8 open, when last checked"),
    ],
)
def test_each_headline_says_when_it_was_checked(client, address, words):
    with DUE:
        assert "when last checked" not in text_of(client, address).lower()
    with OVERDUE:
        assert words in text_of(client, address)
        french = text_of(client, address.replace("/en/", "/fr/"))
        assert "lors de la dernière vérification" in french.lower()
        assert "Oui," not in french


@pytest.mark.parametrize("path", SAMPLES)
def test_a_page_has_one_banner_where_something_is_overdue(client, path):
    with DUE:
        before = client.get(f"/en/{path}")
        assert 'id="overdue"' not in before.text
    with OVERDUE:
        html = client.get(f"/en/{path}").text
    page = before.context["page"]
    assert html.count('id="overdue"') == (1 if page.check_again_by else 0)


def test_the_api_says_what_is_overdue(client):
    with DUE:
        assert department_row(client)["is_overdue"] is False
    with OVERDUE:
        row = department_row(client)
        assert row["is_overdue"] is True
        assert row["status_text"] == "Open when last checked, on 23 November 2026"
        past = department_row(client, query="?on=2025-05-28")
        assert past["status_text"] == "Open since about 25 July 2023"
        line = client.get("/api/v1/departments.csv").text.splitlines()[1]
        assert line.endswith(",true")


def test_an_opening_that_was_only_announced_is_not_told_as_seen(client):
    change("75", opened_on=day("2027-01-01"), precision="on")
    with OVERDUE:
        told = (
            "Open since 1 January 2027, as far as was announced when last checked, on 23 November"
        )
        for address in ("/en/departments/75-paris/", "/en/?q=Paris", "/en/embed/departments/75/"):
            assert told in text_of(client, address), address
        assert "When we last checked, this was announced." in text_of(client, "/en/?q=Paris")
        assert (
            "as far as was announced when last checked, on 23 November 2026, the app can be "
            "activated" in text_of(client, "/en/rollout/")
        )


def test_a_picture_and_a_card_are_of_the_day_of_the_check(client):
    with DUE:
        alt = attribute(client, "/en/departments/69-rhone/", "og:image:alt")
        assert "Last checked on 23 November 2026." in alt
        assert "As of" not in alt
        assert "21 February 2027" not in text_of(client, "/en/embed/departments/69/")
        assert "2027" not in text_of(client, "/en/embed/departments/69.svg")


# --- Our own conclusions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/en/departments/976-mayotte/",
        "/en/regions/mayotte/",
        "/en/?q=Mayotte",
        "/en/departments/",
        "/en/rollout/expansion-2025-november/",
        "/en/",
        "/en/embed/departments/976/",
        "/en/embed/departments/976.svg",
    ],
)
def test_what_no_source_states_is_probable_wherever_it_is_named(client, address):
    assert "Probably open since 18 November 2025" in text_of(client, address)
    assert "Probablement ouvert depuis le 18 novembre 2025" in text_of(
        client, address.replace("/en/", "/fr/")
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "/en/",
            (
                "Yes. You can activate it in every department of France; for 5 overseas departments "
                "this is our own conclusion."
            ),
        ),
        (
            "/fr/",
            (
                "Oui. Vous pouvez l’activer dans tous les départements ; pour 5 départements "
                "d’outre-mer, c’est notre déduction."
            ),
        ),
        (
            "/en/regions/mayotte/",
            "Probably yes, in the one department of the region: this is our own conclusion.",
        ),
        (
            "/fr/regions/mayotte/",
            "Probablement oui, dans le seul département de la région : c’est notre déduction.",
        ),
        ("/en/regions/ile-de-france/", "Yes, in all 8 departments of the region."),
        (
            "/en/?q=Saint-Denis",
            (
                "“Saint-Denis”: yes, in all 8 departments; for 1 overseas department this "
                "is our own conclusion"
            ),
        ),
        ("/en/rollout/?on=2025-11-18", "for 5 overseas departments this is our own conclusion."),
    ],
)
def test_a_sum_says_what_of_it_is_our_own_conclusion(client, address, words):
    assert words in text_of(client, address)


def test_a_sum_of_others_than_overseas_departments_says_of_them(client):
    change("22", certainty="inference")
    assert "in all 4 departments of the region; for 1 of them this is our own conclusion." in (
        text_of(client, "/en/regions/bretagne/")
    )
    assert "4 of 4 open, 1 of them probably" in text_of(client, "/en/")
