"""A browser, a real Airflow of each line, and a page that tells what nobody sees: for the tests of ``make browser``.

A test that asks for ``page`` or ``airflow`` runs with each line of Airflow; one that is for some lines only says so:
``@only("3.3")``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.simulator.process import running_simulator
from tests.browser.looking import Look, chromium, need_a_browser
from tests.browser.running import LINES, ROOT, USER, VIEWER, RunningAirflow, python_of
from tests.browser.showing import ALL_KINDS, CALLS, DAYS, KINDS
from tests.browser.summaries import HOSTILE_ONES, IMPOSTORS, NOT_BELIEVED, RENAMED, conversion, export, publish
from tests.browser.telling import make_run, tell, tell_link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECRET = "sesame-open-0a1b2c3d4e"
"""The secret of the simulator's client. It may be in no answer of Airflow's, whatever the page."""
TEST_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test time to start an Airflow first: it is the first one's that needs it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, for which all names are unknown but those of this machine."""
    need_a_browser()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session", params=LINES)
def airflow(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAirflow]:
    """A real Airflow with all of its processes, the example Dags and those in ``dags/``, and a simulator."""
    line = request.param
    if not python_of(line).exists():
        pytest.skip(f"no Airflow {line} in {python_of(line).parents[1]}: `make browser` sets it up")
    with (
        running_simulator("--example-data", "--requests-per-minute", "100000", client_secret=SECRET) as simulator,
        RunningAirflow(line, tmp_path_factory.mktemp("airflow"), simulator).started() as running,
    ):
        yield running


@pytest.fixture(scope="session")
def logged_in(browser: Browser, airflow: RunningAirflow) -> Callable[[str], Any]:
    """Return the cookies of a user of Airflow, who logs in once."""
    known: dict[str, Any] = {}

    def state(user: str) -> Any:
        if user not in known:
            known[user] = Look.log_in(browser, airflow, user)
        return known[user]

    return state


@pytest.fixture
def look(browser: Browser, airflow: RunningAirflow, logged_in: Callable[[str], Any], tmp_path: Path) -> Iterator[Look]:
    """A page of somebody who has logged in as the admin.

    At the end of the test it fails if a page had an error, asked another host for something, or was told the secret.
    """
    with Look.begun(browser, airflow, logged_in(USER), tmp_path) as look:
        yield look


@pytest.fixture
def page(look: Look) -> Page:
    """The page of ``look``, for tests that need nothing else of it."""
    return look.page


@pytest.fixture(scope="session")
def told(airflow: RunningAirflow) -> RunningAirflow:
    """An Airflow in which a real run waits for approval, and tasks have told their summaries for some days."""
    today = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0, tzinfo=None)
    for ago in range(DAYS, 0, -1):
        at, run = today - timedelta(days=ago), f"day_{ago:02}"
        make_run(airflow, CALLS, run, at)
        bad = (ago * 7) % 5 * 60
        counts = {"accepted": 4000 + ago * 37 - bad, "invalid": bad, "rejected": bad // 3, "duplicate": ago}
        tell(airflow, CALLS, run, "convert", conversion(converted=510 + ago, rejected=ago % 3), at=at)
        pending = 250 if ago == 1 else 0
        tell(
            airflow,
            CALLS,
            run,
            "publish",
            publish(**counts, pending=pending),
            at=at + timedelta(hours=21),  # on the day after, as a night's runs do
            state="failed" if pending else "success",
        )
        tell(airflow, CALLS, run, "export", export(*[RENAMED] * (ago in {1, 4})), at=at)
    make_run(airflow, "page_hostile", "seen")
    for number, summary in enumerate(NOT_BELIEVED):
        tell_link(airflow, "page_hostile", "seen", f"not_believed_{number}")
        tell(airflow, "page_hostile", "seen", f"not_believed_{number}", summary)
    for number, (summary, link) in enumerate(IMPOSTORS):
        if link is not None:
            tell_link(airflow, "page_hostile", "seen", f"impostor_{number}", link)
        tell(airflow, "page_hostile", "seen", f"impostor_{number}", summary)
    for name, summary in HOSTILE_ONES.items():
        tell_link(airflow, "page_hostile", "seen", name)
        tell(airflow, "page_hostile", "seen", name, summary)
    make_run(airflow, KINDS, "seen", today - timedelta(days=60))
    for name, summary in ALL_KINDS.items():
        tell(airflow, KINDS, "seen", name, summary, at=today - timedelta(days=60))
    airflow.start_run("page_day")
    airflow.start_run("of_our_own")
    airflow.wait_for_question("page_day", "ask")
    airflow.wait_for_task("page_day", "export", "success")
    airflow.wait_for_task("page_day", "publish[1]", "success")
    return airflow


@pytest.fixture
def viewer(browser: Browser, told: RunningAirflow, logged_in: Callable[[str], Any], tmp_path: Path) -> Iterator[Look]:
    """Somebody who may look at everything and change nothing."""
    with Look.begun(browser, told, logged_in(VIEWER), tmp_path) as look:
        yield look


@pytest.fixture(scope="session")
def take_picture() -> Callable[..., None]:
    """Write a picture for the documentation, where ``make pictures`` asks for them: ``take_picture(page, "links")``."""
    wanted = os.environ.get("PICTURES")

    def take(shown: Any, name: str, **options: Any) -> None:
        if wanted:
            shown.screenshot(path=ROOT / "docs" / "images" / f"{name}.png", animations="disabled", **options)

    return take
