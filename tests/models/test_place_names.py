"""Names that lead to places: reference rows, aliases, and the search index of each process."""

import datetime
import json
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from rollout.facts import writer
from rollout.importing import cells, load
from rollout.models import (
    Alias,
    Collectivity,
    Commune,
    DataVersion,
    FormerName,
    Intercommunality,
    PostalLocality,
    ReferenceFile,
)
from rollout.search import service
from tests.importing.test_load import problems_of, spoil

pytestmark = pytest.mark.django_db

REFERENCE_ROWS = {
    "commune": Commune,
    "formername": FormerName,
    "collectivity": Collectivity,
    "intercommunality": Intercommunality,
    "postallocality": PostalLocality,
}


def alias(**values):
    return Alias(
        **{
            "name": "Ploucville",
            "kind": "well_known_place",
            "target_type": "commune",
            "target_codes": "69123",
            "language": "fr",
            **values,
        }
    )


def test_all_names_are_loaded():
    assert Commune.objects.count() == 37_422
    assert FormerName.objects.count() == 3_542
    assert Alias.objects.count() == 2_650
    assert Collectivity.objects.count() == 94
    assert Intercommunality.objects.count() == 1_266
    assert PostalLocality.objects.count() == 390


def shorten(path):
    """Keep ten communes and Lyon: to read all 37,422 takes seconds, and a bad line is refused alike."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [*lines[:11], *(line for line in lines[11:] if ",Lyon," in line)]
    path.write_text("".join(lines), encoding="utf-8")


def test_reference_rows_are_replaced_only_when_their_file_changed(folder):
    assert load.load_data(folder).replaced == []
    spoil(folder, "former_names.csv", "Amareins,01", "Amareins-le-Vieux,01")
    assert load.load_data(folder).replaced == ["former_names.csv: 3542 rows"]
    assert FormerName.objects.filter(name="Amareins-le-Vieux").exists()
    assert not FormerName.objects.filter(name="Amareins").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("communes.csv", "69123,Lyon,69", "69123,Lyon,96", 'dept: there is no department "96"'),
        ("communes.csv", "Lyon,69,C,69001|", "Lyon,69,C,6900|", "are not postcodes such as"),
        ("communes.csv", "69123,Lyon,69,C", "69123,Lyon,69,X", '"X" is not one of A, C, D, M'),
        ("communes.csv", "01002,", "01001,", "01001 C is here twice, first in line 2"),
        ("communes.csv", ",01400,860,", ",01400,many,", '"many" is not a whole number'),
        ("communes.csv", ",01400,860,", ",01400,-860,", '"-860" is not a whole number'),
        ("communes.csv", "01001,L", "0100100001,L", "is not an INSEE code such as 01004"),
        ("aliases.csv", "Brittany,", "Brittany,\u0007", "there is a control character"),
        ("aliases.csv", "Bresse,area_approx", "Bresse,cheese", "'cheese' is not a valid choice"),
        ("aliases.csv", "departments,01|71", "departments,01|99", "There is no such place: 99."),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_nothing_changes(
    folder, file, old, new, complaint
):
    spoil(folder, file, old, new)
    if file == "communes.csv":
        shorten(folder / file)
    problems = problems_of(folder)
    assert any(problem.startswith(file) and complaint in problem for problem in problems), problems
    assert Commune.objects.count() == 37_422
    assert Alias.objects.count() == 2_650


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"target_codes": "99999"}, "There is no such place: 99999."),
        ({"target_codes": "69"}, "There is no such place: 69."),
        ({"target_codes": "69123|13055"}, "Only departments can be several."),
        ({"target_type": "region", "target_codes": "85"}, "There is no such place: 85."),
        ({"target_codes": "69;13"}, "Write codes such as"),
        ({"name": ""}, "cannot be blank"),
        (
            {
                "name": "Bresse",
                "kind": "area_approx",
                "target_type": "departments",
                "target_codes": "01|71",
            },
            "This alias exists already.",
        ),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused_in_words(values, sentence):
    with pytest.raises(ValidationError) as refusal:
        writer.save_fact(alias(**values))
    assert sentence in " ".join(refusal.value.messages)


def test_a_new_alias_is_found_at_the_next_request(client):
    assert "Nothing found" in client.get("/en/?q=Ploucville").content.decode()
    row = alias()
    writer.save_fact(row)
    assert (
        "Ploucville is a place in Lyon, in Rhône (69)."
        in client.get("/en/?q=ploucville").content.decode()
    )
    row.is_active = False
    writer.save_fact(row)
    assert "Nothing found" in client.get("/en/?q=Ploucville").content.decode()


def test_an_alias_does_not_build_the_big_index_anew():
    before = service.index()
    writer.save_fact(alias())
    after = service.index()
    assert after is not before
    assert after.names is before.names


def test_a_line_of_history_that_arrives_late_renews_the_index():
    before = service.index()
    late = Alias.history.latest()
    late.pk = None
    late.history_date -= datetime.timedelta(days=1)
    late.save(force_insert=True)
    DataVersion.renew()
    assert service.index() is not before


def test_a_changed_fact_keeps_the_index():
    before = service.index()
    department = Commune.objects.get(insee="69123", kind="C").department
    writer.save_fact(department, note="checked again")
    assert service.index() is before


def test_a_department_that_is_renamed_is_found_by_its_new_name(client):
    department = Commune.objects.get(insee="22113", kind="C").department
    department.name = "Côtes-du-Nord-Breizh"
    writer.save_fact(department)
    assert service.find("cotes du nord breizh").departments == ("22",)


def test_an_alias_that_a_file_no_longer_has_is_withdrawn_and_one_of_an_editor_is_not(
    folder, editor
):
    writer.save_fact(alias(), by=editor)
    spoil(
        folder,
        "aliases.csv",
        "Brittany,region_exonym,region,53,en",
        "Brittannia,region_exonym,region,53,en",
    )
    outcome = load.load_data(folder)
    assert outcome.updated == ["alias Brittany region_exonym region 53: withdrawn"]
    assert not Alias.objects.get(name="Brittany", target_codes="53").is_active
    assert Alias.objects.get(name="Ploucville").is_active
    assert load.load_data(folder).updated == []


def test_an_alias_that_an_editor_withdrew_stays_withdrawn(editor):
    row = Alias.objects.get(name="Brittany", target_codes="53")
    row.is_active = False
    writer.save_fact(row, by=editor)
    assert load.load_data().skipped == [
        "alias Brittany region_exonym region 53: the file says is_active False -> True"
    ]
    assert service.find("Brittany").departments == ()


def test_a_source_that_no_file_has_any_more_is_listed_and_kept(folder):
    for file, start in (("sources.csv", "alan-2024"), ("changes.csv", "source,alan-2024")):
        lines = (folder / file).read_text(encoding="utf-8").splitlines(keepends=True)
        unused = next(line for line in lines if line.startswith(start))
        content = "".join(line for line in lines if line != unused)
        (folder / file).write_text(content, encoding="utf-8")
    assert load.load_data(folder).missing == ["source alan-2024-01-05"]


def test_editors_manage_aliases_and_look_up_communes(admin_page):
    sent = {
        "name": "Ploucville",
        "kind": "well_known_place",
        "target_type": "commune",
        "target_codes": "69123",
        "language": "fr",
        "source": "",
        "is_active": "on",
        "change_note": "asked by a reader",
    }
    assert admin_page.post("/admin/rollout/alias/add/", sent).status_code == 302
    assert Alias.objects.get(name="Ploucville").history.get().history_user.username == "an-editor"
    answer = admin_page.post("/admin/rollout/alias/add/", sent | {"target_codes": "00000"})
    assert "There is no such place: 00000." in answer.content.decode()
    for name in REFERENCE_ROWS:
        assert admin_page.get(f"/admin/rollout/{name}/?q=lyon").status_code == 200
        assert admin_page.get(f"/admin/rollout/{name}/add/").status_code == 403


@pytest.mark.parametrize("target", REFERENCE_ROWS)
def test_reference_rows_cannot_be_changed(admin_page, target):
    row = REFERENCE_ROWS[target]._default_manager.first()
    assert row is not None
    assert (
        admin_page.post(f"/admin/rollout/{target}/{row.pk}/change/", {"name": "x"}).status_code
        == 403
    )
    assert (
        admin_page.post(f"/admin/rollout/{target}/{row.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )


def test_find_place_answers_people():
    out = StringIO()
    call_command("find_place", "lyon", "3e", stdout=out)
    assert out.getvalue() == "69: Lyon 3e Arrondissement 69003 (exact arrondissement)\n"
    with pytest.raises(CommandError, match="Say what to find"):
        call_command("find_place")


def find_lines(monkeypatch, *lines):
    monkeypatch.setattr("sys.stdin", StringIO("\n".join(lines)))
    out = StringIO()
    call_command("find_place", "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_find_place_answers_programs_a_line_each(monkeypatch):
    answers = find_lines(monkeypatch, '"lyon 3e"', "", '"\\u0000 NOUMÉA"', '"zzqqxx"', '""')
    assert [answer["departments"] for answer in answers] == [["69"], [], [], []]
    assert [answer["note"] for answer in answers] == [
        "",
        "not_a_department",
        "nothing_found",
        "empty",
    ]
    assert [answer["query"] for answer in answers] == ["lyon 3e", "\x00 NOUMÉA", "zzqqxx", ""]
    assert set(answers[0]["places"][0]) >= {"name", "kind", "departments", "postcode", "today"}


def test_find_place_and_the_page_agree(monkeypatch, client):
    for query in ("valence", "01200", "provence", "saint denis", "bretagne", "75999"):
        found = find_lines(monkeypatch, json.dumps(query))[0]["departments"]
        html = client.get("/en/", {"q": query}).content.decode().split('id="answer"')[1]
        html = html.split("</section>")[0]
        places = [html.index(f"/en/departments/{code.lower()}-") for code in found]
        assert places == sorted(places), query


@pytest.mark.parametrize("line", ["lyon", "{}", "1", '"lyon'])
def test_a_line_that_is_no_json_string_is_named(monkeypatch, line):
    with pytest.raises(CommandError, match="Line 2 is not"):
        find_lines(monkeypatch, '"ok"', line)


def test_suggestions_come_with_the_words_that_announce_them(client):
    answer = client.get("/en/suggest/?q=valen")
    assert answer.json()["suggestions"][0] == {"value": "Valence (26)", "where": "Drôme"}
    assert answer.json()["words"] == "8 suggestions. Choose with the arrow keys."
    assert "max-age=300" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert client.get("/en/suggest/").json() == {"suggestions": [], "words": "No suggestion."}
    assert client.post("/en/suggest/?q=x").status_code == 405


@pytest.mark.parametrize(
    "typed", ["69", "2a", "valence", "brit", "saint-d", "évr", "7501", "paca", "Лио"]
)
def test_every_suggestion_leads_where_it_says(client, typed):
    for offer in client.get("/fr/suggest/", {"q": typed}).json()["suggestions"]:
        found = service.find(offer["value"])
        names = [service.index().departments[code].name for code in found.departments]
        assert names, offer
        if offer["where"] and "(" in offer["value"]:
            assert names == [offer["where"]], offer


@pytest.mark.parametrize(
    "typed", ["%00", "%FF", "x" * 10_000, "<script>", "%F0%9F%A5%90", "' OR 1=1"]
)
def test_odd_suggestions_are_none(client, typed):
    answer = client.get(f"/en/suggest/?q={typed}")
    assert answer.status_code == 200
    assert answer.json()["suggestions"] == []


def test_loading_is_refused_whole_when_names_are_bad(folder):
    spoil(
        folder,
        "rollout.csv",
        "01,Ain,june-2024,2024-05-01,2024-05-31",
        "01,Ain,june-2024,2024-05-30",
    )
    spoil(folder, "communes.csv", "69123,Lyon,69", "69123,Lyon,96")
    shorten(folder / "communes.csv")
    before = list(ReferenceFile.objects.values())
    with pytest.raises(cells.DataRefused):
        load.load_data(folder)
    assert list(ReferenceFile.objects.values()) == before
    assert load.load_data().updated == []
