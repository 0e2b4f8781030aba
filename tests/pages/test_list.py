"""The list of all departments: filtered and sorted."""

import re

import pytest

pytestmark = pytest.mark.django_db


def rows(client, query=""):
    """Return the numbers of the departments that the list shows, in its order."""
    answer = client.get(f"/en/departments/{query}")
    assert answer.status_code == 200
    return re.findall(r'<td class="code">(\w+)</td>', answer.content.decode())


def test_all_stand_by_region_with_overseas_last(client):
    shown = rows(client)
    assert len(shown) == len(set(shown)) == 101
    assert shown[:3] == ["01", "03", "07"]
    assert set(shown[-5:]) == {"971", "972", "973", "974", "976"}


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", ["01", "02", "03"]),
        ("number", ["01", "02", "03"]),
        ("day", ["06", "44", "63"]),
        ("region", ["01", "03", "07"]),
        ("nonsense", ["01", "03", "07"]),
    ],
)
def test_it_is_sorted_as_selected(client, sort, first):
    assert rows(client, f"?sort={sort}")[:3] == first


def test_names_are_ordered_as_a_reader_looks_for_them(client):
    by_name = rows(client, "?sort=name")
    assert by_name.index("35") < by_name.index("36")  # Ille-et-Vilaine, Indre
    assert by_name.index("26") < by_name.index("91") < by_name.index("27")  # Drôme, Essonne, Eure


def test_filters_by_region_wave_and_state_combine(client):
    assert len(rows(client, "?region=84")) == 12
    assert rows(client, "?region=84&wave=pilot-2023&sort=number") == ["63", "69"]
    assert rows(client, "?region=84&wave=pilot-2023&state=opens") == ["63", "69"]  # none is so
    assert len(rows(client, "?state=open&on=2025-05-28")) == 46
    assert len(rows(client, "?state=not-yet&on=2025-05-28")) + 46 <= 101


def test_each_choice_says_how_many_departments_it_leaves(client):
    html = client.get("/en/departments/?wave=pilot-2023").content.decode()
    assert '<option value="84">Auvergne-Rhône-Alpes (2)</option>' in html
    assert '<option value="pilot-2023" selected>' in html
    for value, count in re.findall(r'<option value="([^"]+)"[^>]*>[^<]*\((\d+)\)', html):
        name = "region" if value.isdigit() else "state" if value == "open" else "wave"
        query = f"?wave={value}" if name == "wave" else f"?wave=pilot-2023&{name}={value}"
        assert len(rows(client, query)) == int(count), value


@pytest.mark.parametrize("bad", ["99", "%00", "x" * 5000, "<b>", "84&region=99"])
def test_a_choice_that_is_none_is_named_and_all_are_shown(client, bad):
    html = client.get(f"/en/departments/?region={bad}").content.decode()
    assert "This is not in the list: all are shown." in html
    assert html.count('<td class="code">') == 101
    assert "<b>" not in html


def test_what_no_department_is_like_is_said(client):
    html = client.get("/en/departments/?region=94&wave=pilot-2023").content.decode()
    assert "No department matches." in html
    assert 'href="/en/departments/"' in html


def test_links_carry_order_filters_and_day(client):
    html = client.get("/fr/departments/?region=84&on=2025-05-28&sort=day").content.decode()
    assert 'href="?region=84&amp;on=2025-05-28&amp;sort=name"' in html
    assert 'href="/en/departments/?region=84&amp;on=2025-05-28&amp;sort=day"' in html
    assert '<a href="?region=84&amp;on=2025-05-28&amp;sort=day" aria-current="true">' in html
    assert '<input type="hidden" name="on" value="2025-05-28"' in html


def test_a_day_that_is_none_is_not_carried_on(client):
    html = client.get("/en/departments/?on=yesterday").content.decode()
    assert "We cannot show that date." in html
    assert '<input type="hidden" name="on"' not in html
    assert 'href="?sort=name"' in html
