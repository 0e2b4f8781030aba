"""Editors as the site sees them: signed in with two factors, one connection for each page."""

import http.client
import re
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from drills._sites import Site
from tests.support import people
from tests.support.admin_forms import form_values

MAKE = """
from tests.support import people
for name in {names!r}:
    people.give_an_app(people.person(name, is_superuser=True))
"""
# As a proxy that ends TLS hands requests on; a site on one's own machine ignores it.
BEHIND_A_PROXY = {
    "Host": "localhost",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "127.0.0.1",
    "Referer": "https://localhost/",
}


@dataclass(frozen=True)
class Answer:
    """What the site answered."""

    status: int
    text: str
    location: str
    retry_after: str = ""


@dataclass
class Editor:
    """Someone signed in on a running site."""

    address: str
    name: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """Ask for a page. Raises OSError or HTTPException where the connection breaks."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, object], language: str = "en") -> Answer:
        """Send a form. Raises OSError or HTTPException where the connection breaks."""
        return self._ask("POST", path, urllib.parse.urlencode(fields, doseq=True), language)

    def form(self, path: str) -> dict[str, object]:
        """Open a form; return what a browser would send back of it."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        return dict(form_values(answer.text))

    def save(self, path: str, **values: object) -> Answer:
        """Open a form, fill it in and send it."""
        return self.post(path, self.form(path) | values)

    def sign_in(self) -> None:
        """Sign in with the password and a code of the app."""
        login = "/accounts/login/"
        sent = {"login": self.name, "password": people.PASSWORD, **self._token(login)}
        second = self.post(login, sent).location
        answer = self.post(second, {"code": people.code(), **self._token(second)})
        assert (answer.status, answer.location) == (302, "/admin/"), (answer, self.name)

    def _token(self, path: str) -> dict[str, object]:
        name = "csrfmiddlewaretoken"
        match = re.search(rf'name="{name}" value="([^"]+)"', self.get(path).text)
        assert match, path
        return {name: match[1]}

    def _ask(self, method: str, path: str, body: str = "", language: str = "en") -> Answer:
        host = self.address.removeprefix("http://")
        headers = BEHIND_A_PROXY | {
            "Accept-Language": language,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            cookie = SimpleCookie(line)
            self.cookies |= {name: morsel.value for name, morsel in cookie.items()}
        location, again = (answer.headers.get(name, "") for name in ("Location", "Retry-After"))
        return Answer(answer.status, text, location, again)


def signed_in(site: Site, address: str, *names: str) -> list[Editor]:
    """Make editors, and sign them in. No name comes twice: a code signs nobody in twice."""
    site.manage("shell", "--verbosity=0", "-c", MAKE.format(names=names))
    editors = [Editor(address, name) for name in names]
    for editor in editors:
        editor.sign_in()
    return editors
