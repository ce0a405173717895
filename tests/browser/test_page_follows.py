"""The page in Airflow's UI, left open: what it shows is what became of it meanwhile."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, seen, show
from tests.browser.summaries import conversion, export, publish
from tests.browser.telling import forget_run, forget_told, make_run, tell

pytestmark = only("3.3")

RUN = "left_open"
DONE = "Nothing: every task is done"
NOTE = """words => {
    const look = () => { globalThis.noted ||= document.body.innerText.includes(words); };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def open_run(viewer):
    """A run that nobody else counts, of which no task has begun."""
    make_run(viewer.airflow, CALLS, RUN)
    yield viewer
    forget_run(viewer.airflow, CALLS, RUN)


def begin(look: Any, task: str) -> None:
    """Let a task run that has told nothing yet."""
    tell(look.airflow, CALLS, RUN, task, {}, key="another", state="running")


def tell_anew(look: Any, task: str, summary: Any, state: str = "success") -> None:
    """Tell in place of what the task told before."""
    forget_told(look.airflow, CALLS, RUN, task)
    tell(look.airflow, CALLS, RUN, task, summary, state=state)


def test_a_run_is_not_complete_for_what_was_told_since_it_was_opened(open_run):
    airflow = open_run.airflow
    begin(open_run, "convert")
    tell(airflow, CALLS, RUN, "publish", publish(accepted=5))
    tell(airflow, CALLS, RUN, "export", export())
    page = show(open_run, dag=CALLS, run=RUN)
    seen(page.get_by_role("listitem").filter(has_text="convert: running")).to_be_visible()
    open_run.page.evaluate(NOTE, DONE)
    tell(airflow, CALLS, RUN, "convert", conversion(converted=10, rejected=1))
    seen(page.get_by_text("1 of 11 records rejected")).to_be_visible()
    seen(page.get_by_role("listitem").filter(has_text="running")).to_have_count(0)
    seen(page.get_by_role("heading", name="All accounts of records added up: 1")).to_be_visible()
    assert not open_run.page.evaluate("globalThis.noted")


def test_an_account_is_followed_from_before_its_task_begins(open_run):
    page = show(open_run, dag=CALLS, run=RUN, task="publish")
    seen(page.get_by_text("State: unknown. This page looks again every ten seconds.")).to_be_visible()
    tell(open_run.airflow, CALLS, RUN, "publish", publish(accepted=5, pending=7), state="running")
    seen(page.get_by_text("Not complete: 7 events pending.")).to_be_visible()
    tell(open_run.airflow, CALLS, RUN, "publish", publish(accepted=12), key="summary.late")
    seen(page.locator("article")).to_have_count(2)
    seen(page.get_by_text("State: success.")).to_be_visible()


def test_an_account_is_followed_from_before_there_is_its_run(viewer):
    page = show(viewer, dag=CALLS, run=RUN, task="publish")
    seen(page.get_by_text("State: unknown.")).to_be_visible()
    make_run(viewer.airflow, CALLS, RUN)
    try:
        tell(viewer.airflow, CALLS, RUN, "publish", publish(accepted=5))
        seen(page.get_by_text("Complete: every event that was read has its fate.")).to_be_visible()
    finally:
        forget_run(viewer.airflow, CALLS, RUN)


def test_the_last_words_of_a_task_are_read_though_it_ends_between_two_questions(open_run):
    """Its state is asked for before its summaries: what has ended by then has told all."""
    begin(open_run, "publish")
    tell(open_run.airflow, CALLS, RUN, "publish", publish(accepted=5, pending=7), state="running")
    ended: list[str] = []

    def ends_now(route: Any) -> None:
        if not ended:
            ended.append(route.request.url)
            time.sleep(3)  # for whoever asks for the summaries meanwhile
            tell_anew(open_run, "publish", publish(accepted=12))
        route.continue_()

    open_run.page.route(re.compile("/taskInstances/publish$"), ends_now)
    page = show(open_run, dag=CALLS, run=RUN, task="publish")
    seen(page.get_by_text("State: success.")).to_be_visible()
    seen(page.get_by_text("Complete: every event that was read has its fate.")).to_be_visible()
    assert ended


@pytest.mark.parametrize(
    ("asked", "task", "summary"),
    [
        ({"like": "of_the_day"}, "publish", publish(accepted=5)),
        ({"view": "configuration"}, "export", export()),
    ],
    ids=["latest", "configuration"],
)
def test_what_begins_and_ends_comes_into_the_list_left_open(viewer, asked, task, summary):
    page = show(viewer, **asked)
    row = page.get_by_role("link", name=RUN) if task == "publish" else page.locator(f'a[href*="run={RUN}"]')
    seen(page.get_by_role("link", name=task).first).to_be_visible()
    seen(row).to_have_count(0)
    make_run(viewer.airflow, CALLS, RUN)
    try:
        begin(viewer, task)
        tell(viewer.airflow, CALLS, RUN, task, summary)
        seen(row.first).to_be_visible()
    finally:
        forget_run(viewer.airflow, CALLS, RUN)


def test_what_has_ended_is_looked_at_again_each_minute(viewer):
    make_run(viewer.airflow, CALLS, RUN)
    try:
        tell(viewer.airflow, CALLS, RUN, "publish", publish(accepted=5))
        viewer.page.clock.install()
        page = show(viewer, dag=CALLS, run=RUN, task="publish")
        seen(page.get_by_role("img", name="5 accepted")).to_be_visible()
        tell_anew(viewer, "publish", publish(accepted=5, pending=9), "running")  # it was cleared
        viewer.page.clock.fast_forward(60_000)
        seen(page.get_by_text("Not complete: 9 events pending.")).to_be_visible()
        days = show(viewer, view="days", like="of_the_day")
        seen(days.get_by_role("status")).to_contain_text(re.compile(r"^From "))
        tell_anew(viewer, "publish", publish(accepted=5, pending=800_000))
        viewer.page.clock.fast_forward(60_000)
        seen(days.get_by_role("table")).to_contain_text("800,000")
    finally:
        forget_run(viewer.airflow, CALLS, RUN)


def test_nothing_is_asked_while_nobody_sees_the_page(open_run):
    open_run.page.clock.install()
    page = show(open_run, dag=CALLS, run=RUN, task="publish")
    seen(page.get_by_text("State: unknown.")).to_be_visible()
    open_run.page.evaluate(HIDE, True)
    asked: list[str] = []
    ours = re.compile(f"dagRuns/{RUN}/taskInstances/publish")
    open_run.page.on("request", lambda request: asked.append(request.url) if ours.search(request.url) else None)
    tell(open_run.airflow, CALLS, RUN, "publish", publish(accepted=5))
    open_run.page.clock.fast_forward(60_000)
    open_run.page.wait_for_timeout(1000)
    assert not asked
    open_run.page.evaluate(HIDE, False)
    seen(page.get_by_text("Complete: every event")).to_be_visible()


@pytest.mark.parametrize(
    "asked",
    [
        {"like": "of_the_day"},
        {"view": "days", "like": "of_the_day"},
        {"view": "configuration"},
        {"dag": CALLS, "run": "day_04"},
        {"dag": CALLS, "run": "day_04", "task": "publish"},
    ],
    ids=["latest", "days", "configuration", "run", "task"],
)
def test_a_first_look_that_fails_is_tried_again(viewer, asked):
    answers = re.compile(r"/api/v2/dags/.*(xcomEntries|taskInstances)")
    viewer.page.route(answers, lambda route: route.fulfill(status=500, json={"detail": "The database is busy"}))
    page = show(viewer, **asked)
    busy = page.get_by_role("alert").filter(has_text="Airflow answers 500: The database is busy")
    seen(busy.first).to_be_visible()
    viewer.page.unroute_all()
    seen(busy).to_have_count(0)
    seen(page.get_by_role("table").first).to_be_visible()


def test_the_replay_is_there_after_a_first_look_that_fails(viewer):
    viewer.page.route("**/api/v2/dags?tags=*", lambda route: route.fulfill(status=503, json={"detail": "Later"}))
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    seen(page.get_by_role("alert")).to_contain_text("Airflow answers 503: Later")
    viewer.page.unroute_all()
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    seen(page.get_by_role("alert")).to_have_count(0)
