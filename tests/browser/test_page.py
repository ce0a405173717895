"""The provider's own page in Airflow's UI: that it is served and found, and what it lists."""

from __future__ import annotations

import urllib.error
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_genesys.presence.plan.render import nothing_planned
from airflow_provider_genesys.tasks.plans import nothing_applied_yet
from tests.browser.looking import Look, only
from tests.browser.running import USER, VIEWER
from tests.browser.showing import CALLS, rows, seen, show
from tests.browser.summaries import SHOWN, publish
from tests.browser.telling import forget_run, make_run, tell, tell_link

pytestmark = only("3.3")


def test_the_file_is_served_and_nothing_else(told):
    assert b"Genesys Cloud" in told.get("/genesys_cloud/page.js", user=None)
    for path in ("", "account", "..%2fplugin.py", "%2e%2e/plugin.py"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            told.get(f"/genesys_cloud/{path}", user=None)


def test_airflow_lists_the_page_for_a_viewer_and_complains_of_nothing(told):
    plugins = told.api("plugins", user=VIEWER)["plugins"]
    (ours,) = (plugin for plugin in plugins if plugin["name"] == "genesys_cloud")
    assert [app["destination"] for app in ours["react_apps"]] == ["nav"]
    assert told.api("plugins/importErrors")["total_entries"] == 0


def test_it_is_found_in_the_navigation(viewer):
    viewer.page.goto(viewer.airflow.url)
    viewer.page.get_by_role("button", name="Browse").click()
    viewer.page.get_by_role("menuitem", name="Genesys Cloud").click()
    seen(viewer.page.get_by_role("heading", name="Genesys Cloud: latest")).to_be_visible()


def test_it_lists_what_was_told_page_by_page(viewer):
    page = show(viewer)
    seen(rows(page)).to_have_count(25)
    first = rows(page).first.inner_text()
    page.get_by_role("button", name="Older").click()
    seen(rows(page).first).not_to_have_text(first)
    second = rows(page).first.inner_text()
    viewer.page.reload()  # the address says where
    seen(rows(page).first).to_contain_text(second[:20])
    viewer.page.go_back()
    seen(rows(page).first).to_contain_text(first[:20])
    seen(page.get_by_role("button", name="Newer")).to_be_disabled()
    page.get_by_role("button", name="Older").click()
    seen(page.get_by_role("button", name="Newer")).to_be_enabled()
    page.get_by_role("button", name="Newer").click()
    seen(page.get_by_role("button", name="Newer")).to_be_disabled()
    seen(rows(page)).to_have_count(25)


def test_it_is_filtered_by_dag_kind_state_and_time_with_the_keyboard(viewer):
    page = show(viewer)
    page.get_by_label("Dag").fill("of_the_day")
    page.get_by_label("Kind").select_option("Publish")
    page.get_by_label("State").select_option("With dead letters")
    page.get_by_label("State").press("Tab")
    day = (datetime.now(UTC) - timedelta(days=4)).strftime("%Y-%m-%d")
    page.get_by_label("Runs from").fill(day)
    page.get_by_role("button", name="Filter").press("Enter")
    seen(rows(page)).to_have_count(sum((ago * 7) % 5 > 0 for ago in range(1, 5)))
    for row in rows(page).all():
        assert row.get_attribute("data-kind") == "publish"
    viewer.page.reload()
    seen(page.get_by_label("Kind")).to_have_value("publish")
    page.get_by_role("link", name="Clear").click()
    seen(rows(page)).to_have_count(25)
    seen(page.get_by_label("Dag")).to_have_value("")


def test_failed_tasks_are_found_by_their_state(viewer):
    page = show(viewer, state="failed")
    seen(rows(page)).to_have_count(1)
    seen(rows(page)).to_contain_text("not complete")


def test_a_colleague_sees_the_same_account_by_the_link(viewer, browser, logged_in, tmp_path):
    page = show(viewer, like="of_the_day", kind="publish")
    page.get_by_role("link", name="publish").first.click()
    seen(page.get_by_text("Not complete: 250 events pending.")).to_be_visible()
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    address, said = viewer.page.url, page.inner_text()
    (tmp_path / "colleague").mkdir()
    with Look.begun(browser, viewer.airflow, logged_in(USER), tmp_path / "colleague") as colleague:
        colleague.page.goto(address)
        theirs = colleague.page.get_by_test_id("genesys")
        seen(theirs.get_by_text("Not complete: 250 events pending.")).to_be_visible()
        seen(theirs.get_by_role("button", name="Replay")).to_be_visible()
        assert theirs.inner_text() == said


def test_what_a_hook_published_has_the_key_of_its_ledger(viewer):
    at = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=9)
    tell(viewer.airflow, CALLS, "day_09", "publish", publish(accepted=77), key="summary.calls-2026", at=at)
    page = show(viewer, dag=CALLS, run="day_09", task="publish")
    seen(page.locator("article")).to_have_count(2)
    seen(page.locator("article").filter(has_text="calls-2026")).to_contain_text("77")


