"""The guide: statements in both languages, with sources, that show their age; drafts stay inside."""

import re
import shutil

import brotli
import lxml.html
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.html import escape, strip_tags
from django.utils.translation import override

from rollout.caching.compression import ENCODERS
from rollout.facts import writer
from rollout.facts.citations import citations
from rollout.importing import cells, load
from rollout.kinds import PAGES, REASONS, Kind
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    Source,
    SourceText,
)
from rollout.wording.labels import markdown, source_day
from tests.support.addresses import LANGUAGES, SAMPLES, addresses
from tests.support.admin_forms import add, change
from tests.support.languages import public_in_files
from tests.support.static_files import collected

pytestmark = pytest.mark.django_db

NEW = {
    "slug": "a-new-problem",
    "kind": "problem",
    "position": "1",
    "certainty": "official",
    "last_checked": "23/11/2026",
}


def page(client, address):
    return client.get(address).content.decode()


# --- Content ---------------------------------------------------------------------------------------


def languages_of(entry):
    """Return the codes of the languages in which its page is there."""
    return set(dict(settings.LANGUAGES) if entry.is_in_every_language else settings.FULL_LANGUAGES)


def test_every_published_entry_has_all_its_languages_and_unless_none_was_found_a_source():
    entries = Entry.objects.prefetch_related("texts", "sources")
    assert len(entries) > 150
    for entry in entries:
        published = {text.language for text in entry.texts.all() if text.is_public}
        assert published == languages_of(entry), entry
        if entry.certainty != "not-found":
            assert entry.sources.all(), entry


@pytest.mark.parametrize(
    "model",
    [Acceptance, ActivationRoute, Department, Entry, HealthScheme],
    ids=lambda m: m.__name__,
)
def test_no_certainty_is_stronger_than_its_sources(model):
    for row in model.objects.prefetch_related("sources"):
        sources = row.sources.all()
        if row.certainty == "official":
            assert any(source.official for source in sources), row
        if row.certainty == "several-press":
            assert len(sources) > 1, row
        if row.certainty.endswith("press"):
            assert not all("github.com" in source.url for source in sources), row


def test_what_only_users_report_says_so(client):
    by_users = Entry.objects.filter(certainty="user-reports")
    assert {entry.slug for entry in by_users} == {
        "app-on-google-play",
        "app-still-in-the-store",
        "france-identite-on-google-play",
        "grapheneos",
    }
    for language, label in (("en", "Reported by users."), ("fr", "Signalé par des utilisateurs.")):
        assert page(client, f"/{language}/set-up/").count(label) == 2
        problem = page(client, f"/{language}/problems/").partition('id="grapheneos"')[2]
        assert label in problem.partition("</summary>")[0]


def test_a_term_without_a_source_says_that_none_was_found(client):
    html = page(client, "/en/glossary/")
    for slug in ("ordonnance", "tiers-payant"):
        term = html.partition(f'id="{slug}"')[2].partition("</dd>")[0]
        assert "No source found." in term
    assert "What a word means is common knowledge" in html


def test_an_entry_on_the_french_id_card_is_read_again_when_another_document_is_accepted(editor):
    """Steps and requirements name the documents that they are for: the card, no other."""
    slugs = ("fi-new-french-id-card", "fi-scan-the-id-card", "fi-hold-the-card-to-the-phone")
    for slug in slugs:
        assert Entry.objects.get(slug=slug).documents == {"french-id-card-new"}
    row = Acceptance.objects.get(document="french-id-card-new", route="france-identite")
    row.pk, row.document_id, row._state.adding = None, "titre-de-sejour", True
    writer.save_fact(row, by=editor, sources=Source.objects.all()[:1])
    for slug in (*slugs, "do-i-need-france-identite", "say-no-to-france-identite"):
        assert Entry.objects.get(slug=slug).reread_since, slug
    for entry in Entry.objects.exclude(speaks_of=""):
        entry.clean()


