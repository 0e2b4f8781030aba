"""What the drills share that follow docs/deployment.md: its lines, a certificate, visitors."""

import re
import textwrap
import time

from drills._debian import COMMAND_SECONDS, Machine
from tests.support import servers
from tests.support.measurements import Measurement, NotShown, require
from tests.support.visitors import PAGES

GUIDE = servers.ROOT / "docs" / "deployment.md"
SECTION = r"^## {title}$(.*?)(?=^###? |\Z)"
BLOCK = re.compile(r"(?:^ {4,}[^ \n].*\n)+", re.MULTILINE)

HOST = "vitale.example"
"""The site's name in the guides."""
CURL = f"curl --silent --insecure --max-time 10 --resolve {HOST}:443:127.0.0.1"
ASK = f"{CURL} https://{HOST}"
VISIT = f"""cd /tmp; rm -f stop visits; for visitor in 1 2; do
while [ ! -e stop ]; do for path in {" ".join(PAGES)}; do
{CURL} --output /dev/null --write-out '%{{http_code}} %{{url_effective}}\\n' https://{HOST}$path \
>> visits || true; done; done & done; wait"""
"""Two visitors ask for pages until there is a file `stop`; in `visits` is a line for each page."""

CERTIFICATE = f"""openssl s_client -connect 127.0.0.1:443 -servername {HOST} \
< /dev/null 2> /dev/null | openssl x509 -noout -serial"""
"""Says the serial number of the certificate that nginx sends."""

ACME_PACKAGES = ("pebble", "openssl")
ACME_SERVER = f"""cd /root; grep -q {HOST} /etc/hosts || echo 127.0.0.1 {HOST} >> /etc/hosts
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=acme \
-keyout acme.key -out acme.pem 2> /dev/null
cat > acme.json <<'END'
{{"pebble": {{"listenAddress": "0.0.0.0:14000", "managementListenAddress": "127.0.0.1:15000",
"certificate": "/root/acme.pem", "privateKey": "/root/acme.key", "httpPort": 80, "tlsPort": 443}}}}
END
PEBBLE_VA_NOSLEEP=1 setsid pebble -config acme.json > acme.log 2>&1 < /dev/null &
sleep 1"""
"""Starts a certificate authority that asks for {HOST} by http, as Let's Encrypt's does."""


def require_checkout() -> None:
    """Check that this is a git checkout, which can be cloned elsewhere. Raises NotShown."""
    require("git")
    if not (servers.ROOT / ".git").exists():
        raise NotShown("this is no git checkout")


def blocks(text: str, title: str, instead: dict[str, str]) -> list[str]:
    """Return the blocks of lines of a section of the guide, as they are run in a drill.

    `instead` has what is done in the place of lines that ask somebody, or the internet. Raises
    AssertionError where there is no such section, and for a line of it that is in none.
    """
    section = re.search(SECTION.format(title=title), text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/deployment.md has no section {title}"
    found = [textwrap.dedent(block) for block in BLOCK.findall(section[1])]
    missing = [line for line in instead if not any(line in block for block in found)]
    assert not missing, f"the guide no longer says {missing}"
    for line, other in instead.items():
        found = [block.replace(line, other) for block in found]
    return found


def acme_options(host: str) -> str:
    """Return what certbot needs to ask the ACME_SERVER on `host`, and nobody."""
    server = f"--server https://{host}:14000/dir --no-verify-ssl"
    return f"{server} --agree-tos --register-unsafely-without-email --non-interactive"


def renewed(first: str, second: str) -> Measurement:
    """Return whether nginx sends another certificate than before, by what CERTIFICATE says."""
    actual = f"{first.strip()[:20]}, then {second.strip()[:20]}"
    holds = bool(first.strip()) and bool(second.strip()) and first != second
    return Measurement(
        "  serial number of the one that nginx sends", actual, "another", holds=holds
    )


def under_load(machine: Machine, what: str, script: str) -> Measurement:
    """Run a script on a machine while visitors ask for pages: none of them may fail."""
    visitors = machine.start(VISIT)
    time.sleep(2)
    try:
        done = machine.start(script)
        words, _errors = done.communicate(timeout=COMMAND_SECONDS)
        time.sleep(2)
    finally:
        machine.run("touch /tmp/stop")
        visitors.communicate(timeout=60)
    lines = machine.run("cat /tmp/visits").splitlines()
    failed = [line for line in lines if not line.startswith("200 ")]
    actual = f"{len(failed)} of {len(lines)} failed {sorted(set(failed))[:2] or ''}"
    if done.returncode:
        actual += f"; it ended with {done.returncode}: {words[-200:]}"
    holds = bool(lines) and not failed and done.returncode == 0
    return Measurement(what, actual.strip(), "0 failed", holds=holds)
