"""The pictures beside a shared link: right, light, the same each time, new when a fact is."""

import dataclasses
import io
import re

import pytest
import time_machine
from babel.messages.pofile import read_po
from django.conf import settings as site_settings
from django.core import checks
from django.utils import translation
from lxml import etree
from PIL import Image, ImageChops, ImageStat

from rollout.drawing import png as drawing_png
from rollout.drawing import text as drawing_text
from rollout.drawing.png import COLUMN_WIDTH, MARGIN, PANEL_WIDTH, Picture, png
from rollout.facts import writer
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department, Region
from rollout.syndication.share_images import (
    description,
    picture_of_department,
    picture_of_region,
    picture_of_site,
)
from tests.support import servers
from tests.support.addresses import LANGUAGES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

IMAGES = [
    "/en/share.png",
    "/fr/share.png",
    "/en/departments/69-rhone/share.png",
    "/fr/departments/04-alpes-de-haute-provence/share.png",
    "/en/regions/provence-alpes-cote-dazur/share.png",
    "/fr/regions/mayotte/share.png",
]
LANGUAGES_HERE = site_settings.LANGUAGES
SHOWN_ON_IMAGES = ("rollout/wording/", "rollout/syndication/", "rollout/models/", "rollout/dates")
ARABIC = "مفتوح منذ 18 نوفمبر 2025"


def department(code):
    return Department.objects.get(code=code)


def picture(**other):
    plain = Picture(
        name="Rhône (69)",
        state="Open since about 25 July 2023",
        shape="open",
        certainty_text="Reported by several newspapers or websites",
        day="Last checked on 23 November 2026",
        site="The carte Vitale app in your department",
        disclaimer="Independent, not official",
        language="en",
        is_mirrored=False,
        highlights=(("69", "open"),),
        pin_code="69",
    )
    return dataclasses.replace(plain, **other)


def drawn(one):
    image = Image.open(io.BytesIO(png(one)))
    assert (image.format, image.size, image.mode) == ("PNG", (1200, 630), "P")
    return image.convert("RGB")


def inked(image, box=(0, 0, 1200, 630)):
    """Return the box around all that differs from the colour of a part's first pixel."""
    part = image.crop(box)
    left, top, right, bottom = differing(part, Image.new("RGB", part.size, part.getpixel((0, 0))))
    return left + box[0], top + box[1], right + box[0], bottom + box[1]


def differing(one, other):
    """Return the box around all that differs; palettes may, by some shades."""
    difference = ImageChops.difference(one, other).convert("L")
    return difference.point(lambda shade: 255 if shade > 40 else 0).getbbox()


def unlikeness(one, other):
    """Return how much two images differ in grey, from 0 to 255."""
    return ImageStat.Stat(ImageChops.difference(one, other).convert("L")).mean[0]


@pytest.fixture
def needs_raqm():
    if not drawing_text.has_complex_layout():
        servers.missing("FriBiDi", "apt install libfribidi0")


# --- as it is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", IMAGES)
def test_an_image_is_sent_as_one(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.content) < 60_000
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
    assert not answer.cookies
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_image_is_light_and_no_two_are_the_same(language):
    with translation.override(language):
        pictures = [picture_of_department(place) for place in Department.objects.all()]
        pictures += [picture_of_region(r, r.departments.all()) for r in Region.objects.all()]
        pictures.append(picture_of_site(RolloutSnapshot().rows))
    assert len({one.digest for one in pictures}) == 101 + 18 + 1
    fullest = sorted(pictures, key=lambda one: len(one.name + one.state))[-12:]
    assert all(len(png(one)) < 60_000 for one in [*fullest, pictures[-1]])


def test_the_bytes_are_the_same_each_time_and_say_nothing_else():
    first = png(picture())
    png.cache_clear()
    assert png(picture()) == first
    kinds = set(re.findall(rb"IHDR|PLTE|tRNS|IDAT|IEND|tIME|tEXt|zTXt|iTXt|eXIf|pHYs", first))
    assert kinds == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


