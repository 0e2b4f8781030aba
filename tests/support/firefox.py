"""Firefox as Debian has it, over WebDriver BiDi: Playwright drives only a Firefox of its own.

https://w3c.github.io/webdriver-bidi/ names the methods, their parameters and the events.
"""

import base64
import itertools
import json
import re
import subprocess
import zlib
from contextlib import contextmanager

from websockets.sync.client import connect

KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015"}
ANSWER_SECONDS = 60
EVENTS = ["browsingContext.load", "log.entryAdded", "network.beforeRequestSent"]
PREFERENCES = """
user_pref("app.normandy.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("ui.prefersReducedMotion", 1);
"""
# Firefox tells of violations of the policy in no event, and pages would not be asked in time.
TELL_OF_VIOLATIONS = """() => document.addEventListener("securitypolicyviolation",
  (event) => console.error(`${event.violatedDirective} forbids ${event.blockedURI}`))"""
UNTIL = """new Promise((resolve) => {
  const look = () => (%s) ? resolve(true) : setTimeout(look, 20);
  look();
})"""


@contextmanager
def firefox(program, folder):
    """Run Firefox without a window, its profile in this folder; yield its one tab as a `Page`."""
    (folder / "user.js").write_text(PREFERENCES)
    command = [program, "--headless", "--no-remote", "--profile", folder]
    log = folder / "firefox.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0", "about:blank"],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        with connect(f"{_address(process)}/session", max_size=None, proxy=None) as connection:
            yield Page(connection)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _address(process):
    """Return where it listens: it says so, on a port of its choice."""
    seen = []
    for line in process.stderr:
        seen.append(line)
        if found := re.search(r"WebDriver BiDi listening on (ws:\S+)", line):
            return found[1]
    raise AssertionError(f"Firefox did not start: {''.join(seen)}")


class Page:
    """A tab of Firefox: what it shows, what one does in it, and what it complained of."""

    def __init__(self, connection):
        self._connection = connection
        self._numbers = itertools.count()
        self._events = []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=EVENTS)
        self._send("script.addPreloadScript", functionDeclaration=TELL_OF_VIOLATIONS)
        self._tab = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def _send(self, method, **params):
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := self._receive()).get("id") != number:
            pass
        assert message["type"] == "success", (method, message["message"])
        return message["result"]

    def _receive(self):
        message = json.loads(self._connection.recv(timeout=ANSWER_SECONDS))
        if message["type"] == "event":
            self._events.append((message["method"], message["params"]))
        return message

    def complaints(self, site):
        """Return what went wrong since the last call.

        That is errors of scripts, violations of the policy, requests to elsewhere than `site`.
        """
        events, self._events = self._events, []
        errors = [
            params["text"]
            for name, params in events
            if name == "log.entryAdded" and params["level"] == "error"
        ]
        urls = [
            params["request"]["url"]
            for name, params in events
            if name == "network.beforeRequestSent"
        ]
        return errors + [url for url in urls if not url.startswith((site, "about:", "data:"))]

    def resize(self, size):
        """Give the page a width and height in CSS pixels, such as those of WIDTHS."""
        self._send("browsingContext.setViewport", context=self._tab, viewport=size)

    def goto(self, address):
        """Open an address and wait until it has loaded."""
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, expression):
        """Return the value of an expression of JavaScript, also one that is promised."""
        result = self._send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            awaitPromise=True,
            target={"context": self._tab},
        )
        assert result["type"] == "success", result["exceptionDetails"]["text"]
        return json.loads(result["result"].get("value", "null"))

    def run(self, script):
        """Run a script in the page."""
        self._send(
            "script.evaluate",
            expression=script,
            awaitPromise=False,
            target={"context": self._tab},
        )

    def wait_until(self, condition):
        """Wait until an expression of JavaScript is true."""
        assert self.evaluate(UNTIL % condition)

    @contextmanager
    def next_page(self):
        """Wait at the end until the page that follows from what is done within has loaded."""
        before = len(self._events)
        yield
        while "browsingContext.load" not in [name for name, _ in self._events[before:]]:
            self._receive()

    def text(self, selector):
        """Return what the first element of a CSS selector shows."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def by_role(self, role, name):
        """Return the first element of this role and accessible name, as Firefox computes them."""
        return self._locate({"type": "accessibility", "value": {"role": role, "name": name}})

    def by_selector(self, selector):
        """Return the first element of a CSS selector."""
        return self._locate({"type": "css", "value": selector})

    def _locate(self, locator):
        nodes = self._send(
            "browsingContext.locateNodes", context=self._tab, locator=locator, maxNodeCount=1
        )["nodes"]
        assert nodes, locator["value"]
        return {"sharedId": nodes[0]["sharedId"]}

    def click(self, element):
        """Bring an element into view and click on its middle."""
        self._send(
            "script.callFunction",
            functionDeclaration="(element) => element.scrollIntoView({ block: 'center' })",
            arguments=[element],
            awaitPromise=False,
            target={"context": self._tab},
        )
        middle = {"type": "element", "element": element}
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": middle},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def press(self, *keys):
        """Press keys one after the other: characters, or names of KEYS."""
        actions = [
            {"type": type_, "value": KEYS.get(key, key)}
            for key in keys
            for type_ in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keyboard", "actions": actions})

    def _act(self, source):
        self._send("input.performActions", context=self._tab, actions=[source])

    def printed_pages(self):
        """Return on how many sheets of A4 the page is printed."""
        size = {"width": 21.0, "height": 29.7}
        printed = self._send("browsingContext.print", context=self._tab, page=size)
        streams = base64.b64decode(printed["data"]).split(b"stream\n")[1:]
        objects = b"".join(zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"x")
        return len(re.findall(rb"/Type\s*/Page\b", objects))
