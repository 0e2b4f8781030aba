"""What a reader asks of a page in its query: a search, a number."""

import re

from django.http import HttpRequest


def search_text(request: HttpRequest) -> str:
    """Return all that was typed into the search."""
    return " ".join(request.GET.getlist("q"))


def page_number(request: HttpRequest) -> int:
    """Return which page of a list is asked for with ?page=: the first, unless it is a number."""
    pages = request.GET.getlist("page")
    return int(pages[0]) if len(pages) == 1 and re.fullmatch("[0-9]{1,6}", pages[0]) else 1
