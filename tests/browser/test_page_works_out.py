"""The page in Airflow's UI: what it works out of what it reads, and how quickly of how much."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.looking import only
from tests.browser.running import VIEWER, RunningAirflow
from tests.browser.showing import CALLS, PAGE, seen, show
from tests.browser.telling import forget_many, multiply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = only("3.3")


@pytest.fixture(scope="module")
def page_js(browser: Browser, told: RunningAirflow, logged_in: Callable[[str], Any]) -> Iterator[Page]:
    """A page of Airflow's that can import the provider's module."""
    context = browser.new_context(storage_state=logged_in(VIEWER))
    try:
        page = context.new_page()
        page.goto(f"{told.url}{PAGE}")
        page.get_by_role("heading", name="Genesys Cloud: latest").wait_for()
        yield page
    finally:
        context.close()


def test_what_it_calculates(viewer):
    show(viewer)
    asked = viewer.page.evaluate(
        """async () => {
            const { kindOf, layOut, addAccounts, startOf } = await import("/genesys_cloud/page.js");
            const days = {};
            for (const [zone, day] of [
                ["Europe/Berlin", "2026-03-29"],
                ["Europe/Berlin", "2026-10-25"],
                ["UTC", "2026-11-29"],
                ["America/New_York", "2026-11-01"],
                ["Pacific/Kiritimati", "2026-11-29"],
                ["UTC", "nonsense"],
            ]) {
                localStorage.setItem("timezone", JSON.stringify(zone));
                days[`${zone} ${day}`] = [startOf(day) ?? null, startOf(day, 1) ?? null];
            }
            const fates = { accepted: 1_000_000, rejected: 1, invalid: 0, unknown: 0, duplicate: 0, pending: 0 };
            return {
                days,
                pieces: layOut(fates),
                nothing: layOut({}),
                sum: addAccounts([{ read: 3, ...fates }, { read: 4, ...fates }]),
                // Of one account: A sent 1,000, B 1,132; A was cleared, and told last.
                cleared: addAccounts(
                    [1132, 1000].map((accepted_before) => (
                        { ...fates, stream: "s", ledger: "l", read: 2133, accepted: 2132, accepted_before }
                    )),
                ),
                none: [null, [], 1, "x", {}, { kind: "publish" }, { kind: "toString" }].map(kindOf),
            };
        }"""
    )
    assert asked["days"] == {
        "Europe/Berlin 2026-03-29": ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
        "Europe/Berlin 2026-10-25": ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
        "UTC 2026-11-29": ["2026-11-29T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
        "America/New_York 2026-11-01": ["2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"],
        "Pacific/Kiritimati 2026-11-29": ["2026-11-28T10:00:00.000Z", "2026-11-29T10:00:00.000Z"],
        "UTC nonsense": [None, None],
    }
    few, whole = asked["pieces"][1]["width"], sum(piece["width"] for piece in asked["pieces"])
    assert few > 5
    assert whole == pytest.approx(1000)
    assert asked["nothing"] == []
    assert (asked["sum"]["read"], asked["sum"]["rejected"]) == (7, 2)
    cleared = asked["cleared"]
    assert [cleared[key] for key in ("read", "accepted", "rejected", "before")] == [2133, 2132, 1, 0]
    assert asked["none"] == [None] * 7


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Mittag\u00adessen", "Mittag\\u00adessen"),
        ("a\u200bb\u200c\u200d\u2060\ufeff", "a\\u200bb\\u200c\\u200d\\u2060\\ufeff"),
        ("\u202eevil\u202c \u2066x\u2069 \u061c", "\\u202eevil\\u202c \\u2066x\\u2069 \\u061c"),
        ("\u115f\u3164\uffa0\u034f\u180e\ufe0f", "\\u115f\\u3164\\uffa0\\u034f\\u180e\\ufe0f"),
        ("\U000e0041\U000e007f", "\\u{e0041}\\u{e007f}"),
        ("a\rb\x00\x1b[31m\x7f\x85\u2028", "a\\u000db\\u0000\\u001b[31m\\u007f\\u0085\\u2028"),
        ("Frühstück, 休憩, שלום, ☕", "Frühstück, 休憩, שלום, ☕"),
        ("x" * 501, "x" * 500 + " …"),
        ("x" * 499 + "😀y", "x" * 499 + "\\ud83d …"),
        (12.5, "12.5"),
        (None, ""),
        ({"a": "<b>"}, "(no text)"),
        ([["x"]], "(no text)"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(page_js, given, shown):
    assert page_js.evaluate("async given => (await import('/genesys_cloud/page.js')).text(given)", given) == shown


def test_ten_thousand_are_listed_a_page_at_a_time_within_a_second(viewer):
    multiply(viewer.airflow, CALLS, "day_04", "publish", times=10_000, begin=datetime(2026, 1, 1))  # noqa: DTZ001 - as SQLite has it
    try:
        page = show(viewer, like="of_the_day")
        older = page.get_by_role("button", name="Older")
        took, asked = [], []
        viewer.page.on("request", lambda request: asked.append(request.url) if "xcom" in request.url else None)
        for _ in range(6):
            seen(older).to_be_enabled(timeout=60_000)
            began, first = viewer.page.evaluate("[performance.now(), document.querySelector('tbody tr').innerText]")
            asked.clear()
            older.click()
            viewer.page.wait_for_function(
                """first => {
                    const rows = document.querySelectorAll("[data-testid=genesys] tbody tr");
                    return rows.length === 25 && rows[0].innerText !== first;
                }""",
                arg=first,
            )
            took.append(viewer.page.evaluate("performance.now()") - began)
            assert "/xcomEntries?" in asked[0]  # one request, and the rows are there
        others = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # a machine that does other things takes longer
        assert min(took) < 1000 * others, took
    finally:
        forget_many(viewer.airflow)
