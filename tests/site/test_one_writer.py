"""Rules of the code that no linter checks: one writer of facts, no signals, no HTTP below pages."""

import ast
import functools
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)

WRITES = {
    "save",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
RELATION_WRITES = {"set", "add", "remove", "clear"}

EXCEPTIONS = {
    "rollout/facts/writer.py": "the one writer",
    "rollout/facts/bulk_edits.py": "records of edits, which are no facts",
    "rollout/importing/reference.py": "reference rows: replaced whole, read-only, no history",
    "rollout/models/data_version.py": "the data version, which the writer renews",
    "rollout/models/link_checks.py": "whether a source's page can be reached is no fact",
    "rollout/accounts/adapters.py": "sessions that ended",
    "rollout/accounts/second_factor.py": "an account's second factor",
    "rollout/accounts/roles.py": "groups and permissions",
    "rollout/accounts/sessions.py": "sessions that ended",
    "rollout/admin/people.py": "accounts",
    "rollout/admin/people_forms.py": "accounts",
    "rollout/admin/proposals.py": "what was decided on proposed edits, and who read them",
    "rollout/admin/second_reader.py": "proposed edits",
    "rollout/admin/shared_previews.py": "previews that were shared",
    "rollout/admin/entries.py": "drafts shown in a preview, which is rolled back",
    "rollout/drawing/png.py": "Pillow saves an image",
    "rollout/operations/link_visits.py": "a lock in the cache",
    "rollout/translations/catalogue_files.py": "catalogues of messages, which are files",
    "rollout/translations/exchange.py": "a plan, which saves through the writer",
    "rollout/workbooks.py": "openpyxl writes a file",
}
"""The files that may call what writes rows, and what they write."""


@functools.cache
def relation_names():
    """Return the names of the many-to-many fields of our models, from both of their ends."""
    fields = [
        field
        for model in apps.get_app_config("rollout").get_models()
        for field in model._meta.get_fields()
    ]
    return {field.name for field in fields if field.many_to_many and not field.auto_created}


@functools.cache
def nodes(source):
    """Return all nodes of a module's syntax tree."""
    return list(ast.walk(ast.parse(source)))


def is_write(call, relations):
    """Tell whether a call is one with which Django's models, query sets or relations write.

    `update` of a query set takes no positional argument, that of a dict or set does; a form saved
    with commit=False writes nothing.
    """
    if not isinstance(call.func, ast.Attribute):
        return False
    name, owner = call.func.attr, call.func.value
    if name in ("update", "aupdate"):
        return not call.args and bool(call.keywords)
    if name in RELATION_WRITES:
        return isinstance(owner, ast.Attribute) and owner.attr in relations
    is_uncommitted = any(
        keyword.arg == "commit"
        and isinstance(keyword.value, ast.Constant)
        and not keyword.value.value
        for keyword in call.keywords
    )
    return name in WRITES | {f"a{write}" for write in WRITES} and not is_uncommitted


def writes(source):
    """Return the numbers of the lines of a module that write rows."""
    relations = relation_names()
    calls = [node for node in nodes(source) if isinstance(node, ast.Call)]
    return sorted({call.lineno for call in calls if is_write(call, relations)})


def imported(source):
    """Return the dotted names of all that a module imports, also inside functions."""
    names = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports_http(source):
    return any(
        name == "django.http" or name.startswith("django.http.") for name in imported(source)
    )


def uses_signals(source):
    """Tell whether a module imports a signal, or reaches one as an attribute of a module."""
    parts = {part for name in imported(source) for part in name.split(".")}
    attributes = {n.attr for n in nodes(source) if isinstance(n, ast.Attribute)}
    return bool(parts & {"signals", "dispatch", "receiver"}) or "signals" in attributes


def modules(*packages):
    """Yield the address in the repository and the source of each module, migrations left out."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_nothing_but_the_writer_saves_a_fact():
    lines_of = {name: writes(source) for name, source in modules("rollout", "site_config")}
    assert {
        name: lines for name, lines in lines_of.items() if lines and name not in EXCEPTIONS
    } == {}
    assert {
        name for name in EXCEPTIONS if not lines_of.get(name)
    } == set()  # exceptions in use only


def test_facts_search_wording_and_models_know_no_requests_and_responses():
    packages = [f"rollout/{name}" for name in ("facts", "search", "wording", "models")]
    sources = dict(modules(*packages))
    assert len(sources) > 20
    assert [name for name, source in sources.items() if imports_http(source)] == []


def test_there_are_no_signals():
    sources = modules("rollout", "site_config")
    assert [name for name, source in sources if uses_signals(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "row.save()",
        "form.save(commit=True)",
        "Source.objects.create(slug='x')",
        "Source.objects.get_or_create(slug='x')",
        "await Source.objects.aupdate_or_create(slug='x')",
        "Department.objects.filter(pk='69').update(name='x')",
        "Department.objects.filter(pk='69').update(**values)",
        "Department.objects.all().delete()",
        "Department.objects.bulk_create(rows)",
        "Department.objects.bulk_update(rows, ['name'])",
        "row.sources.set([])",
        "update.departments.add(row)",
    ],
)
def test_a_line_that_writes_is_noticed(line):
    assert writes(f"async def view(request):\n    {line}") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "formset.save(commit=False)",
        "values.update({'name': 'x'})",
        "codes.update(code for code in codes)",
        "token = variable.set(True)",
        "seen.add(row)",
        "writer.save_fact(row, by=editor)",
    ],
)
def test_a_line_that_writes_no_row_is_not_taken_for_one(line):
    assert writes(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "import django.http",
        "from django import http",
        "from django.http import HttpRequest",
        "def state(row):\n    from django.http.request import QueryDict",
    ],
)
def test_an_import_of_django_http_is_noticed(line):
    assert imports_http(line)


@pytest.mark.parametrize(
    "line",
    [
        "from django.dispatch import receiver",
        "from django.db.models.signals import post_save",
        "from django.core import signals",
        "from django.db import models\nmodels.signals.post_save.connect(renew)",
        "import django.contrib.auth.signals",
    ],
)
def test_a_signal_is_noticed(line):
    assert uses_signals(line)
