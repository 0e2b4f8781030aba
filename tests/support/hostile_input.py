"""What nobody should send: values, names and whole queries that have broken other sites."""

import datetime
import re
import urllib.parse

from hypothesis import strategies as st

from rollout.dates import FIRST_DAY, last_day

NOT_DAYS = [
    "%00", "2025-05-28%00", "%002025-05-28", "2025-05-28%0A", "2025-05-28%0D%0ASet-Cookie:a=b",
    "today", "yesterday", "now", "null", "None", "undefined", "NaN", "Infinity", "true", "[]", "{}",
    "2025", "2025-05", "2025-148", "2025-W22", "2025-W22-3", "20250528", "2025/05/28", "28/05/2025",
    "28-05-2025", "05/28/2025", "2025-5-28", "2025-05-8", "25-05-28", "02025-05-28", "%2B2025-05-28",
    "-2025-05-28", "2025-02-29", "2025-02-30", "2025-13-01", "2025-00-10", "2025-05-00", "2025-05-32",
    "0000-00-00", "0001-01-01", "1969-12-31", "1970-01-01", "2019-05-26", "9999-12-31",
    "99999-12-31", "2025-05-28T00:00:00", "2025-05-28T00:00:00Z", "2025-05-28 00:00",
    "2025-05-28%2B02:00", "2025-05-28..2025-06-01", "2025-05-28,2025-05-29", "2025%E2%80%9105%E2%80%9128",
    "%D9%A2%D9%A0%D9%A2%D9%A5-%D9%A0%D9%A5-%D9%A2%D9%A8", "%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%95-05-28",
    "2025%E2%88%9205%E2%88%9228", "%E2%80%AE2025-05-28", "2025-05-28%E2%80%8B", "%EF%BB%BF2025-05-28",
    "%FF", "2025-05-28%FF", "%C0%AE", "%ED%A0%80", "%", "%2", "%zz", "%u0032", "0x7E9-05-28", "1e3",
    "1748390400", "-1", "0", "'", "\"", "2025-05-28'--", "2025-05-28;", "${jndi:ldap://x}", "{{7*7}}",
    "<script>", "../../etc/passwd", "9" * 400, "2025-05-28" * 100, "%F0%9F%A5%90",
]  # fmt: skip
"""Each is no day, however it is read: a site that shows a past one for it has guessed."""

VALUES = [
    "", "%00", "a%00b", "%0D%0ASet-Cookie:%20a=b", "%1B[31m", "%7F", "%E2%80%AE", "%E2%81%A6x%E2%81%A9",
    "%EF%BB%BF", "%E2%80%8B", "%FF", "%FE%FF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%", "%zz", "%25%30%30",
    "+", "%20" * 300, "0", "-1", "1.5", "1e309", "NaN", "1_0", "%D9%A1", "9" * 20, "9" * 5000, "2147483648",
    "9223372036854775808", "0x10", "'", "''", "\"", "'%20OR%201=1--", "%;_", "\\", "(((", "[]", "{}", "{{7*7}}",
    "${x}", "<svg/onload=alert(1)>", "javascript:alert(1)", "../../../etc/passwd", "//evil.example",
    "x" * 10_000, "%C3%A9" * 5_000, "%F0%9F%A5%90" * 2_000, "a%CC%81" * 3_000, "%F0%9F%87%AB%F0%9F%87%B7",
    "%EF%B7%BA" * 500, "null", "None", "undefined", "true", "69,75", "69;75", "%5B%5D",
]  # fmt: skip

