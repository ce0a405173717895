"""The page in Airflow's UI: of what is cut, left out or refused it says so, and shows the rest."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, KINDS, ask, rows, seen, show
from tests.browser.summaries import conversion, export, publish
from tests.browser.telling import forget_run, make_run, tell, tell_link

pytestmark = only("3.3")


def test_what_stands_in_the_way_says_how_much_of_it_is_not_listed(viewer):
    """Tasks that are not done do not push out what accounts tell, and what is cut says how much there is."""

    def many(route: Any) -> None:
        answer = route.fetch().json()
        (failed,) = answer["task_instances"]
        route.fulfill(json={"task_instances": [failed] * 100, "total_entries": 150})

    viewer.page.route(re.compile(rf"{CALLS}/dagRuns/day_01/taskInstances\?limit"), many)
    page = show(viewer, dag=CALLS, run="day_01")
    way = page.get_by_role("listitem")
    seen(way.filter(has_text="publish: failed")).to_have_count(100)
    seen(way.filter(has_text="publish: 250 events pending")).to_be_visible()
    seen(page.get_by_text("and 50 more of the tasks that are not done, or failed")).to_be_visible()


def test_a_run_says_how_many_of_its_accounts_are_not_listed(viewer):
    def of_many(route: Any) -> None:
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        route.fulfill(
            json={"xcom_entries": answer["xcom_entries"] * 25, "total_entries": 120} if offset < 120 else answer
        )

    viewer.page.route(re.compile(rf"{CALLS}/dagRuns/day_01/taskInstances/~/xcomEntries\?.*offset="), of_many)
    page = show(viewer, dag=CALLS, run="day_01")
    seen(rows(page)).to_have_count(100)
    seen(page.get_by_text(re.compile(r"^and \d+ more of the accounts, which are in the sums$"))).to_be_visible()
    seen(page.get_by_text(re.compile(r"^and \d+ more of what the accounts tell$"))).to_have_count(0)


def test_what_a_summary_has_too_much_of_says_how_many_more_there_are(viewer):
    make_run(viewer.airflow, CALLS, "long")
    row = {"resource": "presence", "what": "added", "which": "x", "field": None, "before": None, "after": "y"}
    long = export(*[row] * 60) | {
        "state_changes": [f"resource_{number}: exported" for number in range(51)],
        "resources": {f"resource_{number}": {"state": "exported", "count": 1} for number in range(53)},
    }
    tell(viewer.airflow, CALLS, "long", "export", long)
    try:
        page = show(viewer, dag=CALLS, run="long", task="export")
        seen(page.get_by_text("and 10 more of the rows, which the difference's files have")).to_be_visible()
        seen(page.get_by_text("and 1 more of the resources that went or came")).to_be_visible()
        seen(page.get_by_text("and 3 more of the resources", exact=True)).to_be_visible()
    finally:
        forget_run(viewer.airflow, CALLS, "long")


def test_the_picture_of_the_days_says_of_how_many_it_is(viewer):
    def long_ago(route: Any) -> None:
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        entry = next(each for each in answer["xcom_entries"] if each["task_id"] == "publish")
        entries = [entry | {"run_after": f"2026-{ago // 19 + 1:02}-{ago % 19 + 1:02}T12:00:00Z"} for ago in range(38)]
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        route.fulfill(json={"xcom_entries": entries[offset : offset + 25], "total_entries": len(entries)})

    viewer.page.route(re.compile(r"/xcomEntries\?.*offset="), long_ago)
    page = show(viewer, view="days", like="of_the_day")
    seen(page.get_by_text("The newest 31 of 38 days; the table has all.")).to_be_visible()
    seen(page.get_by_role("table", name="Events day by day").locator("tbody tr")).to_have_count(38)


# --- what the address asks for, and cannot be


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "garbage"}, "from=garbage is no day from 1970-01-01 to 9998-12-31"),
        ({"from": "9999-12-31", "to": "2026-02-30"}, "from=9999-12-31 is no day from .*; to=2026-02-30 is no day"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "no day is both from the one and to the other"),
        ({"kind": "constructor", "state": "odd"}, "kind=constructor is no kind of summary; state=odd is no state"),
        ({"view": "nowhere", "offset": "-1"}, "view=nowhere is no view of this page; offset=-1 is no number"),
        ({"task": "publish"}, "a task needs its Dag and run beside it"),
        ({"dag": CALLS, "run": "day_02", "task": "publish", "index": "x"}, "index=x is no map index"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_what_cannot_be_asked_for_is_told_and_nothing_fails_of_it(viewer, asked, said):
    page = show(viewer, **asked)
    seen(page.get_by_role("alert")).to_have_count(1)
    seen(page.get_by_role("alert")).to_have_text(re.compile(f"^Not all of this address can be heeded: {said}.*\\.$"))
    seen(page.get_by_text("This part of the Genesys Cloud page failed")).to_have_count(0)


def test_a_filter_that_nothing_fits_and_a_page_behind_the_last_say_so(viewer):
    page = show(viewer, like="no_such_dag", to="9998-12-31")
    status = page.get_by_role("status")
    seen(status).to_have_text("Of the tasks that you may see, there is no summary of this Dag and these days.")
    page = show(viewer, like="of_the_day", offset=99999)
    seen(status).to_have_text(re.compile(r"^There are no more: it is \d+ summaries in all\.$"))
    page.get_by_role("button", name="Newer").click()
    seen(rows(page)).to_have_count(25)


# --- numbers that cannot be


def test_numbers_that_cannot_be_added_spoil_no_total(viewer):
    """A class of one's own may tell any number."""
    make_run(viewer.airflow, CALLS, "numbers")
    huge = publish(accepted=1) | {"read": 2**53 - 1, "ledger": "s3://my-bucket/huge/ledger.json"}
    for key, account in {"summary": publish(accepted=3, rejected=1), "summary.huge": huge}.items():
        tell(viewer.airflow, CALLS, "numbers", "publish", account, key=key)
    tell(viewer.airflow, CALLS, "numbers", "convert", conversion(converted=2**53 - 10))
    try:
        page = show(viewer, dag=CALLS, run="numbers")
        seen(page.get_by_role("heading", name="All accounts of events added up: 1")).to_be_visible()
        cells = page.get_by_role("table", name="Account of events").locator("tbody td")
        seen(cells).to_have_text(["4", "3", "1", "0", "0", "0", "0", "75 %"])
        seen(page.get_by_text("1 account is in none of these: numbers too large to be added up.")).to_have_count(2)
        way = page.get_by_role("listitem")
        seen(way.filter(has_text="publish: numbers too large to be added up")).to_be_visible()
        seen(way.filter(has_text="convert: numbers too large to be added up")).to_be_visible()
        page = show(viewer, view="days", like="of_the_day")
        seen(page.get_by_text("1 account is in none of these")).to_be_visible()
        seen(page.get_by_role("table", name="Events day by day")).not_to_contain_text("\u2013")
    finally:
        forget_run(viewer.airflow, CALLS, "numbers")


