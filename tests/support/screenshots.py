"""`make screenshots`: pictures of every kind of page, on a phone and a laptop, light and dark.

`python -m tests.support.screenshots FOLDER languages`: of five pages in every public language.
"""

import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the set-up
from django.template.loader import render_to_string  # noqa: E402
from django.utils.translation import override  # noqa: E402

from tests.support import servers  # noqa: E402
from tests.support.addresses import ANSWERS, LANGUAGES, SAMPLES, STATES  # noqa: E402
from tests.support.browser import WIDTHS  # noqa: E402
from tests.support.languages import public_in_files  # noqa: E402

OTHERS = ["no-such-page/", "embed/departments/69/", "embed/departments/00/", "gallery/"]
ERRORS = ["400", "403", "403_csrf", "429", "500"]
"""Pages for faults that a visit cannot bring about; the 410 looks like the 404."""
OF_LANGUAGES = {
    "home": "",
    "answer": "?q=69",
    "verdict": f"can-i/?document=titre-de-sejour&{ANSWERS}",
    "set-up": "set-up/",
    "counter": "at-the-counter/",
}
"""The pages to look at in every language, by the names of their pictures."""
WIDTHS_OF_LANGUAGES = {390: {"width": 390, "height": 844}, 1280: {"width": 1280, "height": 800}}


@contextmanager
def _chromium():
    """Yield a browser."""
    program = servers.chromium()
    if program is None:
        sys.exit(
            "Chromium is not installed. On Debian and Ubuntu: apt install chromium-headless-shell"
        )
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()


def take_languages(site, folder):
    """Take OF_LANGUAGES of a running site in each language; return how many pictures they are."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        (language, name, width)
        for language in [*LANGUAGES, *public_in_files()]
        for name in OF_LANGUAGES
        for width in WIDTHS_OF_LANGUAGES
    ]
    with _chromium() as chromium:
        for language, name, width in wanted:
            page = chromium.new_page(viewport=WIDTHS_OF_LANGUAGES[width], locale=language)
            page.goto(f"{site}/{language}/{OF_LANGUAGES[name]}")
            page.screenshot(path=folder / f"{name}-{language}-{width}.png", full_page=True)
            page.close()
    return len(wanted)


def take(site, folder):
    """Take the pictures of a running site and return how many they are."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        (language, path, width, scheme)
        for language in LANGUAGES
        for path in [*SAMPLES, *STATES, *OTHERS, *ERRORS]
        for width in WIDTHS
        for scheme in ("light", "dark")
    ]
    with _chromium() as chromium:
        for language, path, width, scheme in wanted:
            look: Any = {"viewport": WIDTHS[width], "color_scheme": scheme, "locale": language}
            page = chromium.new_page(**look)
            if path in ERRORS:
                page.goto(f"{site}/{language}/about/")
                with override(language):
                    page.set_content(render_to_string(f"{path}.html"))
            else:
                page.goto(f"{site}/{language}/{path}")
            name = f"{_name(path)}-{language}-{width}-{scheme}.png"
            page.screenshot(path=folder / name, full_page=True)
            page.close()
    return len(wanted)


def _name(path):
    """Return a page's name for a file: can-i-document-foreign-passport."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:120] or "home"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with servers.gunicorn({"VAR_DIR": str(settings.VAR_DIR), "WEB_CONCURRENCY": "1"}) as address:
        count = (
            take_languages(address, target) if "languages" in sys.argv else take(address, target)
        )
        print(f"{count} pictures in {target}")  # noqa: T201
