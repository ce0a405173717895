"""A person approves a plan: on *Required actions* where Airflow has them, by its checksum where it does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import only

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.looking import Look
    from tests.browser.running import RunningAirflow

DAG = "presence_definitions_sync"
# Compared with the simulator's example data: one of each kind of change, and two definitions as they are.
WANTED = """
- system_presence: Break
  labels: {en_US: Smoke, de: Raucherpause, fr: Pause cigarette, es: Pausa para fumar}
- system_presence: Break
  labels: {en_US: Tea, de: Teepause}
- system_presence: Break
  labels: {en_US: Yoga}
- system_presence: Meal
  labels: {en_US: Canteen, de: Kantine}
- system_presence: Meeting
  labels: {en_US: Coaching}
- system_presence: Training
  labels: {en_US: E-learning, de: E-Learning}
  active: false
"""
SHOWN = (
    "1 to deactivate, 1 to reactivate, 1 to update, 1 to create; 2 unchanged.",
    "Training/E-learning",
    "Break/Yoga",
    "es: (none) → Pausa para fumar",
    "en_US: Tea; de: Teepause",
)
DONE = {"created": 1, "updated": 1, "reactivated": 1, "deactivated": 1}
NOTHING = dict.fromkeys(DONE, 0)


@pytest.fixture
def definitions(airflow: RunningAirflow) -> str:
    """Write what is wanted, and return the path."""
    file = airflow.home / "wanted.yaml"
    file.write_text(WANTED, encoding="utf-8")
    return str(file)


@pytest.fixture
def writes(airflow: RunningAirflow) -> Callable[[], dict[str, int]]:
    """Return what tells how many presence definitions were written since, by kind; other tests write some, too."""
    written = airflow.simulator.presence()["writes"]
    return lambda: {kind: airflow.simulator.presence()["writes"][kind] - written[kind] for kind in DONE}


@only("3.3")
def test_a_person_reads_the_plan_and_approves_it(
    look: Look, definitions: str, writes: Callable[[], dict[str, int]], take_picture: Callable[..., None]
) -> None:
    page, airflow = look.page, look.airflow
    folder = str(airflow.home / "plans")
    airflow.start_run(DAG, definitions=definitions, folder=folder)
    airflow.wait_for_question(DAG, "ask")
    assert writes() == NOTHING

    page.goto(f"{airflow.url}/required_actions")
    asked = page.get_by_role("link", name=re.compile("^Change the presence definitions by plan"))
    look.expect(asked).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 300})
    take_picture(page, "required-actions")
    asked.click()
    for text in SHOWN:
        look.expect(page.get_by_text(text).first).to_be_visible()
    page.set_viewport_size({"width": 1200, "height": 1150})
    take_picture(page, "approval")
    page.get_by_role("button", name="Approve").click()
    airflow.wait_for_task(DAG, "in_sync", "success")
    assert set(airflow.states(DAG).values()) == {"success"}
    assert writes() == DONE


@only("2.11")
def test_without_required_actions_the_log_tells_the_checksum_that_approves(
    look: Look, definitions: str, writes: Callable[[], dict[str, int]]
) -> None:
    page, airflow = look.page, look.airflow
    given = {"definitions": definitions, "folder": str(airflow.home / "plans")}
    assert airflow.run_dag(DAG, **given)["apply"] == "skipped"
    assert writes() == NOTHING

    page.goto(airflow.page_of_task(DAG, "plan", tab="logs"))
    for text in SHOWN:
        look.expect(page.get_by_text(text).first).to_be_visible()
    page.goto(airflow.page_of_task(DAG, "review", tab="logs"))
    told = page.get_by_text("trigger this Dag with approved_checksum=").first
    checksum = re.search(r"approved_checksum=(\w+)", told.inner_text())
    assert checksum
    done = airflow.run_dag(DAG, "approved", approved_checksum=checksum[1], **given)
    assert set(done.values()) == {"success"}
    assert writes() == DONE
