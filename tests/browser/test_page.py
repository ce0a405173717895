"""The provider's own page in Airflow's UI."""

from __future__ import annotations

import os
import re
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from airflow_provider_genesys.presence.plan.render import nothing_planned
from airflow_provider_genesys.tasks.plans import nothing_applied_yet
from tests.browser.looking import PAGE_SECONDS, Look, only
from tests.browser.running import USER, VIEWER, RunningAirflow
from tests.browser.summaries import (
    FAILED_APPLY,
    FEW_OF_ALL,
    HOSTILE_ONES,
    IMPOSTORS,
    NOT_BELIEVED,
    OF_RECORDS,
    PLANS,
    RENAMED,
    SHOWN,
    SYNCS,
    conversion,
    export,
    publish,
)
from tests.browser.telling import forget_many, forget_run, make_run, multiply, tell, tell_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator, Page

pytestmark = only("3.3")

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


@pytest.fixture(scope="session")
def told(airflow: RunningAirflow) -> RunningAirflow:
    """An Airflow in which a real run waits for approval, and tasks have told their summaries for some days."""
    today = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0, tzinfo=None)
    for ago in range(DAYS, 0, -1):
        at, run = today - timedelta(days=ago), f"day_{ago:02}"
        make_run(airflow, CALLS, run, at)
        bad = (ago * 7) % 5 * 60
        counts = {"accepted": 4000 + ago * 37 - bad, "invalid": bad, "rejected": bad // 3, "duplicate": ago}
        tell(airflow, CALLS, run, "convert", conversion(converted=510 + ago, rejected=ago % 3), at=at)
        pending = 250 if ago == 1 else 0
        tell(
            airflow,
            CALLS,
            run,
            "publish",
            publish(**counts, pending=pending),
            at=at + timedelta(hours=21),  # on the day after, as a night's runs do
            state="failed" if pending else "success",
        )
        tell(airflow, CALLS, run, "export", export(*[RENAMED] * (ago in {1, 4})), at=at)
    make_run(airflow, "page_hostile", "seen")
    for number, summary in enumerate(NOT_BELIEVED):
        tell_link(airflow, "page_hostile", "seen", f"not_believed_{number}")
        tell(airflow, "page_hostile", "seen", f"not_believed_{number}", summary)
    for number, (summary, link) in enumerate(IMPOSTORS):
        if link is not None:
            tell_link(airflow, "page_hostile", "seen", f"impostor_{number}", link)
        tell(airflow, "page_hostile", "seen", f"impostor_{number}", summary)
    for name, summary in HOSTILE_ONES.items():
        tell_link(airflow, "page_hostile", "seen", name)
        tell(airflow, "page_hostile", "seen", name, summary)
    make_run(airflow, KINDS, "seen", today - timedelta(days=60))
    for name, summary in ALL_KINDS.items():
        tell(airflow, KINDS, "seen", name, summary, at=today - timedelta(days=60))
    airflow.start_run("page_day")
    airflow.start_run("of_our_own")
    airflow.wait_for_question("page_day", "ask")
    airflow.wait_for_task("page_day", "export", "success")
    airflow.wait_for_task("page_day", "publish[1]", "success")
    return airflow


@pytest.fixture
def viewer(browser: Browser, told: RunningAirflow, logged_in: Callable[[str], Any], tmp_path: Path) -> Iterator[Look]:
    """Somebody who may look at everything and change nothing."""
    with Look.begun(browser, told, logged_in(VIEWER), tmp_path) as look:
        yield look


@pytest.fixture(scope="module")
def page_js(browser: Browser, told: RunningAirflow, logged_in: Callable[[str], Any]) -> Iterator[Page]:
    """A page of Airflow's that can import the provider's module."""
    context = browser.new_context(storage_state=logged_in(VIEWER))
    try:
        page = context.new_page()
        page.goto(f"{told.url}{PAGE}")
        page.get_by_role("heading", name="Genesys Cloud: latest").wait_for()
        yield page
    finally:
        context.close()


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


# --- what is served


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


# --- the list


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


# --- one account, one run


def test_an_account_that_a_real_publish_told(viewer):
    page = show(viewer, dag="page_day", run="seen", task="publish", index=1)
    seen(page.get_by_text("Complete: every event that was read has its fate.")).to_be_visible()
    seen(page.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"\d+ accepted, \d+ invalid, 1 duplicate"))
    seen(page.get_by_role("link", name="Logs and details of the task")).to_have_attribute(
        "href", re.compile("/dags/page_day/runs/seen/tasks/publish/mapped/1$")
    )


def test_reasons_have_property_rule_file_and_line(viewer):
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    reasons = page.get_by_role("table", name="Reasons")
    seen(reasons).to_contain_text("eventDateTime has no time zone; add one, such as Z or +01:00")
    seen(reasons).to_contain_text("calls.jsonl, line 1,007")
    seen(reasons).to_contain_text("not told here, since they may hold a value 4 values")
    seen(page.get_by_text("s3://my-bucket/genesys/dead-letters")).to_be_visible()


def test_what_was_exported_and_what_was_converted(viewer):
    page = show(viewer, dag=CALLS, run="day_04", task="export")
    seen(page.get_by_role("table", name="Resources")).to_contain_text("gone")
    seen(page.get_by_role("table", name="Difference")).to_contain_text("Lunch break")
    page = show(viewer, dag=CALLS, run="day_04", task="convert")
    seen(page.get_by_role("table", name="Account of records")).to_contain_text("514")
    seen(page.get_by_text("the queue is in no directory")).to_be_visible()


