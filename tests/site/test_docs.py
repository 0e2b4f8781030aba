"""What the documents name is there: files, tests, modules, make targets, commands."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
HISTORY = ("CHANGELOG.md", "docs/decisions/0015-packages-and-names.md")
"""Documents that name what was there before."""
FOLDERS = "rollout|tests|site_config|docs|deploy|templates|static|drills|benchmarks|[.]github|[.]ci"
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
PATH = re.compile(rf"(?<![\w/.<-])(?:{FOLDERS})/[\w./*-]*")
TEST = re.compile(r"\b(tests/[\w/]+\.py)::(\w+)|`(test_\w+)`")
MODULE = re.compile(r"`(?:rollout[.])?((?:[a-z]\w*[.])+[a-z]\w*)(?:[(][^`\n]*)?`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"(?:^ {4}|[`=\w] |`)make ([a-z-]+)", re.MULTILINE)


def documents(*, history=False):
    """Return {name: text} of the project's Markdown files, without entries and what git ignores."""
    paths = [
        *ROOT.glob("*.md"),
        *(path for folder in ("docs", ".github") for path in (ROOT / folder).rglob("*.md")),
        ROOT / "rollout/data/README.md",
        ROOT / "rollout/drawing/fonts/README.md",
    ]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    assert len(texts) > 20
    return {name: text for name, text in texts.items() if history or name not in HISTORY}


def code(text):
    """Return all that stands in backticks, a piece a line."""
    return "\n".join(CODE.findall(text))


def test_every_path_in_a_document_exists():
    named = {
        (name, path) for name, text in documents().items() for path in PATH.findall(code(text))
    }
    assert len(named) > 60
    missing = {
        (name, path)
        for name, path in named
        if not any(ROOT.glob(path.rstrip("/."))) and path != "docs/decisions/NNNN"
    }
    assert missing == set()


def test_every_relative_link_in_a_document_leads_to_a_file():
    links = [
        (name, link)
        for name, text in documents(history=True).items()
        for link in LINK.findall(CODE.sub("", text))
    ]
    assert len(links) > 60
    assert [
        (name, link) for name, link in links if not (ROOT / name).parent.joinpath(link).exists()
    ] == []


def test_every_test_in_a_document_exists():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    missing = set()
    for name, text in documents().items():
        for file, in_file, alone in TEST.findall(text):
            source = (ROOT / file).read_text(encoding="utf-8") if file else tests
            if f"def {in_file or alone}(" not in source:
                missing.add((name, file, in_file or alone))
    assert missing == set()


def test_every_module_in_a_document_exists():
    parts = {path.name.partition(".")[0] for path in (ROOT / "rollout").iterdir()}
    files = {path.name for path in (ROOT / "rollout/data").iterdir()}
    named = {
        (name, dotted)
        for name, text in documents().items()
        for dotted in MODULE.findall(text)
        if dotted.split(".")[0] in parts and f"rollout.{dotted}" not in files
    }
    assert named
    assert {(name, dotted) for name, dotted in named if not _exists(f"rollout.{dotted}")} == set()


def _exists(dotted):
    """Tell whether that is a module, or a name at the outermost level of one."""
    parent, _, last = dotted.rpartition(".")
    module = find_spec(parent)
    if module is None or (module.submodule_search_locations and find_spec(dotted)):
        return module is not None
    source = Path(str(module.origin)).read_text(encoding="utf-8")
    return bool(re.search(rf"^(?:class |def )?{last}\b", source, re.MULTILINE))


def test_every_command_in_a_document_exists():
    named = {
        (name, command)
        for name, text in documents(history=True).items()
        for command in COMMAND.findall(text)
    }
    assert len(named) > 10
    assert {(name, command) for name, command in named if command not in get_commands()} == set()


def test_every_make_target_in_a_document_exists():
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        (name, target)
        for name, text in documents().items()
        for target in TARGET.findall(code(text))
    }
    assert len(named) > 10
    assert {(name, target) for name, target in named if target not in targets} == set()


def test_every_variable_of_the_configuration_is_read():
    rows = re.findall(
        r"^\| (`[A-Z`_, ]+`) \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE
    )
    names = {name for row in rows for name in re.findall(r"\w+", row)}
    assert len(names) > 10
    files = ("site_config/settings.py", "gunicorn.conf.py")
    source = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    assert {name for name in names if f'"{name}"' not in source} == set()


def test_the_layers_of_the_architecture_are_those_that_lint_checks():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (layers,) = (
        contract["layers"]
        for contract in contracts["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    in_lint = [line.replace("rollout.", "") for line in layers if "site_config" not in line]
    _, _, text = documents()["docs/architecture.md"].partition("## Who may import whom")
    block = text.split("```")[1].strip().splitlines()
    assert [re.sub(" {2,}.*", "", line) for line in block] == in_lint


def test_every_new_name_of_the_move_exists():
    """The table of decision 15: a module or a package in the right column."""
    text = documents(history=True)["docs/decisions/0015-packages-and-names.md"]
    rows = re.findall(r"^\| `[^`]+` \| (.+) \|$", text, re.MULTILINE)
    names = [name for row in rows for name in re.findall("`([^`]+)`", row)]
    assert len(names) > 90
    places = [ROOT / "rollout" / name for name in names]
    assert [
        place for place in places if not place.is_dir() and not Path(f"{place}.py").is_file()
    ] == []
