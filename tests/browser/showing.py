"""The provider's own page in Airflow's UI: how it is opened, and of what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

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


def asked_in(*runs: tuple[str, str]) -> list[dict[str, Any]]:
    """Return what waits for approval in these runs, as Airflow lists it."""
    return [
        {
            "subject": f"Approve {dag_id}?",
            "task_instance": {
                "id": f"{dag_id} {run_id} {number}",
                "dag_id": dag_id,
                "dag_run_id": run_id,
                "task_id": "ask",
                "map_index": -1,
            },
        }
        for number, (dag_id, run_id) in enumerate(runs)
    ]


def ask(viewer: Look, *runs: tuple[str, str]) -> list[str]:
    """Let the page find these questions, page by page, and return what it asks for them."""
    details, asked = asked_in(*runs), []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        query = parse_qs(urlsplit(route.request.url).query)
        offset, limit = (int(query.get(key, ["0"])[0]) for key in ("offset", "limit"))
        route.fulfill(json={"hitl_details": details[offset : offset + limit], "total_entries": len(details)})

    viewer.page.route("**/dags/~/dagRuns/~/hitlDetails?*", answer)
    return asked
