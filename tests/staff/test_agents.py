"""What a browser says of itself, in words."""

import pytest

from staff.agents import browser_of

MOZILLA, KIT = "Mozilla/5.0", "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"{MOZILLA} (X11; Linux x86_64) {KIT} Chrome/156.0 Safari/537.36", "Chrome 156 / Linux"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64) {KIT} Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge 120 / Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; rv:128.0) Gecko/2010 Firefox/128.0",
            "Firefox 128 / Windows",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15) {KIT} Version/17.1 Safari/605",
            "Safari 17 / macOS",
        ),
        (f"{MOZILLA} (Linux; Android 14) {KIT} Chrome/119.0 Mobile", "Chrome 119 / Android"),
        ("curl/8.5.0", "其他浏览器"),
        ("", ""),
    ],
)
def test_a_browser_is_named_with_its_version_and_system(agent, said):
    assert browser_of(agent) == said
