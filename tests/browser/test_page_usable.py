"""The page in Airflow's UI: for narrow windows, keyboards, screen readers, themes, zones, and below a path."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.looking import Look, only
from tests.browser.running import VIEWER
from tests.browser.showing import ALL_KINDS, CALLS, KINDS, PAGE, rows, seen, show
from tests.browser.telling import forget_run, make_run, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = only("3.3")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_follows_the_theme(viewer, name, take_picture):
    viewer.page.add_init_script(f"localStorage.setItem('theme', '{name}')")
    viewer.page.set_viewport_size({"width": 1160, "height": 620})
    viewer.page.route("**/hitlDetails?*", lambda route: route.fulfill(json={"hitl_details": [], "total_entries": 0}))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    page = show(viewer, like="of_the_day", to=yesterday)
    seen(page.get_by_role("status")).to_contain_text("25 rows")
    colour = page.evaluate("element => getComputedStyle(element).getPropertyValue('--good')")
    assert colour.strip() == {"light": "#237a33", "dark": "#69db7c"}[name]
    take_picture(viewer.page, f"page-list-{name}")
    page = show(viewer, view="days", like="of_the_day", to=yesterday)
    seen(page.get_by_role("status")).to_contain_text("From ")
    if name == "dark":
        take_picture(viewer.page, "page-days-dark")
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    seen(page.get_by_role("button", name="Replay")).to_be_visible()
    if name == "light":
        take_picture(viewer.page, "page-account-light")


def test_it_fits_into_a_narrow_window(viewer):
    viewer.page.set_viewport_size({"width": 420, "height": 800})
    page = show(viewer, like="of_the_day")
    seen(rows(page)).to_have_count(25)
    assert page.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_nothing_is_wider_than_a_small_telephone(viewer):
    viewer.page.set_viewport_size({"width": 360, "height": 740})
    make_run(viewer.airflow, CALLS, "on_a_telephone")
    tell(viewer.airflow, CALLS, "on_a_telephone", "publish", {}, key="another", state="running")
    try:
        wide = {}
        for view in (*VIEWS, *({"dag": KINDS, "run": "seen", "task": task} for task in ALL_KINDS)):
            page = show(viewer, **view)
            seen(page.get_by_role("heading", level=2)).to_be_visible()
            seen(page.get_by_text(re.compile("Loading|^…$|Read .* summaries …"))).to_have_count(0)
            if not view:
                seen(page.get_by_role("region", name="Now")).to_be_visible()
            wide["-".join(view.values())] = page.evaluate(
                """element => Math.max(
                    document.documentElement.scrollWidth - document.documentElement.clientWidth,
                    element.scrollWidth - element.clientWidth,
                )"""
            )
        assert not any(wide.values()), wide
    finally:
        forget_run(viewer.airflow, CALLS, "on_a_telephone")


VIEWS = (
    {},
    {"view": "days", "like": "of_the_day"},
    {"view": "configuration"},
    {"dag": CALLS, "run": "day_04"},
    {"dag": CALLS, "run": "day_04", "task": "publish"},
    {"dag": CALLS, "run": "day_04", "task": "export"},
    {"dag": "page_day", "run": "seen", "task": "plan"},
    {"dag": "page_hostile", "run": "seen", "task": "weird_plan"},
    {"dag": KINDS, "run": "seen"},
    {"dag": KINDS, "run": "seen", "task": "states"},
)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(view.values()) or "latest")
def test_a_screen_reader_is_told_everything_in_a_narrow_window_too(viewer, view):
    page = show(viewer, **view)
    seen(page.get_by_role("heading", level=2)).to_be_visible()
    seen(page.get_by_text(re.compile("Loading|^…$|Read .* summaries …"))).to_have_count(0)
    wide = accessible(viewer.page)
    roles = [role for role, _, _ in wide]
    unnamed = [role for role, name, _ in wide if role in NEED_A_NAME and not name.strip()]
    assert not unnamed
    assert {"navigation", "heading"} <= {*roles}
    levels = [level for role, _, level in wide if role == "heading"]
    assert levels[0] == 2  # the first is Airflow's
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), levels
    viewer.page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("element => element.scrollWidth <= element.clientWidth")
    narrow = [role for role, _, _ in accessible(viewer.page)]
    for role in ("table", "row", "cell", "columnheader", "image", "link", "button", "heading"):
        assert narrow.count(role) == roles.count(role), role


def test_the_keyboard_gets_everywhere_in_the_order_of_reading(viewer):
    page = show(viewer, like="of_the_day", kind="publish")
    seen(page.get_by_role("status")).to_contain_text("looked at")
    page.locator("nav a").first.focus()
    wanted = page.evaluate("element => element.querySelectorAll('a, button, input, select, summary').length")
    reached = []
    while viewer.page.evaluate("!!document.activeElement.closest('[data-testid=genesys]')"):
        step = viewer.page.evaluate(
            """() => {
                const all = [...document.querySelectorAll("[data-testid=genesys] *")];
                const outline = getComputedStyle(document.activeElement).outlineStyle;
                return [all.indexOf(document.activeElement), outline];
            }"""
        )
        if not reached or step[0] != reached[-1]:  # a date has three parts
            reached.append(step[0])
        if len(reached) > 1:
            assert step[1] != "none", step
        viewer.page.keyboard.press("Tab")
    assert reached == sorted(reached)
    assert len(reached) == wanted


def test_the_focus_stays_where_pages_are_turned_and_goes_to_what_is_asked(viewer):
    page = show(viewer)
    older = page.get_by_role("button", name="Older")
    seen(older).to_be_enabled()
    older.press("Enter")
    seen(page.get_by_role("button", name="Newer")).to_be_enabled()
    seen(older).to_be_focused()
    page.get_by_role("link", name="Day by day").press("Enter")
    seen(page.get_by_role("heading", name="Genesys Cloud: day by day")).to_be_focused()
    page = show(viewer, dag=CALLS, run="day_04", task="publish")
    page.get_by_role("button", name="Replay").press("Enter")
    seen(page.get_by_role("group", name=re.compile("Start page_replay"))).to_be_visible()
    seen(page.get_by_role("button", name="No")).to_be_focused()  # an Enter too many starts nothing
    viewer.page.keyboard.press("Enter")
    seen(page.get_by_role("button", name="Replay")).to_be_focused()


def test_the_focus_stays_where_older_ones_are_read(viewer):
    def of_many(route: Any) -> None:
        answer = route.fetch(url=re.sub(r"offset=\d+", "offset=0", route.request.url)).json()
        route.fulfill(json=answer | {"total_entries": 350})

    viewer.page.route(re.compile(r"/xcomEntries\?.*offset="), of_many)
    page = show(viewer, view="days", like="of_the_day")
    older = page.get_by_role("button", name="Read older ones, too")
    seen(page.get_by_role("status")).to_contain_text("among the newest 300 of 350 summaries")
    older.press("Enter")
    seen(page.get_by_role("status")).to_contain_text("among the newest 350 of 350 summaries")
    seen(older).to_be_focused()
    seen(older).to_be_disabled()


def accessible(page: Page) -> list[tuple[str, str, int]]:
    """Return role, name and level of all that Chromium tells assistive technology of the provider's page, in order."""
    session = page.context.new_cdp_session(page)
    document = session.send("DOM.getDocument")["root"]["nodeId"]
    found = session.send("DOM.querySelector", {"nodeId": document, "selector": "[data-testid=genesys]"})["nodeId"]
    ours = session.send("DOM.describeNode", {"nodeId": found})["node"]["backendNodeId"]
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    (top,) = (node["nodeId"] for node in nodes.values() if node.get("backendDOMNodeId") == ours)
    session.detach()

    def below(key: str) -> Iterator[tuple[str, str, int]]:
        node = nodes[key]
        if not node["ignored"]:
            level = next((each["value"]["value"] for each in node["properties"] if each["name"] == "level"), 0)
            yield node["role"]["value"], node.get("name", {}).get("value", ""), level
        for child in node["childIds"]:
            yield from below(child)

    return [*below(top)]


