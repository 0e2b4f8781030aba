"""How gunicorn serves the site. Each line has its reason."""

import ctypes
import os
import sys
import threading
from pathlib import Path

from gunicorn import glogging
from gunicorn.http import message
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine

sys.path.insert(0, str(Path(__file__).parent))  # however gunicorn was started
from site_config.logs import JsonFormatter

# The master keeps none of the code: after a release its new workers load their own.
del sys.modules["site_config.logs"], sys.modules["site_config"]

# Loopback unless told otherwise; an IPv6 address stands in brackets.
host = os.environ.get("HOST", "127.0.0.1")
bind = ("[%s]:%s" if ":" in host else "%s:%s") % (host, os.environ.get("PORT", "8000"))

# Connections that may wait while all threads are busy: those that come at one moment of a rush.
backlog = 2048
# For whoever reloads it without systemd: `kill -HUP $(cat file)`.
pidfile = os.environ.get("PIDFILE")

# Threads, because a synchronous worker stands still while one slow client dribbles its request.
worker_class = "gthread"
# One worker a core; four threads each, since a request waits for the database now and then.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# Each worker loads the code itself: otherwise a reload would go on with the old one.
preload_app = False
# None leaks (drills/crowd.py looks): a worker that is replaced would only lose its finished pages.
max_requests = 0
# Longer than nginx keeps a connection, so that it is never this side that closes one in use.
keepalive = 40

# A worker that says nothing for this long is stuck: replace it.
timeout = 30
# On reload and stop, requests under way may finish.
graceful_timeout = 20

# Heartbeats go to memory: on a slow disk they would make healthy workers look dead.
MEMORY = "/dev/shm"  # noqa: S108 - the kernel's own place for files in memory
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None


# On reload the old workers stay for so many seconds, until the new ones have started: nobody waits.
OVERLAP = 5


def on_reload(server):
    """Keep the old workers for a while beside the new ones: gunicorn itself stops them at once."""
    server.num_workers = len(server.WORKERS) + server.cfg.workers
    done = threading.Timer(OVERLAP, setattr, (server, "num_workers", server.cfg.workers))
    done.daemon = True
    done.start()


def pre_request(worker, req):
    """Refuse what names no host or another site's; let nothing follow a body of unknown length.

    RFC 9112, 3.2: a request without a host, or with an address that is no path, is not ours. What
    stands behind chunks that nobody reads must never be taken for a request.
    """
    names = [name for name, _value in req.headers]
    if "HOST" not in names and req.version >= (1, 1):
        raise InvalidHeader("HOST", req=req)
    if not req.uri.startswith("/"):
        raise InvalidRequestLine(req.uri)
    if "TRANSFER-ENCODING" in names:
        req.force_close()


M_ARENA_MAX = -8  # in glibc's malloc.h


def post_fork(server, worker):
    """Have threads share two reserves of memory: with one each, a worker holds 10 MB more."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc has it, and needs it
    if mallopt:
        mallopt(M_ARENA_MAX, 2)


def post_worker_init(worker):
    """Build the search index before the first visitor asks, not during their search."""
    from django.db import DatabaseError

    from rollout.search import service
    from site_config.wsgi import finished

    if finished.watch.now() is None:  # never waits long, as a question to a hung database would
        worker.log.error("The search index is not built yet: the database does not answer.")
        return
    try:
        service.index()
    except DatabaseError:  # it may go at this very moment: a worker that dies here ends the server
        worker.log.exception("The search index is not built yet.")


# No second way in, and no header of a stranger's that moves the site under another path.
control_socket_disable = True
forwarder_headers = ""
# Nor one that makes http https: on loopback gunicorn would believe anybody. Django's setting, with
# TRUST_PROXY, is the one place that does.
secure_scheme_headers = {}
forwarded_allow_ips = ""

# What people search and who they are is not logged: the path without its query, no address.
accesslog = "-" if os.environ.get("ACCESS_LOG") == "1" else None
access_log_format = "%(m)s %(U)s %(s)s %(B)s %(M)sms"
errorlog = "-"
# A malformed request is a warning that repeats the visitor's address and words: not wanted.
loglevel = "error"


class Logger(glogging.Logger):
    """Writes gunicorn's own events like the site's: JSON on stderr."""

    def setup(self, cfg):
        """Set the handlers up, then have them write our lines."""
        super().setup(cfg)
        for handler in [*self.error_log.handlers, *self.access_log.handlers]:
            handler.setFormatter(JsonFormatter())
            handler.setStream(sys.stderr)


logger_class = Logger

# A search of any length gets a page, not the server's bare 414: the page cuts it. gunicorn itself
# stops at 8,190 bytes; ten thousand letters of any script, percent-encoded, are 120,000.
message.MAX_REQUEST_LINE = 128 * 1024
limit_request_line = message.MAX_REQUEST_LINE - 1
