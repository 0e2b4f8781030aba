"""WebKitGTK as Debian has it, over WebDriver (https://www.w3.org/TR/webdriver/), on a screen of its own."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.support.processes import free_port, program
from tests.support.visitors import wait_for

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SECONDS = 60


def mini_browser():
    """Return where the browser is that comes with the library, or None."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return found[-1] if found else None


def is_installed():
    """Tell whether browser, driver and X server are installed."""
    return bool(shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and mini_browser())


@contextmanager
def _screen(folder):
    """Run an X server that shows nothing, for a while; yield its DISPLAY."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with (folder / "Xvfb.log").open("w") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"  # it chose one, and is ready
    finally:
        server.terminate()
        server.communicate(timeout=30)


@contextmanager
def webkit(folder):
    """Run the browser for a while, with this folder as its home; yield its `Tab`."""
    port = free_port()
    with _screen(folder) as display, urllib3.PoolManager() as http:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DISPLAY": display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        }
        variables = [f"{name}={value}" for name, value in environment.items()]
        with program("env", "-i", *variables, "WebKitWebDriver", f"--port={port}", cwd=folder):
            tab = Tab(http, f"http://127.0.0.1:{port}")
            try:
                yield tab
            finally:
                tab.close()


class Tab:
    """A tab of WebKitGTK."""

    def __init__(self, http, driver):
        self._http, self._session = http, f"{driver}/session"
        options = {"binary": str(mini_browser()), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = self._send("POST", capabilities=capabilities)
        self._session += f"/{session['sessionId']}"

    def _send(self, method, path="", **body):
        """Send a command; the first waits until the driver is there."""
        answer = self._http.request(
            method,
            self._session + path,
            json=body if method == "POST" else None,
            timeout=SECONDS,
            retries=urllib3.Retry(connect=8, backoff_factor=0.1),
        )
        value = answer.json()["value"]
        assert answer.status == 200, value
        return value

    def close(self):
        """End the browser."""
        self._send("DELETE")

    def goto(self, url):
        """Open an address and wait until it has loaded."""
        self._send("POST", "/url", url=url)

    def evaluate(self, expression):
        """Return the value of an expression of JavaScript, also one that is promised."""
        script = f"return Promise.resolve({expression})"
        return self._send("POST", "/execute/sync", script=script, args=[])

    def run(self, script):
        """Run a script in the page."""
        self._send("POST", "/execute/sync", script=script, args=[])

    def text(self, selector):
        """Return what the first element of a CSS selector shows."""
        return self._send("GET", f"{self._element(selector)}/text")

    def click(self, selector):
        """Click on the first element of a CSS selector."""
        self._send("POST", f"{self._element(selector)}/click")

    def follow(self, selector):
        """Click on an element that leads to another page, and wait until that has loaded."""
        self.run("window.isLeft = false")
        self.click(selector)
        wait_for(self._has_next_page, SECONDS)

    def _has_next_page(self):
        try:
            return self.evaluate("!('isLeft' in window) && document.readyState === 'complete'")
        except AssertionError:  # between two pages
            return False

    def type(self, selector, text):
        """Type a text into the first element of a CSS selector."""
        self._send("POST", f"{self._element(selector)}/value", text=text)

    def _element(self, selector):
        found = self._send("POST", "/element", using="css selector", value=selector)
        return f"/element/{found[ELEMENT]}"