def test_a_run_is_added_up_with_what_stands_in_the_way(viewer):
    page = show(viewer, dag=CALLS, run="day_01")
    seen(page.get_by_role("heading", name="All accounts of events added up: 1")).to_be_visible()
    way = page.get_by_role("listitem")
    seen(way.filter(has_text="publish: failed")).to_be_visible()
    seen(way.filter(has_text="publish: 250 events pending")).to_be_visible()
    page = show(viewer, dag=CALLS, run="day_02")
    seen(way.filter(has_text="convert: 2 of 514 records rejected")).to_be_visible()
    page = show(viewer, dag=CALLS, run="day_03")
    seen(page.get_by_text("Nothing: every task is done")).to_be_visible()


def test_the_records_of_a_real_transfer_are_told_beside_its_events(viewer):
    airflow = viewer.airflow
    assert airflow.run_dag("records", folder=str(airflow.home / "records")) == {"transfer": "success"}
    told = airflow.api("dags/records/dagRuns/seen/taskInstances/transfer/xcomEntries/summary")["value"]["conversion"]
    rejected = f"{told['rejected']} of {told['records']} records rejected"
    assert told["rejected"] > 1
    page = show(viewer, dag="records", run="seen", task="transfer")
    seen(page.get_by_text(f"Not complete: {rejected}.")).to_be_visible()
    records = page.get_by_role("table", name="Account of records").locator("tbody td")
    keys = ("records", "converted", "skipped", "superseded", "held_back", "rejected")
    assert [int(cell) for cell in records.all_inner_texts()[: len(keys)]] == [told[key] for key in keys]
    for reason in told["reasons"]:
        seen(page.get_by_role("table", name="Reasons")).to_contain_text(reason["rule"])
    seen(page.get_by_text("Rejected records, each with its reason")).to_contain_text(told["rejects"])
    seen(page.get_by_role("table", name="Account of events")).to_have_count(1)
    page = show(viewer, dag="records", run="seen")
    seen(page.get_by_role("listitem").filter(has_text=f"transfer: {rejected}")).to_be_visible()
    seen(page.get_by_role("table", name="Account of records")).to_contain_text(str(told["rejected"]))
    seen(rows(page)).to_contain_text(f"of {told['records']} records converted, {told['rejected']} rejected")
    seen(rows(page)).to_contain_text("not complete")


@pytest.mark.parametrize(
    ("task", "standing", "in_short"),
    [
        ("some_rejected", "Not complete: 5 of 301 records rejected.", "not complete"),
        ("all_rejected", "Not complete: 1,488 of 1,488 records rejected.", "not complete"),
        ("nothing_new", "There were no events.", "no events"),
        ("states", "Complete: every event that was read has its fate.", "complete"),
    ],
)
def test_complete_is_what_has_events_and_no_rejected_record(viewer, task, standing, in_short):
    page = show(viewer, dag=KINDS, run="seen", task=task)
    seen(page.get_by_text(standing, exact=True)).to_be_visible()
    seen(page.get_by_text(re.compile("^(Complete|Not complete|There were no)"))).to_have_count(1)
    rejected = int(OF_RECORDS[task]["conversion"]["rejected"] > 0)
    reasons = page.get_by_role("table", name="Reasons").filter(has_text="the queue is in no directory")
    seen(reasons).to_have_count(rejected)
    seen(page.get_by_text("Rejected records, each with its reason: s3://my-bucket/")).to_have_count(rejected)
    states = {"complete": "complete", "not complete": "incomplete", "no events": "empty"}
    page = show(viewer, like=KINDS, kind="publish", state=states[in_short])
    seen(rows(page).filter(has=viewer.page.get_by_role("link", name=task, exact=True))).to_contain_text(in_short)


def test_both_streams_of_agents_states_are_told(viewer):
    page = show(viewer, dag=KINDS, run="seen", task="states")
    for stream, accepted in (("user_presences", 48), ("user_routing_statuses", 40)):
        account = page.get_by_role("table", name=f"Account of events: {stream}")
        seen(account.locator("tbody td").nth(1)).to_have_text(str(accepted))
    seen(page.get_by_role("heading", name="Dead letters: 8")).to_be_visible()
    seen(page.get_by_role("button", name="Replay")).to_have_count(1)
    seen(page.get_by_text("s3://my-bucket/presences.jsonl, s3://my-bucket/statuses.jsonl")).to_be_visible()
    seen(page.get_by_role("table", name="Account of records")).to_contain_text("96")


@pytest.mark.parametrize("name", [*(f"sync_{name}" for name in SYNCS), *(f"plan_{name}" for name in PLANS)])
def test_what_became_of_a_plan_is_told_everywhere(viewer, name):
    kind, _, case = name.partition("_")
    _, in_short, in_the_way, in_full = {"sync": SYNCS, "plan": PLANS}[kind][case]
    page = show(viewer, like=KINDS, kind=kind)
    called = viewer.page.get_by_role("link", name=name, exact=True)
    cells = rows(page).filter(has=called).get_by_role("cell")
    seen(cells.nth(6)).to_have_text(in_short)
    seen(cells.nth(5)).to_contain_text("not complete" if in_the_way else re.compile("^successcomplete$"))
    page = show(viewer, dag=KINDS, run="seen")
    seen(page.get_by_role("listitem").filter(has_text="apply_failed: not all of the plan is applied")).to_be_visible()
    way = page.get_by_role("listitem").filter(has=called)
    assert way.all_inner_texts() == ([f"{name}: {in_the_way}"] if in_the_way else [])
    page = show(viewer, dag=KINDS, run="seen", task=name)
    seen(page.get_by_text(in_full)).to_be_visible()


