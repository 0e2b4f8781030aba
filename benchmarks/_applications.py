"""What the references serve: Django without the page cache, and fixed bytes."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def built_anew() -> Any:
    """Return the site as it is without the page cache: Django builds each answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def fixed() -> Callable[..., Iterable[bytes]]:
    """Return an application that sends what the file FIXED says: status, head, name of the body."""
    response = json.loads(Path(os.environ["FIXED"]).read_text(encoding="utf-8"))
    body = Path(response["body"]).read_bytes()
    headers = [(name, value) for name, value in response["headers"]]

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        """Send it."""
        start_response(response["status"], headers)
        return [body]

    return application
