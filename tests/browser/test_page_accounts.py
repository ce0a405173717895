"""The page in Airflow's UI: one account, one run, the days, and the configuration."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, DAYS, KINDS, rows, seen, show
from tests.browser.summaries import OF_RECORDS, PLANS, SYNCS, publish
from tests.browser.telling import forget_run, make_run, tell, tell_link

pytestmark = only("3.3")


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
    try:
        page = show(viewer, dag="sync_unsafe", run="seen")
        not_applied = re.compile(r"UNSAFE, not applied: \d+ to deactivate, 1 to create; \d+ unchanged")
        seen(rows(page)).to_contain_text(not_applied)
        way = page.get_by_role("listitem")
        seen(way.filter(has_text="sync: the plan is unsafe, and is not applied")).to_be_visible()
        page = show(viewer, dag="sync_unsafe", run="seen", task="sync")
        seen(page.get_by_text("Nothing of the plan is applied.")).to_be_visible()
    finally:
        forget_run(viewer.airflow, "sync_unsafe", "seen")


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
    try:
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
    finally:
        for number in range(len(told)):
            forget_run(viewer.airflow, "weekly", f"run_{number}")


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