@pytest.mark.parametrize(
    ("slug", "english", "french"),
    [
        ("lcl-2022", "around 2023", "vers 2023"),
        ("whatsupdoc-2025-09", "2025", "2025"),
        ("connexion-2025-11-18", "November 2025", "novembre 2025"),
        ("clubic-2025-12", "around December 2025", "vers décembre 2025"),
        ("legifrance-2019-05-27", "1 October 2021", "1er octobre 2021"),
        ("applicartevitale-2025-04", "undated", "sans date"),
    ],
)
def test_a_source_shows_no_more_of_its_date_than_is_known(slug, english, french):
    source = Source.objects.get(slug=slug)
    for language, expected in (("en", english), ("fr", french)):
        with override(language):
            assert strip_tags(source_day(source)).replace("\xa0", " ") == expected


def test_no_source_is_older_than_what_it_is_cited_for():
    """An article on a day cannot come before it, unless it announced it."""
    announced = {"clubic-2025-11-17", "lequotidiendupharmacien-2025-03-preparation"}
    for entry in Entry.objects.filter(kind=Kind.FIGURE, day_precision="day").with_sources():
        for source in entry.sources.all():
            if source.published_precision == "day" and source.slug not in announced:
                assert source.published_on
                assert entry.day
                assert source.published_on >= entry.day, (entry, source)


def test_no_translation_is_outdated():
    """Whoever changes an English text brings its translation along, then stamps it."""
    for entry in Entry.objects.prefetch_related("texts"):
        texts = list(entry.texts.all())
        for text in texts:
            fingerprints = {reference.fingerprint for reference in text.references(texts)}
            assert fingerprints <= {text.translates}, f"{entry.kind}/{entry}.{text.language}.md"
        assert {text.language for text in texts} == languages_of(entry)


@pytest.mark.parametrize(
    ("kind", "slugs"),
    [
        (Kind.QUESTION, 13),
        (Kind.CORRECTION, 21),
        (Kind.PROBLEM, 13),
        (Kind.SITUATION, 14),
        (Kind.CONTACT, 7),
        (Kind.USE, 17),
    ],
)
def test_the_guide_is_whole(client, kind, slugs):
    entries = list(Entry.objects.of_kind(kind))
    assert len(entries) == slugs
    for language in ("en", "fr"):
        html = page(client, f"/{language}/{PAGES[kind]}/")
        for entry in entries:
            assert f'id="{entry.slug}"' in html, entry


@pytest.mark.parametrize(
    "term",
    "nir numero-provisoire carte-vitale cpam msa mgen ameli france-identite titre-de-sejour "
    "article-50-card mutuelle tiers-payant feuille-de-soins ordonnance s1 ceam".split(),
)
def test_the_glossary_explains(client, term):
    assert f'id="{term}"' in page(client, "/en/glossary/")
    assert Entry.objects.get(slug=term).texts.get(language="fr").body


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guide_says_at_its_start_how_long_it_is_as_the_entries_with_the_sources_do(
    client, language
):
    html = page(client, f"/{language}/set-up/")
    start = html.partition('id="have-ready"')[0]
    for slug, figure in (("install-the-app", "26"), ("wait-for-the-e-mail", "48")):
        assert re.search(rf'<a href="#{slug}">[^<]*{figure}[^<]*</a>', start)
        entry = html.partition(f'<li id="{slug}">')[2].partition("</li>")[0]
        assert figure in entry
        assert 'class="evidence"' in entry


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guide_has_every_entry_whole_in_its_html(client, language):
    html = page(client, f"/{language}/set-up/")
    kinds = [Kind.REQUIREMENT, Kind.STEP, Kind.SITUATION, Kind.CONTACT]
    entries = list(Entry.objects.with_sources().filter(kind__in=kinds).with_texts())
    assert len(entries) > 40
    with override(language):
        for entry in entries:
            assert f'id="{entry.slug}"' in html, entry
            assert str(markdown(entry.text.body)) in html, entry


