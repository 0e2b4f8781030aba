"""The languages that everybody may read, cached with all else that rests on the facts."""

from rollout.caching import fragments
from rollout.models.languages import Language


def public_languages() -> list[str]:
    """Return their codes, in the order of LANGUAGES; a query for each data version at most."""
    return fragments.get_or_set("public languages", Language.public_codes)
