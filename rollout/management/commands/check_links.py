"""Visit the pages that sources name, and record whether they can still be reached."""

import argparse
import datetime
import re
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from rollout.models import LinkState, Source
from rollout.operations import link_check, link_visits
from rollout.operations.link_check import LinkChecker, LinkResult

OFFLINE_MESSAGE = (
    "None of the {count} could be reached: this machine seems to be offline. Nothing was recorded. "
    "If it is not, check these together with a page that answers."
)


class Command(BaseCommand):
    help = (
        "Visit the addresses of all sources, politely, and record their state: alive, redirected, "
        "dead or unclear. The admin shows it. What was not visited for longest comes first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only", nargs="+", metavar="SLUG", help="visit these sources only, by short name"
        )
        parser.add_argument(
            "--older-than",
            type=_whole_number,
            metavar="DAYS",
            help="leave out what was visited in the last DAYS days",
        )
        parser.add_argument(
            "--limit", type=_whole_number, metavar="N", help="visit at most N addresses"
        )
        # For tests: no page of the world is on this machine.
        parser.add_argument("--allow-loopback", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        sources = {source.url: source for source in _chosen(options)}
        if not sources:
            self.stdout.write("There is no address to visit.")
            return
        self.recorded: Counter[str] = Counter()
        with LinkChecker(
            link_visits.user_agent(),
            pause=link_check.PAUSE_SECONDS,
            allow_loopback=options["allow_loopback"],
        ) as checker:
            try:
                self.check_sources(checker, sources)
            except KeyboardInterrupt as stop:
                raise CommandError(
                    f"Stopped. {self.counts()} To visit the others: check_links --older-than 1",
                    returncode=130,
                ) from stop
        self.stdout.write(self.counts())

    def check_sources(self, checker: LinkChecker, sources: dict[str, Source]) -> None:
        """Check every source, and record each at once whose host answers.

        The others may seem dead only because we are offline: they are recorded once all
        are checked, if a page that answered before still does. Raises CommandError where not.

        """
        answering, silent = "", []
        for number, result in enumerate(checker.check_all(list(sources)), start=1):
            source, count = sources[result.address], f"{number:{len(str(len(sources)))}}"
            if result.was_reached:
                answering = result.address
                self.record(source, result, f"{count}/{len(sources)} ")
            else:
                silent.append(result)
                self.print_line(f"{count}/{len(sources)} ", "not reached", source, result.detail)
        if not answering:
            raise CommandError(OFFLINE_MESSAGE.format(count=_addresses(len(sources))))
        if silent and not checker.check(answering).was_reached:
            raise CommandError(
                f"The network went away. {self.counts()} {_addresses(len(silent))} that could not "
                "be reached keep their old state: run this again."
            )
        for result in silent:
            self.record(sources[result.address], result)

    def record(self, source: Source, result: LinkResult, count: str = "") -> None:
        """Record one result, in a transaction of its own, and print it."""
        link_visits.record(source, result)
        self.recorded[result.state.value] += 1
        self.print_line(count, result.state.value, source, result.redirected_to or result.detail)

    def print_line(self, count: str, state: str, source: Source, detail: str) -> None:
        """Print a line: number of the result, state, source, its address, and a sentence."""
        self.stdout.write(f"{count}{state:<11}  {source.slug}  {source.url}  {detail}")

    def counts(self) -> str:
        """Return how many were recorded, by state."""
        by_state = ", ".join(f"{self.recorded[state]} {state}" for state in LinkState.values)
        return f"{_addresses(self.recorded.total())} recorded: {by_state}."


def _chosen(options: dict[str, Any]) -> QuerySet[Source]:
    """Return the sources to visit, those first whose last visit is longest ago."""
    before = None
    if options["older_than"] is not None:
        before = timezone.now() - datetime.timedelta(days=options["older_than"])
    sources = link_visits.sources_to_visit(before)
    if options["only"]:
        known = Source.objects.exclude(url="").values_list("slug", flat=True)
        _refuse_unknown(set(options["only"]) - set(known))
        sources = sources.filter(slug__in=options["only"])
    return sources[: options["limit"]]


def _refuse_unknown(slugs: set[str]) -> None:
    if slugs:
        raise CommandError(
            f"No source with an address is called {', '.join(sorted(slugs))}. "
            "The admin lists the short names of all sources."
        )


def _whole_number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text):
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number below 100000')
    return int(text)


def _addresses(count: int) -> str:
    return f"{count} address{'' if count == 1 else 'es'}"
