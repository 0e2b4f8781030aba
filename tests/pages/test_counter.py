"""The sheet for the pharmacy and the doctor's: what it says first, and what it says without a script."""

import re

import pytest
from django.conf import settings

from rollout.models import Entry, EntryText, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

FIRST = "Bonjour, est-ce que vous pouvez lire l’appli carte Vitale\u202f?"
STATING_NOTHING = ("little-french", "pay-now")


def page(client, language):
    return client.get(f"/{language}/at-the-counter/").content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_question_that_is_asked_most_comes_first_then_the_code_then_the_card(client, language):
    html = page(client, language)
    phrases = re.findall(r'<p class="phrase"[^>]*>«&nbsp;<span>(.*?)</span>&nbsp;»</p>', html)
    assert phrases[:3] == [
        FIRST,
        "Je peux vous montrer le QR code, si vous voulez.",
        "Pas de problème, voici ma carte Vitale.",
    ]
    assert "Je ne parle pas bien français. Parlez-vous anglais\u202f?" in phrases
    assert "Est-ce que je dois payer maintenant\u202f?" in phrases
    assert len(phrases) == Entry.objects.filter(kind=Kind.PHRASE).count()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_phrases_are_french_and_not_for_translation(client, language):
    html = page(client, language)
    assert html.count('<p class="phrase" lang="fr" translate="no">') == html.count('class="phrase"')
    dialog = html.partition("<dialog")[2].partition("</dialog>")[0]
    assert 'lang="fr" translate="no"' in dialog


def test_phrases_without_a_source_state_nothing():
    """They ask, or speak of the speaker; a sentence about care in France needs its source."""
    without = set(
        Entry.objects.filter(kind=Kind.PHRASE, sources=None).values_list("slug", flat=True)
    )
    assert without == set(STATING_NOTHING)
    for text in EntryText.objects.filter(entry__in=STATING_NOTHING, language__in=["en", "fr"]):
        assert not re.search(r"\d|%|most|always|never|toujours|jamais", text.body), text


@pytest.mark.parametrize(
    ("language", "checked"), [("en", "Last checked"), ("fr", "Dernière vérification")]
)
def test_the_day_of_the_last_check_stands_once_at_the_foot(client, language, checked):
    html = page(client, language)
    assert checked not in html
    foot = html.partition("</dialog>")[2]
    assert foot.count('datetime="2026-11-23"') == 1
    notes = re.findall(r'<section id="[^"]+" aria-labelledby.*?</section>', html, re.DOTALL)
    assert len(notes) == 4
    for note in notes:
        assert re.search(r'<p class="muted">[^<]+\.</p>', note)  # how sure


@pytest.mark.parametrize("language", ["en", "fr"])
def test_without_a_script_there_is_no_button_that_does_nothing(client, language):
    html = page(client, language)
    main = html.partition("<main")[2].partition("</main>")[0]
    visible = re.sub(r"<(template|dialog).*?</\1>", "", main, flags=re.DOTALL)
    assert "<button" not in visible
    assert "<dialog" in main
    assert not re.search(r"<dialog[^>]* open", main)


def test_the_script_is_at_most_3_kilobytes():
    assert (settings.BASE_DIR / "static/js/counter.js").stat().st_size <= 3 * 1024
