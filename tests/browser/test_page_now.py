"""The page in Airflow's UI: what is going on, and the replays that are started from it."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

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
    ledger = json.loads((told.home / "artifacts" / "page_day" / "seen" / "publish" / "1" / "ledger.json").read_text())
    ids = {"dag_id": "page_day", "run_id": "seen", "task_id": "publish", "map_index": 1}
    assert ids | {"began": ledger["began"]} in confs


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


def with_another_replay(route: Any) -> None:
    """Let there be one more Dag with the tag, which is asked first, and ten that are not listed."""
    answer = route.fetch().json()
    answer["dags"].insert(0, answer["dags"][0] | {"dag_id": "another_replay"})
    route.fulfill(json=answer | {"total_entries": len(answer["dags"]) + 10})


def replayed_by_another(viewer: Any, fails_at: int = 0) -> tuple[Any, Any]:
    """Show a task that another Dag has replayed, whose runs cannot be listed at that look; return page and replays."""
    looks = itertools.count(1)

    def of_day_02(route: Any) -> None:
        if next(looks) == fails_at:
            route.fulfill(status=500, json={"detail": "database is locked"})
            return
        conf = {"dag_id": CALLS, "run_id": "day_02", "task_id": "publish"}
        run = {"dag_id": "another_replay", "dag_run_id": "by_another", "state": "success", "conf": conf}
        route.fulfill(json={"dag_runs": [run | {"run_after": "2026-11-29T08:00:00Z"}], "total_entries": 1})

    viewer.page.route("**/api/v2/dags?tags=*", with_another_replay)
    viewer.page.route("**/another_replay/dagRuns?*", of_day_02)
    viewer.page.clock.install()
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    replays = page.get_by_role("list", name="Replays").get_by_role("listitem")
    seen(replays).to_have_text(re.compile("^by_another"))
    return page, replays


def test_replays_that_are_known_stay_where_a_look_fails(viewer):
    page, replays = replayed_by_another(viewer)
    viewer.page.route(re.compile(r"/dagRuns\?order_by=-run_after"), lambda route: route.abort())
    viewer.page.clock.fast_forward(60_000)
    seen(page.get_by_role("alert")).to_contain_text("Airflow cannot be reached")
    seen(replays).to_have_text(re.compile("^by_another"))
    viewer.page.unroute_all(behavior="wait")  # the Dags are asked for meanwhile, too


def test_replays_of_a_dag_that_airflow_fails_to_list_stay_and_are_looked_for_soon(viewer):
    page, replays = replayed_by_another(viewer, fails_at=2)
    viewer.page.clock.fast_forward(60_000)
    seen(page.get_by_role("alert")).to_contain_text("500")
    seen(replays).to_have_text(re.compile("^by_another"))
    viewer.page.clock.fast_forward(30_000)  # of the minute in which it looks where all is well
    seen(page.get_by_role("alert")).to_have_count(0)
    seen(replays).to_have_text(re.compile("^by_another"))
    viewer.page.unroute_all(behavior="wait")


def test_replays_are_looked_for_in_a_dag_that_has_the_tag_since(viewer):
    viewer.page.clock.install()
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    asked: list[str] = []

    def none(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"dag_runs": [], "total_entries": 0})

    viewer.page.route("**/another_replay/dagRuns?*", none)
    viewer.page.route("**/api/v2/dags?tags=*", with_another_replay)
    viewer.page.clock.fast_forward(60_000)
    seen(page.get_by_role("button", name="Replay with another_replay")).to_be_visible()
    viewer.page.wait_for_timeout(2000)
    assert asked


def tell_two(airflow: Any, run: str, **more: str) -> None:
    """Tell of two accounts of one task without a key, in two folders, of which the second has three dead letters."""
    make_run(airflow, CALLS, run)
    for name, invalid, key in (("one", 1, "summary"), ("two", 3, "summary.conversations~0123456789ab")):
        summary = publish(accepted=5, invalid=invalid) | {"ledger": f"s3://my-bucket/{name}/ledger.json"}
        if name in more:
            summary["began"] = more[name]
        tell(airflow, CALLS, run, "publish", summary, key=key)


def test_a_replay_is_of_the_account_at_which_its_button_is(look, told):
    tell_two(told, "two_folders", one="2026-11-29T08:00:00.001+00:00", two="2026-11-29T08:00:00.734+00:00")
    try:
        task = {"dag": CALLS, "run": "two_folders", "task": "publish"}
        page = show(look, **task)
        two, one = (page.locator("article").filter(has_text=f"Dead letters: {count}") for count in (3, 1))
        two.get_by_role("button", name="Replay").click()
        two.get_by_role("button", name="Yes, start it").click()
        seen(two.get_by_text("Started:")).to_be_visible()
        confs = [run["conf"] for run in told.api("dags/page_replay/dagRuns")["dag_runs"]]
        ids = {"dag_id": CALLS, "run_id": "two_folders", "task_id": "publish"}
        (conf,) = (conf for conf in confs if conf["run_id"] == "two_folders")
        assert conf == ids | {"map_index": -1, "began": "2026-11-29T08:00:00.734+00:00"}
        told.api("dags/page_replay/dagRuns", {"dag_run_id": "of_which", "logical_date": None, "conf": ids})
        page = show(look, **task)
        seen(two.get_by_role("list", name="Replays").get_by_role("listitem")).to_have_count(1)
        seen(one.get_by_role("button", name="Replay")).to_be_visible()
        seen(one.get_by_text("1 replay of this task said not of which of its accounts.")).to_be_visible()
        seen(one.get_by_text("have been replayed")).to_have_count(0)
    finally:
        forget_run(told, CALLS, "two_folders")


def test_of_accounts_that_no_ids_tell_apart_none_is_replayed(viewer):
    tell_two(viewer.airflow, "two_older")
    try:
        page = show(viewer, dag=CALLS, run="two_older", task="publish")
        seen(page.get_by_text("no ids tell which of this task's accounts is meant")).to_have_count(2)
        seen(page.get_by_role("button", name="Replay")).to_have_count(0)
    finally:
        forget_run(viewer.airflow, CALLS, "two_older")


def test_a_replay_that_was_started_is_followed_to_its_approval_and_its_end(look, told):
    now: dict[str, Any] = {"state": "queued", "asked": []}

    def answer(route: Any) -> None:
        run = route.fetch().json()
        route.fulfill(json=run | {"state": now["state"] or run["state"]})

    look.page.route(re.compile(r"/dags/page_replay/dagRuns/manual[^/?]+$"), answer)
    look.page.route(
        re.compile(r"/dags/page_replay/dagRuns/manual[^/?]+/hitlDetails\?"),
        lambda route: route.fulfill(json={"hitl_details": now["asked"], "total_entries": len(now["asked"])}),
    )
    page = show(look, dag=CALLS, run="day_04", task="publish")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Yes, start it").click()
    started = page.get_by_role("status").filter(has_text="Started:")
    seen(started).to_be_focused()
    seen(started).to_contain_text("It is going on.Nothing is sent before somebody approves it, where the Dag asks")
    required = re.compile(r"/dags/page_replay/runs/manual[^/]+/required_actions$")
    seen(started.get_by_role("link", name="required actions of this run")).to_have_attribute("href", required)
    elsewhere = page.get_by_role("link", name="Day by day")
    elsewhere.focus()
    now |= {"state": "running", "asked": [{}]}
    seen(started).to_contain_text("It waits for approval.", timeout=30_000)  # without a click
    seen(started.get_by_role("link", name="approval")).to_have_attribute("href", required)
    now |= {"state": None, "asked": []}
    seen(started).to_contain_text("It has ended: success", timeout=30_000)
    seen(elsewhere).to_be_focused()


def test_replays_that_wait_for_approval_are_there(viewer):
    def waiting(route: Any) -> None:
        assert route.fetch().ok  # that Airflow can be asked so
        task = {"dag_id": "page_replay", "task_id": "ask", "map_index": -1, "state": "awaiting_input"}
        asked = [{"subject": f"Publish {run}?", "task_instance": task | {"dag_run_id": run}} for run in ("one", "two")]
        route.fulfill(json={"hitl_details": asked, "total_entries": 5})

    asked = re.compile(r"/dags/page_replay/dagRuns/~/hitlDetails\?")
    viewer.page.route(asked, waiting)
    now = show(viewer).get_by_role("region", name="Now")
    replay = now.get_by_role("listitem").filter(has_text="Waiting for approval: Publish two?, Dag page_replay, run two")
    link = re.compile("/dags/page_replay/runs/two/required_actions$")
    seen(replay.get_by_role("link", name="Publish two?")).to_have_attribute("href", link)
    seen(now.get_by_text("and 3 older replays waiting for approval")).to_be_visible()
    viewer.page.unroute(asked)
    viewer.page.route(asked, lambda route: route.fulfill(status=500, json={"detail": "broken"}))
    page = show(viewer, like="of_the_day")
    seen(page.get_by_role("alert")).to_contain_text("Airflow answers 500: broken")
    viewer.page.unroute(asked)


@pytest.mark.parametrize("status", [403, 500])
def test_what_one_dag_with_the_tag_does_not_tell_hides_no_replay_of_another(viewer, status):
    def waiting(route: Any) -> None:
        task = {"dag_id": "page_replay", "dag_run_id": "one", "task_id": "ask", "map_index": -1}
        route.fulfill(json={"hitl_details": [{"subject": "Publish one?", "task_instance": task}], "total_entries": 1})

    viewer.page.route("**/api/v2/dags?tags=*", with_another_replay)
    viewer.page.route("**/dags/page_replay/dagRuns/~/hitlDetails?*", waiting)
    viewer.page.route(
        "**/dags/another_replay/dagRuns/~/hitlDetails?*",
        lambda route: route.fulfill(status=status, json={"detail": "broken"}),
    )
    now = show(viewer).get_by_role("region", name="Now")
    seen(now.get_by_role("listitem").filter(has_text="Waiting for approval: Publish one?")).to_be_visible()
    left = "and 10 more of the Dags with the tag genesys-replay, which are not looked at"
    seen(now.get_by_text(left)).to_be_visible()
    said = "Of required actions of another_replay nothing can be read. Airflow answers 500: broken"
    seen(now.get_by_role("alert")).to_have_text([said] * (status == 500))
    refused = now.get_by_text("Airflow shows you no required actions of another_replay.")
    seen(refused).to_have_count(int(status == 403))
