"""Rules of the repository that no tool knows."""

import ast
import re
from pathlib import Path

import allauth
import django.contrib.admin
import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.ClassDef)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_public_site_passes_djangos_deployment_check(settings, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE")  # of the tests only
    settings.SECRET_KEY = "a-key-that-is-long-enough-" + "0123456789abcdef" * 4
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    call_command("check", "--deploy", "--fail-level=WARNING")


def test_every_template_is_used():
    names = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*.html")
    }
    sources = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "rollout").rglob("*.py")]
    everything = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    libraries = (allauth, django.contrib.admin)  # ours stand in for some of theirs
    theirs = [Path(str(library.__file__)).parent / "templates" for library in libraries]
    unused = {
        name
        for name in names
        if f'"{name}"' not in everything and not any((root / name).is_file() for root in theirs)
    }
    assert unused == set()


def test_every_class_in_the_style_sheet_is_used():
    css = re.sub(r"/\*.*?\*/", "", text("static/css/site.css"), flags=re.DOTALL)
    styled = set(re.findall(r"\.([a-z][\w-]*)", css))
    html = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")
    )
    written = {name for value in re.findall(r'class="([^"]*)"', html) for name in value.split()}
    for path in (ROOT / "static" / "js").glob("*.js"):
        written |= set(re.findall(r'className = "([^"]+)"', path.read_text(encoding="utf-8")))
    made = ("state-", "is-", "wave-", "verdict-", "picture-")  # with a status, number or name
    assert {name for name in styled - written if not name.startswith(made)} == set()


def test_the_style_sheet_knows_no_left_and_right():
    assert not re.search(
        r"\b(left|right)\b", text("static/css/site.css").replace("right-to-left", "")
    )


def test_the_two_commands_are_the_first_thing_in_the_readme():
    readme = text("README.md")
    assert readme.index("make serve") < readme.index("make test") < readme.index("\n## ")


def test_every_setting_is_documented():
    names = set(re.findall(r'env\.\w+\("(\w+)"', text("site_config/settings.py")))
    names |= set(re.findall(r'environ\.get\("(\w+)"', text("gunicorn.conf.py")))
    assert len(names) > 10
    for name in names:
        assert f"`{name}`" in text("docs/configuration.md"), name
        assert name in text(".env.example") or name in (
            "ACCESS_LOG",
            "DOT_ENV",
            "HOST",
            "PIDFILE",
            "PORT",
            "WEB_CONCURRENCY",
        ), name


def test_the_readme_is_one_page():
    assert len(text("README.md").splitlines()) <= 90


def test_the_map_names_every_package_and_module_of_the_app():
    chart = text("docs/architecture.md")
    entries = [path for path in (ROOT / "rollout").iterdir() if path.name[0] not in "_."]
    assert len(entries) <= 28
    for path in entries:
        assert (f"{path.name}/" if path.is_dir() else path.name) in chart, path.name


def test_no_module_is_over_400_lines_without_saying_why():
    for path in (ROOT / "rollout").rglob("*.py"):
        if "migrations" in path.parts:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 400 or "400 lines" in "\n".join(lines[:12]), path


def test_every_data_file_has_its_provenance():
    for path in (ROOT / "rollout" / "data").iterdir():
        if path.name == "README.md":
            continue
        assert f"`{path.name}" in text("rollout/data/README.md"), path.name


def test_ci_runs_the_same_command_as_the_readme():
    assert "make test" in text(".ci/run")


def test_every_module_and_every_public_function_and_class_says_what_it_is_for():
    silent = []
    for path in [*(ROOT / "rollout").rglob("*.py"), *(ROOT / "site_config").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "migrations" in path.parts or not tree.body:
            continue
        nodes = [node for node in ast.walk(tree) if isinstance(node, DOCUMENTED)]
        silent += [
            f"{path.relative_to(ROOT)}: {getattr(node, 'name', '')}"
            for node in nodes
            if not getattr(node, "name", "").startswith("_")
            and getattr(node, "name", "") not in ("Meta", "Command", "handle", "add_arguments")
            and not ast.get_docstring(node)
        ]
    assert silent == []
