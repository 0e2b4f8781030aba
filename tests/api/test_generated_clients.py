"""A client that a generator makes of the API's description, with its defaults, calls every address."""

import importlib
import json
import pkgutil
import sys
from pathlib import Path

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from rollout.api.endpoint import ROOT, operations
from rollout.facts import writer
from tests.support.openapi import document

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Return the package that openapi-python-client makes, without a warning, by its name."""
    folder = tmp_path_factory.mktemp("generated")
    description = folder / "openapi.json"
    description.write_text(json.dumps(document()), "utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[]),
        MetaType.NONE,
        document_source=description,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder / "generated_client",
    )
    assert generate(config=config) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield "generated_client"
        for name in [name for name in sys.modules if name.startswith("generated_client")]:
            del sys.modules[name]


@pytest.fixture
def site(generated):
    """Return that package's client, of this site without a network."""
    client = importlib.import_module(f"{generated}.client").Client
    transport = httpx.WSGITransport(app=get_wsgi_application())
    return client(f"http://testserver{ROOT}", httpx_args={"transport": transport})


def calls(generated):
    """Yield (operation id in snake case, module) of every operation of the client."""
    package = importlib.import_module(f"{generated}.api")
    for path in package.__path__:
        for tag in Path(path).iterdir():
            for module in pkgutil.iter_modules([str(tag)]):
                yield (
                    module.name,
                    importlib.import_module(f"{generated}.api.{tag.name}.{module.name}"),
                )


def test_it_has_every_operation_and_each_is_answered_with_what_is_described(
    generated, site, editor
):
    update = writer.publish_update("A note", by=editor)
    values: dict[str, dict[str, object]] = {
        "department": {"code": "69"},
        "region": {"code": "84"},
        "phase": {"slug": "pilot-2023"},
        "entry": {"slug": "cpam"},
        "search": {"q": "villeurbanne"},
        "update": {"id": update.pk},
    }
    modules = dict(calls(generated))
    described = {name.replace("-", "_") for name in operations()} - {"departments_xlsx"}
    assert set(modules) == described
    for name, module in modules.items():
        answer = module.sync_detailed(client=site, **values.get(name, {}))
        assert answer.status_code == 200, name
        if hasattr(module, "sync"):
            assert answer.parsed is not None, name


def test_a_mistake_is_answered_with_the_problem_that_is_described(generated, site):
    module = dict(calls(generated))["departments"]
    answer = module.sync_detailed(client=site, region="99")
    assert answer.status_code == 400
    assert answer.parsed.errors[0].parameter == "region"
