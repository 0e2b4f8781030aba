"""Behind nginx, with the configuration that is shipped: its cache, and the static export."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from benchmarks import _django, _servers
from benchmarks._rounds import in_turns
from benchmarks._servers import BROTLI, PAGE, SITE_APPLICATION, get
from tests.support import servers
from tests.support.measurements import Measurement

_django.set_up()

ABOUT = (
    "nginx with the configuration of deploy/nginx, in front of one gunicorn worker (its cache of a "
    "second), and alone over the static export; in turns with each, the same nginx sends one file "
    "with the same head and bytes, whatever is requested. Requests a second; wrk takes one core."
)
MIN_RATE_RATIOS = {"cache": 0.7, "mirror": 0.95}
FIXED = """location / {{ root {folder}; try_files /body =404; types {{ }} default_type "text/html";
{head} }}
"""
NGINX_ITSELF = {"connection", "content-length", "content-type", "date", "etag", "server"}
NGINX_ITSELF |= {"last-modified", "x-accel-expires"}


def run() -> Iterator[Measurement]:
    """Measure both against the same bytes as a file."""
    if not servers.nginx_program() or not _servers.sees_rates():
        for name, least in MIN_RATE_RATIOS.items():
            yield Measurement(f"nginx, {name}", "nginx or wrk is missing", f"at least {least}")
        return
    with ExitStack() as running:
        var = running.enter_context(_servers.folder())
        var.chmod(0o755)
        gunicorn = running.enter_context(_servers.gunicorn(SITE_APPLICATION, var))
        folders = {name: var / name for name in ("cached", "mirror", "fixed")}
        mirror = var / "copy"
        servers.export(mirror, _servers.environment(var), [PAGE])
        page = get(gunicorn, PAGE, BROTLI)
        folders["fixed"].mkdir()
        (folders["fixed"] / "body").write_bytes(page.body)
        head = "\n".join(
            f'add_header {name} "{value}";'
            for name, value in page.headers.items()
            if name not in NGINX_ITSELF
        )
        one_file = FIXED.format(folder=folders["fixed"], head=head)
        (folders["fixed"] / "one_file.conf").write_text(one_file)
        address = f"http://127.0.0.1:{gunicorn.port}"
        cached = running.enter_context(servers.nginx(folders["cached"], [address], mirror))
        alone = running.enter_context(
            servers.nginx(folders["mirror"], [], mirror, site="mirror_only.conf")
        )
        fixed = running.enter_context(servers.nginx(folders["fixed"], site="one_file.conf"))
        for name, site in (("cache", cached), ("mirror", alone)):
            ours, theirs, ratio = in_turns(rate(site + PAGE), rate(fixed + PAGE), rounds=11)
            yield Measurement(
                f"nginx, {name}: requests/s against nginx sending the same file",
                f"{ratio.describe()}; {ours.median:.0f} against {theirs.median:.0f}",
                f"at least {MIN_RATE_RATIOS[name]}",
                holds=ratio.median >= MIN_RATE_RATIOS[name],
            )


def rate(url: str) -> Callable[[], float]:
    """Return a measurement of how many requests a second are answered."""

    def measure() -> float:
        """Ask for two seconds."""
        command = ["wrk", "-t1", "-c8", "-d2s", "-HAccept-Encoding: br", url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        match = re.search(r"Requests/sec:\s+([\d.]+)", output)
        if not match or "Non-2xx" in output:
            raise RuntimeError(f"wrong answers from {url}:\n{output}")
        return float(match[1])

    return measure
