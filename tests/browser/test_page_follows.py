"""The page in Airflow's UI, left open: what it shows is what became of it meanwhile."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, KINDS, seen, show
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


GONE = """name => {
    const look = () => { globalThis.gone ||= !document.querySelector(`table[aria-label="${name}"]`); };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
}"""


def test_what_was_shown_stays_while_a_look_that_was_broken_off_is_begun_anew(viewer):
    broken = re.compile(r"/xcomEntries\?.*offset=25")
    viewer.page.route(broken, lambda route: route.fulfill(status=500, json={"detail": "The database is busy"}))
    page = show(viewer, view="days", like="of_the_day")
    seen(page.get_by_role("alert")).to_contain_text("Airflow answers 500: The database is busy")
    seen(page.get_by_role("table", name="Events day by day")).to_be_visible()
    viewer.page.evaluate(GONE, "Events day by day")
    viewer.page.unroute(broken)
    seen(page.get_by_role("alert")).to_have_count(0)
    seen(page.get_by_role("status")).to_contain_text(re.compile(r"^From "))
    assert not viewer.page.evaluate("globalThis.gone")


def test_reading_on_begins_behind_what_it_has_shown_before_it_was_broken_off(viewer):
    busy = True

    def of_many(route: Any) -> None:
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        if offset == 375 and busy:
            route.fulfill(status=500, json={"detail": "The database is busy"})
            return
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        route.fulfill(json={"xcom_entries": answer["xcom_entries"], "total_entries": 400})

    viewer.page.route(re.compile(r"/xcomEntries\?.*offset="), of_many)
    page = show(viewer, view="days", like="of_the_day")
    status = page.get_by_role("status")
    seen(status).to_contain_text("among the newest 300 of 400 summaries")
    page.get_by_role("button", name="Read older ones, too").click()
    seen(page.get_by_role("alert")).to_contain_text("Airflow answers 500: The database is busy")
    seen(status).to_contain_text("among the newest 375 of 400 summaries")
    busy = False
    viewer.page.evaluate("""() => {
        globalThis.read = [];
        const look = () => read.push(/newest (\\d+) of/.exec(document.body.innerText)?.[1]);
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    }""")
    seen(status).to_contain_text("among the newest 400 of 400 summaries")
    assert set(viewer.page.evaluate("read")) <= {"375", "400"}


@pytest.mark.parametrize(
    ("asked", "there", "question"),
    [
        ({"dag": KINDS, "run": "seen", "task": "plan_nothing"}, "There is nothing to apply.", "seen/taskInstances/~/"),
        ({"dag": CALLS, "run": "day_03"}, "3 accounts.", r"day_03/taskInstances\?limit"),
        ({"dag": CALLS, "run": "day_03", "task": "publish"}, "State: unknown.", r"day_03/taskInstances/publish$"),
    ],
    ids=["a plan of nothing", "a run of hidden tasks", "a hidden task"],
)
def test_what_cannot_change_soon_is_looked_at_each_minute_only(viewer, asked, there, question):
    viewer.page.route(
        re.compile(r"day_03/taskInstances(\?limit|/publish$)"),
        lambda route: route.fulfill(status=403, json={"detail": "no"}),
    )
    viewer.page.clock.install()
    page = show(viewer, **asked)
    seen(page.get_by_text(there)).to_be_visible()
    viewer.page.wait_for_timeout(1000)
    questions: list[str] = []
    viewer.page.on("request", lambda each: questions.append(each.url) if re.search(question, each.url) else None)
    viewer.page.clock.fast_forward(30_000)
    viewer.page.wait_for_timeout(1000)
    assert not questions
    viewer.page.clock.fast_forward(60_000)
    viewer.page.wait_for_timeout(2000)
    assert questions
