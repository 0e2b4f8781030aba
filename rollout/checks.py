"""Mistakes of a deployment, as Django's system checks: each with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core import checks

from rollout.drawing import text


def share_images_can_be_lettered(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """Return a warning for each language whose share images would be in the reference language."""
    found: list[checks.CheckMessage] = []
    for code, name in settings.LANGUAGES:
        if text.is_mirrored(code) and not text.has_complex_layout():
            found.append(
                checks.Warning(
                    f"Share images cannot be lettered from right to left, as {name} is written.",
                    hint="Install the FriBiDi library, on Debian: apt install libfribidi0",
                    id="rollout.W001",
                )
            )
        if not text.has_letters(str(name)):
            found.append(
                checks.Warning(
                    f"No font of the share images has the letters of {name}.",
                    hint="Add one to rollout/drawing/fonts and name it in rollout/drawing/text.py.",
                    id="rollout.W002",
                )
            )
    return found
