"""Pictures of before and after are compared pixel by pixel."""

from PIL import Image

from tests.support.compare_screenshots import compare


def test_pixels_that_differ_are_counted_and_a_missing_picture_is_named(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
        Image.new("RGB", (4, 3), "white").save(folder / "same.png")
    Image.new("RGB", (4, 3), "white").save(before / "other.png")
    changed = Image.new("RGB", (4, 4), "white")
    changed.putpixel((0, 0), (255, 255, 254))
    changed.save(after / "other.png")
    Image.new("RGB", (1, 1)).save(after / "new.png")
    assert compare(before, after) == {"new.png": None, "other.png": 1 + 4, "same.png": 0}
