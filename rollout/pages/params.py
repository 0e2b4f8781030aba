"""What a reader asks of a page in its query: a day, a search, a number."""

import logging
import re

from django.http import HttpRequest

from rollout.dates import SelectedDay

logger = logging.getLogger(__name__)


def selected_day(request: HttpRequest) -> SelectedDay:
    """Return the day that a page is asked for with ?on=; two days are none."""
    days = request.GET.getlist("on", [""])
    return SelectedDay.read(days[0] if len(days) == 1 else "several")


def search_text(request: HttpRequest) -> str:
    """Return all that was typed into the search."""
    return " ".join(request.GET.getlist("q"))


def page_number(request: HttpRequest) -> int:
    """Return which page of a list is asked for with ?page=: the first, unless it is a number."""
    pages = request.GET.getlist("page")
    return int(pages[0]) if len(pages) == 1 and re.fullmatch("[0-9]{1,6}", pages[0]) else 1
