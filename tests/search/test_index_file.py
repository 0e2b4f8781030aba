"""The file of the search index: written once for each version of the data, and never trusted blindly."""

import threading

import pytest
from django.core.management import call_command

from rollout.facts import writer
from rollout.models import Alias, Commune, Department, ReferenceFile
from rollout.search import index_file, service
from rollout.search.sorted_text import SortedText, sorted_text

CONTENT = sorted_text((f"key {number:05}", f"value {number}") for number in range(5000))


class Rows:
    """Rows of a version, and how often they were built."""

    def __init__(self, version="one", content=CONTENT):
        self.version = version
        self.content = content
        self.builds = 0

    def build(self):
        """Return the text of the rows, as the service does."""
        self.builds += 1
        return self.content

    def open(self):
        """Return the text that a process gets of these rows."""
        return index_file.open_or_build("index", lambda: self.version, self.build)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Have a folder of our own, which is not there yet."""
    settings.SEARCH_INDEX_DIR = tmp_path / "var" / "search_index"
    return settings.SEARCH_INDEX_DIR


def only_file(folder, name="index"):
    (file,) = folder.glob(f"{name}-*")
    return file


def test_the_first_process_builds_and_all_others_open(folder, caplog):
    rows = Rows()
    assert [rows.open().get("key 00042") for _process in range(3)] == ["value 42"] * 3
    assert rows.builds == 1
    assert only_file(folder).read_bytes().endswith(CONTENT)
    assert not caplog.records


def test_rows_of_another_version_have_another_file_and_the_old_one_goes(folder):
    first = Rows().open()
    old = only_file(folder)
    changed = Rows("two", sorted_text([("key 00042", "another")]))
    assert changed.open().get("key 00042") == "another"
    assert only_file(folder) != old
    assert first.get("key 04999") == "value 4999"  # whoever has mapped the old one keeps it


def test_a_version_that_was_rolled_back_leaves_nothing_behind_that_is_read(folder):
    rows = Rows()
    rows.open()
    Rows("rolled back", sorted_text([("key 00042", "never committed")])).open()
    assert rows.open().get("key 00042") == "value 42"
    assert rows.builds == 2


def test_rows_that_change_while_they_are_read_are_not_written(folder):
    versions = iter(["one", "two"])
    text = index_file.open_or_build("index", lambda: next(versions), lambda: CONTENT)
    assert text.get("key 00042") == "value 42"
    assert list(folder.iterdir()) == []


def test_another_version_of_the_code_has_another_file(folder, monkeypatch):
    rows = Rows()
    rows.open()
    monkeypatch.setattr(index_file, "_code_version", lambda: "another release")
    rows.open()
    assert rows.builds == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1000],
        lambda content: content[:20],
        lambda content: content + b"more\n",
        lambda content: content.replace(b"value 42\n", b"value 43\n"),
        lambda content: b"0" * 32 + content[32:],
        lambda content: b"\x80\x04K\x2a.",
        lambda content: b"\n" * 100,
    ],
    ids=["empty", "cut", "first line cut", "longer", "changed", "other version", "pickle", "lines"],
)
def test_a_damaged_file_is_replaced_and_the_log_says_why(folder, caplog, damage):
    rows = Rows()
    rows.open()
    file = only_file(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert rows.open().get("key 00042") == "value 42"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(file) in caplog.text or "cannot mmap an empty file" in caplog.text
    assert only_file(folder).read_bytes() == whole


@pytest.mark.parametrize("what", ["a file in the place of the folder", "a folder of that name"])
def test_where_nothing_can_be_written_the_index_is_in_memory(folder, caplog, what):
    rows = Rows()
    if what == "a folder of that name":
        rows.open()
        file = only_file(folder)
        file.unlink()
        file.mkdir()
        rows.builds = 0
    else:
        folder.parent.mkdir()
        folder.write_text("")
    assert rows.open().get("key 00042") == "value 42"
    assert rows.builds == 1
    assert ["not shared" in record.getMessage() for record in caplog.records] == [True]


def test_a_full_disk_costs_one_line_and_leaves_no_part(folder, caplog, monkeypatch):
    def full(path, content):
        path.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    rows = Rows()
    assert rows.open().get("key 00042") == "value 42"
    assert rows.builds == 1
    assert list(folder.iterdir()) == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_of_several_that_start_at_once_one_builds():
    rows = Rows()
    texts = []
    threads = [threading.Thread(target=lambda: texts.append(rows.open())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [text.get("key 00042") for text in texts] == ["value 42"] * 6
    assert rows.builds == 1


def test_what_building_raises_is_raised_and_nothing_is_written(folder):
    def broken():
        raise LookupError

    with pytest.raises(LookupError):
        index_file.open_or_build("index", lambda: "one", broken)
    assert list(folder.iterdir()) == []
    assert Rows().open().get("key 00042") == "value 42"


@pytest.fixture
def _no_index_yet():
    """Begin and end like a process that has just started."""
    service.clear()
    yield
    service.clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_index_yet")
def test_load_data_writes_the_file_that_workers_open(folder, monkeypatch):
    call_command("load_data", "--dry-run", "--verbosity=0")
    assert not folder.exists()
    call_command("load_data", "--verbosity=0")
    assert only_file(folder)
    service.clear()
    monkeypatch.setattr(service, "build_text", lambda: pytest.fail("built again"))
    assert service.find("Lyon 3e").departments == ("69",)


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_index_yet")
def test_a_renamed_department_has_another_file_and_a_changed_fact_has_not(folder):
    service.index()
    before = only_file(folder)
    department = Department.objects.get(code="22")
    writer.save_fact(department, note="checked again")
    service.clear()
    service.index()
    assert only_file(folder) == before
    department.name = "Côtes-du-Nord-Breizh"
    writer.save_fact(department)
    service.clear()
    assert service.find("cotes du nord breizh").departments == ("22",)
    assert only_file(folder) != before


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_index_yet")
def test_a_new_alias_has_another_file_of_aliases_beside_the_same_index(folder):
    service.index()
    before, aliases = only_file(folder), only_file(folder, "aliases")
    writer.save_fact(
        Alias(name="Ploucville", kind="well_known_place", target_type="commune",
              target_codes="69123", language="fr")
    )  # fmt: skip
    service.clear()
    assert service.find("Ploucville").departments == ("69",)
    assert only_file(folder) == before
    assert only_file(folder, "aliases") != aliases


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_index_yet")
def test_other_names_have_another_file_of_aliases(folder):
    service.index()
    aliases = only_file(folder, "aliases")
    Commune.objects.filter(insee="69123").update(name="Lugdunum")
    ReferenceFile.objects.filter(name="communes.csv").update(digest="another")
    service.clear()
    (place, *_) = service.find("Lyons").places  # an alias, which says the name of today
    assert place.today == "Lugdunum"
    assert only_file(folder, "aliases") != aliases


def lookups(text, keys, prefixes):
    return (
        [text.get(key) for key in keys],
        [key in text for key in keys],
        [text.has_prefix(prefix) for prefix in prefixes],
        [list(text.with_prefix(prefix)) for prefix in prefixes],
    )


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_a_sorted_text_finds_what_a_dictionary_has(size):
    items = {
        f"{'é' * (number % 3)}{number * 7 % 1000}": "v" * (number * 37 % 2500)
        for number in range(size)
    }
    keys = [
        *items,
        "",
        "0",
        "zz",
        "é",
        "ééé",
        "10",
        "\x00",
        "\U0010ffff",
        *(f"{key}x" for key in items),
    ]
    prefixes = [*keys, *(key[:1] for key in items)]
    expected = (
        [items.get(key) for key in keys],
        [key in items for key in keys],
        [any(key.startswith(prefix) for key in items) for prefix in prefixes],
        [
            sorted(pair for pair in items.items() if pair[0].startswith(prefix))
            for prefix in prefixes
        ],
    )
    assert lookups(SortedText(sorted_text(items.items())), keys, prefixes) == expected
    assert lookups(Rows(content=sorted_text(items.items())).open(), keys, prefixes) == expected
