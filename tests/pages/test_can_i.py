"""The check: every combination of answers has exactly one verdict, and it is an honest one."""

import datetime
import itertools
import re
from collections import Counter
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from rollout.caching import fragments
from rollout.facts import writer
from rollout.facts.eligibility import (
    AGE_RULE,
    RULES,
    Age,
    Answers,
    Guide,
    Number,
    Phone,
    VerdictKind,
    verdict,
)
from rollout.facts.snapshot import RolloutSnapshot
from rollout.kinds import REASONS
from rollout.models import (
    Acceptance,
    ActivationRoute,
    DataVersion,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Outcome,
    Source,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

GOOD = {
    "document": "titre-de-sejour",
    "scheme": "general",
    "age": "18-or-over",
    "number": "permanent",
    "phone": "recent",
}
ACCEPTED = {"titre-de-sejour", "french-id-card-old", "french-passport"}
PROBABLY = {"article-50-card", "eu-residence-card", "be-es-pt-id-card"}
NOT_KNOWN = {"other-eu-id-card", "foreign-passport", "vls-ts", "other-document"}
PROBABLY_NOT = {"recepisse", "expired"}


def ask(client, language="en", **answers):
    return client.get(f"/{language}/can-i/", GOOD | answers)


def headline(answer):
    html = answer.content.decode()
    matches = re.findall(
        r'class="verdict-title">\s*<span class="state state-([a-z-]+)">(.*?)</span>', html
    )
    assert len(matches) == 1, matches
    return matches[0]


class Rows:
    """The real rows, fetched once."""

    def __init__(self, on=None):
        self.documents = {row.slug: row for row in IdentityDocument.objects.with_texts()}
        self.schemes = {row.slug: row for row in HealthScheme.objects.with_texts()}
        self.snapshot = RolloutSnapshot(on)
        entries = {row.slug: row for row in Entry.objects.filter(slug__in=REASONS).with_texts()}
        routes = list(ActivationRoute.objects.for_page())
        self.guide = Guide(routes, Acceptance.objects.on(self.snapshot.on), entries)

    def verdict(self, document, scheme="general", **values):
        values = {"age": Age.ADULT, "number": Number.PERMANENT, "phone": Phone.RECENT} | values
        answers = Answers(
            self.documents[document],
            self.schemes[scheme],
            Age(values["age"]),
            Number(values["number"]),
            Phone(values["phone"]),
            self.snapshot.by_code.get(values.get("department", "")),
        )
        return verdict(answers, self.guide, self.snapshot)


@pytest.fixture
def rows():
    return Rows()


def test_the_whole_matrix_has_one_verdict_each_and_keeps_the_rules(rows):
    combinations = list(
        itertools.product(rows.documents, rows.schemes, Age.values, Number.values, Phone.values)
    )
    assert len(combinations) == 13 * 6 * 4 * 4 * 4
    seen: Counter[str] = Counter()
    for document, scheme, age, number, phone in combinations:
        result = rows.verdict(document, scheme, age=age, number=number, phone=phone)
        what = (document, scheme, age, number, phone, result.kind)
        seen[result.kind] += 1
        assert isinstance(result.kind, VerdictKind)
        assert result.findings, what
        refused = (
            scheme == "none" or age == Age.UNDER_16 or phone in (Phone.OLD, Phone.NO_SMARTPHONE)
        )
        likely_not = (document in PROBABLY_NOT or age == Age.GUARDIANSHIP) and not refused
        waiting = number in (Number.PROVISIONAL, Number.NONE)
        assert (result.kind == VerdictKind.NO) == refused, what
        assert (result.kind == VerdictKind.PROBABLY_NOT) == likely_not, what
        is_waiting = waiting and not refused and not likely_not
        assert (result.kind == VerdictKind.NOT_YET) == is_waiting, what
        if result.kind not in (VerdictKind.YES, VerdictKind.BY_ROUTE, VerdictKind.PROBABLY):
            assert result.others == [], what
        if refused or waiting or likely_not:
            assert not result.may_try, what
            continue
        open_question = (
            document in NOT_KNOWN
            or number == Number.NO_CARD
            or phone == Phone.NOT_KNOWN
            or (age == Age.FROM_16 and scheme in ("msa", "mgen", "other-scheme"))
        )
        assert (result.kind == VerdictKind.UNKNOWN) == open_question, what
        if open_question:
            continue
        likely = document in PROBABLY or scheme in ("s1", "other-scheme")
        assert (result.kind == VerdictKind.PROBABLY) == likely, what
        if not likely:
            by_route = document == "french-id-card-new" and age == Age.ADULT
            assert result.kind == (VerdictKind.BY_ROUTE if by_route else VerdictKind.YES), what
    assert set(seen) == set(VerdictKind)


def test_the_reasons_are_known_to_the_guide():
    assert {AGE_RULE, *(slug for _outcome, slug in RULES.values())} == REASONS


def test_every_reason_has_its_words_on_the_page(client):
    for answers in ({"age": "under-16"}, {"number": "no-card"}, {"phone": "old"}):
        html = ask(client, **answers).content.decode()
        assert html.count('class="finding-title"') == 3
        assert html.count('class="evidence"') == 3


def test_every_reason_has_its_words_and_its_evidence(rows):
    for document, age, number, phone in itertools.product(
        rows.documents, Age.values, Number.values, Phone.values
    ):
        result = rows.verdict(document, age=age, number=number, phone=phone)
        for finding in result.findings:
            assert finding.about is not None
            assert finding.about.text
            assert finding.evidence.last_checked
            assert finding.evidence.certainty


def test_the_worst_reason_comes_first(rows):
    result = rows.verdict("foreign-passport", "s1", number="provisional")
    assert [finding.outcome for finding in result.findings] == ["not-yet", "unknown", "probably"]


def test_a_new_french_id_card_goes_by_france_identite_and_by_the_video_too(rows):
    result = rows.verdict("french-id-card-new")
    assert (result.kind, result.route.slug) == (VerdictKind.BY_ROUTE, "france-identite")
    assert [route.slug for route in result.others] == ["document-and-video"]
    minor = rows.verdict("french-id-card-new", age="16-or-17")
    assert (minor.kind, minor.route.slug) == (VerdictKind.YES, "document-and-video")
    assert minor.others == []


def test_on_a_past_day_the_department_decides():
    rows = Rows(datetime.date(2025, 4, 1))
    assert rows.verdict("titre-de-sejour", department="75").kind == VerdictKind.NOT_YET
    assert rows.verdict("titre-de-sejour", department="69").kind == VerdictKind.YES
    assert rows.verdict("titre-de-sejour").kind == VerdictKind.UNKNOWN
    paris = rows.verdict("french-id-card-new", department="75")
    assert (paris.kind, paris.route.slug) == (VerdictKind.BY_ROUTE, "france-identite")
    assert paris.others == []
    rows = Rows(datetime.date(2025, 3, 17))
    assert rows.verdict("french-id-card-new", department="75").kind == VerdictKind.NOT_YET


def test_between_two_waves_a_department_may_have_been_open():
    rows = Rows(datetime.date(2025, 7, 1))
    assert rows.verdict("titre-de-sejour", department="35").kind == VerdictKind.UNKNOWN


def test_where_no_source_names_the_department_the_answer_is_probably(rows):
    assert rows.verdict("titre-de-sejour", department="976").kind == VerdictKind.PROBABLY


def test_the_day_france_identite_takes_residence_permits_is_one_row_with_its_day(editor):
    row = Acceptance(
        document_id="titre-de-sejour",
        route_id="france-identite",
        since=datetime.date(2027, 2, 1),
        outcome=Outcome.YES,
        certainty="official",
        last_checked=datetime.date(2026, 11, 23),
    )
    writer.save_fact(row, by=editor, note="announced today", sources=Source.objects.all()[:1])
    before = Rows(datetime.date(2027, 1, 31)).verdict("titre-de-sejour")
    assert (before.kind, before.others) == (VerdictKind.YES, [])
    after = Rows(datetime.date(2027, 2, 1)).verdict("titre-de-sejour")
    assert (after.kind, after.route.slug) == (VerdictKind.BY_ROUTE, "france-identite")
    assert [route.slug for route in after.others] == ["document-and-video"]


def steps(client, **answers):
    """Return what the answer says of how to do it."""
    html = ask(client, **answers).content.decode().partition('id="what-to-do"')[2]
    return html.partition("</section>")[0]


NOT_DESCRIBED = "How to go this way with your document is not known yet."


def test_steps_for_the_french_id_card_are_given_to_no_other_document(client, editor):
    row = Acceptance(
        document_id="titre-de-sejour",
        route_id="france-identite",
        since=datetime.date(2027, 3, 1),
        outcome=Outcome.YES,
        certainty="official",
        last_checked=datetime.date(2026, 11, 23),
    )
    writer.save_fact(row, by=editor, sources=Source.objects.all()[:1])
    html = steps(client, on="2027-03-01")
    assert NOT_DESCRIBED in html
    assert "ID card" not in html
    assert 'href="/en/set-up/#france-identite"' in html
    card = steps(client, on="2027-03-01", document="french-id-card-new")
    assert NOT_DESCRIBED not in card
    assert "Scan your ID card" in card


def test_for_every_document_the_steps_of_its_route_are_there(client):
    for document in IdentityDocument.objects.exclude(pk__in=PROBABLY_NOT):
        html = steps(client, document=document.pk)
        assert html.count('<details class="entry">') > 8, document
        assert NOT_DESCRIBED not in html


def test_a_newer_row_of_the_same_pair_replaces_the_older_one(editor):
    row = Acceptance(
        document_id="foreign-passport",
        route_id="document-and-video",
        since=datetime.date(2026, 1, 1),
        outcome=Outcome.YES,
        certainty="official",
        last_checked=datetime.date(2026, 11, 23),
    )
    writer.save_fact(row, by=editor, note="x", sources=Source.objects.all()[:1])
    assert Rows(datetime.date(2025, 12, 31)).verdict("foreign-passport").kind == "unknown"
    assert Rows().verdict("foreign-passport").kind == VerdictKind.YES


def test_a_row_that_was_withdrawn_counts_no_more(editor):
    row = Acceptance.objects.get(document="titre-de-sejour")
    row.is_active = False
    writer.save_fact(row, by=editor)
    assert Rows().verdict("titre-de-sejour").kind == VerdictKind.UNKNOWN


@pytest.mark.parametrize(("age", "kind"), [(16, "yes"), (18, "no"), (None, "unknown")])
def test_the_minimum_age_of_the_scheme_decides_for_minors(rows, age, kind):
    rows.schemes["general"].minimum_age = age
    assert rows.verdict("titre-de-sejour", age="16-or-17").kind == kind
    assert rows.verdict("titre-de-sejour", age="18-or-over").kind == VerdictKind.YES


def test_how_sure_a_verdict_is_tells_the_least_sure_of_what_decided(rows):
    assert rows.verdict("titre-de-sejour").certainty == "several-press"
    assert rows.verdict("be-es-pt-id-card", scheme="s1").certainty == "inference"
    assert rows.verdict("foreign-passport").certainty == ""


def test_the_language_link_prefers_none_of_two_answers_either(client):
    html = client.get("/en/can-i/?age=under-16&age=18-or-over").content.decode()
    assert "/fr/can-i/?age=under-16&amp;age=18-or-over" in html


def test_a_document_of_which_nothing_is_known_is_not_refused(rows):
    rows.documents["new"] = IdentityDocument(slug="new", position=1)
    result = rows.verdict("new")
    assert (result.kind, result.route) == (VerdictKind.UNKNOWN, None)


# --- The page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "shape", "title"),
    [
        ({}, "yes", "Yes"),
        ({"document": "french-id-card-new"}, "yes", "Yes, with France Identité"),
        ({"document": "article-50-card"}, "probably", "Probably yes"),
        (
            {"document": "foreign-passport"},
            "unknown",
            "We do not know: no source settles it for your document",
        ),
        ({"number": "no-card"}, "unknown", "We do not know: you have no plastic card yet"),
        (
            {"phone": "not-known"},
            "unknown",
            "We do not know: it depends on the version of your phone",
        ),
        (
            {"scheme": "msa", "age": "16-or-17"},
            "unknown",
            "We do not know: some schemes require you to be 18",
        ),
        ({"number": "provisional"}, "not-yet", "Not yet: your number is provisional"),
        ({"number": "none"}, "not-yet", "Not yet: you have no social security number yet"),
        (
            {"document": "expired"},
            "unknown",
            "Probably not: no source that we read accepts your document",
        ),
        (
            {"document": "recepisse"},
            "unknown",
            "Probably not: no source that we read accepts your document",
        ),
        ({"scheme": "none"}, "no", "No: you need French health insurance first"),
        (
            {"scheme": "other-scheme"},
            "probably",
            "Probably yes: your health scheme should be covered",
        ),
        (
            {"age": "guardianship"},
            "unknown",
            "Probably not: people under guardianship (tutelle) could not have it in September 2025",
        ),
        ({"department": "976"}, "probably", "Probably yes: no source names your department"),
        ({"age": "under-16"}, "no", "No: you are under 16"),
        ({"phone": "old"}, "no", "No: your phone is too old"),
        ({"phone": "no-smartphone"}, "no", "No: the app needs a smartphone"),
    ],
)
def test_the_verdict_is_said_in_a_sentence_and_by_its_shape(client, answers, shape, title):
    answer = ask(client, **answers)
    assert headline(answer) == (shape, title)
    assert "<title>" + title in answer.content.decode()