def test_a_real_sync_that_was_refused_says_so_everywhere(viewer):
    assert viewer.airflow.run_dag("sync_unsafe") == {"sync": "failed"}
    page = show(viewer, dag="sync_unsafe", run="seen")
    seen(rows(page)).to_contain_text(re.compile(r"UNSAFE, not applied: \d+ to deactivate, 1 to create; \d+ unchanged"))
    way = page.get_by_role("listitem")
    seen(way.filter(has_text="sync: the plan is unsafe, and is not applied")).to_be_visible()
    page = show(viewer, dag="sync_unsafe", run="seen", task="sync")
    seen(page.get_by_text("Nothing of the plan is applied.")).to_be_visible()


def test_reasons_that_are_not_told_are_counted(viewer):
    page = show(viewer, dag=KINDS, run="seen", task="reasons")
    seen(page.get_by_role("heading", name="Dead letters: 42")).to_be_visible()
    cells = page.get_by_role("table", name="Reasons").locator("tbody tr")
    told = [row.split("\t")[:2] for row in cells.all_inner_texts()]
    assert [int(number) for _, number in told] == [24, 3, 2, 2, 2, 1]
    assert told[0][0].startswith("4 reasons: refused by the server in words, which are not told here")
    assert "other reasons" in [why.strip() for why, _ in told]
    assert told[-1][0].strip().startswith("about a property whose name is not told here")
    seen(page.get_by_text("and 8 more for other reasons, which the dead letters have")).to_be_visible()


def test_two_shards_are_added_up(viewer):
    page = show(viewer, dag="page_day", run="seen")
    sums = page.get_by_role("table", name="Account of events")
    seen(sums).to_contain_text("75")  # 40 and 35 records
    shards = [
        viewer.airflow.api(f"dags/page_day/dagRuns/seen/taskInstances/publish/xcomEntries/summary?map_index={index}")
        for index in (0, 1)
    ]
    cells = sums.locator("tbody td").all_inner_texts()
    assert [int(cell) for cell in cells[:7]] == [
        sum(shard["value"][key] for shard in shards)
        for key in ("read", "accepted", "rejected", "invalid", "unknown", "duplicate", "pending")
    ]


def test_what_several_runs_told_of_one_account_is_counted_once(viewer):
    day = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=40)
    weekly = {"ledger_key": "weekly", "ledger": "s3://my-bucket/weekly/ledger.json"}
    told = [(60, 40, 0), (90, 10, 60), (90, 10, 90), (25, 0, 0)]  # the last one is begun anew, with less in it
    for number, (accepted, pending, before) in enumerate(told):
        at = day + timedelta(hours=number)
        make_run(viewer.airflow, "weekly", f"run_{number}", at)
        tell_link(viewer.airflow, "weekly", f"run_{number}", "derived")
        account = publish(accepted=accepted, pending=pending) | weekly | {"accepted_before": before}
        tell(viewer.airflow, "weekly", f"run_{number}", "derived", account, at=at)
    page = show(viewer, view="days", like="weekly", to=day.strftime("%Y-%m-%d"))
    seen(page.get_by_role("table").locator("tbody tr")).to_have_count(1)
    cells = page.get_by_role("table").locator("tbody td").all_inner_texts()
    #                 accounts, read, accepted, four fates, pending, accepted of read, accepted before
    assert cells[1:] == ["4", "125", "115", *"0000", "10", "92 %", "0"][: len(cells) - 1]
    page = show(viewer, dag="weekly", run="run_1")
    account = page.get_by_role("table", name="Account of events")
    seen(account.get_by_role("columnheader", name="accepted before")).to_be_visible()
    cells = account.locator("tbody td").all_inner_texts()
    assert cells == ["40", "30", *"0000", "10", "75 %", "60"]
    page = show(viewer, dag="weekly", run="run_2", task="derived")
    seen(page.get_by_text("90 of the accepted are those of other tasks")).to_be_visible()


# --- day by day, and the configuration


def test_the_days_are_a_chart_and_the_same_as_a_table(viewer):
    page = show(viewer, view="days", like="of_the_day")
    seen(page.get_by_role("table").locator("tbody tr")).to_have_count(DAYS)
    seen(page.get_by_role("img")).to_have_attribute("aria-label", re.compile(f"{DAYS} days"))
    page.get_by_role("table").get_by_role("link").first.click()
    seen(rows(page)).to_have_count(3)  # what was told of the runs of that day, whenever it was


def test_the_newest_snapshot_and_what_changed_day_by_day(viewer):
    page = show(viewer, view="configuration")
    seen(page.get_by_role("heading", name="Newest snapshot")).to_be_visible()
    seen(page.get_by_role("heading", level=4)).to_have_count(DAYS + 1)
    seen(page.get_by_role("table", name="Difference").first).to_contain_text("Lunch break")


# --- what is going on


