"""Every public address of the site."""

from rollout.models import Department, Region, Wave

LANGUAGES = ["en", "fr"]
FIXED = [
    "",
    "departments/",
    "rollout/",
    "set-up/",
    "can-i/",
    "at-the-counter/",
    "questions/",
    "glossary/",
    "updates/",
    "about/",
    "sources/",
    "data/",
    "accessibility/",
    "privacy/",
    "legal/",
]
ANSWERS = "scheme=general&age=18-or-over&number=permanent&phone=recent"


def pages():
    """Return the path of every public page after its language."""
    return [
        *FIXED,
        *(f"departments/{department.slug}/" for department in Department.objects.all()),
        *(f"regions/{region.slug}/" for region in Region.objects.all()),
        *(f"rollout/{wave.slug}/" for wave in Wave.objects.all()),
    ]


def addresses():
    """Return the path of every public page in every language."""
    return [f"/{language}/{page}" for language in LANGUAGES for page in pages()]


# One of each kind of page, in the states that look most different.
SAMPLES = [
    "",
    "?q=69",
    "?q=bretagne",
    "?q=nowhere+at+all",
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
# What else can be seen: for pictures, and for what costs little to ask of a page.
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