def test_what_is_not_known_is_never_worded_as_no(client):
    for document in NOT_KNOWN:
        html = ask(client, document=document).content.decode()
        section = html[html.index('id="answer"') : html.index('id="what-to-do"')]
        assert not re.search(r"\b(not possible|not accepted|refused|impossible)\b", section), (
            document
        )


def test_a_passport_of_another_country_is_promised_nothing(client):
    for scheme in HealthScheme.objects.all():
        shape, _words = headline(ask(client, document="foreign-passport", scheme=scheme.pk))
        assert shape in ("unknown", "no")


def test_a_verdict_shows_its_reason_sources_days_and_what_to_do(client):
    html = ask(client).content.decode()
    assert "Every list that we read names it" in html
    assert 'href="/en/sources/frenchentree-2025-05/"' in html
    assert "Reported by several newspapers or websites" in html
    assert "Last checked on" in html
    assert "Film your identity document, then your face" in html
    assert "hold the card" not in html.lower()
    other = ask(client, document="french-id-card-new").content.decode()
    assert "Film your identity document, then your face" not in other
    assert Entry.objects.get(slug="fi-scan-the-id-card").text.title in other


def test_when_it_cannot_work_there_are_no_steps(client):
    html = ask(client, number="provisional").content.decode()
    assert 'id="what-to-do"' not in html
    assert "/en/set-up/#help" in html