def test_a_plan_waits_for_approval_and_is_applied(viewer):
    page, airflow = show(viewer), viewer.airflow
    now = page.get_by_role("region", name="Now")
    seen(now).to_contain_text("has 1 create")
    now.get_by_role("link", name="Approve").click()
    seen(viewer.page).to_have_url(re.compile("/dags/page_day/runs/seen/required_actions"))
    seen(viewer.page.get_by_text("Approve <img src=x").first).to_be_visible()
    page = show(viewer, dag="page_day", run="seen", task="plan")
    seen(page.get_by_text("Not applied in this run.")).to_be_visible()
    answer = {"chosen_options": ["Approve"], "params_input": {}}
    airflow.api("dags/page_day/dagRuns/seen/taskInstances/ask/-1/hitlDetails", answer, method="PATCH")
    airflow.wait_for_task("page_day", "apply", "success")
    viewer.page.reload()
    seen(page.get_by_text("Applied by apply")).to_be_visible()
    page = show(viewer)
    seen(page.get_by_text("Waiting for approval")).to_have_count(0)


def test_what_is_running_is_there_though_its_class_is_one_s_own(viewer):
    make_run(viewer.airflow, "weekly", "running")
    tell_link(viewer.airflow, "weekly", "running", "derived")
    tell(viewer.airflow, "weekly", "running", "derived", {}, key="another", state="running")
    try:
        now = show(viewer).get_by_role("region", name="Now").get_by_role("listitem")
        seen(now.filter(has_text="running: derived")).to_be_visible()
    finally:
        tell(viewer.airflow, "weekly", "running", "derived", {}, key="another_end", state="success")


def test_what_is_running_is_there_before_it_has_told_anything(viewer):
    make_run(viewer.airflow, CALLS, "running")
    tell(viewer.airflow, CALLS, "running", "publish", {}, key="another", state="running")
    page = show(viewer)
    seen(
        page.get_by_role("region", name="Now").get_by_role("listitem").filter(has_text="running: publish")
    ).to_be_visible()
    page.get_by_role("region", name="Now").get_by_role("link", name="publish").click()
    seen(page.get_by_text("This task has told nothing yet")).to_be_visible()
    seen(page.get_by_text("looks again every ten seconds")).to_be_visible()
    tell(viewer.airflow, CALLS, "running", "publish", publish(accepted=5, pending=7), state="running")
    seen(page.get_by_text("Not complete: 7 events pending.")).to_be_visible(timeout=30_000)  # without a click
    tell(viewer.airflow, CALLS, "running", "publish", {}, key="another_end", state="success")


# --- replay


def test_a_viewer_is_refused_a_replay_and_is_told_so(viewer):
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Yes, start it").click()
    seen(page.get_by_role("alert")).to_contain_text("Airflow refuses (403): you may not start page_replay")


def test_a_replay_is_started_with_ids(look, told):
    page = show(look, dag="page_day", run="seen", task="publish", index=1)
    page.get_by_role("button", name="Replay").click()
    seen(page.get_by_text("Start page_replay for the dead letters of this task?")).to_be_visible()
    page.get_by_role("button", name="Yes, start it").click()
    seen(page.get_by_text("Started:")).to_be_visible()
    confs = [run["conf"] for run in told.api("dags/page_replay/dagRuns")["dag_runs"]]
    assert {"dag_id": "page_day", "run_id": "seen", "task_id": "publish", "map_index": 1} in confs


def test_an_account_says_which_replays_there_were_of_it(viewer, told):
    of_this = {"dag_id": CALLS, "run_id": "day_03", "task_id": "publish"}
    for run, conf in {
        "of_this": of_this,
        "asked": of_this | {"map_index": -1, "ledger_key": None},
        "of_another_run": of_this | {"run_id": "day_04"},
        "of_another_account": of_this | {"ledger_key": "calls-1"},
    }.items():
        told.api("dags/page_replay/dagRuns", {"dag_run_id": run, "logical_date": None, "conf": conf})
        told.wait_for_task("page_replay", "replay", "success", run_id=run)
    tell_link(told, "page_replay", "of_this", "replay")
    tell(told, "page_replay", "of_this", "replay", publish(accepted=14, invalid=2))

    def waiting(route: Any) -> None:
        answer = route.fetch().json()
        (run,) = (run for run in answer["dag_runs"] if run["dag_run_id"] == "asked")
        run["state"] = "running"
        route.fulfill(json=answer)

    viewer.page.route("**/page_replay/dagRuns?order_by=-run_after*", waiting)
    viewer.page.route(
        "**/page_replay/dagRuns/asked/hitlDetails?*", lambda route: route.fulfill(json={"hitl_details": [{}]})
    )
    page = show(viewer, dag=CALLS, run="day_03", task="publish")
    replays = page.get_by_role("list", name="Replays").get_by_role("listitem")
    seen(replays).to_have_count(2)
    seen(replays.first).to_contain_text("waits for approval")
    seen(replays.first.get_by_role("link", name="approval")).to_have_attribute("href", re.compile("asked/required_act"))
    seen(replays.last).to_contain_text("success: 14 accepted, 2 invalid")
    replays.last.get_by_role("link", name="of_this").click()
    viewer.page.wait_for_url("**/dags/page_replay/runs/of_this*")
    viewer.page.unroute_all()
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    seen(page.get_by_text("have been replayed")).to_have_count(0)


# --- what is not to be trusted


def test_nothing_hostile_is_more_than_text(viewer):
    title = ""
    for name in HOSTILE_ONES:
        page = show(viewer, dag="page_hostile", run="seen", task=name)
        seen(page.locator("article")).to_be_visible()
        title = title or viewer.page.title()
        if name not in {"old", "nested"}:
            assert SHOWN in page.inner_text(), name
        assert page.locator("img, script, iframe, a[href^=javascript]").count() == 0
        assert page.get_by_text("This part of the Genesys Cloud page failed").count() == 0
    page = show(viewer, dag="page_hostile", run="seen")
    way = page.get_by_role("listitem").filter(has_text="is partial")
    seen(way.first).to_contain_text("weird_export: <img src=x")
    assert max(map(len, way.all_inner_texts())) < 150
    page = show(viewer, like="onerror")
    seen(rows(page)).to_have_count(len(HOSTILE_ONES))
    assert page.locator("img, script, iframe, a[href^=javascript]").count() == 0
    assert viewer.page.title() == title != "owned"


