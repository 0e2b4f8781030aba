"""Addresses of the site for tests: every page for search engines, and samples of all states."""

from django.utils.translation import override

from rollout.pages import registry

LANGUAGES = ["en", "fr"]
"""Those that have every page; the others: tests/support/languages.py."""
ANSWERS = "scheme=general&age=18-or-over&number=permanent&phone=recent"


def pages():
    """Return the path after the language of every page that search engines may index."""
    with override("en"):
        indexed = registry.every_page(indexed_only=True)
    return [page.path.removeprefix("/en/") for page in indexed]


def addresses():
    """Return the path of every such page in every language."""
    paths = pages()
    return [f"/{language}/{path}" for language in LANGUAGES for path in paths]


# One of each kind of page, in the states that look most different.
SAMPLES = [
    "",
    "?q=69",
    "?q=bretagne",
    "?q=nowhere+at+all",
    "?q=code+not+received",
    "departments/",
    "departments/?region=84&wave=pilot-2023&sort=day",
    "departments/?region=84&wave=expansion-2025-november&on=2025-06-01",
    "departments/69-rhone/",
    "departments/976-mayotte/?on=2025-06-01",
    "regions/bretagne/?on=2025-06-01",
    "rollout/",
    "rollout/?on=2025-05-28",
    "rollout/?on=yesterday",
    "rollout/june-2024/",
    "set-up/",
    "can-i/",
    f"can-i/?document=titre-de-sejour&{ANSWERS}",
    f"can-i/?document=foreign-passport&{ANSWERS}",
    f"can-i/?document=french-id-card-new&{ANSWERS}",
    f"can-i/?document=expired&{ANSWERS}&department=75&on=2025-04-01",
    "can-i/?document=none-of-these",
    "problems/",
    "can-i/?document=titre-de-sejour&step=scheme",
    f"can-i/?document=titre-de-sejour&{ANSWERS}&department=99&step=department",
    "at-the-counter/",
    "questions/",
    "glossary/",
    "updates/",
    "about/",
    "sources/",
    "sources/rtl-2023-07-25/",
    "data/",
    "accessibility/",
    "privacy/",
    "legal/",
]
# Other states: for screenshots, and for checks that cost little.
STATES = [
    "?q=",
    "?q=saint-denis",
    "?q=marseile",
    "?q=977",
    "?q=69&on=2023-01-01",
    "departments/?region=84&wave=nonsense",
    "departments/35-ille-et-vilaine/?on=2025-06-01",
    "rollout/?on=2023-01-01",
    f"can-i/?document=titre-de-sejour&{ANSWERS}&department=69",
    "updates/?page=2",
]
