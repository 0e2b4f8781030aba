"""The data page: every example on it works as it stands there."""

import json
import re
import subprocess
import sys
import urllib.request
from html import unescape
from shutil import which

import pytest

from rollout.api import problems
from tests.api.test_exports import COLUMNS
from tests.support import servers

pytestmark = pytest.mark.django_db


def html(client, language="en"):
    return client.get(f"/{language}/data/").content.decode()


def sample(page, name):
    """Return an example as someone copies it."""
    (text,) = re.findall(
        rf'<pre [^>]*id="{name}"[^>]*><code\s*>(.*?)</code\s*></pre>', page, re.DOTALL
    )
    return unescape(text)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The page as a server serves it, so that its examples have addresses that answer.

    Not the one of the browser tests: there, editors move days.
    """
    servers.collect_statics()
    environment = {"VAR_DIR": str(servers.site_folder(tmp_path_factory))}
    with (
        servers.gunicorn(environment) as address,
        urllib.request.urlopen(f"{address}/en/data/") as answer,  # noqa: S310 - our own server
    ):
        yield answer.read().decode()


def fetched(address):
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
        return answer.read().decode()


# --- The examples ---------------------------------------------------------------------------------


def run(command, folder):
    if which("curl") is None:
        servers.missing("curl", "apt install curl")
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_curl_example_answers(served, tmp_path):
    payload = json.loads(run(sample(served, "curl"), tmp_path))
    assert payload["on"] == "2025-05-28"
    assert payload["department"]["name"] == "Rhône"
    assert payload["department"]["status"] == "open"


def test_the_curl_example_with_an_etag_fetches_only_what_is_new(served, tmp_path):
    command = sample(served, "curl-etag").replace(
        "curl ", "curl --silent --write-out '%{http_code}' ", 1
    )
    assert run(command, tmp_path) == "200"
    assert run(command, tmp_path) == "304"
    saved = json.loads((tmp_path / "departments.json").read_text(encoding="utf-8"))
    assert len(saved["departments"]) == 101


def test_the_python_example_counts_the_46(served, tmp_path):
    script = tmp_path / "example.py"
    script.write_text(sample(served, "python"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "46 of 101\n"


@pytest.mark.parametrize("name", ["r", "sheets"])
def test_the_addresses_in_the_other_examples_answer_with_the_table(served, name):
    (address,) = re.findall(r'"(http[^"]+)"', sample(served, name))
    assert fetched(address).startswith(",".join(COLUMNS))


def test_the_formula_for_a_spreadsheet_is_one(served):
    assert re.fullmatch(r'=IMPORTDATA\("[^"]+"\)', sample(served, "sheets"))


def test_the_example_of_an_error_is_what_a_typo_is_answered(client):
    answer = client.get("/api/v1/departments?onn=2025-05-28")
    assert json.loads(sample(html(client), "problem")) == json.loads(answer.content)


def test_the_line_of_attribution_is_that_of_the_answers(client):
    answer = json.loads(client.get("/api/v1/departments").content)
    assert sample(html(client), "attribution") == answer["attribution"]
    french = json.loads(client.get("/api/v1/departments?language=fr").content)
    assert sample(html(client, "fr"), "attribution") == french["attribution"]


@pytest.mark.parametrize("name", ["card", "badge"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_to_be_embedded_is_of_this_site(client, name, language):
    (address,) = re.findall(r'src="([^"]+)"', sample(html(client, language), name))
    assert address.startswith(f"http://testserver/{language}/embed/departments/69")


# --- What it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_explains_every_kind_of_error_where_the_errors_say(client, language):
    page = html(client, language)
    for kind in problems.PROBLEM_TYPES:
        path, _hash, anchor = kind.type.partition("#")
        assert path == "/en/data/"
        assert f'id="{anchor}"' in page
        assert f"<code>{kind.type}</code>" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_describes_every_column_in_order(client, language):
    text = html(client, language).split('id="columns"')[1].split("</dl>")[0]
    assert re.findall(r"<dt><code>(\w+)</code></dt>", text) == COLUMNS


def test_every_address_of_things_is_on_it_with_one_to_try(client):
    text = html(client).split('id="api"')[1].split("</dl>")[0]
    links = dict(re.findall(r'<a href="([^"]+)"><code>([^<]+)</code>', text))
    assert links["/api/v1/departments/69"] == "/departments/{code}"
    assert links["/api/v1/search?q=villeurbanne"] == "/search"
    assert len(links) == 11
    for address in links:
        assert client.get(address).status_code == 200, address
    assert "<code>/updates/{id}</code>" in text


def test_in_french_its_links_lead_to_french_words(client):
    links = re.findall(
        r'href="(/api/v1/departments\.(?:csv|json|geojson)(?!-)[^"]*)"', html(client, "fr")
    )
    assert len(links) == 4
    for link in links:
        assert client.get(unescape(link))["Content-Language"] == "fr"


def test_it_says_what_is_promised(client):
    text = " ".join(html(client).split())
    for phrase in [
        "CC BY 4.0",
        "for at least 12 months more",
        "<code>Deprecation</code>",
        "<code>Sunset</code>",
        "<code>If-None-Match</code>",
        "Licence Ouverte 2.0",
        "Natural Earth",
        "/en/updates.atom",
        "/en/departments/69-rhone/updates.atom",
        "/en/openings.ics",
    ]:
        assert phrase in text, phrase


def test_every_page_leads_to_it(client):
    assert 'href="/en/data/"' in client.get("/en/").content.decode()
    assert 'href="/fr/data/"' in client.get("/fr/legal/").content.decode()


@pytest.mark.parametrize(("language", "count"), [("en", 3), ("fr", 4)])
def test_it_is_light_and_asks_the_database_few_times(
    client, django_assert_num_queries, language, count
):
    # The data version, departments, public languages; and of a translation the origins of texts.
    with django_assert_num_queries(count):
        answer = client.get(f"/{language}/data/", headers={"Accept-Encoding": "br"})
    assert answer["Content-Encoding"] == "br"
    assert len(answer.content) < 14_600


def test_what_is_too_wide_scrolls_and_can_be_reached_by_keyboard(client):
    samples = re.findall(r"<pre [^>]*>", html(client))
    assert len(samples) > 8
    for tag in samples:
        assert 'tabindex="0"' in tag
        assert "aria-labelledby=" in tag
