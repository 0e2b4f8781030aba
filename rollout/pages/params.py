"""Query parameters of pages: a search, a day, the number of a page."""

import re

from django.http import HttpRequest

from rollout.dates import SelectedDay


def search_text(request: HttpRequest) -> str:
    """Return the search: several values of ?q= are joined by spaces."""
    return " ".join(request.GET.getlist("q"))


def selected_day(request: HttpRequest) -> SelectedDay:
    """Return the day of ?on=: today where there is none, or one that is refused."""
    return SelectedDay.from_values(request.GET.getlist("on"))


def page_number(request: HttpRequest) -> int:
    """Return the number of ?page=, from 0 to 999,999: 1 unless it is one such number."""
    pages = request.GET.getlist("page")
    return int(pages[0]) if len(pages) == 1 and re.fullmatch("[0-9]{1,6}", pages[0]) else 1
