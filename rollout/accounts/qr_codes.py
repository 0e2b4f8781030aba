"""QR codes as elements of a page: the content security policy allows no image in an address."""

import qrcode
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage


def qr_code(text: str) -> SafeString:
    """Return the QR code of a text as an SVG element."""
    picture = qrcode.make(text, image_factory=SvgPathImage)
    svg: str = picture.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308 - drawn by the library, it holds no input