def test_on_a_past_day_the_page_says_so_and_keeps_the_day(client):
    html = ask(client, on="2025-04-01", department="75").content.decode()
    assert "Not yet: the app is not open in your department (1\xa0April 2025)" in html
    assert "Not open yet; opened on" in html
    assert '<input type="hidden" name="on" value="2025-04-01">' in html
    assert "/fr/can-i/?" in html
    assert "document=titre-de-sejour" in html.split('hreflang="fr">Français')[0]


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize(
    ("today", "on", "title"),
    [
        ("2027-02-21", "", "Yes"),
        ("2027-02-22", "", "Yes (when last checked, on 23\xa0November 2026)"),
        ("2027-02-22", "2027-06-01", "Yes (when last checked, on 23\xa0November 2026)"),
        ("2026-11-29", "2027-06-01", "Yes (1\xa0June 2027, as far as is announced today)"),
        ("2027-02-22", "2025-12-01", "Yes (1\xa0December 2025)"),
    ],
)
def test_a_verdict_says_what_is_overdue_and_what_is_only_announced(client, today, on, title):
    with time_machine.travel(f"{today}T12:00:00+01:00", tick=False):
        assert headline(ask(client, on=on)) == ("yes", title)


def test_a_probable_no_says_that_it_is_our_own_conclusion(client):
    html = ask(client, document="recepisse").content.decode()
    assert "probably not accepted" in html
    assert re.search(r"How sure we are: +our own conclusion\.", re.sub(r"\s+", " ", html))
    assert 'class="state state-no"' not in html


