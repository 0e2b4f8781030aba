"""Which browser, on which system: for people to recognise their own sessions by, and no more."""

MAX_USER_AGENT_LENGTH = 500
"""Characters that are read of the header; those of browsers have some 100 to 250."""

# In this order: most browsers also name those whose engine they share.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Vivaldi/": "Vivaldi",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """Return the names of the browser and of the system in a User-Agent header.

    Only names of BROWSERS and SYSTEMS are returned, never a part of the header; "" if unknown.
    """
    text = user_agent[:MAX_USER_AGENT_LENGTH]
    browser = next((name for mark, name in BROWSERS.items() if mark in text), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in text), "")
    return browser, system