def test_what_only_calls_itself_a_summary_is_not_believed(viewer):
    for number in range(len(NOT_BELIEVED)):
        page = show(viewer, dag="page_hostile", run="seen", task=f"not_believed_{number}")
        seen(page.get_by_text("is no summary of the Genesys Cloud provider")).to_be_visible()


def test_what_is_told_by_somebody_else_s_task_is_not_believed(viewer):
    for number in range(len(IMPOSTORS)):
        page = show(viewer, dag="page_hostile", run="seen", task=f"impostor_{number}")
        seen(page.get_by_text("is no summary of the Genesys Cloud provider")).to_be_visible()
        seen(page.locator("article")).to_have_count(0)


def test_a_class_of_one_s_own_and_a_task_with_the_hook_are_believed(viewer):
    for name, accepted in (("derived", 5), ("by_hook", 7)):
        viewer.airflow.wait_for_task("of_our_own", name, "success")
        page = show(viewer, dag="of_our_own", run="seen", task=name)
        seen(page.get_by_role("img")).to_have_attribute("aria-label", f"{accepted} accepted")
    page = show(viewer, dag="of_our_own", run="seen")
    seen(rows(page)).to_have_count(2)


def test_no_link_is_asked_for_that_is_not_there(viewer):
    answers = []
    viewer.page.on("response", lambda answer: answers.append(answer) if "xcomEntries" in answer.url else None)
    page = show(viewer, dag="page_hostile", run="seen")
    seen(page.get_by_role("status").filter(has_text=re.compile(r"\d accounts"))).to_be_visible()
    assert len(answers) > len(IMPOSTORS)
    assert not [answer.url for answer in answers if answer.status == 404]


@pytest.mark.parametrize(
    ("asked", "task"), [({"kind": "export"}, "export"), ({"state": "failed"}, "publish")], ids=["kind", "state"]
)
def test_what_the_task_tells_need_not_be_read(viewer, asked, task):
    read = []
    of_the_day = f"/dags/{CALLS}/", "xcomEntries/summary?"  # who waits for approval is another Dag's
    viewer.page.on(
        "request", lambda request: read.append(request.url) if all(part in request.url for part in of_the_day) else None
    )
    page = show(viewer, like="of_the_day", **asked)
    shown = DAYS if task == "export" else 1
    seen(rows(page)).to_have_count(shown)
    seen(page.get_by_role("status")).to_contain_text("looked at")
    assert len(read) == shown
    assert all(f"/taskInstances/{task}/" in url for url in read)


def test_one_that_airflow_cannot_read_hides_no_other(viewer):
    viewer.page.route("**/day_03/taskInstances/publish/xcomEntries/summary?*", lambda route: route.fulfill(status=500))
    page = show(viewer, like="of_the_day", kind="publish")
    seen(page.get_by_text("Airflow answers with an error to 1 of them, which is not here.")).to_be_visible()
    seen(rows(page).filter(has_text="day_02")).to_have_count(1)
    seen(rows(page).filter(has_text="day_03")).to_have_count(0)
    page = show(viewer, dag=CALLS, run="day_03")
    seen(page.get_by_text("Nothing in what was read.")).to_be_visible()


def test_ids_in_the_address_are_nothing_but_ids(viewer):
    page = show(viewer, dag="../../../auth", run=SHOWN, task="x?y#z")
    seen(page.get_by_role("heading", name="x?y#z")).to_be_visible()
    seen(page.get_by_text(re.compile("has told nothing yet|Airflow "))).to_be_visible()
    assert page.locator("img").count() == 0


def test_what_fails_takes_nothing_else_down(viewer):
    viewer.page.route(
        "**/xcomEntries?*", lambda route: route.fulfill(json={"xcom_entries": [None], "total_entries": 1})
    )
    page = show(viewer)
    seen(page.get_by_role("alert").first).to_contain_text("This part of the Genesys Cloud page failed")
    seen(page.get_by_label("Kind")).to_be_visible()
    seen(viewer.page.get_by_role("button", name="Browse")).to_be_visible()


def test_an_error_while_it_is_drawn_stays_in_the_page(viewer):
    viewer.page.add_init_script("Number.prototype.toLocaleString = () => { throw new Error('drawn wrongly') }")
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    seen(page.get_by_role("alert").first).to_contain_text("This part of the Genesys Cloud page failed: drawn wrongly")
    seen(page.get_by_role("link", name="Logs and details of the task")).to_be_visible()
    seen(viewer.page.get_by_role("button", name="Browse")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Your session is over"),
        (403, "Airflow does not let you see this (403): no"),
        (500, "Airflow answers 500: no"),
    ],
)
def test_it_says_why_there_is_nothing(viewer, status, said):
    viewer.page.route("**/xcomEntries?*", lambda route: route.fulfill(status=status, json={"detail": "no"}))
    seen(show(viewer).get_by_text(said).first).to_be_visible()


