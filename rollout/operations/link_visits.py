"""Visits of the pages of sources, with their results recorded: which are next, and a few at a time.

The command check_links visits all of them in one go; the admin does so in batches, each of which
ends in seconds, since a request must.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from rollout.models import LinkCheck, LinkState, Source
from rollout.operations import link_check
from rollout.operations.link_check import LinkChecker, LinkResult, host_of

BATCH_SECONDS = 8.0
BATCH_TIMEOUT_SECONDS = 5.0  # of a connection; for its TLS; for the head of its response
LOCK_SECONDS = 40  # longer than a batch takes, and then its last check
LOCK = "link-visits"


@dataclass(frozen=True)
class Batch:
    """How many pages were visited and recorded, and why there are not more."""

    recorded: int = 0
    is_offline: bool = False
    """Nothing could be reached, not even a page that answered before."""
    is_waiting: bool = False
    """Others are visiting pages just now, or every host that is next was visited just now."""


def user_agent() -> str:
    """Return the requests' User-Agent: the site's name, its address and contact where set."""
    name = "carte-vitale-place-by-place (link check"
    if settings.PUBLISHER_CONTACT and settings.IS_PUBLIC:
        name += f"; https://{settings.ALLOWED_HOSTS[0].lstrip('.')}/"
    if settings.PUBLISHER_CONTACT:
        name += f"; {settings.PUBLISHER_CONTACT}"
    return f"{name})"


def sources_to_visit(before: datetime.datetime | None = None) -> QuerySet[Source]:
    """Return the sources with an address, those first whose last visit is longest ago.

    With `before`, only those whose address of today was not visited since then.
    """
    sources = Source.objects.exclude(url="")
    if before is not None:
        recent = Q(link_check__address=F("url"), link_check__checked_on__gt=before)
        sources = sources.exclude(pk__in=sources.filter(recent))
    return sources.order_by(F("link_check__checked_on").asc(nulls_first=True), "slug")


def visit_batch(before: datetime.datetime) -> Batch:
    """Visit some pages that were not visited since `before`, and record what was found.

    One page of each host, so that none is waited for; hosts that were visited just now are left
    for the next batch. It takes at most twice BATCH_SECONDS, and nothing is written meanwhile.
    """
    if not cache.add(LOCK, True, LOCK_SECONDS):
        return Batch(is_waiting=True)
    try:
        sources = {source.url: source for source in _next(before)}
        return _visit(sources) if sources else Batch(is_waiting=True)
    finally:
        cache.delete(LOCK)


def _next(before: datetime.datetime) -> list[Source]:
    """Return the next sources of different hosts, none of which was visited within the pause."""
    moment = timezone.now() - datetime.timedelta(seconds=link_check.PAUSE_SECONDS)
    recent = LinkCheck.objects.filter(checked_on__gt=moment).values_list("address", flat=True)
    hosts = {host_of(address) for address in recent}
    chosen: list[Source] = []
    for source in sources_to_visit(before):
        if host_of(source.url) not in hosts:
            hosts.add(host_of(source.url))
            chosen.append(source)
    return chosen[: link_check.MAX_CONCURRENT_HOSTS - 1]  # one is left for _is_online


def _visit(sources: dict[str, Source]) -> Batch:
    with LinkChecker(
        user_agent(), timeout=BATCH_TIMEOUT_SECONDS, pause=link_check.PAUSE_SECONDS
    ) as checker:
        results = list(checker.check_all(list(sources), seconds=BATCH_SECONDS))
        silent = [result for result in results if not result.was_reached]
        # They may seem dead only because we are offline.
        is_offline = bool(silent) and not _is_online(checker, results)
    recorded = [result for result in results if result.was_reached or not is_offline]
    for result in recorded:
        record(sources[result.address], result)
    return Batch(len(recorded), is_offline)


def _is_online(checker: LinkChecker, results: list[LinkResult]) -> bool:
    """Tell whether a page still answers that answered just now, or at its last visit."""
    answered = next((result.address for result in results if result.was_reached), "")
    if not answered:
        checks = LinkCheck.objects.current().filter(
            state__in=[LinkState.ALIVE, LinkState.REDIRECTED]
        )
        visited = {host_of(result.address) for result in results}
        addresses = checks.order_by("-checked_on").values_list("address", flat=True)
        answered = next((url for url in addresses if host_of(url) not in visited), "")
    again = checker.check_all([answered] if answered else [], seconds=BATCH_SECONDS)
    return any(result.was_reached for result in again)


def record(source: Source, result: LinkResult) -> None:
    """Record the result of a visit to a source's page, in a transaction of its own."""
    LinkCheck.objects.record(source, result.state, result.detail, result.redirected_to)
