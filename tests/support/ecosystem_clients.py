"""Public clients of the site's formats: how each is run, and what it has to print.

An entry for each: a new client is one more.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Client:
    """A client, as it is run: its code or command prints one number, beside what the database has.

    `kind` is "python" (the code runs with the clients' Python, {name} is its distribution), "node"
    (likewise, an npm package) or "program" (a command for sh). In the code {url} is the site.
    """

    kind: str
    name: str
    did: str
    expected: str
    """What it has to count: a key of `ecosystem.expected()`."""
    code: str
    distribution: str = ""
    """Of a program that does not tell its version: the distribution of Python that it is in."""


CSV, JSON = "{url}/api/v1/departments.csv", "{url}/api/v1/departments.json"
GEOJSON, XLSX = "{url}/api/v1/departments.geojson", "{url}/api/v1/departments.xlsx"
LIST, OPENAPI = "{url}/api/v1/departments", "{url}/api/v1/openapi.json"
ICS, ATOM, SITEMAP = "{url}/en/openings.ics", "{url}/en/updates.atom", "{url}/sitemap-en.xml"
PAGE, DCAT = "{url}/en/departments/", "{url}/api/v1/dcat.jsonld"
METADATA = "{url}/api/v1/departments.csv-metadata.json"
PACKAGE = "{url}/api/v1/datapackage.json"

API, TABLE, EXCEL = (
    "got the departments from the API",
    "read the CSV by address",
    "opened the .xlsx",
)
CALENDAR, FEED, MAP = "read the calendar", "read the feed", "read the GeoJSON"
READ, GENERATED, LINTED = "read the list of departments", "generated a client", "linted OpenAPI"

PYTHON = [
    ("requests", API, "departments", f"print(len(requests.get('{JSON}').json()['departments']))"),
    ("httpx", API, "departments", f"print(len(httpx.get('{JSON}').json()['departments']))"),
    (
        "aiohttp",
        API,
        "departments",
        (
            "import asyncio\nasync def get():\n async with aiohttp.ClientSession() as s:\n"
            f"  async with s.get('{JSON}') as r: print(len((await r.json())['departments']))\n"
            "asyncio.run(get())"
        ),
    ),
    (
        "urllib3",
        API,
        "departments",
        f"print(len(urllib3.request('GET', '{JSON}').json()['departments']))",
    ),
    ("feedparser", FEED, "updates", f"print(len(feedparser.parse('{ATOM}').entries))"),
    (
        "atoma",
        FEED,
        "updates",
        (
            "from urllib.request import urlopen\n"
            f"print(len(atoma.parse_atom_bytes(urlopen('{ATOM}').read()).entries))"
        ),
    ),
    (
        "icalendar",
        CALENDAR,
        "openings",
        (
            "from urllib.request import urlopen\n"
            f"print(len(icalendar.Calendar.from_ical(urlopen('{ICS}').read()).walk('VEVENT')))"
        ),
    ),
    (
        "ics",
        CALENDAR,
        "openings",
        (
            "from urllib.request import urlopen\n"
            f"print(len(ics.Calendar(urlopen('{ICS}').read().decode()).events))"
        ),
    ),
    ("polars", TABLE, "departments", f"print(len(polars.read_csv('{CSV}', infer_schema=False)))"),
    ("pandas", TABLE, "departments", f"print(len(pandas.read_csv('{CSV}', dtype=str)))"),
    (
        "pyarrow",
        TABLE,
        "departments",
        (
            "import io\nfrom urllib.request import urlopen\nfrom pyarrow import csv\n"
            f"print(csv.read_csv(io.BytesIO(urlopen('{CSV}').read())).num_rows)"
        ),
    ),
    (
        "duckdb",
        "read the CSV, downloaded",
        "departments",
        (
            "from urllib.request import urlretrieve\n"
            f"urlretrieve('{CSV}', 'd.csv')\n"
            "print(duckdb.sql(\"from 'd.csv' select count(code)\").limit(1).fetchall()[0][0])"
        ),
    ),
    (
        "frictionless",
        "validated the Data Package with its data",
        "errors",
        (
            "from frictionless import system\n"
            f"r = frictionless.validate('{PACKAGE}')\nprint(r.stats['errors'])"
        ),
    ),
    (
        "openpyxl",
        EXCEL,
        "departments",
        (
            "from urllib.request import urlretrieve\n"
            f"urlretrieve('{XLSX}', 'd.xlsx')\n"
            "print(sum(1 for r in openpyxl.load_workbook('d.xlsx').worksheets[0].values if r[0]) - 1)"
        ),
    ),
    (
        "python-calamine",
        EXCEL,
        "departments",
        (
            "import python_calamine\nfrom urllib.request import urlretrieve\n"
            f"urlretrieve('{XLSX}', 'd.xlsx')\n"
            "w = python_calamine.CalamineWorkbook.from_path('d.xlsx')\n"
            "print(len(w.get_sheet_by_index(0).to_python()) - 1)"
        ),
    ),
    (
        "rdflib",
        "read the DCAT-AP description",
        "distributions",
        (
            "from urllib.request import urlopen\n"
            f"g = rdflib.Graph().parse(data=urlopen('{DCAT}').read(), format='json-ld')\n"
            "dcat = rdflib.Namespace('http://www.w3.org/ns/dcat#')\n"
            "print(len(set(g.objects(None, dcat.distribution))))"
        ),
    ),
    (
        "pyogrio",
        MAP,
        "departments",
        (
            "from urllib.request import urlretrieve\n"
            f"urlretrieve('{GEOJSON}', 'd.geojson')\nprint(pyogrio.read_info('d.geojson')['features'])"
        ),
    ),
    (
        "geopandas",
        MAP,
        "departments",
        (
            "from urllib.request import urlretrieve\n"
            f"urlretrieve('{GEOJSON}', 'd.geojson')\nprint(len(geopandas.read_file('d.geojson')))"
        ),
    ),
    (
        "beautifulsoup4",
        READ,
        "names",
        (
            f"import bs4, urllib.request\nt = urllib.request.urlopen('{PAGE}').read()\n"
            "print(bs4.BeautifulSoup(t, 'html.parser').get_text())"
        ),
    ),
    (
        "html5lib",
        READ,
        "names",
        (
            f"import urllib.request\nt = html5lib.HTMLParser(strict=True).parse(urllib.request.urlopen('{PAGE}').read())\n"
            "print(' '.join(t.itertext()))"
        ),
    ),
    (
        "lxml",
        READ,
        "names",
        (
            f"import lxml.html, urllib.request\nt = urllib.request.urlopen('{PAGE}').read()\n"
            "print(lxml.html.fromstring(t.decode()).text_content())"
        ),
    ),
    (
        "extruct",
        "read the structured data of a page",
        "errors",
        (
            "import urllib.request\nt = urllib.request.urlopen('{url}/en/data/').read()\n"
            "found = extruct.extract(t.decode(), syntaxes=['json-ld'])['json-ld']\n"
            "print(0 if found else 'no JSON-LD found')"
        ),
    ),
    (
        "ultimate-sitemap-parser",
        "walked robots.txt and all sitemaps",
        "pages",
        (
            "from usp.tree import sitemap_from_str\nimport urllib.request\n"
            f"t = urllib.request.urlopen('{SITEMAP}').read().decode()\n"
            "print(len(list(sitemap_from_str(t).all_pages())))"
        ),
    ),
    (
        "openapi-spec-validator",
        "validated OpenAPI",
        "errors",
        (
            "import json, urllib.request\nfrom openapi_spec_validator import validate\n"
            f"validate(json.load(urllib.request.urlopen('{OPENAPI}')))\nprint(0)"
        ),
    ),
]
NODE = [
    (
        "axios",
        API,
        "departments",
        f"const r = await m.default.get('{JSON}'); console.log(r.data.departments.length)",
    ),
    (
        "got",
        API,
        "departments",
        f"const r = await m.default('{JSON}').json(); console.log(r.departments.length)",
    ),
    (
        "undici",
        API,
        "departments",
        f"const r = await (await m.request('{JSON}')).body.json(); console.log(r.departments.length)",
    ),
    (
        "rss-parser",
        FEED,
        "updates",
        f"const r = await new m.default().parseURL('{ATOM}'); console.log(r.items.length)",
    ),
    (
        "ical.js",
        CALENDAR,
        "openings",
        (
            f"const t = await (await fetch('{ICS}')).text(); const c = new m.default.Component(m.default.parse(t));"
            "console.log(c.getAllSubcomponents('vevent').length)"
        ),
    ),
    (
        "node-ical",
        CALENDAR,
        "openings",
        (
            f"const r = await m.default.async.fromURL('{ICS}');"
            "console.log(Object.values(r).filter(e => e.type === 'VEVENT').length)"
        ),
    ),
    (
        "papaparse",
        "read the CSV",
        "departments",
        (
            f"const t = await (await fetch('{CSV}')).text();"
            "console.log(m.default.parse(t, {{header: true, skipEmptyLines: true}}).data.length)"
        ),
    ),
    (
        "exceljs",
        EXCEL,
        "departments",
        (
            f"const b = await (await fetch('{XLSX}')).arrayBuffer(); const w = new m.default.Workbook();"
            "await w.xlsx.load(b); console.log(w.worksheets[0].actualRowCount - 1)"
        ),
    ),
    (
        "@placemarkio/check-geojson",
        "checked the GeoJSON strictly",
        "departments",
        f"const t = await (await fetch('{GEOJSON}')).text(); console.log(m.check(t).features.length)",
    ),
    (
        "fast-xml-parser",
        "read the sitemap",
        "pages",
        (
            f"const t = await (await fetch('{SITEMAP}')).text();"
            "console.log(new m.XMLParser().parse(t).urlset.url.length)"
        ),
    ),
    (
        "cheerio",
        READ,
        "names",
        f"const t = await (await fetch('{PAGE}')).text(); console.log(m.load(t)('body').text())",
    ),
    (
        "jsonld",
        "expanded the DCAT-AP description",
        "errors",
        (
            f"const d = await (await fetch('{DCAT}')).json(); const e = await m.default.expand(d);"
            "console.log(e.length ? 0 : 'nothing')"
        ),
    ),
]
PROGRAMS = [
    ("curl", "read the list of departments in French", "names", "curl -sL {url}/fr/departments/"),
    ("wget", READ, "names", f"wget -q -O - {PAGE}"),
    ("jq", API, "departments", f"curl -s {JSON} | jq '.departments | length'"),
    ("http", API, "departments", f"http --ignore-stdin {JSON} | jq '.departments | length'"),
    ("lynx", READ, "names", f"lynx -dump -nolist -display_charset=utf-8 {PAGE}"),
    ("w3m", READ, "names", f"w3m -dump -O UTF-8 {PAGE}"),
    ("links", READ, "names", f"links -dump -codepage utf-8 {PAGE}"),
    ("elinks", READ, "names", f"elinks -dump -dump-charset utf-8 {PAGE}"),
    ("tidy", "checked a page", "errors", f"curl -sf {PAGE} > p.html && tidy -q -e p.html >log 2>&1; test $? -lt 2 && echo 0 || grep Error: log"),
    (
        "newsboat",
        FEED,
        "updates",
        (f"echo {ATOM} > urls; newsboat -q -u urls -c cache.db -x reload"
        " && newsboat -q -u urls -c cache.db -x print-unread | grep -o '[0-9]*' | head -1"),
    ),
    ("calcurse", CALENDAR, "openings", f"curl -s {ICS} > c.ics; mkdir d; calcurse -D d -q -i c.ics; wc -l < d/apts"),
    (
        "khal",
        CALENDAR,
        "openings",
        (f"curl -s {ICS} > c.ics; mkdir cal; printf '[calendars]\\n[[c]]\\npath = cal\\n[locale]\\n"
        "dateformat = %%Y-%%m-%%d\\n[sqlite]\\npath = '$PWD'/khal.db\\n' > conf;"
        " khal -c conf import -a c --batch c.ics >/dev/null && ls cal | wc -l"),
    ),
    (
        "vdirsyncer",
        "synchronised the calendar by address",
        "openings",
        ("printf '[general]\\nstatus_path = \"status\"\\n[pair p]\\na = \"a\"\\nb = \"b\"\\ncollections = null\\n"
        f"[storage a]\\ntype = \"http\"\\nurl = \"{ICS}\"\\n"
        "[storage b]\\ntype = \"filesystem\"\\npath = \"v\"\\nfileext = \".ics\"\\n' > conf; mkdir v;"
        " yes | vdirsyncer -c conf discover >/dev/null && vdirsyncer -c conf sync >/dev/null && ls v | wc -l"),
    ),
    ("mlr", TABLE, "departments", f"curl -s {CSV} | mlr --icsv --ojson count | jq '.[0].count'"),
    ("csvstat", TABLE, "departments", f"curl -s {CSV} | csvstat --count | grep -o '[0-9]*'"),
    ("csvtool", TABLE, "departments", f"curl -s {CSV} > d.csv; csvtool height d.csv | awk '{{{{print $1-1}}}}'"),
    ("csvwvalidate", "validated the CSV with its CSVW metadata", "errors", f"csvwvalidate {METADATA} >log && echo 0 || tail -3 log", "csvw"),
    ("ogr2ogr", MAP, "departments", f"curl -s {GEOJSON} > d.geojson; ogr2ogr -f CSV d.csv d.geojson; mlr --icsv --ojson count d.csv | jq '.[0].count'"),
    ("rapper", "read the feed as XML", "errors", f"rapper -q -i rss-tag-soup -c {ATOM} && echo 0"),
    ("xmllint", "read the sitemap", "pages", f"curl -s {SITEMAP} > s.xml; xmllint --xpath \"count(//*[local-name()='loc'])\" s.xml"),
    ("xmlstarlet", FEED, "updates", f"curl -s {ATOM} | xmlstarlet sel -t -v \"count(//*[local-name()='entry'])\""),
    ("linkchecker", "followed the links of a page", "errors", "linkchecker --no-status -r1 {url}/en/about/ >log && echo 0 || tail -3 log"),
    ("scrapy", READ, "names", f"scrapy fetch --nolog {PAGE}"),
    ("openapi-python-client", GENERATED, "operations", f"openapi-python-client generate --url {OPENAPI} --meta none --output-path c >log 2>&1; grep -o 'Unsupported content_type [^)]*' log; grep -l '^def sync_detailed' -r c/api | wc -l"),
    ("openapi-typescript", GENERATED, "operations", f"openapi-typescript {OPENAPI} -o c.ts >/dev/null; grep -cE '^    +get: (operations|\\{{{{)' c.ts"),
    ("openapi-ts", GENERATED, "operations", f"openapi-ts -i {OPENAPI} -o c >log 2>&1; grep -c '^export const' c/sdk.gen.ts"),
    ("orval", GENERATED, "errors", f"curl -s {OPENAPI} > o.json; orval --input o.json --output c.ts >log 2>&1 && echo 0 || tail -3 log"),
    ("redocly", LINTED, "errors", f"curl -s {OPENAPI} > o.json; redocly lint o.json >log 2>&1 && echo 0 || tail -5 log"),
    ("spectral", LINTED, "errors", f"curl -s {OPENAPI} > o.json; echo 'extends: [\"spectral:oas\"]' > .spectral.yaml; spectral lint -q o.json && echo 0"),
    ("swagger2openapi", "read OpenAPI", "errors", f"curl -s {OPENAPI} > o.json; swagger2openapi --patch o.json -o x.json >/dev/null && echo 0"),
    ("html-validate", "checked a page", "errors", f"curl -s {PAGE} > p.html; echo '{{{{\"extends\":[\"html-validate:standard\"]}}}}' > .htmlvalidate.json; html-validate p.html >log && echo 0 || tail -3 log"),
]  # fmt: skip


CLIENTS = [
    *(Client("python", *entry) for entry in PYTHON),
    *(Client("node", *entry) for entry in NODE),
    *(Client("program", *entry) for entry in PROGRAMS),
]
