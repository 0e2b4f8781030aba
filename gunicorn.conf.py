"""Configuration of gunicorn. Each line has its reason."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from gunicorn import glogging
from gunicorn.http import message
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine
from gunicorn.systemd import SD_LISTEN_FDS_START

sys.path.insert(0, str(Path(__file__).parent))  # however gunicorn was started
from site_config.gunicorn_worker import BufferingWorker
from site_config.logs import JsonFormatter

# Loopback unless HOST is set; an IPv6 address has brackets.
host = os.environ.get("HOST", "127.0.0.1")
bind = ("[%s]:%s" if ":" in host else "%s:%s") % (host, os.environ.get("PORT", "8000"))

# Connections that may wait while all threads are busy: those of one moment at peak load.
backlog = 2048
# To reload it without systemd: `kill -HUP $(cat file)`.
pidfile = os.environ.get("PIDFILE")

# Its threads never wait for a client, so no number of slow ones stops it: docs/decisions/0020.
worker_class = BufferingWorker
# One worker a core.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# They wait for the few threads that render: for 24 pages and 40 requests of editors at most
# (rollout/caching/rendering.py), so some are left for what is cached, and to refuse one too many.
threads = 72
# A response that a client has not read yet is in memory: a file is read whole, and then sent.
sendfile = False

# Connections cost a file each, and the usual limit of 1,024 is far from what the system allows.
soft_limit, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
is_unlimited = hard_limit == resource.RLIM_INFINITY
files = 8192 if is_unlimited else min(hard_limit, 8192)
resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard_limit))
# One more, and the one that has waited longest for its client is closed.
worker_connections = files // 2

# The master loads the code, and its workers share that memory: on_reload, below, loads it anew.
preload_app = True
# No leak is known (drills/crowd.py measures): a new worker would only lose its page cache.
max_requests = 0
# Longer than nginx keeps a connection open, so that gunicorn never closes one in use.
keepalive = 40

# A worker without a heartbeat for so many seconds hangs: replace it.
timeout = 30
# On reload and stop, requests in progress have so many seconds to finish.
graceful_timeout = 20

# Heartbeats are written to memory: on a slow disk healthy workers would seem to hang.
MEMORY_FOLDER = "/dev/shm"  # noqa: S108 - the kernel's own folder for files in memory
worker_tmp_dir = MEMORY_FOLDER if Path(MEMORY_FOLDER).is_dir() else None


FORMER_WORKERS = "FORMER_WORKERS"  # between this process and what it becomes on a reload
STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}


def on_reload(server):
    """Start again as the same process, with the code as it is now, whatever changed in it.

    The workers go on meanwhile. Code that does not load changes nothing: the error is in the log.
    """
    command = [sys.executable, *sys.orig_argv[1:]]
    folder = Path(__file__).parent  # where the link to the release leads now
    environment = dict(server.cfg.env_orig)
    check = subprocess.run(  # noqa: S603 - its own command
        [*command, "--check-config"], cwd=folder, env=environment, check=False, capture_output=True
    )
    if check.returncode:
        server.log.error("No reload, the code cannot be loaded: %s", check.stderr.decode()[-2000:])
        return
    if not STOP_SIGNALS.isdisjoint(server.wait_for_signals(timeout=0)):
        raise StopIteration  # so does gunicorn: it is to end, not to begin again
    number_sockets(server.LISTENERS)
    environment["LISTEN_PID"] = str(os.getpid())
    environment["LISTEN_FDS"] = str(len(server.LISTENERS))
    environment[FORMER_WORKERS] = " ".join(map(str, server.WORKERS))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # one more reload before this one is done
    os.chdir(folder)
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted


def number_sockets(listeners):
    """Give the listening sockets the numbers from 3 on, as systemd does, and keep them on exec."""
    copies = [os.dup(listener.fileno()) for listener in listeners]
    for listener in listeners:
        os.set_inheritable(listener.fileno(), False)
    for number, copy in enumerate(copies, start=SD_LISTEN_FDS_START):
        os.dup2(copy, number)
        os.set_inheritable(number, True)


def when_ready(server):
    """Let the workers from before a reload finish: the new ones are about to start."""
    for pid in os.environ.pop(FORMER_WORKERS, "").split():
        os.kill(int(pid), signal.SIGTERM)


def pre_request(worker, req):
    """Refuse requests without a host or for another site; close after a body of unknown length.

    RFC 9112, 3.2: a request without Host, or whose target is no path, is not for this site. What
    follows chunks that nobody reads must never be parsed as a request. Raises InvalidHeader or
    InvalidRequestLine, which gunicorn answers with 400.
    """
    names = [name for name, _value in req.headers]
    if "HOST" not in names and req.version >= (1, 1):
        raise InvalidHeader("HOST", req=req)
    if not req.uri.startswith("/"):
        raise InvalidRequestLine(req.uri)
    if "TRANSFER-ENCODING" in names:
        req.force_close()


M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # in glibc's malloc.h
# Only glibc has these functions, and needs them.
GLIBC = ctypes.CDLL(None) if hasattr(ctypes.CDLL(None), "mallopt") else None
TRIM_SECONDS = 30


def post_fork(server, worker):
    """Let a worker keep little memory that it has freed: without this it takes 28 MB more.

    One arena for all threads, since they take turns anyway; blocks of 64 KB and more (pictures,
    results of queries) are the system's again as soon as they are freed.
    """
    if GLIBC:
        GLIBC.mallopt(M_ARENA_MAX, 1)
        GLIBC.mallopt(M_MMAP_THRESHOLD, 64 * 1024)


def return_freed_memory():
    """Give the system what is freed between blocks in use, again and again."""
    while True:
        time.sleep(TRIM_SECONDS)
        GLIBC.malloc_trim(0)


def post_worker_init(worker):
    """Build the search index before the first request, not during it; then return memory."""
    if GLIBC:
        threading.Thread(target=return_freed_memory, daemon=True).start()
    from django.db import DatabaseError

    from rollout.search import service
    from site_config.wsgi import page_cache

    if page_cache.monitor.current() is None:  # unlike a query, it does not wait for a hung database
        worker.log.error("The search index is not built yet: the database does not answer.")
        return
    try:
        service.index()
    except DatabaseError:  # it may fail right now: a worker that exits here stops the server
        worker.log.exception("The search index is not built yet.")


# No control socket, and no client's header that moves the site under another path.
control_socket_disable = True
forwarder_headers = ""
# Nor one that makes http https: on loopback gunicorn would trust every client. TRUST_PROXY, a
# setting of Django, is the only place.
secure_scheme_headers = {}
forwarded_allow_ips = ""

# Neither searches nor visitors are logged: the path without its query, no IP address.
accesslog = "-" if os.environ.get("ACCESS_LOG") == "1" else None
access_log_format = "%(m)s %(U)s %(s)s %(B)s %(M)sms"
errorlog = "-"
# Not warnings: those of malformed requests repeat the visitor's IP address and input.
loglevel = "error"


class Logger(glogging.Logger):
    """Logs gunicorn's own events as the site does: JSON on stderr."""

    def setup(self, cfg):
        """Set up the handlers, with the site's formatter."""
        super().setup(cfg)
        for handler in [*self.error_log.handlers, *self.access_log.handlers]:
            handler.setFormatter(JsonFormatter())
            handler.setStream(sys.stderr)


logger_class = Logger

# A search of any length gets a page, not the server's bare 414: the view truncates it. gunicorn's
# limit is 8,190 bytes; ten thousand letters of any script, percent-encoded, are 120,000.
message.MAX_REQUEST_LINE = 128 * 1024
limit_request_line = message.MAX_REQUEST_LINE - 1