def test_what_does_not_add_up_has_no_share_of_more_than_all(viewer):
    make_run(viewer.airflow, CALLS, "numbers")
    tell(viewer.airflow, CALLS, "numbers", "publish", publish(accepted=50) | {"read": 10})
    try:
        page = show(viewer, dag=CALLS, run="numbers", task="publish")
        seen(page.get_by_text("does not add up")).to_be_visible()
        seen(page.get_by_role("table", name="Account of events").locator("tbody td").last).to_have_text("\u2013")
        seen(page.get_by_text("500 %")).to_have_count(0)
    finally:
        forget_run(viewer.airflow, CALLS, "numbers")


# --- what Airflow refuses, or fails with, hides nothing else


def test_one_dag_that_is_refused_hides_nothing_else_of_what_goes_on(viewer):
    ask(viewer, (CALLS, "day_02"), (KINDS, "seen"))
    viewer.page.route(
        f"**/dags/{CALLS}/**/xcomEntries?*", lambda route: route.fulfill(status=403, json={"detail": "not this one"})
    )
    make_run(viewer.airflow, CALLS, "running")
    tell(viewer.airflow, CALLS, "running", "publish", {}, key="another", state="running")
    try:
        now = show(viewer).get_by_role("region", name="Now")
        seen(now.get_by_role("listitem").filter(has_text="running: publish")).to_be_visible()
        seen(now.get_by_role("listitem").filter(has_text=f"Waiting for approval: Approve {KINDS}?")).to_be_visible()
        unknown = now.get_by_role("list", name="Not known").get_by_role("listitem")
        seen(unknown).to_have_text(re.compile(f"^Approve {CALLS}.*does not let you see this .403.: not this one$"))
    finally:
        forget_run(viewer.airflow, CALLS, "running")


