"""A browser on the real site: our own server thread, Chromium of the distribution, a worker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

playwright = pytest.importorskip(
    "playwright.sync_api", reason="The browser tests need `make install-browser`."
)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch) -> None:
    """Let the server and the worker keep uploaded files in the same folder of this test."""
    monkeypatch.setenv("SANDBOX_VAR", str(tmp_path))
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def site(real_commits) -> Iterator[str]:
    """Serve the site; pytest-django's own fixture would truncate as the application may not."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def chromium():
    found = os.environ.get("SANDBOX_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("No Chromium on this machine.")
    # Playwright's loop runs in this thread to the end of the session, and Django would take our
    # queries for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """Collect what the browser complains of: a breach of the content policy is among it."""
    return []


@pytest.fixture
def visit(chromium, site, complaints):
    """Give a function that logs an account in and returns its page, 1366 by 768."""
    contexts = []

    def visitor(username: str, password: str = "test"):
        context = chromium.new_context(
            base_url=site, viewport={"width": 1366, "height": 768}, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"JavaScript: {error}"))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.goto("/accounts/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_selector(".whoami")
        return page

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture
def shoot(tmp_path):
    """Keep a picture of a page where SANDBOX_SHOTS names a folder."""
    folder = os.environ.get("SANDBOX_SHOTS")

    def shot(page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return shot
