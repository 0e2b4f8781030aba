"""What a resident reads: the state in a sentence, since when, how sure, from which source."""

import datetime
import re
from html import unescape

import pytest
import time_machine
from django.utils.translation import override

from rollout.kinds import COLLECTIVITIES, Kind
from rollout.models import (
    Collectivity,
    Commune,
    DataVersion,
    Department,
    Entry,
    EntryText,
    FormerName,
    PostalLocality,
    Region,
    Source,
    Wave,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

day = datetime.date.fromisoformat


def visible_text(client, address):
    """Return a page's text as one line, without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200
    text = re.sub(r"</?(a|em|span|strong|time)\b[^>]*>", "", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_a_department_page_stands_alone(client):
    text = visible_text(client, "/en/departments/69-rhone/")
    for sentence in [
        "Rhône (69)",
        "Open since about 25 July 2023",
        "Wave 1 of 5",
        "Wave 2023 pilot",
        "reported by several newspapers or websites",
        "Last checked 23 November 2026",
        "rtl.fr, 25 July 2023",
        "Not in Rhône?",
        "Other departments in Auvergne-Rhône-Alpes",
        "38 Isère",
    ]:
        assert sentence in text, sentence


def test_the_name_and_number_come_before_everything_else(client):
    html = client.get("/en/departments/2a-corse-du-sud/").content.decode()
    assert re.search(r'<h1 lang="fr" translate="no">\s*Corse-du-Sud \(2A\)\s*</h1>', html)
    assert "<title>Corse-du-Sud (2A):" in html


def test_in_french_it_says_the_same(client):
    text = visible_text(client, "/fr/departments/69-rhone/")
    for sentence in [
        "Ouvert depuis le 25 juillet 2023 environ",
        "Vague 1 sur 5",
        "Vague Pilote 2023",
        "rapporté par plusieurs journaux ou sites",
        "Dernière vérification 23 novembre 2026",
    ]:
        assert sentence in text, sentence


def test_where_only_the_latest_day_is_known_it_says_so(client):
    assert "Open since 23 September 2025 at the latest" in visible_text(
        client, "/en/departments/35-ille-et-vilaine/"
    )


def test_beside_the_name_of_the_middle_wave_stands_its_real_day(client):
    for address in ("/en/", "/en/rollout/"):
        assert re.search(
            r"June 2024 regions.{0,30} by 31 May 2024", visible_text(client, address)
        ), address
    assert "Open by 31 May 2024" in visible_text(client, "/en/rollout/june-2024/")


def test_a_past_day_is_told_as_known_today(client):
    text = visible_text(client, "/en/departments/75-paris/?on=2025-05-28")
    assert "You are looking at 28 May 2025, as we know it today." in text
    assert "Not open yet; opened on 18 November 2025" in text
    text = visible_text(client, "/en/departments/35-ille-et-vilaine/?on=2025-06-10")
    assert "Opened by 23 September 2025; exact day not known" in text


def test_a_past_day_stays_chosen_from_link_to_link(client):
    html = client.get("/en/rollout/?on=2025-05-28").content.decode()
    assert 'href="/en/departments/69-rhone/?on=2025-05-28"' in html


def test_the_rollout_page_tells_the_counts_of_the_day(client):
    text = visible_text(client, "/en/rollout/?on=2025-05-28")
    assert (
        "On 28 May 2025 the app could be activated without France Identité in 46 of 101 "
        "departments." in text
    )
    text = visible_text(client, "/en/rollout/?on=2025-06-28")
    assert "46 of 101 departments. In 10 more it may already have been open" in text


def test_the_rollout_page_tells_the_story(client):
    text = visible_text(client, "/en/rollout/")
    for sentence in [
        "27 May 2019",
        "18 March 2025",
        "46 of the 96 mainland departments (101 with overseas): about half, and double the 23 before",
        "all departments by autumn 2025, and everyone in France by the end of 2025",
        "About one million users",
        "4.4 million downloads",
        "1.8 million activations",
        "17 September 2026",
    ]:
        assert sentence in text, sentence


def test_a_past_day_is_marked_on_the_chart_of_the_roll_out(client):
    assert 'class="chart-day"' not in client.get("/en/rollout/").text
    assert 'class="chart-day"' in client.get("/en/rollout/?on=2025-05-28").text
    assert "The dashed line: 28 May 2025." in visible_text(client, "/en/rollout/?on=2025-05-28")


def test_the_story_is_told_in_order(client):
    days = [event.day for event in client.get("/en/rollout/").context["timeline"]]
    assert days == sorted(days)
    assert len(days) == 5 + 11


def test_home_says_when_the_facts_were_last_checked(client):
    assert "Last checked on 23 November 2026." in visible_text(client, "/en/")


def test_a_department_that_is_open_by_our_reading_only_is_no_flat_yes(client):
    assert "Probably yes: this is our own conclusion" in visible_text(
        client, "/en/departments/976-mayotte/"
    )
    assert "Yes: you can activate the app here" in visible_text(client, "/en/departments/69-rhone/")


def test_an_empty_database_promises_nothing(client):
    Commune.objects.all().delete()
    FormerName.objects.all().delete()
    PostalLocality.objects.all().delete()
    Department.objects.all().delete()
    DataVersion.renew()
    assert "Yes" not in visible_text(client, "/en/")
    assert "in 0 of 0 departments" in visible_text(client, "/en/")


def test_the_way_back_to_today_keeps_the_search_and_a_search_keeps_the_day(client):
    html = client.get("/en/?q=lyon&on=2025-05-28").content.decode()
    assert 'href="/en/?q=lyon">Back to today' in html
    assert '<input type="hidden" name="on" value="2025-05-28">' in html
    assert 'name="on"' not in client.get("/en/?q=lyon").content.decode()


def test_the_title_of_a_result_is_the_answer(client):
    titles = {
        "69": "69: 69 Rhône: Open since about 25 July 2023",
        "valence": "“valence”: yes, in all 4 departments",
        "zzqqxx": "zzqqxx: nothing found",
    }
    for query, title in titles.items():
        html = client.get("/en/", {"q": query}).content.decode().replace("\xa0", " ")
        assert f"<title>{title} – " in html


def test_the_corrections_of_the_founding_article_are_listed(client):
    text = visible_text(client, "/en/sources/")
    assert "Île-de-France" in text
    assert text.count("Last checked") == 21


@pytest.mark.usefixtures("due_on_one_day")
@time_machine.travel("2027-02-22T00:00:00+01:00")
def test_a_fact_that_is_overdue_says_so(client):
    assert "it was to be checked again by 21 February 2027, and has not been" in visible_text(
        client, "/en/departments/69-rhone/"
    )


@pytest.mark.usefixtures("due_on_one_day")
@time_machine.travel("2027-02-21T23:59:00+01:00")
def test_a_fact_that_is_not_due_yet_says_nothing(client):
    text = visible_text(client, "/en/departments/69-rhone/")
    assert "to be checked again" not in text
    assert "when last checked" not in text


@pytest.mark.parametrize(
    ("values", "english", "french"),
    [
        (
            {"opened_on": day("2027-02-01"), "precision": "on"},
            "Opens on 1 February 2027",
            "Ouvre le 1er février 2027",
        ),
        (
            {"opened_on": day("2027-02-02"), "precision": "by"},
            "Opens by 2 February 2027",
            "Ouvre au plus tard le 2 février 2027",
        ),
        (
            {"opened_on": None, "precision": ""},
            "Not announced",
            "Non annoncé",
        ),
        (
            {"suspended_from": day("2026-11-01")},
            "Suspended since 1 November 2026",
            "Suspendu depuis le 1er novembre 2026",
        ),
        (
            {"suspended_from": day("2026-11-01"), "suspended_until": day("2026-12-24")},
            "Suspended since 1 November 2026; works again from 24 December 2026",
            "Suspendu depuis le 1er novembre 2026 ; rétabli à partir du 24 décembre 2026",
        ),
    ],
)
@time_machine.travel("2026-11-23T12:00:00+01:00")
def test_every_state_is_said_in_words(client, values, english, french):
    Department.objects.filter(code="69").update(**values)
    DataVersion.renew()
    assert english in visible_text(client, "/en/departments/69-rhone/")
    assert french in visible_text(client, "/fr/departments/69-rhone/")
    assert english in visible_text(client, "/en/")
    assert "in 100 of 101 departments" in visible_text(client, "/en/rollout/")


def test_a_text_without_translation_is_shown_in_english_and_marked(client):
    Department.objects.get(code="69").texts.filter(language="fr").delete()
    DataVersion.renew()
    html = client.get("/fr/departments/69-rhone/").content.decode()
    assert '<p class="note" lang="en" dir="ltr">' in html


def test_a_source_without_address_says_so(client):
    source = Source.objects.get(url="")
    Department.objects.get(code="69").sources.add(source)
    DataVersion.renew()
    assert f"{source.publisher}, May 2024 (address not known)" in visible_text(
        client, "/en/departments/69-rhone/"
    )


@pytest.mark.parametrize("path", ["", "rollout/"])
def test_the_map_names_every_department_and_its_state(client, path):
    html = client.get(f"/en/{path}").content.decode()
    labels = re.findall(r"<title>(\w{2,3} [^<]+: [^<]+)</title>", html.replace("\xa0", " "))
    assert len(labels) == 101
    assert "69 Rhône: Open since about 25 July 2023" in labels
    assert "976 Mayotte: Probably open since 18 November 2025" in labels


def test_the_map_of_the_roll_out_shows_their_numbers(client):
    svg = re.findall(r'<div class="map">.*?</svg>', client.get("/en/rollout/").text, re.DOTALL)[0]
    numbers = re.findall(r"<text[^>]*>(\w+)</text>", svg)
    assert numbers == sorted(Department.objects.values_list("code", flat=True))


def part(html, name):
    """Return the HTML of the section with this id."""
    return re.findall(rf'<section[^>]* id="{name}".*?</section>', html, re.DOTALL)[0]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("query", ["", "?q=69", "?q=nowhere", "?on=2025-05-28"])
def test_home_has_every_department_region_wave_and_step_in_its_html(client, language, query):
    """What is folded is there too, for search engines and without script."""
    html = client.get(f"/{language}/{query}").content.decode()
    with override(language):
        departments = part(html, "departments")
        addresses = [place.get_absolute_url() for place in Department.objects.all()]
        addresses += [region.get_absolute_url() for region in Region.objects.all()]
        assert len(addresses) == 101 + 18
        for address in addresses:
            assert f'href="{address}' in departments, address
        for wave in Wave.objects.with_texts():
            assert f'<a href="{wave.get_absolute_url()}">{wave.name}</a>' in part(html, "map")
        entries = Entry.objects.for_everyone().by_kind(Kind.REQUIREMENT, Kind.STEP, Kind.QUESTION)
        assert [len(entries[kind]) for kind in (Kind.REQUIREMENT, Kind.STEP)] == [7, 8]
        for entry in [*entries[Kind.REQUIREMENT], *entries[Kind.STEP]]:
            assert entry.text is not None
            link = f'<a href="{entry.get_absolute_url()}">{entry.text.title}</a>'
            assert link in unescape(part(html, "set-up")), entry
        for entry in entries[Kind.QUESTION]:
            assert f'<a href="{entry.get_absolute_url()}">' in part(html, "questions"), entry


@pytest.mark.parametrize("query", ["", "?q=69", "?q=", "?on=2025-05-28"])
def test_home_leads_to_the_tasks_right_after_question_and_answer(client, query):
    html = client.get(f"/en/{query}").content.decode()
    tasks = html.partition('<ul class="tasks')[2].partition("</ul>")[0]
    assert re.findall(r'<a href="/en/([a-z-]+)/(?:\?on=2025-05-28)?">', tasks) == [
        "can-i",
        "set-up",
        "at-the-counter",
        "problems",
    ]
    order = ['id="question"', 'role="search"', *(['id="answer"'] if "q=" in query else [])]
    order += ['<ul class="tasks', 'id="map"', 'class="legend"', 'class="chart"', 'id="set-up"']
    order += ['id="departments"', 'id="questions"']
    assert [html.index(mark) for mark in order] == sorted(html.index(mark) for mark in order)


def test_a_region_says_beside_its_name_how_many_of_its_departments_are_open(client):
    text = visible_text(client, "/en/?on=2025-05-28")
    for sentence in ["Auvergne-Rhône-Alpes 12 of 12 open", "Bretagne 0 of 4 open"]:
        assert sentence in text, sentence
    assert "Overseas 5 of 5 open, 5 of them probably" in visible_text(client, "/en/")


def test_the_legal_notice_names_who_runs_the_site_or_says_that_nobody_has_said(client, settings):
    assert "Publisher and host are not stated: whoever runs" in visible_text(client, "/en/legal/")
    settings.PUBLISHER = "Une association <loi 1901>"
    text = visible_text(client, "/en/legal/")
    assert "Publisher Une association <loi 1901>" in text
    assert "Host not stated" in text


@pytest.mark.parametrize(
    ("query", "slug", "sentence"),
    [
        (
            "97500",
            "saint-pierre-et-miquelon",
            "in 2017 its own office (CPS) issued no carte Vitale at all",
        ),
        ("Gustavia", "saint-barthelemy-and-saint-martin", "social security code covers both"),
        ("97150", "saint-barthelemy-and-saint-martin", "social security code covers both"),
        ("Nouméa", "pacific-collectivities", "Those schemes issue no carte Vitale"),
        ("Tahiti", "pacific-collectivities", "Those schemes issue no carte Vitale"),
        ("986", "pacific-collectivities", "Those schemes issue no carte Vitale"),
        ("984", "overseas-collectivities", "We found nothing about the app"),
    ],
)
def test_each_overseas_collectivity_has_the_answer_for_it(client, query, slug, sentence):
    """Three answers, since the law makes three cases; elsewhere we found nothing."""
    text = visible_text(client, f"/en/?q={query}")
    answer = text.partition("It is not a French department.")[2].partition("Have ready")[0]
    assert sentence in answer
    others = set(COLLECTIVITIES.values()) - {slug}
    for other in EntryText.objects.filter(entry__in=others, language="en"):
        assert other.body[:60] not in answer
    french = EntryText.objects.get(entry=slug, language="fr")
    first_words = french.body.replace("\xa0", " ").partition(".")[0].partition("[")[0]
    assert first_words in visible_text(client, f"/fr/?q={query}")


def test_a_name_that_a_collectivity_shares_with_towns_links_to_its_answer(client):
    html = client.get("/en/?q=Saint-Martin").content.decode()
    assert "There is also Saint-Martin, which is not a French department" in html
    assert 'href="/en/departments/#saint-barthelemy-and-saint-martin"' in html


def test_monaco_has_no_answer_of_an_overseas_collectivity(client):
    text = visible_text(client, "/en/?q=Monaco")
    assert "Monaco: we do not know" in text
    assert not any(
        body[:70] in text
        for body in EntryText.objects.filter(entry__kind="place", language="en").values_list(
            "body", flat=True
        )
    )


def test_every_collectivity_has_an_entry():
    assert set(Collectivity.objects.values_list("collectivity", flat=True)) == set(COLLECTIVITIES)
    assert set(Entry.objects.filter(kind="place").values_list("slug", flat=True)) == set(
        COLLECTIVITIES.values()
    )


def test_what_the_founding_article_said_is_covered_or_corrected(client):
    text = visible_text(client, "/en/rollout/")
    for sentence in (
        "They were in six regions.",
        "The list of them was Assurance Maladie’s own",
        "about twice as many people could now have the app",
        "With France Identité alone, millions could not.",
    ):
        assert sentence in text
    text = visible_text(client, "/en/sources/")
    for title in (
        "Departments where the app can be downloaded",
        "The app shows recent appointments",
    ):
        assert title in text


@pytest.mark.parametrize(
    ("query", "sentences", "absent"),
    [
        ("75011", ["75011 is the postcode of Paris 11e."], ["Paris (75011)"]),
        ("750", ["Their postcodes begin so: Paris", "more."], ["Paris 19e Arrondissement (75019)"]),
        ("Saint-Denis", ["There is a Saint-Denis in 8 departments."], ["Saint-Denis is in"]),
        ("75001 Bordeaux", ["The postcode that you typed is not that of Bordeaux."], []),
        ("Trifouillis (38)", ["We know no “Trifouillis” there"], []),
        ("Grand Paris", ["Métropole du Grand Paris is a group of communes in Paris (75),"], []),
        ("Val Thorens", ["Val Thorens is a place in Les Belleville, in Savoie (73)."], []),
    ],
)  # fmt: skip
def test_there_is_one_sentence_for_each_reason(client, query, sentences, absent):
    text = visible_text(client, f"/en/?q={query}").split("Search", 1)[1]
    for sentence in sentences:
        assert text.count(sentence) == 1, sentence
    for sentence in absent:
        assert sentence not in text