NEED_A_NAME = {
    *("link", "button", "image", "table", "heading", "navigation", "region", "search", "group", "columnheader"),
    *("searchbox", "combobox", "Date", "textbox"),
}


def test_it_works_below_a_path(browser, told, logged_in, tmp_path):
    with told.below_a_path("/some/airflow") as there, Look.begun(browser, there, logged_in(VIEWER), tmp_path) as look:
        page = show(look, like="of_the_day", kind="publish")
        page.get_by_role("link", name="publish").first.click()
        seen(page.get_by_role("link", name="Logs and details of the task")).to_be_visible()
        assert look.page.url.startswith(f"{there.url}{PAGE}?dag=")
        page.get_by_role("link", name="Logs and details of the task").click()
        seen(look.page).to_have_url(re.compile(re.escape(f"{there.url}/dags/{CALLS}/runs/") + r"\w+/tasks/publish$"))


def test_times_are_in_the_zone_that_the_viewer_has_chosen(viewer):
    viewer.page.add_init_script("localStorage.setItem('timezone', JSON.stringify('Pacific/Kiritimati'))")  # UTC+14
    page = show(viewer, like="of_the_day", kind="publish")
    seen(page.get_by_role("columnheader", name="told (Pacific/Kiritimati)")).to_be_visible()
    seen(rows(page).filter(has_text="day_02")).to_contain_text("15:00:00")  # told at 01:00 in UTC


