"""The page in Airflow's UI: of what is cut, left out or refused it says so, and shows the rest."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.looking import only
from tests.browser.showing import CALLS, rows, seen, show
from tests.browser.summaries import export
from tests.browser.telling import forget_run, make_run, tell

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