def test_each_step_and_each_thing_to_have_ready_has_its_drawing_in_the_guide(client):
    html = page(client, "/en/set-up/")
    for entry in Entry.objects.filter(kind__in=[Kind.REQUIREMENT, Kind.STEP]):
        item = html.partition(f'id="{entry.slug}"')
        before = item[0].rpartition("<li")[2] if entry.kind == Kind.REQUIREMENT else item[2]
        assert f'.svg#{entry.picture}"' in before.partition("</li>")[0], entry


def test_without_a_script_the_guide_has_no_ticks(client):
    html = page(client, "/en/set-up/")
    assert 'type="checkbox"' not in html
    assert re.search(r'<p class="ticks on-screen" hidden>', html)


def test_each_route_has_its_own_steps_in_order(client):
    html = page(client, "/en/set-up/")
    video = html.index('id="document-and-video"')
    identite = html.index('id="france-identite"')
    positions = [html.index(f'id="{slug}"') for slug in ("install-the-app", "open-the-app-again")]
    assert video < positions[0] < positions[1] < identite < html.index('id="fi-scan-the-id-card"')


def test_french_words_are_shown_as_french_and_only_where_a_source_gives_them(client):
    html = page(client, "/en/set-up/")
    words = re.findall(r'<b lang="fr" translate="no">(.*?)</b>', html)
    assert words == [
        "Commencer",
        "Non merci",
        "Continuer",
        "Recevoir un code",
        "Valider",
        "m’identifier avec France Identité",
    ]
    french_words = dict(Entry.objects.filter(kind=Kind.STEP).values_list("slug", "french_words"))
    assert {slug: french for slug, french in french_words.items() if french} == {
        "install-the-app": "Commencer",
        "say-no-to-france-identite": "Non merci",
        "confirm-your-e-mail": "Continuer / Recevoir un code / Valider",
        "fi-choose-france-identite": "m’identifier avec France Identité",
    }
    for phrase in Entry.objects.filter(kind=Kind.PHRASE):
        assert f"«&nbsp;<span>{phrase.french_words}</span>&nbsp;»</p>" in page(
            client, "/en/at-the-counter/"
        )


def test_the_apple_number_of_the_app_is_not_invented(client):
    for language in ("en", "fr"):
        assert "apps.apple.com" not in page(client, f"/{language}/set-up/")


SCRIPTS = ["theme", "offline", "rows", "languages", "counter"]
"""Of the counter sheet."""
MAX_SHEET_BYTES = 17 * 1024
"""What a phone fetches at the counter, in 12 packets at most: the page in the longest language
(Ukrainian), the style sheet of the whole site, the scripts. The menu of 13 languages and its script
are 1.1 kB of it."""


def test_the_counter_sheet_weighs_less_than_17_kilobytes_whole_in_every_language(
    client, settings, tmp_path
):
    """As visitors get it, compressed, with the style sheet as it is collected."""
    names = ["css/site.css", "img/icon.svg", *(f"js/{name}.js" for name in SCRIPTS)]
    sent = collected(names, settings.BASE_DIR / "static", tmp_path)
    files = sum(len(brotli.compress(file)) for file in sent.values())
    for language in [*LANGUAGES, *public_in_files()]:
        html = client.get(f"/{language}/at-the-counter/").content
        assert files + len(ENCODERS["br"](html)) < MAX_SHEET_BYTES, language
        scripts = re.findall(rb"<script[^>]*src=\"(.*?)\"", html)
        assert sorted(scripts) == sorted(f"/static/js/{name}.js".encode() for name in SCRIPTS)


