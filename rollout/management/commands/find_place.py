"""Search for a place as the page does, for people, or as JSON for programs."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rollout.search import Place, SearchResult, service


class Command(BaseCommand):
    help = (
        "Tell which departments a text means: find_place 'lyon 3e'. With --json, read one JSON "
        "string a line on standard input and print one JSON object a line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="*", help="what one would type on the page")
        parser.add_argument("--json", action="store_true", help="read and print lines of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            self.write_json_lines()
        elif options["text"]:
            self.write_text(service.find(" ".join(options["text"])))
        else:
            raise CommandError("Say what to find: find_place 'lyon 3e', or use --json.")

    def write_text(self, result: SearchResult) -> None:
        """Write the places of a result, a line each, then its note and suggestions."""
        if not result.departments:
            self.stdout.write("Nothing found." if not result.note else f"{result.note}")
        for place in result.places:
            self.stdout.write(_line(place))
        if result.note and result.departments:
            self.stdout.write(f"note: {result.note} {result.note_subject}")
        if result.suggestions:
            self.stdout.write(f"did you mean: {', '.join(result.suggestions)}")

    def write_json_lines(self) -> None:
        """Read a JSON string from each line of standard input, and write the result as a line.

        Raises:
            CommandError: a line is no JSON string; it names the line's number.
        """
        for number, line in enumerate(sys.stdin, start=1):
            if not line.strip():
                continue
            try:
                query = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise CommandError(f"Line {number} is not JSON: {error}") from error
            if not isinstance(query, str):
                raise CommandError(f"Line {number} is not a JSON string.")
            result = service.find(query)
            fields = {
                "query": query,
                "departments": list(result.departments),
                "places": [_fields(place) for place in result.places],
                "note": str(result.note) if result.note else "",
            }
            self.stdout.write(json.dumps(fields, ensure_ascii=True))


def _line(place: Place) -> str:
    today = f" = {place.today}" if place.today else ""
    postcode = f" {place.postcode}" if place.postcode else ""
    codes = ", ".join(place.departments)
    match = f"{place.match.name.lower()} {place.kind}".replace("_", " ")
    return f"{codes}: {place.name}{postcode}{today} ({match})"


def _fields(place: Place) -> dict[str, object]:
    return {
        "name": place.name,
        "kind": str(place.kind),
        "match": place.match.name.lower(),
        "departments": list(place.departments),
        "today": place.today,
        "postcode": place.postcode,
        "approximate": place.approximate,
    }
