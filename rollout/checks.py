"""Mistakes of a deployment, as Django's system checks: each with an id and a hint."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from rollout.drawing import text


def check_share_image_fonts(
    app_configs: Sequence[AppConfig] | None, **options: object
) -> list[checks.CheckMessage]:
    """Return a warning for each language in which share images cannot be drawn.

    `rollout.W001`: no right-to-left layout; `rollout.W002`: no font with its letters.
    """
    messages: list[checks.CheckMessage] = []
    for code, name in settings.LANGUAGES:
        if text.is_mirrored(code) and not text.has_complex_layout():
            messages.append(
                checks.Warning(
                    f"Share images cannot be lettered from right to left, as {name} is written.",
                    hint="Install the FriBiDi library, on Debian: apt install libfribidi0",
                    id="rollout.W001",
                )
            )
        if not text.has_letters(str(name)):
            messages.append(
                checks.Warning(
                    f"No font of the share images has the letters of {name}.",
                    hint="Add one to rollout/drawing/fonts and name it in rollout/drawing/text.py.",
                    id="rollout.W002",
                )
            )
    return messages
