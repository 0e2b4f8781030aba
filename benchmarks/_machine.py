"""The machine on which something was measured, in words."""

import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path
from shutil import which


def described() -> str:
    """Return processor, cores, memory, load, and the versions that matter."""
    cpu = re.search(r"model name\s*: (.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo"))
    parts = [
        f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()})",
        f"{int(memory[1]) / 1024**2:.0f} GB" if memory else "",
        f"load {os.getloadavg()[0]:.1f} at the start",
        f"Python {platform.python_version()}",
        f"Django {version('django')}",
        f"gunicorn {version('gunicorn')}",
        f"SQLite {sqlite3.sqlite_version}",
        _nginx(),
        "wrk" if which("wrk") else "no wrk: a load generator in Python, which sees no requests/s",
    ]
    return ", ".join(part for part in parts if part)


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _nginx() -> str:
    command = which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not command:
        return "no nginx"
    result = subprocess.run([command, "-v"], capture_output=True, text=True, check=False)
    return result.stderr.strip().removeprefix("nginx version: ").replace("/", " ")