@pytest.mark.parametrize("hidden", ["xcomEntries\\?", "taskInstances(/list|\\?)"])
def test_it_does_not_say_that_there_is_nothing_where_it_may_not_look(viewer, hidden):
    viewer.page.route(re.compile(hidden), lambda route: route.fulfill(status=403, json={"detail": "no"}))
    page = show(viewer, dag=CALLS, run="day_02")
    seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
    page = show(viewer)
    hides_tasks = "list" in hidden  # what is going on is known by tasks, and only a plan that waits has an XCom beside
    said = "Airflow shows you no tasks." if hides_tasks else "Airflow does not let you see this (403): no"
    seen(page.get_by_text(said).first).to_be_visible()
    if hides_tasks:
        seen(page.get_by_text("Nothing is running")).to_have_count(0)


# --- how it looks


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_follows_the_theme(viewer, name, take_picture):
    viewer.page.add_init_script(f"localStorage.setItem('theme', '{name}')")
    viewer.page.set_viewport_size({"width": 1160, "height": 620})
    viewer.page.route("**/hitlDetails?*", lambda route: route.fulfill(json={"hitl_details": [], "total_entries": 0}))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    page = show(viewer, like="of_the_day", to=yesterday)
    seen(page.get_by_role("status")).to_contain_text("25 rows")
    colour = page.evaluate("element => getComputedStyle(element).getPropertyValue('--good')")
    assert colour.strip() == {"light": "#237a33", "dark": "#69db7c"}[name]
    take_picture(viewer.page, f"page-list-{name}")
    page = show(viewer, view="days", like="of_the_day", to=yesterday)
    seen(page.get_by_role("status")).to_contain_text("From ")
    if name == "dark":
        take_picture(viewer.page, "page-days-dark")
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    if name == "light":
        take_picture(viewer.page, "page-account-light")


def test_it_fits_into_a_narrow_window(viewer):
    viewer.page.set_viewport_size({"width": 420, "height": 800})
    page = show(viewer, like="of_the_day")
    seen(rows(page)).to_have_count(25)
    assert page.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_nothing_is_wider_than_a_small_telephone(viewer):
    viewer.page.set_viewport_size({"width": 360, "height": 740})
    make_run(viewer.airflow, CALLS, "on_a_telephone")
    tell(viewer.airflow, CALLS, "on_a_telephone", "publish", {}, key="another", state="running")
    try:
        wide = {}
        for view in (*VIEWS, *({"dag": KINDS, "run": "seen", "task": task} for task in ALL_KINDS)):
            page = show(viewer, **view)
            seen(page.get_by_role("heading", level=2)).to_be_visible()
            seen(page.get_by_text(re.compile("Loading|^…$|Read .* summaries …"))).to_have_count(0)
            if not view:
                seen(page.get_by_role("region", name="Now")).to_be_visible()
            wide["-".join(view.values())] = page.evaluate(
                """element => Math.max(
                    document.documentElement.scrollWidth - document.documentElement.clientWidth,
                    element.scrollWidth - element.clientWidth,
                )"""
            )
        assert not any(wide.values()), wide
    finally:
        tell(viewer.airflow, CALLS, "on_a_telephone", "publish", {}, key="another_end", state="success")


VIEWS = (
    {},
    {"view": "days", "like": "of_the_day"},
    {"view": "configuration"},
    {"dag": CALLS, "run": "day_04"},
    {"dag": CALLS, "run": "day_04", "task": "publish"},
    {"dag": CALLS, "run": "day_04", "task": "export"},
    {"dag": "page_day", "run": "seen", "task": "plan"},
    {"dag": "page_hostile", "run": "seen", "task": "weird_plan"},
    {"dag": KINDS, "run": "seen"},
    {"dag": KINDS, "run": "seen", "task": "states"},
)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(view.values()) or "latest")
def test_a_screen_reader_is_told_everything_in_a_narrow_window_too(viewer, view):
    page = show(viewer, **view)
    seen(page.get_by_role("heading", level=2)).to_be_visible()
    seen(page.get_by_text(re.compile("Loading|^…$|Read .* summaries …"))).to_have_count(0)
    wide = accessible(viewer.page)
    roles = [role for role, _, _ in wide]
    unnamed = [role for role, name, _ in wide if role in NEED_A_NAME and not name.strip()]
    assert not unnamed
    assert {"navigation", "heading"} <= {*roles}
    levels = [level for role, _, level in wide if role == "heading"]
    assert levels[0] == 2  # the first is Airflow's
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), levels
    viewer.page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("element => element.scrollWidth <= element.clientWidth")
    narrow = [role for role, _, _ in accessible(viewer.page)]
    for role in ("table", "row", "cell", "columnheader", "image", "link", "button", "heading"):
        assert narrow.count(role) == roles.count(role), role


def test_the_keyboard_gets_everywhere_in_the_order_of_reading(viewer):
    page = show(viewer, like="of_the_day", kind="publish")
    seen(page.get_by_role("status")).to_contain_text("looked at")
    page.locator("nav a").first.focus()
    wanted = page.evaluate("element => element.querySelectorAll('a, button, input, select, summary').length")
    reached = []
    while viewer.page.evaluate("!!document.activeElement.closest('[data-testid=genesys]')"):
        step = viewer.page.evaluate(
            """() => {
                const all = [...document.querySelectorAll("[data-testid=genesys] *")];
                const outline = getComputedStyle(document.activeElement).outlineStyle;
                return [all.indexOf(document.activeElement), outline];
            }"""
        )
        if not reached or step[0] != reached[-1]:  # a date has three parts
            reached.append(step[0])
        if len(reached) > 1:
            assert step[1] != "none", step
        viewer.page.keyboard.press("Tab")
    assert reached == sorted(reached)
    assert len(reached) == wanted


