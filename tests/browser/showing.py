"""The provider's own page in Airflow's UI: how it is opened, and of what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.browser.looking import PAGE_SECONDS, Look
from tests.browser.summaries import FAILED_APPLY, FEW_OF_ALL, OF_RECORDS, PLANS, SYNCS

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PAGE = "/plugin/genesys_cloud"
CALLS = "calls_of_the_day"
KINDS = "all_kinds"
DAYS = 12
ALL_KINDS: dict[str, dict[str, Any]] = {
    **OF_RECORDS,
    **{f"sync_{name}": told for name, (told, *_) in SYNCS.items()},
    **{f"plan_{name}": told for name, (told, *_) in PLANS.items()},
    "apply_failed": FAILED_APPLY,
    "reasons": FEW_OF_ALL,
}
"""One of each kind of account, by the name of the task that tells it."""


def show(look: Look, **asked: Any) -> Locator:
    """Open the page and return it, without Airflow's own parts."""
    look.page.goto(f"{look.airflow.url}{PAGE}?{urlencode(asked)}")
    return look.page.get_by_test_id("genesys")


def rows(page: Locator) -> Locator:
    return page.locator("tr[data-kind]")


def seen(found: Locator) -> Any:
    from playwright.sync_api import expect  # noqa: PLC0415 - only where it is installed

    expect.set_options(timeout=PAGE_SECONDS * 1000)
    return expect(found, "")