def test_the_empty_form_is_for_search_engines_the_verdicts_are_not(client):
    assert "noindex" not in client.get("/en/can-i/").content.decode()
    for answer in (ask(client), client.get("/en/can-i/?document=x")):
        html = answer.content.decode()
        assert '<meta name="robots" content="noindex">' in html


def test_nothing_is_stored(client):
    answer = ask(client)
    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers


# --- Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "complaints"),
    [
        ("document=titre-de-sejour", 4),
        ("document=", 5),
        ("document=library-card&scheme=general&age=18-or-over&number=permanent&phone=recent", 1),
        ("document=%00&scheme=%F0%9F%92%A9&age=18&number=-1&phone=1e9", 5),
        ("document=" + "x" * 10_000, 5),
        ("department=99&document=titre-de-sejour", 5),
        ("document=titre-de-sejour&document=expired&scheme=general", 4),
        ("age=18-or-over&age=18-or-over", 5),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_wrong_answer_gets_the_form_again_with_a_message(client, language, query, complaints):
    answer = client.get(f"/{language}/can-i/?{query}")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "verdict-title" not in html
    assert html.count('class="field-error"') == complaints
    assert 'role="alert"' in html
    assert "x" * 300 not in html


def test_a_question_answered_twice_says_so_and_prefers_neither(client):
    query = "&".join(f"{name}={value}" for name, value in GOOD.items())
    html = client.get(f"/en/can-i/?{query}&age=under-16").content.decode()
    assert "There are several answers to this question: choose one." in html
    assert "verdict-title" not in html


def test_the_verdict_lists_the_questions_with_their_answers(client):
    html = ask(client, department="69").text
    answers = re.findall(r"<dt>\s*([^<]*?)\s*</dt>\s*<dd>\s*([^<]*?)\s*<a", html)
    assert ("How old are you?", "18 or over") in answers
    assert ("Your department (optional)", "69 Rhône") in answers


def test_the_form_shows_what_was_answered(client):
    html = client.get("/en/can-i/?document=vls-ts&scheme=nothing").content.decode()
    assert re.search(r'value="vls-ts"[^>]*checked', html)


def test_parameters_that_nobody_knows_do_nothing(client):
    html = client.get("/en/can-i/?utm_source=x").content.decode()
    assert "verdict-title" not in html
    assert "field-error" not in html


# --- One question at a time ------------------------------------------------------------------------


def question(client, query, language="en"):
    """Return the HTML of the page of one question, which is the only one on it."""
    html = client.get(f"/{language}/can-i/?{query}").text
    assert html.count('<div class="choice">') > 1 or html.count("<select") == 1
    assert html.count('class="choices"') == html.count("<h1>") == 1
    assert '<meta name="robots" content="noindex">' in html
    assert "verdict-title" not in html
    return html.partition("<main")[2].partition("</main>")[0]


def hidden(html):
    """Return what the form of a page sends besides the answer to its question."""
    return dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', html))


def shown(html):
    """Return the name of the question of a page."""
    return re.findall(r'<(?:fieldset|div) class="choices" id="(.*?)"', html)[0]


def test_one_question_leads_to_the_next_and_the_last_to_the_verdict(client):
    answers: dict[str, str] = {}
    step = "document"
    for number, name in enumerate([*GOOD, "department"], 1):
        html = question(client, urlencode(answers | {"step": step}))
        assert shown(html) == name
        assert f"Question {number} of 6" in html
        assert "field-error" not in html
        assert not re.search(r"<input[^>]* checked", html)
        sent = hidden(html)
        step = sent.pop("step", "")
        assert sent == answers
        answers[name] = GOOD.get(name, "69")
    assert step == ""
    response = client.get(f"/en/can-i/?{urlencode(answers)}")
    assert headline(response) == ("yes", "Yes")


def test_back_and_the_language_link_keep_the_answers(client):
    html = client.get("/en/can-i/?document=vls-ts&scheme=msa&step=age").text
    assert 'href="?document=vls-ts&amp;scheme=msa&amp;step=scheme">Back</a>' in html
    assert "/fr/can-i/?document=vls-ts&amp;scheme=msa&amp;step=age" in html
    before = question(client, "document=vls-ts&scheme=msa&step=scheme")
    assert re.search(r'value="msa"[^>]*checked', before)
    assert hidden(before) == {"document": "vls-ts", "step": "age"}
    assert ">Back<" not in question(client, "step=document")
    back = "&".join([urlencode(GOOD), "step=phone"])  # from the department, which is still open
    assert hidden(question(client, back))["step"] == "department"


def test_all_questions_on_one_page_keep_the_answers_and_blame_nobody(client):
    html = client.get("/en/can-i/?document=vls-ts&step=all").text
    assert html.count('class="choices"') == 6
    assert re.search(r'value="vls-ts"[^>]*checked', html)
    assert "field-error" not in html
    assert 'role="alert"' not in html
    assert '<meta name="robots" content="noindex">' in html
    assert 'href="?step=document"' in client.get("/en/can-i/").text


def test_an_answer_changed_after_the_verdict_leads_back_to_it(client):
    html = ask(client).text
    links = re.findall(r'href="\?([^"]*step=scheme)"', html)
    assert len(links) == 1
    changed = question(client, links[0].replace("&amp;", "&"))
    assert hidden(changed) == {n: v for n, v in GOOD.items() if n != "scheme"} | {"department": ""}
    assert "See the answer" in changed


def test_a_past_day_is_kept_from_question_to_question(client):
    html = question(client, "document=vls-ts&step=scheme&on=2025-04-01")
    assert hidden(html)["on"] == "2025-04-01"
    assert "on=2025-04-01&amp;step=document" in html


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("query", "name", "has_error"),
    [
        ("step=scheme", "document", True),  # nothing chosen
        ("step=phone&document=vls-ts", "scheme", True),
        ("step=document&document=library-card", "document", True),
        ("step=age&document=%00&scheme=" + "x" * 10_000, "document", True),
        ("step=scheme&document=vls-ts&document=expired", "document", True),
        ("step=document&document=vls-ts&document=expired", "document", True),
        ("step=document&age=12", "document", False),
        ("step=department&department=99&document=vls-ts", "scheme", True),
        (
            f"{urlencode(GOOD)}&department=99&step=department",
            "department",
            True,
        ),
    ],
)
def test_a_question_without_a_valid_answer_comes_again_with_a_message(
    client, language, query, name, has_error
):
    html = question(client, query, language)
    assert shown(html) == name
    assert ('class="field-error"' in html) is has_error
    assert "x" * 300 not in html