def test_the_focus_stays_where_pages_are_turned_and_goes_to_what_is_asked(viewer):
    page = show(viewer)
    older = page.get_by_role("button", name="Older")
    seen(older).to_be_enabled()
    older.press("Enter")
    seen(page.get_by_role("button", name="Newer")).to_be_enabled()
    seen(older).to_be_focused()
    page.get_by_role("link", name="Day by day").press("Enter")
    seen(page.get_by_role("heading", name="Genesys Cloud: day by day")).to_be_focused()
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    page.get_by_role("button", name="Replay").press("Enter")
    seen(page.get_by_role("group", name=re.compile("Start page_replay"))).to_be_visible()
    seen(page.get_by_role("button", name="No")).to_be_focused()  # an Enter too many starts nothing
    viewer.page.keyboard.press("Enter")
    seen(page.get_by_role("button", name="Replay")).to_be_focused()


def test_the_focus_stays_where_older_ones_are_read(viewer):
    def of_many(route: Any) -> None:
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        route.fulfill(json=answer | {"total_entries": 350})

    viewer.page.route(re.compile(r"/xcomEntries\?.*offset="), of_many)
    page = show(viewer, view="days", like="of_the_day")
    older = page.get_by_role("button", name="Read older ones, too")
    seen(page.get_by_role("status")).to_contain_text("among the newest 300 of 350 summaries")
    older.press("Enter")
    seen(page.get_by_role("status")).to_contain_text("among the newest 350 of 350 summaries")
    seen(older).to_be_focused()
    seen(older).to_be_disabled()


def accessible(page: Page) -> list[tuple[str, str, int]]:
    """Return role, name and level of all that Chromium tells assistive technology of the provider's page, in order."""
    session = page.context.new_cdp_session(page)
    document = session.send("DOM.getDocument")["root"]["nodeId"]
    found = session.send("DOM.querySelector", {"nodeId": document, "selector": "[data-testid=genesys]"})["nodeId"]
    ours = session.send("DOM.describeNode", {"nodeId": found})["node"]["backendNodeId"]
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    (top,) = (node["nodeId"] for node in nodes.values() if node.get("backendDOMNodeId") == ours)
    session.detach()

    def below(key: str) -> Iterator[tuple[str, str, int]]:
        node = nodes[key]
        if not node["ignored"]:
            level = next((each["value"]["value"] for each in node["properties"] if each["name"] == "level"), 0)
            yield node["role"]["value"], node.get("name", {}).get("value", ""), level
        for child in node["childIds"]:
            yield from below(child)

    return [*below(top)]


NEED_A_NAME = {
    *("link", "button", "image", "table", "heading", "navigation", "region", "search", "group", "columnheader"),
    *("searchbox", "combobox", "Date", "textbox"),
}


def test_it_works_below_a_path(browser, told, logged_in, tmp_path):
    with told.below_a_path("/some/airflow") as there, Look.begun(browser, there, logged_in(VIEWER), tmp_path) as look:
        page = show(look, like="of_the_day", kind="publish")
        page.get_by_role("link", name="publish").first.click()
        seen(page.get_by_role("link", name="Logs and details of the task")).to_be_visible()
        assert look.page.url.startswith(f"{there.url}{PAGE}?dag=")
        page.get_by_role("link", name="Logs and details of the task").click()
        seen(look.page).to_have_url(re.compile(re.escape(f"{there.url}/dags/{CALLS}/runs/") + r"\w+/tasks/publish$"))


def test_times_are_in_the_zone_that_the_viewer_has_chosen(viewer):
    viewer.page.add_init_script("localStorage.setItem('timezone', JSON.stringify('Pacific/Kiritimati'))")  # UTC+14
    page = show(viewer, like="of_the_day", kind="publish")
    seen(page.get_by_role("columnheader", name="told (Pacific/Kiritimati)")).to_be_visible()
    seen(rows(page).filter(has_text="day_02")).to_contain_text("15:00:00")  # told at 01:00 in UTC


def test_the_zone_of_the_browser_is_the_default(browser, told, logged_in):
    context = browser.new_context(storage_state=logged_in(VIEWER), timezone_id="Asia/Kathmandu", locale="en-GB")
    try:
        page = context.new_page()
        page.goto(f"{told.url}{PAGE}?like=of_the_day&kind=publish")
        seen(page.get_by_role("columnheader", name=re.compile("told .Asia.Kath?mandu"))).to_be_visible()
        seen(page.locator("tr[data-kind]").filter(has_text="day_02")).to_contain_text("06:45:00")
    finally:
        context.close()


def test_headings_tables_and_controls_have_names(viewer):
    page = show(viewer, like="of_the_day")
    seen(rows(page)).to_have_count(25)
    for table in page.get_by_role("table").all():
        assert table.get_attribute("aria-label")
    for control in page.locator("input, select").all():
        assert control.evaluate("element => element.labels.length") == 1
    page.get_by_role("link", name="Day by day").click()
    seen(page.get_by_role("heading", name="Genesys Cloud: day by day")).to_be_focused()
    seen(page.get_by_role("link", name="Day by day")).to_have_attribute("aria-current", "page")


