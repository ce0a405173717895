"""The page in Airflow's UI: one question of many that Airflow refuses, or fails at, now or at a later look."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.looking import Look, only
from tests.browser.showing import CALLS, KINDS, ask, rows, seen, show
from tests.browser.summaries import publish
from tests.browser.telling import forget_run, make_run, tell, tell_link

pytestmark = only("3.3")

RUN = "of_unread"
DONE = "Nothing: every task is done"
MISSED = {
    403: "Airflow does not show 1 of them, which is not here.",
    500: "Airflow answers with an error to 1 of them, which is not here.",
}
KEPT = {status: said.replace("not here", "here as before") for status, said in MISSED.items()}
AGAIN, SELDOM = 10_000, 60_000
both = pytest.mark.parametrize("status", [403, 500])


def fail(viewer: Look, question: str, status: int = 500) -> re.Pattern[str]:
    """Let Airflow fail at a question, or refuse it, until the route that is returned is taken away."""
    asked = re.compile(question)
    viewer.page.route(asked, lambda route: route.fulfill(status=status, json={"detail": "broken"}))
    return asked


# --- nothing that could not be read is taken for nothing, nor is it remembered as that


@both
def test_an_account_whose_link_cannot_be_read_is_missed_and_read_later(viewer, status):
    make_run(viewer.airflow, "weekly", RUN)
    tell_link(viewer.airflow, "weekly", RUN, "derived")
    tell(viewer.airflow, "weekly", RUN, "derived", publish(accepted=5))
    try:
        viewer.page.clock.install()
        link = fail(viewer, f"{RUN}/taskInstances/derived/xcomEntries/genesys_cloud_account_link", status)
        page = show(viewer, dag="weekly", run=RUN)
        seen(page.get_by_text(MISSED[status])).to_be_visible()
        seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
        viewer.page.unroute(link)
        viewer.page.clock.fast_forward(SELDOM)
        seen(page.get_by_role("heading", name="All accounts of events added up: 1")).to_be_visible()
        seen(page.get_by_text(DONE)).to_be_visible()
    finally:
        forget_run(viewer.airflow, "weekly", RUN)


@both
def test_a_run_is_not_complete_without_a_summary_that_cannot_be_read(viewer, status):
    viewer.page.clock.install()
    summary = fail(viewer, "day_03/taskInstances/publish/xcomEntries/summary", status)
    page = show(viewer, dag=CALLS, run="day_03")
    seen(page.get_by_role("status")).to_have_text(f"2 accounts. {MISSED[status]}")
    seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
    viewer.page.unroute(summary)
    viewer.page.clock.fast_forward(SELDOM)
    seen(page.get_by_role("status")).to_have_text("3 accounts.")
    seen(page.get_by_text(DONE)).to_be_visible()


@both
@pytest.mark.parametrize(
    ("task", "asked", "row"),
    [
        ("publish", {"like": "of_the_day", "kind": "publish"}, "tr[data-kind]:has-text('day_03')"),
        ("export", {"view": "configuration"}, '.export a[href*="run=day_03"]'),
    ],
    ids=["row", "export"],
)
def test_a_row_that_cannot_be_read_is_missed_and_there_later(viewer, task, asked, row, status):
    viewer.page.clock.install()
    summary = fail(viewer, f"day_03/taskInstances/{task}/xcomEntries/summary", status)
    page = show(viewer, **asked)
    of_day_03 = page.locator(row)
    seen(page.get_by_text(MISSED[status])).to_be_visible()
    seen(page.get_by_text("told nothing that you may see")).to_have_count(0)
    seen(of_day_03).to_have_count(0)
    viewer.page.unroute(summary)
    viewer.page.clock.fast_forward(AGAIN)
    seen(of_day_03).to_have_count(1)


@both
def test_a_plan_whose_apply_cannot_be_read_is_not_called_not_applied(viewer, status):
    viewer.page.clock.install()
    summary = fail(viewer, "seen/taskInstances/apply_failed/xcomEntries/summary", status)
    page = show(viewer, dag=KINDS, run="seen", task="plan_failed")
    seen(page.get_by_text("Not applied, as far as the summaries of this run can be read.")).to_be_visible()
    seen(page.get_by_text(MISSED[status])).to_be_visible()
    viewer.page.unroute(summary)
    viewer.page.clock.fast_forward(AGAIN)
    seen(page.get_by_text("Not all applied by apply_failed")).to_be_visible()


def test_a_task_that_may_not_be_seen_is_not_said_to_tell_no_summary(viewer):
    fail(viewer, "/taskInstances(/list|/publish)$", 403)
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    said = "It cannot be known whether what this task told is a summary of the Genesys Cloud provider."
    seen(page.get_by_text(said)).to_be_visible()


def test_what_is_wrong_with_all_of_a_run_is_told_once(viewer):
    fail(viewer, r"day_02/taskInstances(/~/xcomEntries)?\?", 403)
    page = show(viewer, dag=CALLS, run="day_02")
    seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
    seen(page.get_by_role("alert")).to_have_text(["Airflow does not let you see this (403): broken"])


def test_nothing_is_said_to_run_without_reserve_where_not_all_links_are_looked_at(viewer):
    ask(viewer)
    nothing = {"task_instances": [], "total_entries": 0}
    viewer.page.route(re.compile(r"/dags/~/dagRuns/~/taskInstances\?"), lambda route: route.fulfill(json=nothing))
    viewer.page.route("**/dags?tags=*", lambda route: route.fulfill(json={"dags": [], "total_entries": 0}))
    links = "dags/~/dagRuns/~/taskInstances/~/xcomEntries?xcom_key=genesys_cloud_account_link&limit=1"
    told = viewer.airflow.api(links)["xcom_entries"]
    total = 1
    viewer.page.route(
        re.compile(r"/xcomEntries\?xcom_key=genesys_cloud_account_link"),
        lambda route: route.fulfill(json={"xcom_entries": told, "total_entries": total}),
    )
    page = show(viewer)
    seen(page.get_by_text(re.compile("^Nothing is running"))).to_have_text(re.compile("waiting for approval[.]$"))
    total = 150
    page = show(viewer)
    only_newest = re.compile("approval, as far as is looked at: .* at those with the newest links[.]$")
    seen(page.get_by_text(re.compile("^Nothing is running"))).to_have_text(only_newest)


# --- what was shown stays, beside the words that say what could not be read again


@both
@pytest.mark.parametrize(
    ("task", "all_read"), [({}, "3 accounts."), ({"task": "publish"}, "Replay")], ids=["run", "task"]
)
def test_what_is_told_anew_and_cannot_be_read_is_there_as_it_was(viewer, task, all_read, status):
    def told_anew(route: Any) -> None:
        answer = route.fetch().json()
        for entry in answer["xcom_entries"]:
            entry["timestamp"] = re.sub("^....", "2031", entry["timestamp"])
        route.fulfill(json=answer)

    viewer.page.clock.install()
    page = show(viewer, dag=CALLS, run="day_02", **task)
    seen(page.get_by_text(all_read, exact=True)).to_be_visible()
    account = page.get_by_role("table", name="Account of events").locator("tbody td")
    before = account.all_inner_texts()
    viewer.page.route(re.compile(r"day_02/taskInstances/[^/]+/xcomEntries\?.*order_by"), told_anew)
    summary = fail(viewer, "day_02/taskInstances/publish/xcomEntries/summary", status)
    viewer.page.clock.fast_forward(SELDOM)
    seen(page.get_by_text(KEPT[status])).to_be_visible()
    seen(account).to_have_text(before)
    viewer.page.unroute(summary)
    viewer.page.clock.fast_forward(SELDOM)
    seen(page.get_by_text(KEPT[status])).to_have_count(0)


@both
def test_the_state_of_a_task_stays_where_it_cannot_be_read_again(viewer, status):
    viewer.page.clock.install()
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    seen(page.get_by_text("State: success.")).to_be_visible()
    seen(page.get_by_role("button", name="Replay")).to_be_visible()  # which is what it reads last
    fail(viewer, "day_02/taskInstances/publish$", status)
    viewer.page.clock.fast_forward(SELDOM)
    seen(page.get_by_role("alert")).to_contain_text(f"{status}")
    seen(page.get_by_text("State: success.")).to_be_visible()


def test_states_in_the_list_stay_where_they_cannot_be_read_again(viewer):
    viewer.page.clock.install()
    page = show(viewer, like="of_the_day", kind="publish")
    row = rows(page).filter(has_text="day_03")
    seen(page.get_by_role("status").filter(has_text="looked at")).to_be_visible()
    seen(row).to_contain_text("success")
    fail(viewer, "/taskInstances/list$")
    viewer.page.clock.fast_forward(AGAIN)
    seen(page.get_by_text("are missing or as they were before. Airflow answers 500: broken")).to_be_visible()
    seen(row).to_contain_text("success")


@both
def test_what_is_running_stays_where_it_cannot_be_read_again(viewer, status):
    make_run(viewer.airflow, CALLS, RUN)
    tell(viewer.airflow, CALLS, RUN, "publish", {}, key="another", state="running")
    try:
        viewer.page.clock.install()
        now = show(viewer).get_by_role("region", name="Now")
        running = now.get_by_role("listitem").filter(has_text="running: publish")
        seen(running).to_be_visible()
        fail(viewer, r"/dags/~/dagRuns/~/taskInstances\?limit=25", status)
        viewer.page.clock.fast_forward(AGAIN)
        said = {403: "or as it was before: Airflow shows you no tasks.", 500: "Of tasks nothing new can be read."}
        seen(now.get_by_text(said[status])).to_be_visible()
        seen(running).to_be_visible()
    finally:
        forget_run(viewer.airflow, CALLS, RUN)


@both
def test_a_plan_that_waits_stays_where_questions_cannot_be_read_again(viewer, status):
    viewer.page.clock.install()
    ask(viewer, (KINDS, "seen"))
    now = show(viewer).get_by_role("region", name="Now")
    plan = now.get_by_role("listitem").filter(has_text=f"Waiting for approval: Approve {KINDS}?")
    seen(plan).to_be_visible()
    fail(viewer, r"/dags/~/dagRuns/~/hitlDetails\?", status)
    viewer.page.clock.fast_forward(AGAIN)
    said = {
        403: "or as it was before: Airflow shows you no required actions.",
        500: "Of required actions nothing new can be read.",
    }
    seen(now.get_by_text(said[status])).to_be_visible()
    seen(plan).to_be_visible()


@both
def test_a_replay_that_waits_stays_where_its_dag_cannot_be_asked_again(viewer, status):
    task = {"dag_id": "page_replay", "dag_run_id": "one", "task_id": "ask", "map_index": -1}
    waiting = {"hitl_details": [{"subject": "Publish one?", "task_instance": task}], "total_entries": 1}
    viewer.page.route("**/dags/page_replay/dagRuns/~/hitlDetails?*", lambda route: route.fulfill(json=waiting))
    viewer.page.clock.install()
    now = show(viewer).get_by_role("region", name="Now")
    replay = now.get_by_role("listitem").filter(has_text="Waiting for approval: Publish one?")
    seen(replay).to_be_visible()
    fail(viewer, r"/dags/page_replay/dagRuns/~/hitlDetails\?", status)
    viewer.page.clock.fast_forward(AGAIN)
    said = {
        403: "or as it was before: Airflow shows you no required actions of page_replay.",
        500: "Of required actions of page_replay nothing new can be read.",
    }
    seen(now.get_by_text(said[status])).to_be_visible()
    seen(replay).to_be_visible()


def test_a_replay_that_was_started_waits_on_where_that_cannot_be_read_again(look, told):
    of_this = r"/dags/page_replay/dagRuns/manual[^/?]+"

    def running(route: Any) -> None:
        route.fulfill(json=route.fetch().json() | {"state": "running"})

    look.page.route(re.compile(f"{of_this}$"), running)
    look.page.route(
        re.compile(rf"{of_this}/hitlDetails\?"),
        lambda route: route.fulfill(json={"hitl_details": [{}], "total_entries": 1}),
    )
    look.page.clock.install()
    page = show(look, dag=CALLS, run="day_04", task="publish")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Yes, start it").click()
    started = page.get_by_role("status").filter(has_text="Started:")
    seen(started).to_contain_text("It waits for approval.")
    fail(look, rf"{of_this}/hitlDetails\?")
    look.page.clock.fast_forward(AGAIN)
    seen(started.get_by_role("alert")).to_have_text("Airflow answers 500: broken")
    seen(started).to_contain_text("It waits for approval.")


# --- what is asked for all accounts of a task is asked once


def test_replays_of_many_accounts_of_a_task_are_looked_for_once(viewer):
    make_run(viewer.airflow, CALLS, RUN)
    for number, key in enumerate(("summary", "summary.two", "summary.three")):
        account = publish(accepted=5, invalid=1) | {"began": f"2026-11-29T08:00:0{number}.001+00:00"}
        tell(viewer.airflow, CALLS, RUN, "publish", account, key=key)
    asked: list[str] = []
    of_replays = re.compile(r"/dags\?tags=|/dagRuns\?order_by=-run_after")
    viewer.page.on("request", lambda each: asked.append(each.url) if of_replays.search(each.url) else None)
    try:
        viewer.page.clock.install()
        page = show(viewer, dag=CALLS, run=RUN, task="publish")
        seen(page.get_by_role("button", name="Replay")).to_have_count(3)
        viewer.page.wait_for_timeout(1000)
        assert len(asked) == 2  # which Dags replay, and the runs of the one that does
        viewer.page.clock.fast_forward(SELDOM)
        viewer.page.wait_for_timeout(3000)
        assert len(asked) == 4
    finally:
        forget_run(viewer.airflow, CALLS, RUN)


def test_what_failed_is_not_called_complete_though_each_event_has_its_fate(viewer):
    failure = "more was not accepted than max_rejected allows"
    make_run(viewer.airflow, CALLS, RUN)
    told = publish(accepted=5, invalid=9) | {"failure": failure}
    tell(viewer.airflow, CALLS, RUN, "publish", told, state="failed")
    try:
        page = show(viewer, dag=CALLS, run=RUN, task="publish")
        seen(page.get_by_text(f"Failed: {failure}")).to_be_visible()
        seen(page.get_by_text("Though the task failed, every event that was read has its fate.")).to_be_visible()
        seen(page.get_by_text("Complete")).to_have_count(0)
        page = show(viewer, dag=CALLS, run=RUN)
        seen(rows(page)).to_contain_text("each has its fate")
        seen(rows(page).get_by_text("complete", exact=True)).to_have_count(0)
    finally:
        forget_run(viewer.airflow, CALLS, RUN)