@pytest.mark.parametrize(("path", "what"), [("hitlDetails?*", "required actions"), ("taskInstances?*", "tasks")])
def test_one_question_that_fails_leaves_the_others_of_what_goes_on(viewer, path, what):
    ask(viewer, (KINDS, "seen"))
    make_run(viewer.airflow, CALLS, "running")
    tell(viewer.airflow, CALLS, "running", "publish", {}, key="another", state="running")
    viewer.page.route(f"**/dags/~/dagRuns/~/{path}", lambda route: route.fulfill(status=500, json={"detail": "broken"}))
    try:
        now = show(viewer).get_by_role("region", name="Now")
        seen(now.get_by_role("alert")).to_have_text(f"Of {what} nothing can be read. Airflow answers 500: broken")
        other = "Waiting for approval: " if what == "tasks" else "running: publish"
        seen(now.get_by_role("listitem").filter(has_text=other)).to_be_visible()
    finally:
        forget_run(viewer.airflow, CALLS, "running")


def test_one_export_that_airflow_cannot_read_hides_no_other(viewer):
    page = show(viewer, view="configuration", index=1)
    seen(page.locator(".export").first).to_be_visible()
    there = page.locator(".export").count()
    viewer.page.route("**/day_03/taskInstances/export/xcomEntries/summary?*", lambda route: route.fulfill(status=500))
    page = show(viewer, view="configuration")
    seen(page.locator(".export")).to_have_count(there - 1)
    seen(page.get_by_text("Airflow answers with an error to 1 of them, which is not here.")).to_be_visible()


def test_without_the_tasks_the_list_is_there_and_says_what_is_missing(viewer):
    refused = True

    def fail(route: Any) -> None:
        if refused:
            route.fulfill(status=500, json={"detail": "no tasks"})
        else:
            route.continue_()

    make_run(viewer.airflow, CALLS, "linked")
    tell_link(viewer.airflow, CALLS, "linked", "publish")
    tell(viewer.airflow, CALLS, "linked", "publish", publish(accepted=5))
    viewer.page.route("**/taskInstances/list", fail)
    try:
        page = show(viewer, like="of_the_day")
        seen(rows(page).filter(has_text="linked")).to_contain_text("5 accepted")
        said = (
            "States of tasks, and summaries known by their tasks alone, are missing or as they were before."
            " Airflow answers 500: no tasks"
        )
        seen(page.get_by_role("status").filter(has_text=said)).to_be_visible()
        page = show(viewer, dag=CALLS, run="day_03")
        seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
        seen(page.get_by_text(said)).to_be_visible()
        refused = False  # and nothing is kept of what could not be known
        page.get_by_role("link", name="Latest").click()
        seen(rows(page)).to_have_count(25)
    finally:
        forget_run(viewer.airflow, CALLS, "linked")


def test_an_account_is_there_though_its_task_cannot_be_read_and_says_so(viewer):
    viewer.page.route(
        f"**/{CALLS}/dagRuns/day_02/taskInstances/publish",
        lambda route: route.fulfill(status=500, json={"detail": "x"}),
    )
    page = show(viewer, dag=CALLS, run="day_02", task="publish")
    seen(page.locator("article")).to_be_visible()
    seen(page.get_by_role("alert")).to_have_text("Airflow answers 500: x")


def test_replays_are_told_though_those_of_another_dag_cannot_be_read(viewer):
    def with_another(route: Any) -> None:
        answer = route.fetch().json()
        answer["dags"].append(answer["dags"][0] | {"dag_id": "another_replay"})
        route.fulfill(json=answer | {"total_entries": 12})

    viewer.page.route("**/api/v2/dags?tags=*", with_another)
    viewer.page.route("**/another_replay/dagRuns?*", lambda route: route.fulfill(status=500, json={"detail": "x"}))
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    seen(page.get_by_text("Replays that are older, or that Airflow does not show you, are not here.")).to_be_visible()
    seen(page.get_by_text("and 10 more of the Dags with the tag genesys-replay")).to_be_visible()
    seen(page.get_by_role("alert")).to_have_text("Airflow answers 500: x")


# --- who waits, behind many others who do


