"""What describes the files to programs that read tables (CSVW) and to catalogues (DCAT-AP)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from rollout.api import exports
from rollout.api.endpoint import ROOT
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE, attribution

CSVW_TYPE = "application/csvm+json"
DCAT_TYPE = "application/ld+json"

AUTHORITY = "http://publications.europa.eu/resource/authority"
"""Of the controlled vocabularies that DCAT-AP asks for."""
LANGUAGES_OF_AUTHORITY = {"en": "ENG", "fr": "FRA"}
FILE_TYPES = {"csv": "CSV", "json": "JSON", "geojson": "GEOJSON"}
DCAT_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}

Thing = dict[str, Any]
"""A JSON object of JSON-LD."""


def table_metadata(absolute: Absolute) -> Thing:
    """Return the description of departments.csv by CSV on the Web (W3C, 2015)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": absolute(f"{ROOT}/departments.csv"),
        "dc:title": "Since when the carte Vitale app can be activated, by department of France",
        "dc:license": {"@id": LICENCE.url},
        "dc:rights": attribution(absolute),
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "columns": [_column(column) for column in exports.columns()],
            "primaryKey": "code",
        },
    }


def _column(column: exports.Column) -> Thing:
    described = {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": column.type.value,
        "required": column.is_required,
    }
    return described | ({"separator": "|"} if column.is_list else {})


def catalogue_entry(absolute: Absolute) -> Thing:
    """Return the open data as a dcat:Dataset by DCAT-AP 3, with a distribution for each file."""
    return {
        "@context": DCAT_CONTEXT,
        "@id": absolute(f"{ROOT}/dcat.jsonld#dataset"),
        "@type": "dcat:Dataset",
        "dct:title": _in_each_language(
            lambda: gettext("Since when the carte Vitale app can be activated, by department")
        ),
        "dct:description": _in_each_language(
            lambda: gettext(
                "What this site says, for programs: as files and as an API. Free to use, without a "
                "key, for any day since 27 May 2019. Only say where it is from."
            )
        ),
        "dct:publisher": {
            "@id": absolute("/#publisher"),
            "@type": "foaf:Agent",
            "foaf:name": _in_each_language(
                lambda: gettext("The carte Vitale app in your department")
            ),
        },
        "dcat:contactPoint": {
            "@type": "vcard:Kind",
            "vcard:hasURL": {"@id": absolute("/en/about/")},
        },
        "dcat:landingPage": _typed(absolute("/en/data/"), "foaf:Document"),
        "dcat:theme": {
            **_typed(f"{AUTHORITY}/data-theme/HEAL", "skos:Concept"),
            "skos:prefLabel": {"@value": "Health", "@language": "en"},
        },
        "dct:accrualPeriodicity": _typed(f"{AUTHORITY}/frequency/IRREG", "dct:Frequency"),
        "dct:accessRights": _typed(f"{AUTHORITY}/access-right/PUBLIC", "dct:RightsStatement"),
        "dct:spatial": _typed(f"{AUTHORITY}/country/FRA", "dct:Location"),
        "dct:language": [
            _typed(f"{AUTHORITY}/language/{code}", "dct:LinguisticSystem")
            for code in LANGUAGES_OF_AUTHORITY.values()
        ],
        "dcat:distribution": [_distribution(absolute, ending) for ending in FILE_TYPES],
    }


def _distribution(absolute: Absolute, ending: str) -> Thing:
    address = absolute(f"{ROOT}/departments.{ending}")
    media_type = f"http://www.iana.org/assignments/media-types/{exports.MEDIA_TYPES[ending]}"
    file_type = f"{AUTHORITY}/file-type/{FILE_TYPES[ending]}"
    return {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": {"@value": f"departments.{ending}", "@language": "en"},
        "dcat:accessURL": _typed(absolute("/en/data/"), "foaf:Document"),
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": _typed(media_type, "dct:MediaType"),
        "dct:format": _typed(file_type, "dct:MediaTypeOrExtent"),
        "dct:license": _typed(LICENCE.url, "dct:LicenseDocument"),
    }


def _typed(address: str, kind: str) -> Thing:
    return {"@id": address, "@type": kind}


def _in_each_language(text: Callable[[], str]) -> list[Thing]:
    """Return what a function returns in each of FULL_LANGUAGES, with its language."""
    values = []
    for code in settings.FULL_LANGUAGES:
        with translation.override(code):
            values.append({"@value": text(), "@language": code})
    return values