def test_all_accounts_of_a_task_are_found_and_added_up(viewer):
    """More than a page of a list has; of the streams and folders without a key, and of keys that look alike."""
    make_run(viewer.airflow, CALLS, "many")
    keys = ["summary", "summary.conversations~0123456789ab", *(f"summary.team_{number}~ab" for number in range(28))]
    for number, key in enumerate(keys):
        account = publish(accepted=number + 1) | {
            "ledger": f"s3://my-bucket/{number}/ledger.json",
            "ledger_key": f"team/{number}" if number > 1 else None,
        }
        tell(viewer.airflow, CALLS, "many", "publish", account, key=key)
    try:
        page = show(viewer, dag=CALLS, run="many", task="publish")
        seen(page.locator("article")).to_have_count(30)
        seen(page.locator("article").filter(has_text="ledger team/5")).to_contain_text("6 accepted")
        seen(page.locator("article").filter(has_text="account conversations~0123456789ab")).to_have_count(1)
        page = show(viewer, dag=CALLS, run="many")
        seen(page.get_by_role("heading", name="All accounts of events added up: 30")).to_be_visible()
        seen(page.get_by_role("table", name="Account of events")).to_contain_text("465")
    finally:
        forget_run(viewer.airflow, CALLS, "many")


def test_a_real_task_that_publishes_several_times_has_all_of_its_accounts(viewer):
    viewer.airflow.start_run("twice_in_a_task")
    viewer.airflow.wait_for_task("twice_in_a_task", "twice", "success")
    try:
        page = show(viewer, dag="twice_in_a_task", run="seen", task="twice")
        seen(page.locator("article")).to_have_count(4)
        for said in ("3 accepted", "4 accepted", "5 accepted", "6 accepted"):
            seen(page.locator("article").get_by_role("img", name=said)).to_have_count(1)
        page = show(viewer, dag="twice_in_a_task", run="seen")
        seen(page.get_by_role("img", name="18 accepted").first).to_be_visible()
    finally:
        forget_run(viewer.airflow, "twice_in_a_task", "seen")


def test_a_real_plan_that_fails_early_is_listed(viewer):
    viewer.airflow.start_run("fails_early")
    viewer.airflow.wait_for_task("fails_early", "plan", "failed")
    try:
        page = show(viewer, like="fails_early", kind="plan")
        seen(rows(page)).to_have_count(1)
        seen(rows(page)).to_contain_text("nowhere.yaml")
    finally:
        forget_run(viewer.airflow, "fails_early", "seen")


@pytest.mark.parametrize(("kind", "said"), [("plan", "No plan was made."), ("sync", "There was no plan to apply.")])
def test_what_failed_before_there_was_a_plan_is_there_and_says_why(viewer, kind, said):
    make_run(viewer.airflow, "weekly", f"failed_{kind}")
    told = nothing_planned() if kind == "plan" else nothing_applied_yet("sync")
    summary = told | {"failure": f"HTTP 401 invalid_client {SHOWN}"}
    tell_link(viewer.airflow, "weekly", f"failed_{kind}", "derived")
    tell(viewer.airflow, "weekly", f"failed_{kind}", "derived", summary, state="failed")
    try:
        page = show(viewer, kind=kind, state="failed")
        row = rows(page).filter(has_text=f"failed_{kind}")
        seen(row).to_contain_text("no plan")
        seen(row).to_contain_text("Failed: HTTP 401 invalid_client <img")
        seen(row).to_contain_text("not complete")
        page = show(viewer, dag="weekly", run=f"failed_{kind}", task="derived")
        seen(page.get_by_text(said)).to_be_visible()
        seen(page.get_by_text("Failed: HTTP 401 invalid_client")).to_be_visible()
        seen(page.get_by_text("told nothing yet")).to_have_count(0)
        page = show(viewer, dag="weekly", run=f"failed_{kind}")
        seen(page.get_by_role("listitem").filter(has_text="failed: HTTP 401")).to_be_visible()
    finally:
        forget_run(viewer.airflow, "weekly", f"failed_{kind}")