@pytest.mark.parametrize(
    "step", ["step=", "step=shoe-size", "step=age&step=phone", "step=%00", "step=" + "a" * 5_000]
)
def test_a_step_that_there_is_not_is_as_if_none_had_been_named(client, step):
    for query in ("", "document=vls-ts"):
        plain, with_step = (
            client.get(f"/en/can-i/?{q}").text.partition("<main")[2]
            for q in (query, f"{query}&{step}")
        )
        assert with_step == plain
    assert headline(client.get(f"/en/can-i/?{urlencode(GOOD)}&{step}")) == ("yes", "Yes")


def test_the_hint_of_a_group_of_answers_is_part_of_its_name(client):
    for query in ("", "step=document"):
        html = client.get(f"/en/can-i/?{query}").text
        legend = html.partition("<legend>")[2].partition("</legend>")[0]
        assert "in this list." in legend


# --- The sheet of one's own ------------------------------------------------------------------------


def test_the_answer_has_the_sentences_to_say_with_what_they_mean(client):
    for language in ("en", "fr"):
        html = ask(client, language).text.partition('id="what-to-do"')[2]
        for phrase in Entry.objects.filter(kind="phrase").with_texts():
            assert f'<b lang="fr" translate="no">{phrase.french_words}</b>' in html
            if language == "en":
                assert f"<span>{phrase.text.title}</span>" in html