@pytest.mark.usefixtures("due_on_one_day")
def test_it_is_drawn_once_and_anew_when_a_fact_changes_or_is_overdue(client, monkeypatch):
    png.cache_clear()
    address = "/en/departments/69-rhone/share.png"
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=False):
        first = client.get(address).content
        assert client.get(f"{address}?v=whatever").content == first
        assert png.cache_info().misses == 1
        rhone = department("69")
        rhone.certainty = "inference"
        writer.save_fact(rhone)
        second = client.get(address).content
    with time_machine.travel("2027-02-21T23:59:59+01:00", tick=False):
        assert client.get(address).content == second
    with time_machine.travel("2027-02-22T00:00:00+01:00", tick=False):
        third = client.get(address).content
    assert png.cache_info().misses == 3
    assert len({first, second, third}) == 3


def test_the_images_of_a_language_share_their_background():
    drawing_png._background.cache_clear()
    for code in ("69", "75", "2A"):
        drawn(picture(pin_code=code, highlights=((code, "open"),)))
    assert drawing_png._background.cache_info().misses == 1
    drawn(picture(language="fr", name="Rhône"))
    assert drawing_png._background.cache_info().misses == 2
    assert drawing_png._background.cache_info().maxsize == 1  # it takes 2 MB


def test_an_image_does_not_show_what_the_one_before_highlighted():
    png.cache_clear()
    first = drawn(picture(highlights=(), pin_code=""))
    drawn(picture())
    png.cache_clear()
    assert drawn(picture(highlights=(), pin_code="")).tobytes() == first.tobytes()


def test_the_cache_is_bounded():
    most = png.cache_info().maxsize
    assert most is not None
    assert most <= 64


def test_images_ask_little(client, django_assert_max_num_queries):
    for address, at_most in zip(IMAGES, [5, 5, 2, 2, 3, 3], strict=True):
        with django_assert_max_num_queries(at_most):
            client.get(address)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_images_can_only_be_read(client, method):
    for address in IMAGES:
        assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/en/departments/69/share.png?v=1", "/en/departments/69-rhone/share.png?v=1"),
        ("/fr/regions/11/share.png", "/fr/regions/ile-de-france/share.png"),
    ],
)
def test_old_and_mistyped_addresses_lead_on_once(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)


@pytest.mark.parametrize(
    "address",
    [
        "/en/departments/99/share.png",
        "/en/departments/%00/share.png",
        f"/en/regions/{'x' * 5000}/share.png",
    ],
)
def test_an_unknown_place_has_no_image(client, address):
    assert client.get(address).status_code == 404


def test_the_parameter_on_is_not_drawn(client):
    """The address that networks are given has no day, and days without end would fill the store."""
    plain = client.get("/en/departments/69-rhone/share.png").content
    assert client.get("/en/departments/69-rhone/share.png?on=2023-01-01").content == plain
    assert client.get("/en/departments/69-rhone/share.png?on=%00").content == plain


# --- what is on it --------------------------------------------------------------------------------


@time_machine.travel("2026-11-23T12:00:00+01:00", tick=False)
def test_a_department_has_its_state_certainty_and_day():
    picture = picture_of_department(department("35"))
    assert picture.name == "Ille-et-Vilaine (35)"
    assert picture.state == "Open since 23\xa0September 2025 at the latest"
    assert (picture.shape, picture.certainty_text) == ("open", "Reported by one article only")
    assert picture.day == "Last checked on 23\xa0November 2026"
    assert picture.disclaimer == "Independent, not official"
    assert (picture.highlights, picture.pin_code) == ((("35", "open"),), "35")
    text = description(picture)
    assert all(
        part in text
        for part in (
            picture.name,
            picture.state,
            picture.certainty_text,
            picture.day,
            picture.disclaimer,
        )
    )


