"""docs/security.md names every requirement of ASVS 5.0.0, levels 1 and 2, and tests that are there."""

import re

from tests.support import servers

# The last number of level 1 or 2 in each section; those of level 3 come after them.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip
WHOLE = {"9", "10", "17"}
"""Chapters of which nothing applies: each is one line."""
PAGE = (servers.ROOT / "docs/security.md").read_text(encoding="utf-8")


def named():
    """Return every number that stands in the first column, ranges written out."""
    found = []
    for first, last in re.findall(r"(?m)^\| V([\d.]+)(?:–V([\d.]+))? \|", PAGE):
        section, number = first.rsplit(".", 1)
        if first.split(".")[0] in WHOLE:
            continue
        until = int(last.rsplit(".", 1)[1]) if last else int(number)
        assert not last or last.rsplit(".", 1)[0] == section
        found += [f"{section}.{n}" for n in range(int(number), until + 1)]
    return found


def test_every_requirement_of_levels_1_and_2_stands_there_once():
    wanted = {f"{name}.{n}" for name, last in SECTIONS.items() for n in range(1, last + 1)}
    assert sorted(named()) == sorted(wanted)
    for chapter in WHOLE:
        assert f"| V{chapter}." in PAGE


def test_every_named_test_exists():
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(set(tests)) > 60
    for file, name in tests:
        assert f"def {name}(" in (servers.ROOT / file).read_text(encoding="utf-8"), (file, name)


def test_every_line_has_a_test_or_a_reason():
    for line in re.findall(r"(?m)^\| V.*$", PAGE):
        _number, what, shown = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(what) > 2, line
        assert len(shown.strip(" |")) > 3, line