def test_every_source_says_what_it_is_and_what_rests_on_it(client):
    shown = citations()
    assert len(shown) > 95
    for citation in shown:
        assert citation.facts
        assert {text.language for text in citation.source.texts.all()} >= {"en"}
    html = page(client, "/en/sources/")
    for citation in shown:
        assert f'href="/en/sources/{citation.source.slug}/"' in html
        its_own = page(client, f"/en/sources/{citation.source.slug}/")
        assert escape(citation.source.text.description) in its_own
        count = len(citation.facts)
        assert len(re.findall(r'<ul class="links">(.*?)</ul>', its_own, re.DOTALL)) == 1
        assert (
            its_own.partition('<ul class="links">')[2].partition("</ul>")[0].count("<li>") == count
        )
        assert ("address is not known" in its_own) is (citation.source.url == "")
        assert f'href="{escape(citation.source.url)}"' in its_own or not citation.source.url
    assert SourceText.objects.filter(language="fr").count() == Source.objects.count()


def test_links_between_entries_lead_to_where_they_stand(client):
    html = {}
    for address in addresses():
        if "departments" not in address and "regions" not in address:
            html[address] = page(client, address)
    links = {
        (address, link)
        for address, text in html.items()
        for link in re.findall(r'<a [^>]*href="(/[^"#?]*#[^"]+)"', text)
    }
    assert len(links) > 300
    for address, link in links:
        target, _, anchor = link.partition("#")
        assert f'id="{anchor}"' in html[target], (address, link)


# --- Truth that shows its age ----------------------------------------------------------------------


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize(
    "path", ["set-up/", "questions/", "glossary/", "at-the-counter/", "sources/"]
)
def test_overdue_facts_say_so_from_the_day_after_they_were_due(client, path):
    with time_machine.travel("2027-02-21T23:59:00+01:00"):
        assert "to be checked again" not in page(client, f"/en/{path}")
    with time_machine.travel("2027-02-22T00:00:00+01:00"):
        html = page(client, f"/en/{path}")
        assert re.search(r'class="overdue">\s*This was to be checked again by', html)
        assert "revérifiées" in page(client, f"/fr/{path}")
        visible = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
        assert "was to be checked again" in visible


def test_looking_at_a_page_moves_no_date(client):
    before = dict(Entry.objects.values_list("slug", "last_checked"))
    with time_machine.travel("2027-03-01T12:00:00+01:00"):
        for path in SAMPLES:
            client.get(f"/en/{path}")
    assert dict(Entry.objects.values_list("slug", "last_checked")) == before


# --- Drafts and translations -----------------------------------------------------------------------


def test_a_draft_appears_nowhere(admin_page, client):
    answer = add(
        admin_page,
        Entry,
        **NEW,
        **{"texts-0-title": "A secret plan", "texts-0-status": "draft", "texts-0-body": "Hush."},
        **{"texts-1-title": "Un plan secret", "texts-1-body": "Chut."},
        sources=["rtl-2023-07-25"],
    )
    assert answer.status_code == 302
    for address in addresses():
        html = page(client, address)
        assert "secret plan" not in html, address
        assert "plan secret" not in html, address  # in French it is published, but not in English
        assert "a-new-problem" not in html, address


def test_a_draft_translation_leaves_the_english_to_be_seen_and_marked(admin_page, client):
    entry = Entry.objects.get(slug="new-phone")
    french = entry.texts.get(language="fr")
    position = in_form(entry).index("fr")
    change(admin_page, entry, **{f"texts-{position}-status": "draft"})
    html = page(client, "/fr/set-up/")
    assert f">{french.title}<" not in html
    english = entry.texts.get(language="en")
    assert f'<summary lang="en" dir="ltr">{english.title}</summary>' in html
    assert "Cette partie n’est pas encore traduite. Elle est en anglais." in html


def test_what_the_check_gives_as_a_reason_stays_published(admin_page):
    for slug in REASONS:
        entry = Entry.objects.get(slug=slug)
        answer = change(admin_page, entry, **{"texts-0-status": "draft"})
        assert "its reference text must stay published" in answer.content.decode()


def in_form(entry):
    """Return the languages of its texts in its form, which has those with every page."""
    return sorted({text.language for text in entry.texts.all()} & set(LANGUAGES))