QUERIES = [
    "", "?", "&", "&&&", "=", "==", "&=&=", "on", "on&on", "on=&on=", "on=2025-05-28&on=2025-05-28",
    "on=2025-05-28&on=2024-01-01", "q=paris&q=lyon", "q=&q=", "page=1&page=2", "on[]=2025-05-28",
    "on%00=2025-05-28", "ON=2025-05-28", "%6F%6E=2025-05-27&on=x", "q%5B%5D=paris", "q[$ne]=", "__proto__=1",
    "region=84&region=11", "document=x&document=y", "sort=name&sort=day", ";on=2025-05-28", "on=2025-05-28;q=x",
    "%FF=%FF", "%00=%00", "format=json", "debug=1", "_method=DELETE", "language=xx", "lang=fr", "next=//evil.example",
    "callback=alert", "csrfmiddlewaretoken=x", "q=" + "%00" * 2000, "&".join(f"a{n}=1" for n in range(900)),
    "&".join(f"a{n}=1" for n in range(1100)), "a" * 20_000, "q=\xe9\xff\x80",
]  # fmt: skip

PATHS = [
    "/%00", "/en/%00/", "/en/departments/%00/", "/en/departments/69%00-rhone/", "/en/departments/%FF/",
    "/en/departments/%E2%80%AE69/", "/en/departments/%0d%0aSet-Cookie:a=b/", "/en/departments/../../etc/",
    "/en/departments/..%2f..%2fetc%2fpasswd/", "/en/departments/" + "9" * 80 + "/", "/en/regions/%00/",
    "/en/departments/" + "x" * 5000 + "/", "/en/regions/%C0%AF/", "/en/rollout/%00/", "/en/rollout/'/",
    "/en/rollout/%F0%9F%A5%90/", "/en/embed/departments/%00.svg", "/en/embed/departments/69%00/",
    "/en/embed/departments/%FF.svg", "/en/departments/%00/updates.atom", "/en/regions/%00/openings.ics",
    "/en/departments/%00/share.png", "/en/departments/%ED%A0%80/share.png", "/sitemap-%00.xml",
    "/sitemap-..%2f.xml", "/api/v1/departments/%00", "/api/v1/departments/%FF", "/api/v1/updates/%00",
    "/api/v1/updates/0b6f3c1e8f5e4f579d0f0f6f2b1f7f10", "/api/v1/entries/%00", "/api/v1/entries/" + "x" * 5000,
    "/api/v1/regions/84%00", "/api/v1/phases/%E2%80%AE", "/api/%00", "/%2e%2e/%2e%2e/etc/passwd", "//evil.example",
    "///evil.example/..", "/\\evil.example", "/en//evil.example", "/%0d%0aLocation:%20http://evil.example",
    "/static/../site_config/settings.py", "/static/%2e%2e/manage.py", "/static/%00", "/EN/DEPARTMENTS/%00",
    "/xx/", "/en", "/fr-FR/", "/zh-hans/", "/.git/config", "/.env", "/wp-login.php", "/favicon.ico%00",
]  # fmt: skip


def decoded(value):
    """Return a percent-encoded value decoded, without the spaces around it."""
    return urllib.parse.unquote_plus(value, errors="replace").strip(" ")


def is_day(value):
    """Tell whether a percent-encoded value is a day that can be asked for."""
    text = decoded(value)
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return FIRST_DAY <= day <= last_day()


quoted = st.binary(max_size=30).map(urllib.parse.quote_from_bytes)
typed = st.text(st.characters(codec="utf-8"), max_size=60).map(urllib.parse.quote)
dates = st.dates().map(str)
near_dates = st.dates(datetime.date(2019, 5, 20), datetime.date(2028, 1, 10)).map(str)
numbers = st.integers(-(10**20), 10**20).map(str) | st.floats().map(str)
values = st.one_of(
    st.sampled_from(VALUES), st.sampled_from(NOT_DAYS), quoted, typed, dates, near_dates, numbers
)


def queries(names):
    """Return a strategy of queries with some of these names, others, and the same ones again."""
    known = st.sampled_from(sorted(names)) if names else st.just("q")
    name = st.one_of(known, known, known, quoted)
    pairs = st.lists(st.tuples(name, values), max_size=6)
    return pairs.map(lambda sent: "&".join(f"{name}={value}" for name, value in sent))
