"""The drawings of the guide: one for each picture that an entry may have, all of one hand."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from lxml import etree

from rollout.kinds import Kind, Picture
from rollout.models import Entry

MAX_SYMBOL_BYTES = 1_500
SPRITE = Path("static/img/pictures.svg")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def symbols(request):
    """The symbols of the sprite by their id."""
    sprite = etree.parse(request.config.rootpath / SPRITE).getroot()
    return {symbol.get("id"): symbol for symbol in sprite.iter(f"{SVG}symbol")}


def test_there_is_one_drawing_for_each_picture(symbols):
    assert sorted(symbols) == sorted(Picture.values)


def test_each_drawing_is_small_and_drawn_on_the_same_grid(symbols):
    for name, symbol in symbols.items():
        assert len(etree.tostring(symbol)) <= MAX_SYMBOL_BYTES, name
        assert symbol.get("viewBox") == "0 0 48 48", name


def test_colours_and_stroke_come_from_the_style_sheet(symbols):
    """So that both themes, forced colours and print have theirs, and all have one stroke."""
    for name, symbol in symbols.items():
        for shape in symbol.iter():
            assert shape.get("fill") in (None, "currentColor"), name
            assert not set(shape.keys()) & {"stroke", "stroke-width", "style", "class"}, name
            assert shape.tag.removeprefix(SVG) in {"symbol", "path", "rect", "circle"}, name


@pytest.mark.django_db
def test_each_step_and_each_thing_to_have_ready_has_a_drawing():
    entries = list(Entry.objects.filter(kind__in=[Kind.STEP, Kind.REQUIREMENT]))
    assert len(entries) > 20
    assert [entry for entry in entries if not entry.picture] == []


def test_a_drawing_is_not_read_out_for_the_words_beside_it_say_the_same():
    html = render_to_string("rollout/_picture.html", {"name": "card-to-phone"})
    assert re.search(r'<svg [^>]*aria-hidden="true">', html)
    assert html.count("#card-to-phone") == 1
    assert render_to_string("rollout/_picture.html", {"name": ""}).strip() == ""