def test_the_tab_shows_one_account(viewer):
    def with_tab(route: Any) -> None:
        answer = route.fetch().json()
        (app,) = (app for plugin in answer["plugins"] for app in plugin["react_apps"] if app["name"] == "Genesys Cloud")
        tab = {**app, "name": "Genesys", "destination": "task_instance", "url_route": "genesys_cloud_task"}
        answer["plugins"][0]["react_apps"].append(tab)
        route.fulfill(json=answer)

    viewer.page.route("**/api/v2/plugins*", with_tab)
    task = viewer.airflow.page_of_task("page_day", "publish", map_index=0, tab="plugin/genesys_cloud_task")
    viewer.page.goto(task)
    seen(viewer.page.get_by_test_id("genesys").get_by_text("Complete: every event")).to_be_visible()


# --- what it calculates


def test_what_it_calculates(viewer):
    show(viewer)
    asked = viewer.page.evaluate(
        """async () => {
            const { kindOf, layOut, addAccounts, startOf } = await import("/genesys_cloud/page.js");
            const days = {};
            for (const [zone, day] of [
                ["Europe/Berlin", "2026-03-29"],
                ["Europe/Berlin", "2026-10-25"],
                ["UTC", "2026-11-29"],
                ["America/New_York", "2026-11-01"],
                ["Pacific/Kiritimati", "2026-11-29"],
                ["UTC", "nonsense"],
            ]) {
                localStorage.setItem("timezone", JSON.stringify(zone));
                days[`${zone} ${day}`] = [startOf(day) ?? null, startOf(day, 1) ?? null];
            }
            const fates = { accepted: 1_000_000, rejected: 1, invalid: 0, unknown: 0, duplicate: 0, pending: 0 };
            return {
                days,
                pieces: layOut(fates),
                nothing: layOut({}),
                sum: addAccounts([{ read: 3, ...fates }, { read: 4, ...fates }]),
                // Of one account: A sent 1,000, B 1,132; A was cleared, and told last.
                cleared: addAccounts(
                    [1132, 1000].map((accepted_before) => (
                        { ...fates, stream: "s", ledger: "l", read: 2133, accepted: 2132, accepted_before }
                    )),
                ),
                none: [null, [], 1, "x", {}, { kind: "publish" }, { kind: "toString" }].map(kindOf),
            };
        }"""
    )
    assert asked["days"] == {
        "Europe/Berlin 2026-03-29": ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
        "Europe/Berlin 2026-10-25": ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
        "UTC 2026-11-29": ["2026-11-29T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
        "America/New_York 2026-11-01": ["2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"],
        "Pacific/Kiritimati 2026-11-29": ["2026-11-28T10:00:00.000Z", "2026-11-29T10:00:00.000Z"],
        "UTC nonsense": [None, None],
    }
    few, whole = asked["pieces"][1]["width"], sum(piece["width"] for piece in asked["pieces"])
    assert few > 5
    assert whole == pytest.approx(1000)
    assert asked["nothing"] == []
    assert (asked["sum"]["read"], asked["sum"]["rejected"]) == (7, 2)
    cleared = asked["cleared"]
    assert [cleared[key] for key in ("read", "accepted", "rejected", "before")] == [2133, 2132, 1, 0]
    assert asked["none"] == [None] * 7


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Mittag\u00adessen", "Mittag\\u00adessen"),
        ("a\u200bb\u200c\u200d\u2060\ufeff", "a\\u200bb\\u200c\\u200d\\u2060\\ufeff"),
        ("\u202eevil\u202c \u2066x\u2069 \u061c", "\\u202eevil\\u202c \\u2066x\\u2069 \\u061c"),
        ("\u115f\u3164\uffa0\u034f\u180e\ufe0f", "\\u115f\\u3164\\uffa0\\u034f\\u180e\\ufe0f"),
        ("\U000e0041\U000e007f", "\\u{e0041}\\u{e007f}"),
        ("a\rb\x00\x1b[31m\x7f\x85\u2028", "a\\u000db\\u0000\\u001b[31m\\u007f\\u0085\\u2028"),
        ("Frühstück, 休憩, שלום, ☕", "Frühstück, 休憩, שלום, ☕"),
        ("x" * 501, "x" * 500 + " …"),
        ("x" * 499 + "😀y", "x" * 499 + "\\ud83d …"),
        (12.5, "12.5"),
        (None, ""),
        ({"a": "<b>"}, "(no text)"),
        ([["x"]], "(no text)"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(page_js, given, shown):
    assert page_js.evaluate("async given => (await import('/genesys_cloud/page.js')).text(given)", given) == shown


def test_ten_thousand_are_listed_a_page_at_a_time_within_a_second(viewer):
    multiply(viewer.airflow, CALLS, "day_04", "publish", times=10_000, begin=datetime(2026, 1, 1))  # noqa: DTZ001 - as SQLite has it
    try:
        page = show(viewer, like="of_the_day")
        older = page.get_by_role("button", name="Older")
        took, asked = [], []
        viewer.page.on("request", lambda request: asked.append(request.url) if "xcom" in request.url else None)
        for _ in range(6):
            seen(older).to_be_enabled(timeout=60_000)
            began, first = viewer.page.evaluate("[performance.now(), document.querySelector('tbody tr').innerText]")
            asked.clear()
            older.click()
            viewer.page.wait_for_function(
                """first => {
                    const rows = document.querySelectorAll("[data-testid=genesys] tbody tr");
                    return rows.length === 25 && rows[0].innerText !== first;
                }""",
                arg=first,
            )
            took.append(viewer.page.evaluate("performance.now()") - began)
            assert "/xcomEntries?" in asked[0]  # one request, and the rows are there
        others = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # a machine that does other things takes longer
        assert min(took) < 1000 * others, took
    finally:
        forget_many(viewer.airflow)
