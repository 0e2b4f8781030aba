"""Names and IP addresses whose failed sign-ins are counted do not stand in the cache."""

from django.utils.crypto import salted_hmac


def fingerprint(key: str, key_prefix: str, version: int) -> str:
    """Return what stands in the cache instead of a key: nobody reads it back without SECRET_KEY."""
    secret = salted_hmac("cache", f"{version}:{key}", algorithm="sha256").hexdigest()
    return f"{key_prefix}:{secret}"