def test_a_plan_is_found_behind_many_questions_of_others(viewer):
    """Other Dags ask as well: they are looked through, once, and what is not looked at is told."""
    asked = ask(viewer, *[("weekly", f"week_{number}") for number in range(120)], (KINDS, "seen"))
    read: list[str] = []
    viewer.page.on("request", lambda request: read.append(request.url) if "/weekly/" in request.url else None)
    now = show(viewer).get_by_role("region", name="Now")
    seen(now.get_by_role("listitem").filter(has_text=f"Waiting for approval: Approve {KINDS}?")).to_be_visible()
    assert len(asked) == 2
    assert len([url for url in read if "/dagRuns/~/" in url]) <= 1  # the Dag has told nothing: no run need be read
    assert not [url for url in read if "week_" in url]
    read.clear()
    viewer.page.wait_for_timeout(11_000)
    assert len(asked) > 2
    assert not read  # what another asks is looked at once


def test_what_waits_and_is_not_looked_at_is_told(viewer):
    ask(viewer, *[("weekly", f"week_{number}") for number in range(240)])
    page = show(viewer)
    seen(page.get_by_text("and 40 more required actions of all Dags, which are older and not looked")).to_be_visible()
    seen(page.get_by_text("Nothing is running")).to_have_count(0)


def test_a_plan_is_found_behind_a_page_of_other_summaries(viewer):
    def shifted(route: Any) -> None:
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        first = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        entries = first["xcom_entries"]
        others = [each for each in entries if not each["task_id"].startswith("plan_")]
        plans = [each for each in entries if each["task_id"].startswith("plan_")]
        shown = (others * 50)[:50] if offset < 50 else plans
        route.fulfill(json={"xcom_entries": shown[:25], "total_entries": 50 + len(plans)})

    ask(viewer, (KINDS, "seen"))
    viewer.page.route(re.compile(rf"/{KINDS}/dagRuns/seen/taskInstances/~/xcomEntries\?.*offset="), shifted)
    now = show(viewer).get_by_role("region", name="Now")
    seen(now.get_by_role("listitem").filter(has_text=f"Waiting for approval: Approve {KINDS}?")).to_be_visible()


def test_a_plan_whose_run_cannot_be_read_says_so_once(viewer):
    runs = f"**/{KINDS}/dagRuns/seen/taskInstances/~/xcomEntries?*"
    viewer.page.route(runs, lambda route: route.fulfill(status=500, json={"detail": "broken"}))
    page = show(viewer, dag=KINDS, run="seen", task="plan_safe")
    seen(page.get_by_text("Whether it was applied cannot be read. Airflow answers 500: broken")).to_be_visible()
    seen(page.get_by_text("Airflow answers 500: broken")).to_have_count(1)


# --- tasks that failed before they could tell anything


def test_a_task_that_failed_before_it_told_anything_is_listed_once_in_its_time(viewer):
    at = datetime.now(UTC).replace(tzinfo=None)
    silent = {"gone_lately": at, "gone_once": at - timedelta(days=45)}
    for run, ended in silent.items():
        make_run(viewer.airflow, CALLS, run, ended)
        tell(viewer.airflow, CALLS, run, "publish", {}, key="another", at=ended, state="failed")
    try:
        for asked in ({}, {"state": "failed"}, {"state": "incomplete", "kind": "publish"}):
            page = show(viewer, like="of_the_day", **asked)
            row = page.get_by_role("row").filter(has_text="gone_lately")
            seen(row).to_contain_text("Publish")
            seen(row).to_contain_text("failed")
            seen(row).to_contain_text("told nothing: only its log may say why it failed")
            old = page.get_by_role("row").filter(has_text="gone_once")
            seen(old).to_have_count(1 if asked.get("state") else 0)
        page = show(viewer, like="of_the_day")
        seen(page.get_by_role("status")).to_contain_text("1 task failed and told nothing.")
        page.get_by_role("button", name="Older").click()
        seen(page.get_by_role("row").filter(has_text="gone_once")).to_have_count(1)
        seen(page.get_by_role("row").filter(has_text="gone_lately")).to_have_count(0)
        for asked in ({"state": "success"}, {"kind": "export"}):
            page = show(viewer, like="of_the_day", **asked)
            seen(page.get_by_role("status")).to_contain_text("looked at")
            seen(page.get_by_role("row").filter(has_text="gone_lately")).to_have_count(0)
    finally:
        for run in silent:
            forget_run(viewer.airflow, CALLS, run)


