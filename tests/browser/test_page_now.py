"""The page in Airflow's UI: what is going on, and the replays that are started from it."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.looking import only
from tests.browser.showing import CALLS, seen, show
from tests.browser.summaries import publish
from tests.browser.telling import forget_run, make_run, tell, tell_link

pytestmark = only("3.3")


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
        forget_run(viewer.airflow, "weekly", "running")


def test_what_is_running_is_there_before_it_has_told_anything(viewer):
    make_run(viewer.airflow, CALLS, "running")
    tell(viewer.airflow, CALLS, "running", "publish", {}, key="another", state="running")
    try:
        page = show(viewer)
        now = page.get_by_role("region", name="Now")
        seen(now.get_by_role("listitem").filter(has_text="running: publish")).to_be_visible()
        now.get_by_role("link", name="publish").click()
        seen(page.get_by_text("This task has told nothing yet")).to_be_visible()
        seen(page.get_by_text("looks again every ten seconds")).to_be_visible()
        tell(viewer.airflow, CALLS, "running", "publish", publish(accepted=5, pending=7), state="running")
        seen(page.get_by_text("Not complete: 7 events pending.")).to_be_visible(timeout=30_000)  # without a click
    finally:
        forget_run(viewer.airflow, CALLS, "running")


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
