"""What Airflow's pages show of the provider's tasks: links to Genesys Cloud, the account, and logs without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.links import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.browser.looking import Look
    from tests.browser.running import RunningAirflow

APPS = "https://apps.mypurecloud.de"
LOGS, XCOMS, DETAILS = (
    {True: on_airflow_2, False: on_airflow_3}
    for on_airflow_2, on_airflow_3 in (("logs", ""), ("xcom", "xcom"), ("details", "details"))
)
"""Names of the tabs of a task instance."""


@pytest.fixture(scope="session")
def ran(airflow: RunningAirflow) -> dict[str, str]:
    """Run the Dag ``seen``, and return the state of each of its tasks."""
    return airflow.run_dag("seen")


def open_tab(look: Look, tab: dict[bool, str], task_id: str, *, dag_id: str = "seen", map_index: int = -1) -> None:
    """Open a tab of a task instance."""
    airflow = look.airflow
    look.page.goto(airflow.page_of_task(dag_id, task_id, map_index=map_index, tab=tab[airflow.is_airflow_2]))


def test_each_task_ends_as_it_should(ran: dict[str, str]) -> None:
    assert ran == {
        "publish": "success",
        "mapped[0]": "success",
        "mapped[1]": "success",
        "tell_secrets": "success",
        "refused": "failed",
    }


@pytest.mark.usefixtures("ran")
def test_each_task_has_the_link_to_its_page(look: Look, take_picture: Callable[..., None]) -> None:
    link = look.page.get_by_role("link", name="Genesys Cloud", exact=True)
    for task_id, map_index, page in (("publish", -1, "agents"), ("mapped", 0, "admin"), ("mapped", 1, "admin")):
        open_tab(look, DETAILS, task_id, map_index=map_index)
        look.expect(link).to_have_attribute("href", f"{APPS}{PAGES[page]}")  # type: ignore[index]
        if (look.airflow.line, task_id) == ("3.3", "publish"):
            take_picture(look.page, "link")


@pytest.mark.usefixtures("ran")
def test_a_task_of_a_system_whose_region_is_unknown_has_none(look: Look) -> None:
    open_tab(look, DETAILS, "refused")
    look.expect(look.page.get_by_text("GenesysCloudApiOperator").first).to_be_visible()
    look.page.wait_for_load_state("networkidle")
    look.expect(look.page.locator("a[href*='/directory/']")).to_have_count(0)  # Airflow 2 shows one that leads nowhere


def test_the_link_is_there_while_a_task_waits_in_the_triggerer(look: Look) -> None:
    look.airflow.start_run("waiting")
    look.airflow.wait_for_task("waiting", "wait", "deferred")
    open_tab(look, DETAILS, "wait", dag_id="waiting")
    link = look.page.get_by_role("link", name="Genesys Cloud", exact=True)
    look.expect(link).to_have_attribute("href", f"{APPS}{PAGES['statuses']}")
    assert look.airflow.states("waiting") == {"wait": "deferred"}


@pytest.mark.usefixtures("ran")
def test_the_account_is_among_the_xcoms(look: Look) -> None:
    open_tab(look, XCOMS, "publish")
    row = look.page.get_by_role("row").filter(has=look.page.get_by_text("summary", exact=True))
    look.expect(row).to_be_visible()
    if not look.airflow.is_airflow_2:  # which shows all of it
        look.page.get_by_role("button", name="Expand all extra JSON").click()
    for shown in ("user_presences", "accepted", "38", "invalid", "complete"):
        look.expect(row).to_contain_text(shown)


@pytest.mark.usefixtures("ran")
def test_the_account_is_in_the_log(look: Look) -> None:
    open_tab(look, LOGS, "publish")
    look.expect(look.page.get_by_text("Publish of user_presences is complete").first).to_be_visible()
    look.expect(look.page.get_by_text("What was not accepted, and why, is in").first).to_be_visible()


@pytest.mark.usefixtures("ran")
def test_a_log_that_is_told_the_secret_and_the_token_shows_neither(look: Look) -> None:
    open_tab(look, LOGS, "tell_secrets")
    look.expect(look.page.get_by_text("The secret is *** and the token is ***.").first).to_be_visible()
    assert not lines_with_a_secret(look, (look.airflow.home / "logs").rglob("*.log"))


@pytest.mark.usefixtures("ran")
def test_the_log_of_a_refused_client_says_what_to_look_at_and_not_the_secret(look: Look) -> None:
    open_tab(look, LOGS, "refused")
    look.expect(look.page.get_by_text("is the client secret (the connection's password) right?").first).to_be_visible()
    told = lines_with_a_secret(look, look.airflow.home.glob("*.log"))
    # Airflow 3.3 copies what tasks log to the scheduler's output, and masks nothing there.
    assert all("The secret is" in line for line in told), told


def lines_with_a_secret(look: Look, logs: Iterable[Path]) -> list[str]:
    """Return the lines of logs that have a secret in them."""
    texts = [log.read_text(errors="replace") for log in logs]
    assert any(texts)
    return [line for text in texts for line in text.splitlines() if any(secret in line for secret in look.secrets)]
