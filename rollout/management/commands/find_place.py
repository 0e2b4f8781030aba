"""Search for a place as the page does, for people or for programs."""

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
            self.answer_lines()
        elif options["text"]:
            self.answer_person(service.find(" ".join(options["text"])))
        else:
            raise CommandError("Say what to find: find_place 'lyon 3e', or use --json.")

    def answer_person(self, answer: SearchResult) -> None:
        """Print the departments and why, a line each."""
        if not answer.departments:
            self.stdout.write("Nothing found." if not answer.note else f"{answer.note}")
        for place in answer.places:
            self.stdout.write(_line(place))
        if answer.note and answer.departments:
            self.stdout.write(f"note: {answer.note} {answer.note_subject}")
        if answer.suggestions:
            self.stdout.write(f"did you mean: {', '.join(answer.suggestions)}")

    def answer_lines(self) -> None:
        """Answer each line of standard input, in order; a bad line stops with its number."""
        for number, line in enumerate(sys.stdin, start=1):
            if not line.strip():
                continue
            try:
                query = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise CommandError(f"Line {number} is not JSON: {error}") from error
            if not isinstance(query, str):
                raise CommandError(f"Line {number} is not a JSON string.")
            answer = service.find(query)
            result = {
                "query": query,
                "departments": list(answer.departments),
                "places": [_object(place) for place in answer.places],
                "note": str(answer.note) if answer.note else "",
            }
            self.stdout.write(json.dumps(result, ensure_ascii=True))


def _line(place: Place) -> str:
    today = f" = {place.today}" if place.today else ""
    postcode = f" {place.postcode}" if place.postcode else ""
    codes = ", ".join(place.departments)
    how = f"{place.match.name.lower()} {place.kind}".replace("_", " ")
    return f"{codes}: {place.name}{postcode}{today} ({how})"


def _object(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "kind": str(place.kind),
        "match": place.match.name.lower(),
        "departments": list(place.departments),
        "today": place.today,
        "postcode": place.postcode,
        "approximate": place.approximate,
    }
