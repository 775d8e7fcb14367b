"""What a browser says of itself, in words that a person reads: "Chrome 156 / Windows"."""

import re

BROWSERS = (("Edge", "Edg"), ("Opera", "OPR"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
SYSTEMS = (
    *(("Windows", "Windows"), ("鸿蒙", "OpenHarmony"), ("Android", "Android")),
    *(("iOS", "iPhone|iPad"), ("macOS", "Mac OS"), ("Linux", "Linux")),
)
"""In this order: browsers and systems name their ancestors too."""


def browser_of(agent: str) -> str:
    """Return browser with its version and system; what is unknown is named 其他浏览器."""
    if not agent:
        return ""
    found = ((name, re.search(rf"\b{sign}/(\d+)", agent)) for name, sign in BROWSERS)
    browser = next((f"{name} {version[1]}" for name, version in found if version), "")
    safari = re.search(r"\bVersion/(\d+).* Safari/", agent)
    browser = browser or (f"Safari {safari[1]}" if safari else "其他浏览器")
    system = next((name for name, sign in SYSTEMS if re.search(sign, agent)), "")
    return f"{browser} / {system}" if system else browser