def test_each_state_has_a_text_and_a_shape_of_its_own():
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=False):
        paris = department("75")
        pictures = [picture_of_department(paris)]
        paris.suspended_from = paris.opened_on
        pictures.append(picture_of_department(paris))
        paris.suspended_from, paris.opened_on = None, paris.opened_on.replace(year=2027)
        pictures.append(picture_of_department(paris))
        paris.opened_on, paris.precision = None, ""
        pictures.append(picture_of_department(paris))
    assert [one.shape for one in pictures] == ["open", "suspended", "opens", "not-announced"]
    assert len({one.state for one in pictures}) == 4
    plain = [picture(shape=one.shape) for one in pictures] + [picture(shape="partly")]
    # The shape alone tells them apart, in grey too.
    assert len({drawn(one).convert("L").tobytes() for one in plain}) == 5


def test_a_region_counts_its_departments():
    bretagne = Region.objects.get(slug="bretagne")
    picture = picture_of_region(bretagne, bretagne.departments.all())
    assert (picture.name, picture.state, picture.shape) == (
        "Bretagne",
        "Open in all 4 departments",
        "open",
    )
    departments = list(bretagne.departments.all())
    departments[0].opened_on, departments[0].precision = None, ""
    picture = picture_of_region(bretagne, departments)
    assert (picture.state, picture.shape) == ("Open in 3 of 4 departments", "partly")
    assert (departments[0].code, "not-open") in picture.highlights


def test_a_region_of_one_department_has_its_state():
    mayotte = Region.objects.get(slug="mayotte")
    picture = picture_of_region(mayotte, mayotte.departments.all())
    assert picture.state == "Probably open since 18\xa0November 2025"
    assert picture.certainty_text == "Our own conclusion"
    assert "Mayotte: Probably open since" in description(picture)


@pytest.mark.usefixtures("due_on_one_day")
def test_the_site_shows_every_department_in_the_colour_of_its_wave():
    picture = picture_of_site(RolloutSnapshot().rows)
    assert picture.state == "Open in all 101 departments"
    assert picture.certainty_text == "5 of them by our own conclusion"
    assert picture.certainty_text in description(picture)
    assert picture.day == "Last checked on 23\xa0November 2026"
    with time_machine.travel("2027-02-22T12:00:00+01:00", tick=False):
        overdue = picture_of_site(RolloutSnapshot().rows)
        assert overdue.state == "Open in all 101 departments, when last checked"
    assert len(picture.highlights) == 101
    assert ("69", "wave-1") in picture.highlights
    assert {tint for _code, tint in picture.highlights} <= set(drawing_png.HIGHLIGHT_COLOURS)


def test_a_site_without_departments_has_an_image_too(client, monkeypatch):
    assert drawn(picture_of_site([]))


def test_the_department_and_its_pin_are_on_the_map():
    drawing = drawn(picture())
    plain = drawn(picture(highlights=(), pin_code=""))
    changed = differing(drawing, plain)
    # Around Lyon: right of the middle of the map, and low.
    assert 960 < changed[0] < changed[2] < 1070
    assert 200 < changed[1] < changed[3] < 330


# --- how it is lettered -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_runs_over(language):
    with translation.override(language):
        names = [f"{place.name} ({place.code})" for place in Department.objects.all()]
        names += [region.name for region in Region.objects.all()]
        states = {picture_of_department(place).state for place in Department.objects.all()}
    for text, sizes in [*((n, (88, 36)) for n in names), *((s, (42, 28)) for s in states)]:
        fitted = drawing_text.fit_text(text, drawing_text.SEMI_BOLD, sizes, COLUMN_WIDTH - 76, 3)
        assert len(fitted.lines) <= 3
        assert "…" not in "".join(fitted.lines), text
        assert all(fitted.font.getlength(line) <= COLUMN_WIDTH - 76 for line in fitted.lines), text
        assert "".join(fitted.lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "name", ["Provence-Alpes-Côte d'Azur", "W" * 200, "Très long " * 30, "-" * 99, "é"]
)
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_text_stays_in_its_column(name, is_mirrored):
    image = drawn(
        picture(
            name=name, state=name, certainty_text=name, day=name, site=name, is_mirrored=is_mirrored
        )
    )
    column = (PANEL_WIDTH, 0, 1200, 630) if is_mirrored else (0, 0, 1200 - PANEL_WIDTH, 630)
    box = inked(image, column)
    assert box[0] >= column[0] + (MARGIN - 4 if not is_mirrored else 0)
    assert box[2] <= column[2] - (MARGIN - 4 if is_mirrored else 0)
    assert box[1] >= 40
    assert box[3] <= 600