# --- Airflow 3.1, which cannot do all of this


@pytest.fixture
def on_3_1(viewer):
    """Somebody who looks at an Airflow that says it is 3.1, and does not heed what that one does not know."""
    viewer.page.route("**/api/v2/version", lambda route: route.fulfill(json={"version": "3.1.8", "git_version": None}))
    viewer.page.route(
        re.compile(r"/dags/~/dagRuns/~/taskInstances\?"),
        lambda route: route.continue_(url=re.sub("dag_id_pattern=[^&]*&?", "", route.request.url)),
    )
    return viewer


def test_a_task_that_told_nothing_is_listed_where_its_dag_is_asked_for(on_3_1):
    """It is known by its Dag here: Airflow gives those of all Dags."""
    for dag, task in ((CALLS, "publish"), (KINDS, "reasons")):
        make_run(on_3_1.airflow, dag, "gone")
        tell(on_3_1.airflow, dag, "gone", task, {}, key="another", state="failed")
    try:
        for like, dag in (("OF_the%d", CALLS), ("all_k", KINDS), ("nds", KINDS)):
            page = show(on_3_1, like=like)
            gone = page.get_by_role("row").filter(has_text="told nothing: only its log")
            seen(gone).to_have_count(1)
            seen(gone).to_contain_text(dag)
    finally:
        for dag in (CALLS, KINDS):
            forget_run(on_3_1.airflow, dag, "gone")


@pytest.mark.parametrize("asked", [{"view": "days"}, {"offset": 25}, {}], ids=["days", "older", "newest"])
def test_what_cannot_be_sorted_is_listed_once_for_all_pieces(on_3_1, asked):
    lists: list[str] = []
    listing = re.compile(r"/dags/~/dagRuns/~/taskInstances/~/xcomEntries\?xcom_key_pattern=summary.*offset=")
    on_3_1.page.on("request", lambda request: lists.append(request.url) if listing.search(request.url) else None)
    page = show(on_3_1, like="of_the_day", kind="export", **asked)
    status = page.get_by_role("status").filter(has_text=re.compile(r"looked at|^From"))
    seen(status).to_be_visible()
    assert len(lists) == 1


def test_what_takes_airflow_3_1_many_requests_is_looked_at_each_minute_only(on_3_1):
    lists: list[str] = []

    def many(route: Any) -> None:
        lists.append(route.request.url)
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        route.fulfill(json={"xcom_entries": answer["xcom_entries"][:10] * 10, "total_entries": 300})

    listing = re.compile(r"/dags/~/dagRuns/~/taskInstances/~/xcomEntries\?xcom_key_pattern=summary.*offset=")
    on_3_1.page.route(listing, many)
    on_3_1.page.clock.install()
    page = show(on_3_1)
    seen(page.get_by_role("status").filter(has_text="looked at")).to_be_visible()
    on_3_1.page.wait_for_timeout(1000)
    assert len(lists) == 3
    on_3_1.page.clock.fast_forward(30_000)
    on_3_1.page.wait_for_timeout(2000)
    assert len(lists) == 3
    on_3_1.page.clock.fast_forward(60_000)
    on_3_1.page.wait_for_timeout(3000)
    assert len(lists) == 6


def test_a_run_of_which_not_all_was_sorted_is_not_called_complete(on_3_1):
    """Airflow has more of its summaries than are sorted. Those that are have nothing in the way."""

    def many(route: Any) -> None:
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        first = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()["xcom_entries"]
        others = [first[0] | {"key": "summaries"}] * 1200
        route.fulfill(json={"xcom_entries": (first + others)[offset : offset + 100], "total_entries": 1200})

    on_3_1.page.route(re.compile(rf"{CALLS}/dagRuns/day_03/taskInstances/~/xcomEntries\?.*offset="), many)
    page = show(on_3_1, dag=CALLS, run="day_03")
    for read in (300, 600, 900):
        seen(page.get_by_role("status")).to_contain_text(f"of the first {read} of 1,000 summaries.")
        page.get_by_role("button", name="Read on").click()
    said = "3 accounts. Airflow 3.1 cannot sort them: these are of the first 1,000 of the run."
    seen(page.get_by_role("status")).to_have_text(said)
    seen(rows(page)).to_have_count(3)
    seen(page.get_by_text("Nothing in what was read.")).to_be_visible()
