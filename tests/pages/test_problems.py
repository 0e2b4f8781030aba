"""What went wrong: what the page says of each problem, and that the search box leads to it."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollout.caching import fragments
from rollout.models import (
    Alias,
    Commune,
    Department,
    Entry,
    EntryText,
    FormerName,
    Intercommunality,
    Kind,
    PostalLocality,
    Region,
)
from rollout.models.texts import languages
from rollout.pages.problems import MAX_PROBLEMS, find_problems
from tests.pages.test_guide import edit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

SEARCHES = [
    ("code not received", "no-code-by-e-mail"),
    ("no email", "no-code-by-e-mail"),
    ("I did not receive the code!", "no-code-by-e-mail"),
    ("je n’ai pas reçu le code par mail", "no-code-by-e-mail"),
    ("vidéo refusée", "face-video-fails"),
    ("VIDEO REFUSEE", "face-video-fails"),
    ("vidoe refusé", "face-video-fails"),
    ("selfie fails", "face-video-fails"),
    ("refusé", "refused-without-a-reason"),
    ("rejected", "refused-without-a-reason"),
    ("my passport was refused", "document-not-accepted"),
    ("récépissé", "document-not-accepted"),
    ("grapheneos", "grapheneos"),
    ("l'appli plante", "grapheneos"),
    ("still waiting for the answer", "waiting-longer-than-48-hours"),
    ("48h", "waiting-longer-than-48-hours"),
    ("phone too old", "app-cannot-be-installed"),
    ("compte ameli", "no-online-account"),
    ("changer la photo", "photo-cannot-be-changed"),
    ("le médecin ne peut pas lire", "professional-cannot-read-it"),
    ("nfc", "contactless-does-not-work"),
    ("pas de réseau", "no-internet-at-the-counter"),
    ("numéro provisoire", "provisional-number"),
    ("lost my phone", "lost-or-stolen-phone"),
    ("nouveau téléphone", "new-phone"),
    ("no plastic card", "no-plastic-card-yet"),
    ("MSA", "msa-members"),
]


def answer_to(client, query, language="en"):
    """Return the part of the page that answers a search."""
    html = client.get(f"/{language}/", {"q": query}).content.decode()
    return html.partition('id="answer"')[2].partition("</section>")[0]


def links_to_problems(html):
    """Return the slugs of the problems to which a part of a page leads, in order."""
    return re.findall(r'href="/../problems/#([^"]+)"', html)


@pytest.mark.parametrize(("query", "slug"), SEARCHES)
def test_what_one_types_leads_to_the_problem(client, query, slug):
    for language in ("en", "fr"):
        html = answer_to(client, query, language)
        assert links_to_problems(html)[0] == slug, language
        assert "Nothing found" not in html
        assert html.count('id="answer-title"') == 1
    page = client.get("/en/problems/").content.decode()
    assert f'id="{slug}"' in page


def test_a_problem_that_is_found_is_in_the_title_and_in_the_language_of_the_page(client):
    html = client.get("/fr/", {"q": "code not received"}).content.decode()
    title = html.partition("<title>")[2].partition("</title>")[0]
    assert "Que faire si ça bloque" in title
    assert "rien" not in title.lower()
    assert "Je ne reçois pas le code par e-mail" in html


@pytest.mark.parametrize("query", ["Lyon", "69", "7", "Paris", "saint denis", "Bretagne"])
def test_a_place_stays_a_place(client, query):
    html = answer_to(client, query)
    assert links_to_problems(html) == []
    assert "/en/departments/" in html


def test_a_problem_and_a_place_are_both_answered(client):
    html = answer_to(client, "code not received 69003 Lyon")
    assert links_to_problems(html) == ["no-code-by-e-mail"]
    assert "/en/departments/69-rhone/" in html
    assert html.count('id="answer-title"') == 1


def test_no_name_of_a_place_is_taken_for_a_problem():
    names = {
        name
        for model in (
            *(Alias, Commune, Department, FormerName, Intercommunality, PostalLocality, Region),
        )
        for name in model._default_manager.values_list("name", flat=True)
    }
    assert len(names) > 40_000

    @fragments.with_fragment_cache
    def taken():
        return {name for name in names if find_problems(name, is_place=True)}

    assert taken() == set()


@pytest.mark.parametrize("query", ["", "no", "pas", "l’appli", "zzzzz", "nowhere at all", "12345"])
def test_what_means_no_problem_leads_to_none(client, query):
    assert links_to_problems(answer_to(client, query)) == []


def test_a_social_security_number_or_an_address_is_not_looked_up():
    for text in ("1 85 05 78 006 084 36 code", "code someone@example.org", "06 12 34 56 78 selfie"):
        assert find_problems(text) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=400), st.booleans())
def test_any_text_means_at_most_a_few_problems(text, is_place):
    find = fragments.with_fragment_cache(find_problems)
    assert len(find(text, is_place=is_place)) <= MAX_PROBLEMS


def test_a_problem_is_suggested_after_the_places_and_its_title_leads_to_it(client):
    def offers(query, language="en"):
        answer = json.loads(client.get(f"/{language}/suggest/", {"q": query}).content)
        return [tuple(offer.values()) for offer in answer["suggestions"]], answer["words"]

    offered, words = offers("code not received")
    assert offered == [("I do not receive the code by e-mail", "What went wrong?")]
    assert words == "1 suggestion. Choose with the arrow keys."
    assert offers("vidéo", "fr")[0] == [
        ("La vidéo de mon visage est refusée à chaque fois", "Que faire si ça bloque\u202f?")
    ]
    assert all(where != "What went wrong?" for _value, where in offers("lyon")[0])
    for entry in Entry.objects.of_kind(Kind.PROBLEM):
        html = answer_to(client, entry.text.title)
        assert links_to_problems(html)[0] == entry.slug


def test_each_problem_says_what_to_do_whom_to_ask_and_how_sure(client):
    for language, ask, checked in (
        ("en", "Whom to ask:", "Last checked"),
        ("fr", "À qui demander\u00a0:", "Dernière vérification"),
    ):
        html = client.get(f"/{language}/problems/").content.decode()
        for entry in Entry.objects.filter(kind=Kind.PROBLEM):
            part = html.partition(f'id="{entry.slug}"')[2].partition("</details>\n")[0]
            assert checked in part, entry
            if entry.ask_id:
                assert ask in part, entry
                assert f'href="/{language}/set-up/#{entry.ask_id}"' in part, entry


def test_the_ones_that_nobody_at_hand_can_answer_have_somebody_to_ask():
    """Whoever must wait, is refused or cannot go on; at the counter one shows something else."""
    at_the_counter = {
        "professional-cannot-read-it",
        "contactless-does-not-work",
        "no-internet-at-the-counter",
    }
    without = Entry.objects.filter(kind=Kind.PROBLEM, ask=None).values_list("slug", flat=True)
    assert set(without) == at_the_counter | {"france-identite-is-smoother"}


def test_each_problem_has_search_words_in_each_language():
    for text in EntryText.objects.filter(entry__kind=Kind.PROBLEM):
        assert len(re.split("[,،，、]", text.search_words)) > 3, text
    situations = EntryText.objects.filter(entry__kind=Kind.SITUATION).exclude(search_words="")
    pairs = set(situations.values_list("entry", "language"))
    slugs = {slug for slug, _language in pairs}
    assert pairs == {(slug, language) for slug in slugs for language, _name in languages()}


def test_words_that_an_editor_adds_are_found_at_the_next_request(admin_page, client):
    assert links_to_problems(answer_to(client, "zorgblat")) == []
    edit(admin_page, "grapheneos", "en", search_words="zorgblat")
    assert links_to_problems(answer_to(client, "zorgblat")) == ["grapheneos"]
    edit(admin_page, "grapheneos", "en", status="draft")
    assert links_to_problems(answer_to(client, "zorgblat")) == []
