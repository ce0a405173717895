"""A browser and its pages: whether there is one, and what a page does that nobody sees."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser.running import LINES, WRONG_SECRET, RunningAirflow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, LocatorAssertions, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1280, "height": 800}
PAGE_SECONDS = 30
AIRFLOWS_OWN_ERRORS = {"2.11": "Cannot set properties of undefined (setting 'autocomplete')"}
"""What goes wrong on Airflow's own pages, on each that has the menu and no list of Dags."""


def only(*lines: str) -> pytest.MarkDecorator:
    """Run a test with these lines of Airflow only."""
    assert set(lines) <= set(LINES)
    return pytest.mark.parametrize("airflow", lines, indirect=True, scope="session")


def missing() -> str:
    """Say what is missing to look at anything; nothing if all is there."""
    if not any(map(shutil.which, NAMES)):
        return f"No page is looked at: there is none of {', '.join(NAMES)} (on Debian: apt-get install chromium)"
    if find_spec("playwright") is None:
        return "No page is looked at: Python's playwright is not installed (`make browser` does that)"
    return ""


def need_a_browser() -> None:
    """Skip what asks for a browser where there is none, or fail it where the environment has ``BROWSER_REQUIRED``."""
    if reason := missing():
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(f"{reason}; BROWSER_REQUIRED is set", pytrace=False)
        pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the Chromium of this machine, which reaches nothing but this machine."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - only where it is installed

    expect.set_options(timeout=PAGE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))),
            args=[
                "--no-sandbox",  # which root has none of
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


class Look:
    """A page in a window of its own.

    :ivar page: Playwright's page.
    :ivar errors: exceptions of JavaScript that nobody caught, so far.
    :ivar secrets: what no answer to the page may have in it; a test adds its own.
    """

    def __init__(self, page: Page, airflow: RunningAirflow) -> None:
        self.page, self.airflow = page, airflow
        self.secrets = {airflow.simulator.client_secret, WRONG_SECRET}
        self.errors: list[str] = []
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on("pageerror", self._note)

    @staticmethod
    def expect(locator: Locator) -> LocatorAssertions:
        """Return Playwright's ``expect`` of something on the page, which waits until it is so."""
        from playwright.sync_api import expect  # noqa: PLC0415 - only where it is installed

        return expect(locator)

    def _note(self, error: Exception) -> None:
        if str(error) != AIRFLOWS_OWN_ERRORS.get(self.airflow.line):
            self.errors.append(f"{self.page.url}: {error}")

    @classmethod
    @contextmanager
    def begun(cls, browser: Browser, airflow: RunningAirflow, state: Any, folder: Path) -> Iterator[Look]:
        """Open a page, and when it is done with see what it did.

        :param state: cookies, as :meth:`log_in` returns them.
        :param folder: where its traffic is written to.
        """
        traffic = folder / "traffic.har"
        context = browser.new_context(
            viewport=SIZE, storage_state=state, record_har_path=traffic, record_har_content="embed", locale="en-GB"
        )
        try:
            look = cls(context.new_page(), airflow)
            yield look
        finally:
            context.close()
        entries = json.loads(traffic.read_text("utf-8"))["log"]["entries"]
        assert entries, "the page asked for nothing"
        assert not look.errors
        assert not [url for url in (each["request"]["url"] for each in entries) if _is_foreign(url, airflow.url)]
        assert not [each["request"]["url"] for each in entries if any(told in _answer(each) for told in look.secrets)]

    @staticmethod
    def log_in(browser: Browser, airflow: RunningAirflow, user: str) -> Any:
        """Log a user in and return the cookies."""
        context = browser.new_context()
        try:
            if airflow.is_airflow_2:
                page = context.new_page()
                page.goto(f"{airflow.url}/login/")
                page.locator("#username").fill(user)
                page.locator("#password").fill(airflow.password(user))
                page.locator("#password").press("Enter")
                page.wait_for_url(f"{airflow.url}/home")
            else:
                token = {"name": "_token", "value": airflow.token(user), "url": airflow.url, "sameSite": "Lax"}
                context.add_cookies([token])  # type: ignore[list-item]
            return context.storage_state()
        finally:
            context.close()


def _is_foreign(url: str, own: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in {"data", "blob"} and parts[:2] != urlsplit(own)[:2]


def _answer(entry: dict[str, Any]) -> str:
    """Return the text of an answer, its headers with it."""
    content = entry["response"]["content"]
    text = content.get("text", "")
    if content.get("encoding") == "base64":
        text = base64.b64decode(text).decode(errors="replace")
    return json.dumps(entry["response"]["headers"]) + str(text)
