"""Draw the PNG icons from static/img/icon.svg, in Chromium: python -m tests.support.icons."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support import servers

IMAGES = Path(__file__).parents[2] / "static" / "img"
BAND = "#3b1233"
ICONS = {32: (1.0, None), 180: (0.62, BAND), 192: (0.62, BAND), 512: (0.62, BAND)}
"""Of each size: how much of its width the mark takes, and what lies behind it. Phones cut the corners
of an icon as they like; what lies within the middle 80 per cent stays."""


def draw() -> None:
    """Write icon-32.png and the rest beside the SVG."""
    svg = (IMAGES / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=servers.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for size, (share, behind) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            # On the band the plum of the mark would not be seen: there it is white, as in the header.
            mark = svg.replace("#fff", BAND).replace("#7b1e5e", "#fff") if behind else svg
            page.set_content(
                f"<style>body{{margin:0;display:grid;place-items:center;block-size:100vh;"
                f"background:{behind or 'transparent'}}}svg{{inline-size:{share * size}px}}</style>{mark}"
            )
            page.screenshot(path=IMAGES / f"icon-{size}.png", omit_background=behind is None)
        browser.close()


if __name__ == "__main__":
    draw()
