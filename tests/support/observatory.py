"""Scores the head of an answer by the rules of MDN's HTTP Observatory, as far as they touch us.

After its published score table (github.com/mdn/mdn-http-observatory, src/grader/charts.js): 100 to
begin with, less what is lacking, and from 90 on more for what is done beyond. 100 is an A+. What
the Observatory cannot see from one answer, it is asked about in other tests: the redirection.
"""

import re

SIX_MONTHS = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
ANYWHERE = {"*", "http:", "https:", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'"}


def score(answer):
    """Return the score of an answer, and each test's part of it."""
    policy = directives(answer.get("Content-Security-Policy", ""))
    parts = {
        "content-security-policy": _policy(policy),
        "cookies": _cookies(answer.cookies),
        "cross-origin-resource-sharing": _sharing(answer),
        "referrer-policy": 5 if answer.get("Referrer-Policy") in PRIVATE else -5,
        "strict-transport-security": _transport(answer.get("Strict-Transport-Security", "")),
        "subresource-integrity": _scripts(answer),
        "x-content-type-options": 0 if answer.get("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": _frames(policy, answer.get("X-Frame-Options", "")),
        "cross-origin-resource-policy": _resources(answer.get("Cross-Origin-Resource-Policy", "")),
    }
    plain = 100 + sum(part for part in parts.values() if part < 0)
    extra = sum(part for part in parts.values() if part > 0)
    return (plain + extra if plain >= 90 else plain), parts


def directives(policy):
    """Return what a policy allows, by directive."""
    words = [directive.split() for directive in policy.split(";") if directive.strip()]
    return {name: set(sources) for name, *sources in words}


def _policy(policy):
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    for name in ("script-src", "object-src"):
        if policy.get(name, default) & ANYWHERE:
            return -20
    if any(source.startswith("http:") for sources in policy.values() for source in sources):
        return -20
    if policy.get("style-src", default) & ANYWHERE:
        return 0
    is_closed = default == {"'none'"} and policy.get("form-action") in ({"'none'"}, {"'self'"})
    return 10 if is_closed else 5


def _cookies(cookies):
    worst = 5 if cookies else 0
    for name, cookie in cookies.items():
        is_session = "session" in name or "csrf" in name
        if not cookie["secure"]:
            worst = min(worst, -40 if is_session else -20)
        if is_session and not cookie["httponly"]:
            worst = min(worst, -30)
        if cookie["samesite"] not in ("Lax", "Strict"):
            worst = min(worst, -20)
    return worst


def _sharing(answer):
    is_universal = answer.get("Access-Control-Allow-Credentials") == "true"
    return -50 if is_universal and "Access-Control-Allow-Origin" in answer else 0


def _transport(header):
    found = re.search(r"max-age=(\d+)", header)
    if not found:
        return -20
    return 0 if int(found[1]) >= SIX_MONTHS else -10


def _scripts(answer):
    html = answer.content.decode() if "html" in answer.get("Content-Type", "") else ""
    sources = re.findall(r"<script[^>]*\ssrc=[\"']?([^\"'\s>]+)", html)
    return -50 if any(re.match(r"(https?:)?//", source) for source in sources) else 0


def _frames(policy, header):
    if policy.get("frame-ancestors") in ({"'none'"}, {"'self'"}):
        return 5
    return 0 if header in ("DENY", "SAMEORIGIN") else -20


def _resources(header):
    return {"same-origin": 10, "same-site": 10, "cross-origin": 0, "": 0}.get(header, -5)