def edit(admin_page, slug, language, **values):
    """Change one text of an entry in its form."""
    entry = Entry.objects.get(slug=slug)
    position = in_form(entry).index(language)
    answer = change(
        admin_page, entry, **{f"texts-{position}-{name}": value for name, value in values.items()}
    )
    assert answer.status_code == 302, answer.content.decode()


def outdated(client):
    return "a changé depuis" in page(client, "/fr/set-up/")


def test_a_changed_english_text_makes_its_translation_outdated_until_it_follows(
    admin_page, client, editor
):
    assert not outdated(client)
    edit(admin_page, "new-phone", "en", body="Quite another sense.")
    assert outdated(client)
    edit(admin_page, "new-phone", "fr", title="Nouveau téléphone, donc")
    assert outdated(client)  # a change alone does not say that it follows
    edit(admin_page, "new-phone", "fr", body="Un tout autre sens.", is_current="on")
    assert not outdated(client)
    french = EntryText.objects.get(entry="new-phone", language="fr")
    assert french.reviewed_by == editor.get_username()
    assert french.reviewed_on is not None


def test_saving_as_it_was_changes_nothing(admin_page):
    entry = Entry.objects.get(slug="who-can-read-it")  # of several paragraphs
    before = [text.history.count() for text in entry.texts.all()]
    answer = change(admin_page, entry)
    assert answer.status_code == 302
    assert [text.history.count() for text in entry.texts.all()] == before
    assert "\r" not in entry.texts.get(language="en").body


def test_a_typo_that_changes_nothing_touches_no_translation(admin_page):
    before = EntryText.objects.get(entry="new-phone", language="fr").history.count()
    edit(admin_page, "new-phone", "en", is_typo="on")
    assert EntryText.objects.get(entry="new-phone", language="fr").history.count() == before


def test_withdrawing_the_english_withdraws_the_french(admin_page, client):
    edit(admin_page, "new-phone", "en", status="draft")
    for path in ("set-up/", "sources/"):
        html = page(client, f"/fr/{path}")
        assert 'id="new-phone"' not in html
        assert "#new-phone" not in html.replace("situation", "")


def test_a_typo_leaves_translations_as_they_are(admin_page, client):
    edit(admin_page, "new-phone", "en", title="A new phone, of course", is_typo="on")
    assert not outdated(client)


def test_a_typo_does_not_refresh_a_translation_that_was_outdated_already(admin_page, client):
    edit(admin_page, "new-phone", "en", body="Quite another sense.")
    edit(admin_page, "new-phone", "en", body="Quite another sense!", is_typo="on")
    assert outdated(client)


def test_an_entry_of_which_nothing_is_written_breaks_no_page(client, editor):
    row = Entry(slug="empty", kind="term", position=1, certainty="not-found")
    row.last_checked = Entry.objects.all()[0].last_checked
    writer.save_fact(row, by=editor, sources=[])
    for address in ("/en/glossary/", "/fr/glossary/", "/en/sources/"):
        assert client.get(address).status_code == 200


# --- Links and files -------------------------------------------------------------------------------


def test_a_link_to_no_entry_is_refused_in_the_form(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    answer = change(admin_page, entry, **{"texts-0-body": "Ask your [CPAM](term:cpma)."})
    assert "The link term:cpma leads nowhere" in answer.content.decode()
    for target in ("trem:cpam", "Term:cpam", "term:cpam#x", "cpam", "/en/glossary/", "ftp://x.fr"):
        answer = change(admin_page, entry, **{"texts-0-body": f"Ask your [CPAM]({target})."})
        assert f"The link {target} leads nowhere" in answer.content.decode()


def test_a_link_to_no_entry_is_refused_in_the_texts_of_the_check_too(folder):
    path = folder / "identity_document_texts.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Every list", "[Every](term:nowhere) list", 1), encoding="utf-8")
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    assert "note: The link term:nowhere leads nowhere" in str(refusal.value)