def test_what_is_too_long_even_for_the_smallest_letters_is_cut_with_an_ellipsis():
    fitted = drawing_text.fit_text("word " * 100, drawing_text.REGULAR, (30, 20), 300, 2)
    assert len(fitted.lines) == 2
    assert fitted.lines[-1].endswith("…")
    assert all(fitted.font.getlength(line) <= 300 for line in fitted.lines)
    assert drawing_text.fit_text("", drawing_text.REGULAR, (30, 20), 300).lines == [""]


@pytest.mark.usefixtures("needs_raqm")
def test_arabic_letters_are_joined_and_begin_at_the_right():
    font = drawing_text.font(ARABIC, drawing_text.SEMI_BOLD, 40)
    apart = sum(font.getlength(letter) for letter in "مفتوح")
    assert font.getlength("مفتوح") < 0.95 * apart  # joined letters are narrower
    arabic = picture(
        name="مفتوح", state=ARABIC, day=ARABIC, site=ARABIC, disclaimer=ARABIC, certainty_text=ARABIC,
        language="ar", is_mirrored=True,
    )  # fmt: skip
    box = inked(drawn(arabic), (PANEL_WIDTH, 0, 1200, 630))
    assert 1200 - MARGIN - 3 <= box[2] <= 1200 - MARGIN + 1
    # A line of the day alone: it ends at the margin and begins where its width says.
    line = inked(drawn(arabic), (PANEL_WIDTH + 20, 545, 1200, 600))
    width = drawing_text.text_width(ARABIC, drawing_text.SEMI_BOLD, 29)
    assert abs((line[2] - line[0]) - width) < 6
    assert abs(line[2] - (1200 - MARGIN)) < 4


@pytest.mark.usefixtures("needs_raqm")
def test_in_arabic_the_first_word_stands_at_the_right():
    first = ARABIC.partition(" ")[0]
    below = (PANEL_WIDTH + 20, 545, 1200, 600)
    line, word = (
        drawn(picture(day=day, language="ar", is_mirrored=True)) for day in (ARABIC, first)
    )
    last = drawn(picture(day=ARABIC.rpartition(" ")[2], language="ar", is_mirrored=True))
    box = inked(word, below)
    # Alike but for the edges of letters, which may lie a part of a pixel further.
    assert unlikeness(line.crop(box), word.crop(box)) < 10
    assert unlikeness(line.crop(box), last.crop(box)) > 40
    assert inked(line, below)[0] < box[0]


@pytest.mark.usefixtures("needs_raqm")
def test_the_layout_is_mirrored_for_arabic():
    with translation.override("ar"):
        shown = picture_of_department(department("69"))
    assert shown.is_mirrored
    assert shown.language == "ar"
    image = drawn(shown)
    paper, wash = image.getpixel((1199, 5)), image.getpixel((0, 5))
    plain = drawn(picture())
    assert (plain.getpixel((0, 5)), plain.getpixel((1199, 5))) == (paper, wash)
    assert paper != wash


def test_without_raqm_left_to_right_works_and_arabic_is_not_drawn_wrong(monkeypatch):
    monkeypatch.setattr(drawing_text, "has_complex_layout", lambda: False)
    monkeypatch.setattr(drawing_png, "has_complex_layout", lambda: False)
    drawing_text._loaded.cache_clear()
    png.cache_clear()
    try:
        assert inked(drawn(picture()), (0, 0, 1200 - PANEL_WIDTH, 630))
        with translation.override("ar"):
            shown = picture_of_department(department("69"))
        assert (shown.language, shown.is_mirrored) == ("en", False)
        assert shown.state == "Open since about 25\xa0July 2023"
    finally:
        drawing_text._loaded.cache_clear()
        png.cache_clear()


def test_a_language_without_letters_of_ours_is_drawn_in_the_reference_language():
    with translation.override("hi"):
        assert picture_of_department(department("69")).language == "en"