def test_another_zone_is_taken_at_once_where_it_is_chosen(viewer):
    viewer.page.add_init_script("localStorage.setItem('timezone', JSON.stringify('UTC'))")
    page = show(viewer, like="of_the_day", kind="publish", **{"from": "2026-01-02"})
    seen(page.get_by_role("columnheader", name="told (UTC)")).to_be_visible()
    seen(rows(page).filter(has_text="day_02")).to_contain_text("01:00:00")
    viewer.page.get_by_role("button", name="+00:00").click()
    viewer.page.get_by_role("dialog").get_by_role("combobox").click()
    viewer.page.keyboard.type("Kiritimati")
    seen(viewer.page.get_by_role("option", name="Kiritimati")).to_be_visible()
    with viewer.page.expect_request(re.compile("run_after_gte=2026-01-01T10%3A00")):  # a day begins at another time
        viewer.page.keyboard.press("Enter")
    viewer.page.keyboard.press("Escape")
    seen(page.get_by_role("columnheader", name="told (Pacific/Kiritimati)")).to_be_visible()
    seen(rows(page).filter(has_text="day_02")).to_contain_text("15:00:00")


def test_the_zone_of_the_browser_is_the_default(browser, told, logged_in):
    context = browser.new_context(storage_state=logged_in(VIEWER), timezone_id="Asia/Kathmandu", locale="en-GB")
    try:
        page = context.new_page()
        page.goto(f"{told.url}{PAGE}?like=of_the_day&kind=publish")
        seen(page.get_by_role("columnheader", name=re.compile("told .Asia.Kath?mandu"))).to_be_visible()
        seen(page.locator("tr[data-kind]").filter(has_text="day_02")).to_contain_text("06:45:00")
    finally:
        context.close()


def test_headings_tables_and_controls_have_names(viewer):
    page = show(viewer, like="of_the_day")
    seen(rows(page)).to_have_count(25)
    for table in page.get_by_role("table").all():
        assert table.get_attribute("aria-label")
    for control in page.locator("input, select").all():
        assert control.evaluate("element => element.labels.length") == 1
    page.get_by_role("link", name="Day by day").click()
    seen(page.get_by_role("heading", name="Genesys Cloud: day by day")).to_be_focused()
    seen(page.get_by_role("link", name="Day by day")).to_have_attribute("aria-current", "page")


def test_the_tab_shows_one_account(viewer):
    def with_tab(route: Any) -> None:
        answer = route.fetch().json()
        (app,) = (app for plugin in answer["plugins"] for app in plugin["react_apps"] if app["name"] == "Genesys Cloud")
        tab = {**app, "name": "Genesys", "destination": "task_instance", "url_route": "genesys_cloud_task"}
        answer["plugins"][0]["react_apps"].append(tab)
        route.fulfill(json=answer)

    viewer.page.route("**/api/v2/plugins*", with_tab)
    task = viewer.airflow.page_of_task("page_day", "publish", map_index=0, tab="plugin/genesys_cloud_task")
    viewer.page.goto(task)
    seen(viewer.page.get_by_test_id("genesys").get_by_text("Complete: every event")).to_be_visible()
