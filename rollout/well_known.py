"""What stands below /.well-known/: whom to tell of a hole in the site's security (RFC 9116)."""

import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from rollout.views import page

VALID = datetime.timedelta(days=90)
"""How long what is served now may be taken for true; it is written anew each day."""


@page
def security(request: HttpRequest) -> HttpResponse:
    """Return security.txt, or raise Http404 where nobody is named who could be told."""
    contact = as_address(settings.PUBLISHER_CONTACT)
    if not contact:
        raise Http404
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    fields = {
        "Contact": contact,
        "Expires": (midnight + VALID).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": ", ".join(code for code, _name in settings.LANGUAGES),
        "Canonical": request.build_absolute_uri(reverse("security-txt")),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return HttpResponse(text, "text/plain; charset=utf-8")


def as_address(contact: str) -> str:
    """Return a contact as an address that a program can use; of a postal one, nothing."""
    if contact.startswith(("https://", "mailto:", "tel:")):
        return contact
    is_mail = contact.count("@") == 1 and not any(letter.isspace() for letter in contact)
    return f"mailto:{contact}" if is_mail else ""