# --- Editors ---------------------------------------------------------------------------------------


def test_an_editor_can_withdraw_a_document_from_the_form(client, editor):
    row = IdentityDocument.objects.get(slug="other-document")
    row.is_active = False
    writer.save_fact(row, by=editor)
    assert 'value="other-document"' not in client.get("/en/can-i/").content.decode()
    assert "Another document" not in client.get("/en/sources/").content.decode()
    html = ask(client, document="other-document").content.decode()
    assert "This is not one of the answers: choose one." in html


def test_the_rows_of_the_check_are_edited_in_the_admin(admin_page):
    for model in (ActivationRoute, IdentityDocument, Acceptance, HealthScheme):
        name = model._meta.model_name
        assert admin_page.get(reverse(f"admin:rollout_{name}_changelist")).status_code == 200
        assert admin_page.get(reverse(f"admin:rollout_{name}_add")).status_code == 200
        row = model.objects.all()[0]
        address = reverse(f"admin:rollout_{name}_change", args=[row.pk])
        assert admin_page.get(address).status_code == 200


def test_a_department_that_is_suspended_is_not_yet(client):
    Department.objects.filter(code="69").update(suspended_from=datetime.date(2026, 1, 1))
    DataVersion.renew()
    assert headline(ask(client, department="69"))[0] == "not-yet"
    assert headline(ask(client, department="38")) == ("yes", "Yes")
    assert headline(ask(client))[0] == "unknown"


def test_without_a_department_the_answer_says_for_how_many_it_is_our_own_conclusion(client):
    address = (
        "/en/can-i/?document=titre-de-sejour&scheme=general&age=18-or-over&number=permanent"
        "&phone=recent"
    )
    sentence = "for 5 overseas departments this is our own conclusion"
    assert sentence in client.get(address).content.decode()
    assert sentence not in client.get(f"{address}&department=69").content.decode()


def test_whatever_is_sent_few_questions_are_cached_and_none_with_anothers_answer(
    client, empty_fragment_cache
):
    blank = client.get("/en/can-i/").content
    client.get("/en/can-i/?age=x&department=y")
    count = len(fragments.fragment_cache)
    for number in range(5):
        html = client.get(f"/en/can-i/?age=x{number}&department=y{number}").content.decode()
        assert html.count('aria-invalid="true"') > 10
    assert len(fragments.fragment_cache) == count
    html = client.get("/en/can-i/?age=adult&department=69").content.decode()
    assert '<option value="69" selected>' in html
    assert client.get("/en/can-i/").content == blank