def messages():
    return [message.id for message in checks.run_checks(tags=["translation"])]


def test_a_deployment_that_cannot_letter_a_language_is_warned(settings, monkeypatch):
    assert messages() == []
    monkeypatch.setattr(drawing_text, "has_complex_layout", lambda: False)
    assert messages() == ["rollout.W001"]
    monkeypatch.undo()
    settings.LANGUAGES = [*LANGUAGES_HERE, ("ja", "日本語"), ("hi", "हिन्दी")]
    assert set(messages()) == {"rollout.W002"}
    (warning, *_others) = checks.run_checks(tags=["translation"])
    assert "rollout/drawing/fonts" in str(warning.hint)


CATALOGUES = {
    code: site_settings.BASE_DIR / f"rollout/locale/{translation.to_locale(code)}/LC_MESSAGES"
    for code, _name in LANGUAGES_HERE
}


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_fonts_have_every_letter_of_a_catalogue(language):
    """For Chinese, tests/support/subset_font.py writes the files again with those missing."""
    path = CATALOGUES[language] / "django.po"
    if not path.exists():
        return  # the reference language, whose strings are in the code
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id and message.string]
    missing = {
        (letter, "".join(message.string or "")[:60])
        for message in messages
        if any(name.startswith(SHOWN_ON_IMAGES) for name, _line in message.locations)
        for letter in drawing_text.missing_letters("".join(message.string or ""))
    }
    assert missing == set()


@pytest.mark.parametrize(("language", "name"), LANGUAGES_HERE)
def test_a_picture_is_in_every_language(language, name):
    with translation.override(language):
        assert picture_of_department(department("69")).language == language
    assert drawing_text.missing_letters(str(name)) == []


def test_the_chinese_fonts_are_small():
    sizes = [file.stat().st_size for file in drawing_text.FONTS.glob("ShareImageSansSC_*.ttf")]
    assert len(sizes) == 2
    assert sum(sizes) < 400_000


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("在我住的地方能激活应用吗？", ["在我住的地方能", "激活应用吗？"]),
        ("自2023年7月25日前后起，已开放。", ["自2023年", "7月25日前后", "起，已开放。"]),
    ],
)
def test_chinese_lines_end_between_characters_and_never_begin_with_a_full_stop(text, lines):
    fit = drawing_text.fit_text(text, drawing_text.REGULAR, (40, 40), 290, 3)
    assert "".join(fit.lines) == text
    assert fit.lines == lines


def test_the_description_ends_its_sentences_as_the_language_does():
    chinese = picture(
        name="在我住的地方能激活吗？", state="已开放", certainty_text="", language="zh-hans"
    )
    assert description(chinese).startswith("在我住的地方能激活吗？ 已开放。")
    assert "." not in description(chinese).replace(chinese.day, "").replace(chinese.disclaimer, "")
    arabic = picture(name="هل يمكنني؟", state="مفتوح", language="ar")
    assert description(arabic).startswith("هل يمكنني؟ مفتوح.")


# --- what pages say of it ---------------------------------------------------------------------------


