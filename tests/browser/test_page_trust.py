"""The page in Airflow's UI: what is not to be trusted, what is not to be seen, and what fails."""

from __future__ import annotations

import re

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, DAYS, rows, seen, show
from tests.browser.summaries import HOSTILE_ONES, IMPOSTORS, NOT_BELIEVED, SHOWN

pytestmark = only("3.3")


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
