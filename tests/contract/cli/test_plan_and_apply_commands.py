"""``plan`` and ``apply``: what is shown, what is written, and what is refused."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.contract.cli.shell import DEFINITIONS, Shell

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


def test_a_plan_is_shown_written_applied_and_then_there_is_nothing_to_change(shell: Shell) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    code, output, errors = shell.run("plan", "presence.yaml", "--out", "plan.json")
    assert (code, errors) == (1, "")
    assert output.startswith("**2 to create; 0 unchanged.**\n")
    checksum = json.loads((shell.folder / "plan.json").read_text())["checksum"]
    assert checksum in output

    code, output, errors = shell.run("apply", "plan.json")
    assert (code, errors) == (0, "")
    assert output == f"Plan {checksum} is applied: 2 created; 0 unchanged.\n"

    code, done = shell.json("apply", "plan.json")
    assert (code, done["creates"], done["already"]) == (0, 0, 2)
    code, output, errors = shell.run("plan", "presence.yaml")
    assert (code, errors) == (0, "")
    assert output.startswith("**Nothing to change; 2 unchanged.**\n")


def test_a_plan_as_json_is_what_the_operator_pushes(shell: Shell) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    code, plan = shell.json("plan", "presence.yaml")
    assert code == 1
    assert {key: plan[key] for key in ("creates", "updates", "safe", "reasons")} == {
        "creates": 2,
        "updates": 0,
        "safe": True,
        "reasons": [],
    }
    assert json.loads(plan["plan_inline"])["checksum"] == plan["checksum"]
    code, plan = shell.json("plan", "presence.yaml", "--out", "plan.json")
    assert (code, plan["plan"], "plan_inline" in plan) == (1, str(shell.folder / "plan.json"), False)


def test_a_plan_is_not_written_over_its_definitions(shell: Shell) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    assert "is one of the files that are written" in shell.fails("plan", "presence.yaml", "--out", "./presence.yaml")
    assert (shell.folder / "presence.yaml").read_text() == DEFINITIONS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- system_presence: Brake\n  labels: {en: A}\n", "bad.yaml, line 1: system_presence: 'Brake'"),
        ("- system_presence: Break\n  label: {en: A}\n", "bad.yaml, line 2: the key 'label' is unknown"),
        ("- system_presence: [\n", "bad.yaml, line 2: is not YAML"),
        ("a: 1\n", "bad.yaml: is not a list of definitions"),
        ("- system_presence: Brake\n  label: {en: A}\n", "3 mistakes: "),
    ],
)
def test_a_mistake_in_the_file_is_told_in_one_line_by_file_and_line(shell: Shell, content: str, said: str) -> None:
    assert said in shell.fails("plan", shell.write("bad.yaml", content))


def test_an_unsafe_plan_says_so_and_is_applied_only_if_forced(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle
) -> None:
    labels = [{"systemPresence": "Break", "languageLabels": {"en_US": f"Break {number}"}} for number in range(12)]
    genesys_cloud_simulator.load_presence(labels)
    shell.write("presence.yaml", "- system_presence: Break\n  labels: {en_US: Break 0}\n")
    plan = ("plan", "presence.yaml", "--prune", "deactivate", "--out", "plan.json")
    code, output, _ = shell.run(*plan)
    assert code == 1
    assert output.startswith("**UNSAFE**")
    code, output, errors = shell.run("apply", "plan.json")
    assert code == 2
    assert "is not applied" in output
    checksum = re.search(r"--force-checksum '(\w+)'\n$", errors)
    assert checksum, errors
    assert errors.count("\n") == 1
    assert not any(genesys_cloud_simulator.presence()["writes"].values())
    code, done = shell.json("apply", "plan.json", "--force-checksum", checksum[1])
    assert (code, done["deactivates"]) == (0, 11)


def test_a_plan_that_need_not_be_forced_is_not_applied_by_the_checksum_of_another(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle
) -> None:
    shell.run("plan", shell.write("presence.yaml", DEFINITIONS), "--out", "plan.json")
    checksum = json.loads((shell.folder / "plan.json").read_text())["checksum"]
    code, output, errors = shell.run("apply", "plan.json", "--force-checksum", "0123456789abcdef")
    assert (code, errors.count("\n")) == (2, 1)
    assert "nothing was written" in output
    assert "--force-checksum is 0123456789abcdef, that of another plan" in errors
    assert checksum in errors
    assert not any(genesys_cloud_simulator.presence()["writes"].values())
    assert shell.run("apply", "plan.json", "--force-checksum", checksum)[0] == 0


def test_a_stale_plan_is_refused(shell: Shell, genesys_cloud_simulator: SimulatorHandle) -> None:
    shell.run("plan", shell.write("presence.yaml", DEFINITIONS), "--out", "plan.json")
    genesys_cloud_simulator.load_presence([{"systemPresence": "Meeting", "languageLabels": {"en_US": "Daily"}}])
    code, output, errors = shell.run("apply", "plan.json")
    assert (code, errors.count("\n")) == (2, 1)
    assert "nothing was written" in output
    assert "no longer those the plan was made from" in errors


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "plan: there is no file plan.json"), ("{}", "plan.json: this is no plan"), ("[", "plan.json: this is no")],
)
def test_what_is_no_plan_is_not_applied(shell: Shell, content: str | None, said: str) -> None:
    if content is not None:
        shell.write("plan.json", content)
    assert said in shell.fails("apply", "plan.json")