def tags(client, path):
    html = etree.HTML(client.get(path).content)
    metadata: dict[str, list[str]] = {}
    for meta in html.xpath("//head/meta[@property or @name]"):
        metadata.setdefault(meta.get("property") or meta.get("name"), []).append(
            meta.get("content")
        )
    metadata["title"] = [html.findtext(".//title")]
    metadata["canonical"] = [link.get("href") for link in html.xpath('//link[@rel="canonical"]')]
    return metadata


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    ["", "?q=69", "about/", "updates/", "can-i/", "departments/69-rhone/", "regions/bretagne/",
     "departments/21-cote-dor/?on=2025-05-28", "rollout/june-2024/"],
)  # fmt: skip
def test_every_page_tells_networks_what_it_tells_readers(client, language, path):
    metadata = tags(client, f"/{language}/{path}")
    one = {name: values[0] for name, values in metadata.items() if len(values) == 1}
    assert one["title"] == f"{one['og:title']} – {one['og:site_name']}"
    assert one["og:description"] == one["description"]
    assert one["og:url"] == f"http://testserver/{language}/{path.partition('?')[0]}"
    assert one["og:type"] == "website"
    assert one["og:locale"] == {"en": "en_GB", "fr": "fr_FR"}[language]
    others = metadata["og:locale:alternate"]
    full = {"en": "fr_FR", "fr": "en_GB"}[language]
    if path == "updates/":  # there in English and French only
        assert others == [full]
    else:
        assert len(others) == len(set(others)) == len(site_settings.LANGUAGES) - 1
        assert {"ar_EG", "zh_CN", "pt_PT", full} <= set(others)
    assert one["twitter:card"] == "summary_large_image"
    assert (one["og:image:width"], one["og:image:height"]) == ("1200", "630")
    assert one["og:image:type"] == "image/png"
    assert one["og:image:alt"]
    assert one["og:image"].startswith(f"http://testserver/{language}/")
    answer = client.get(one["og:image"].removeprefix("http://testserver"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_what_pages_tell_networks_is_escaped_once(client):
    Region.objects.filter(pk="93").update(name="Provence & Côte d'Azur")
    metadata = tags(client, "/en/regions/provence-alpes-cote-dazur/")
    for name in ("title", "og:title", "description", "og:description", "og:image:alt"):
        assert metadata[name][0].startswith("Provence & Côte d'Azur:"), name


def image_address(client, path):
    return tags(client, path)["og:image"][0]


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize(
    ("path", "image"),
    [
        ("", "share.png"),
        ("departments/69-rhone/", "departments/69-rhone/share.png"),
        ("regions/bretagne/", "regions/bretagne/share.png"),
    ],
)
def test_the_address_of_an_image_changes_with_what_it_shows(client, path, image):
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=False):
        first = image_address(client, f"/en/{path}")
        assert re.fullmatch(rf"http://testserver/en/{image}\?v=[0-9a-f]{{8}}", first)
        assert image_address(client, f"/en/{path}") == first
    with time_machine.travel("2027-02-21T12:00:00+01:00", tick=False):
        assert image_address(client, f"/en/{path}") == first
    with time_machine.travel("2027-02-22T12:00:00+01:00", tick=False):
        assert image_address(client, f"/en/{path}") != first


@pytest.mark.usefixtures("due_on_one_day")
def test_a_page_of_no_place_has_the_image_of_the_site_on_every_day(client):
    addresses = set()
    for day in ("2026-11-23", "2027-02-22"):
        with time_machine.travel(f"{day}T12:00:00+01:00", tick=False):
            addresses.add(image_address(client, "/en/about/"))
    assert len(addresses) == 1
    assert addresses.pop().startswith("http://testserver/en/share.png?v=")


@time_machine.travel("2026-11-23T12:00:00+01:00", tick=False)
def test_a_new_fact_gives_the_image_a_new_address_on_every_page_that_knows_it(client):
    paths = ["/en/", "/en/departments/69-rhone/", "/en/regions/auvergne-rhone-alpes/"]
    before = [image_address(client, path) for path in paths]
    bretagne = image_address(client, "/en/regions/bretagne/")
    rhone = department("69")
    rhone.suspended_from = rhone.opened_on
    writer.save_fact(rhone)
    after = [image_address(client, path) for path in paths]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert image_address(client, "/en/regions/bretagne/") == bretagne


@time_machine.travel("2026-11-23T12:00:00+01:00", tick=False)
def test_the_page_of_a_past_day_shows_the_image_of_today(client):
    today = tags(client, "/en/departments/69-rhone/")
    past = tags(client, "/en/departments/69-rhone/?on=2023-01-01")
    assert past["og:image"] == today["og:image"]
    assert past["og:image:alt"] == today["og:image:alt"]


def test_a_page_that_is_not_there_has_nothing_to_share(client):
    assert b"og:" not in client.get("/en/nowhere/").content


def test_what_is_shared_of_a_search_is_escaped(client):
    html = client.get('/en/?q="><script>alert(1)</script>').content.decode()
    assert "<script>alert" not in html
    assert len(tags(client, '/en/?q="><b>')["og:title"]) == 1