def test_an_entry_in_two_folders_is_refused(folder):
    for language in ("en", "fr"):
        shutil.copy(
            folder / "entries" / "situation" / f"new-phone.{language}.md",
            folder / "entries" / "problem",
        )
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    assert "entry new-phone is here twice, first in entries/problem" in str(refusal.value)


def test_an_acceptance_that_the_files_no_longer_have_is_withdrawn(folder):
    path = folder / "acceptances.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "foreign-passport" not in line))
    call_command("stamp_changes", f"--from={folder}")
    assert load.load_data(folder).updated == [
        "acceptance of a document foreign-passport document-and-video None: withdrawn"
    ]
    assert load.load_data(folder).updated == []


def test_a_link_to_no_entry_is_refused_in_a_file(folder):
    path = folder / "entries" / "situation" / "new-phone.en.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n[x](term:nothing)\n", encoding="utf-8")
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    assert "new-phone.en.md, line 1, body: The link term:nothing leads nowhere" in str(
        refusal.value
    )


def test_a_translation_says_which_text_it_translates(folder):
    path = folder / "entries" / "situation" / "new-phone.fr.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"translates = .*\n", "", text), encoding="utf-8")
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    assert "new-phone.fr.md, line 1, translates: it is empty" in str(refusal.value)
    call_command("stamp_translations", str(path))
    assert path.read_text(encoding="utf-8") == text
    assert load.load_data(folder).updated == []


def test_only_translations_can_be_stamped(folder):
    reference = folder / "entries" / "situation" / "new-phone.en.md"
    for path in (reference, folder / "nothing.fr.md"):
        with pytest.raises(CommandError, match="is not a translation"):
            call_command("stamp_translations", str(path))


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "acceptances.csv",
            "titre-de-sejour,document-and-video",
            "titre-de-sejour,by-carrier-pigeon",
            'acceptances.csv, line 2, route: there is no activation route "by-carrier-pigeon"',
        ),
        (
            "acceptances.csv",
            "document-and-video,,yes",
            "document-and-video,,maybe",
            "acceptances.csv, line 2, outcome: Value 'maybe' is not a valid choice.",
        ),
        (
            "health_schemes.csv",
            "general,10,yes,16",
            "general,10,yes,sixteen",
            'health_schemes.csv, line 2, minimum_age: "sixteen" is not a whole number',
        ),
        (
            "activation_routes.csv",
            "document-and-video,20,yes,,",
            "document-and-video,20,yes,2025-01-01,",
            "A route that opened department by department has no day of its own.",
        ),
        (
            "source_texts.csv",
            "alan-2024-01-05,en",
            "alan-2024-01-06,en",
            'slug: there is no source "alan-2024-01-06"',
        ),
    ],
)
def test_a_bad_table_is_refused_whole(folder, file, old, new, complaint):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    assert complaint in str(refusal.value)


# --- One language a page ---------------------------------------------------------------------------

ENGLISH = set("the of and is to with for your you that this are not it on from be".split())
FRENCH = set("le la les des et est pour avec vous votre que qui une un ne pas dans sur du".split())


def passages(node, language):
    """Yield each run of text between tags with the language it is marked as."""
    language = node.get("lang", language)
    if node.tag in ("script", "style", lxml.etree.Comment):
        return
    yield language, node.text or ""
    for child in node:
        yield from passages(child, language)
        yield language, child.tail or ""


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_mixes_languages_unmarked(client, language):
    wrong = []
    for path in [*(address[4:] for address in addresses()[: len(addresses()) // 2]), *SAMPLES]:
        tree = lxml.html.document_fromstring(page(client, f"/{language}/{path}"))
        for marked, text in passages(tree, language):
            words = re.findall(r"[a-zà-ÿ]+", text.lower())
            score = {
                "en": sum(word in ENGLISH for word in words),
                "fr": sum(word in FRENCH for word in words),
            }
            other = "fr" if marked == "en" else "en"
            if len(words) > 3 and score[other] > score[marked] and score[other] > 1:
                wrong.append((path, marked, text.strip()[:80]))
    assert wrong == []
