"""The page in Airflow's UI: of what is cut, left out or refused it says so, and shows the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.looking import only
from tests.browser.showing import CALLS, rows, seen, show
from tests.browser.summaries import conversion, export, publish
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
