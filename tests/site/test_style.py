"""What the style sheet, the icons and the drawings promise."""

import datetime
import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from PIL import Image

from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department
from rollout.pages import site_files
from rollout.pages.charts import gauge, step_chart

STATIC = Path(settings.BASE_DIR) / "static"
CSS = (STATIC / "css" / "site.css").read_text(encoding="utf-8")
TODAY = datetime.date(2026, 11, 23)


def tokens(selector, css=CSS):
    """Return the custom properties that a rule of a style sheet sets."""
    rule = re.findall(rf"{re.escape(selector)} \{{(.*?)\}}", css, re.DOTALL)[0]
    return dict(re.findall(r"--([\w-]+): (.*?);", rule))


LIGHT = tokens(":root")
DARK = LIGHT | tokens(':root[data-theme="dark"]')


def contrast(one, other):
    """Return the contrast of two colours as WCAG 2.2 defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


WORDS = [
    *(
        (ink, ground)
        for ink in ("ink", "muted", "accent", "good", "warn")
        for ground in ("paper", "card", "wash")
    ),
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in ("good-wash", "warn-wash")),
    ("accent-ink", "accent"),
    ("paper", "ink"),
    ("band-ink", "band"),
    ("band-muted", "band"),
]
SIGNS = [
    *((sign, ground) for sign in ("focus", "edge") for ground in ("paper", "card", "wash")),
    ("good", "good-wash"),
    ("warn", "warn-wash"),
    ("card", "good"),
    ("card", "warn"),
    ("glow", "band"),
]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_can_be_read_on_their_ground(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("sign", "ground"), SIGNS)
def test_signs_and_edges_of_controls_can_be_seen(theme, sign, ground):
    assert contrast(theme[sign], theme[ground]) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_waves_differ_in_lightness_one_after_the_other(theme):
    waves = [theme[f"wave-{n}"] for n in range(1, 6)]
    lightness = [_luminance(colour) for colour in waves]
    assert lightness == sorted(lightness, reverse=theme is DARK)
    assert all(contrast(one, next_) > 1.5 for one, next_ in itertools.pairwise(waves))
    assert contrast(theme["wave-later"], theme["wave-5"]) > 1.5
    assert contrast(theme["wave-later"], theme["closed"]) > 1.5


def test_the_dark_theme_is_the_same_for_the_system_and_for_a_reader():
    assert tokens(':root:not([data-theme="light"])') == tokens(':root[data-theme="dark"]')


# --- The editors' pages ----------------------------------------------------------------------------

ADMIN_CSS = (STATIC / "css" / "admin.css").read_text(encoding="utf-8")
SHARED = tokens("html[data-theme]", ADMIN_CSS)
ADMIN_LIGHT = SHARED | tokens('html[data-theme="light"]', ADMIN_CSS)
ADMIN_DARK = SHARED | tokens('html[data-theme="dark"]', ADMIN_CSS)
DJANGO_CSS = Path(admin.__file__).parent / "static" / "admin" / "css"
ADMIN_WORDS = [
    *(("body-fg", f"message-{kind}-bg") for kind in ("success", "warning", "error")),
    *(
        (ink, ground)
        for ink in ("body-fg", "body-quiet-color", "link-fg", "error-fg")
        for ground in ("body-bg", "card", "darkened-bg")
    ),
    *((ink, "selected-row") for ink in ("body-fg", "body-quiet-color", "link-fg")),
    ("error-fg", "message-error-bg"),
    ("button-fg", "button-bg"),
    ("body-bg", "button-hover-bg"),
    ("body-bg", "delete-button-bg"),
    ("body-bg", "close-button-bg"),
    ("object-tools-fg", "object-tools-bg"),
    ("primary-fg", "primary"),
    ("header-color", "header-bg"),
    ("header-link-color", "header-bg"),
    ("breadcrumbs-fg", "breadcrumbs-bg"),
    ("breadcrumbs-link-fg", "breadcrumbs-bg"),
]
ADMIN_SIGNS = [
    *((sign, ground) for sign in ("border-color", "focus") for ground in ("body-bg", "card")),
    *((sign, "darkened-bg") for sign in ("border-color", "focus")),
    *((tone, f"{tone}-wash") for tone in ("good", "warn", "bad")),
    ("border-color", "selected-row"),
    ("glow", "header-bg"),
]


def colour(theme, name):
    """Return the colour of a variable of the admin, which may be that of another."""
    value = theme[name]
    return value if value.startswith("#") else colour(theme, value[len("var(--") : -1])


@pytest.mark.parametrize("theme", [ADMIN_LIGHT, ADMIN_DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [*((*pair, 4.5) for pair in ADMIN_WORDS), *((*pair, 3) for pair in ADMIN_SIGNS)],
)
def test_the_editors_pages_can_be_read(theme, ink, ground, least):
    assert contrast(colour(theme, ink), colour(theme, ground)) >= least


def test_the_editors_pages_have_the_tokens_of_the_site():
    own = {"bad", "bad-wash", "label"}
    for theme, site in [(ADMIN_LIGHT, LIGHT), (ADMIN_DARK, DARK)]:
        shared = {name: value for name, value in theme.items() if name in site}
        assert shared == {name: site[name] for name in shared}
        assert {"accent", "band", "display", "ink", "paper", "round"} <= set(shared)
        assert own <= set(theme)
    by_system = ADMIN_CSS.partition("@media (prefers-color-scheme: dark)")[2]
    assert tokens(":root", by_system) == tokens('html[data-theme="dark"]', ADMIN_CSS)


def test_no_colour_of_djangos_own_is_left_in_the_editors_pages():
    theirs = tokens(":root", (DJANGO_CSS / "base.css").read_text(encoding="utf-8"))
    assert len(theirs) > 30
    assert set(theirs) - set(ADMIN_LIGHT) == set()


def test_the_documentation_states_the_contrasts_of_errors_as_they_are():
    stated = (Path(settings.BASE_DIR) / "docs" / "design.md").read_text(encoding="utf-8")
    pairs = [
        *(("bad", ground) for ground in ("paper", "card", "wash", "bad-wash")),
        ("ink", "bad-wash"),
    ]
    for ink, ground in pairs:
        light, dark = (f"{contrast(t[ink], t[ground]):.1f}" for t in (ADMIN_LIGHT, ADMIN_DARK))
        assert f"| {ink} on {ground} | {light} | {dark} |" in stated


def test_what_is_an_error_a_warning_or_a_success_differs_in_colour():
    for theme in (ADMIN_LIGHT, ADMIN_DARK):
        grounds = [theme[f"{tone}-wash"] for tone in ("good", "warn", "bad")]
        assert len(set(grounds)) == len({theme[tone] for tone in ("good", "warn", "bad")}) == 3


@pytest.mark.parametrize(
    "sheet", sorted((STATIC / "css").glob("*.css")), ids=lambda path: path.name
)
def test_style_sheets_know_no_left_and_right(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"[\w-]*\b(?:left|right)\b[\w-]*: ", text) == []


# ---------------------------------------------------------------------------------------------------


def test_every_token_that_is_used_is_set():
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    assert used - set(LIGHT) == {"mark"}  # of a state, set beside its use


def test_the_documentation_states_the_contrasts_as_they_are():
    stated = (Path(settings.BASE_DIR) / "docs" / "design.md").read_text(encoding="utf-8")
    for ink, ground in [*WORDS, *SIGNS]:
        light, dark = (f"{contrast(t[ink], t[ground]):.1f}" for t in (LIGHT, DARK))
        assert f"| {ink} on {ground} | {light} | {dark} |" in stated


def test_no_line_of_a_template_is_longer_than_120_characters():
    templates = Path(settings.BASE_DIR) / "templates"
    for path in filter(Path.is_file, templates.rglob("*")):
        assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 120, path


@pytest.mark.django_db
def test_pages_are_served_without_the_indentation_of_their_templates(client):
    assert not re.search(r"^[ \t]", client.get("/en/about/").content.decode(), re.MULTILINE)


@pytest.mark.django_db
def test_samples_of_code_keep_their_indentation(client):
    assert "\n    rows = list(csv.DictReader(text))\n" in client.get("/en/data/").content.decode()


@pytest.mark.parametrize("size", [32, 180, 192, 512])
def test_an_icon_has_its_size(size):
    with Image.open(STATIC / "img" / f"icon-{size}.png") as icon:
        assert icon.size == (size, size)


def test_a_home_screen_gets_a_name_in_its_language_and_icons_that_are_there(client):
    answer = client.get("/fr/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    content = answer.json()
    assert (content["name"], content["short_name"], content["start_url"], content["display"]) == (
        "L’appli carte Vitale dans votre département",
        "Appli carte Vitale",
        "/fr/#start",
        "minimal-ui",
    )
    for icon in content["icons"]:
        assert (STATIC / icon["src"].removeprefix("/static/")).is_file()
    assert client.post("/fr/manifest.webmanifest").status_code == 405


@pytest.mark.django_db
def test_the_browsers_own_colours_are_those_of_the_style_sheet(client):
    assert LIGHT["band"] == site_files.BAND
    assert LIGHT["paper"] == site_files.PAPER
    html = client.get("/en/about/").content.decode()
    assert f'<meta name="theme-color" content="{LIGHT["band"]}">' in html


def drawn(selected_day):
    """Return the chart of the real openings with this selected day."""
    chart = step_chart(RolloutSnapshot(TODAY).opening_days, TODAY, selected_day)
    assert chart is not None
    return chart


@pytest.mark.django_db
def test_the_chart_rises_on_each_day_and_says_which_days_are_not_exact():
    chart = drawn(TODAY)
    assert [step.opening_day.open_after for step in chart.steps] == [8, 23, 46, 56, 101]
    assert [step.is_exact for step in chart.steps] == [False, False, True, False, True]
    assert [year.name for year in chart.years] == ["2023", "2024", "2025", "2026"]
    assert chart.line.startswith("M6 166H")
    assert chart.line.endswith("V16.0H354")  # all of them, until today
    assert chart.selected_x == ""


@pytest.mark.django_db
def test_a_past_day_is_marked_on_the_chart_only_where_it_lies_within():
    marked = drawn(datetime.date(2025, 5, 26))
    assert marked.selected_x == marked.steps[2].x
    assert drawn(datetime.date(2019, 5, 27)).selected_x == ""
    assert drawn(datetime.date(2027, 5, 27)).selected_x == ""


@pytest.mark.django_db
def test_a_day_in_another_century_does_not_fill_the_axis_with_years():
    Department.objects.filter(code="69").update(opened_on="2125-01-01")
    chart = drawn(TODAY)
    assert len(chart.years) < 12
    assert chart.steps[-1].x == "354.0"


@pytest.mark.django_db
def test_one_opening_on_the_first_of_january_is_a_chart_on_that_very_day():
    Department.objects.exclude(code="69").update(opened_on=None, precision="", not_before=None)
    Department.objects.filter(code="69").update(opened_on="2024-01-01")
    day = datetime.date(2024, 1, 1)
    chart = step_chart(RolloutSnapshot(day).opening_days, day, day)
    assert chart is not None
    assert [step.x for step in chart.steps] == ["6.0"]


def test_without_an_opening_there_is_no_chart():
    assert step_chart([], TODAY, TODAY) is None


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_roll_out_page_draws_it_with_a_sentence_and_points_not_commas(client, language):
    html = client.get(f"/{language}/rollout/").content.decode()
    figure = re.findall(r"<figure.*?</figure>", html, re.DOTALL)[0]
    assert 'aria-hidden="true"' in figure.partition(">")[2].partition(">")[0]
    assert "aria-label=" in figure.partition(">")[0]  # else the caption is its name, and read twice
    assert "101" in figure.partition("<figcaption")[2]
    assert not re.search(r'="[^"]*\d,\d', figure)


def test_a_gauge_has_one_bar_on():
    drawn = gauge(3, 5)
    assert [bar.is_on for bar in drawn.bars] == [False, False, True, False, False]
    assert drawn.width == 58
    assert [bar.is_on for bar in gauge(1, 1).bars] == [True]
