"""``publish``: its account, what is not accepted, and that it goes on where it was stopped."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.contract.cli.shell import ROOT, Shell, events

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_genesys.simulator.process import SimulatorHandle


def test_a_publish_tells_its_account_and_run_again_sends_nothing(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle
) -> None:
    publish = ("publish", shell.write("day.jsonl", events(250)), "--stream", "user_presences", "--artifacts-path", "a")
    code, output, errors = shell.run(*publish)
    assert (code, errors) == (0, "")
    assert output.startswith(
        "Publish of user_presences is complete:\n  read                250\n  accepted            250"
    )
    code, summary = shell.json(*publish)
    assert (code, summary["read"], summary["accepted"], summary["requests"]) == (0, 250, 250, 0)
    assert summary["ledger"] == str(shell.folder / "a" / "ledger.json")
    assert genesys_cloud_simulator.ledger() == {"accepted": 250, "distinct": 250, "duplicates": 0}


def test_a_password_in_an_address_is_not_in_the_result(shell: Shell) -> None:
    shell.write("day.jsonl", events(2) + "no json\n")
    folder = f"file://user:hunter2@{shell.folder}/a"
    publish = ("publish", "day.jsonl", "--stream", "user_presences", "--artifacts-path", folder, "--max-rejected", "1")
    said = f"file://user:***@{shell.folder}/a: an address leads to Airflow's stores, and Airflow is not installed"
    assert said in shell.fails(*publish)
    shell.environment |= {"PYTHONPATH": str(ROOT), "AIRFLOW_HOME": str(shell.folder / "airflow")}
    for more in ((), ("--json",)):
        code, output, errors = shell.run(*publish, *more)
        assert code == 0, errors
        assert "hunter2" not in output + errors
        assert "user:***@" in output


def test_what_is_not_accepted_is_told_and_can_be_given_as_source_again(shell: Shell) -> None:
    shell.write("day.jsonl", events(3) + events(1, eventDateTime="yesterday") + "no json\n")
    publish = ("publish", "day.jsonl", "--stream", "user_presences", "--artifacts-path", "a")
    code, output, errors = shell.run(*publish)
    assert code == 1
    assert "accepted              3" in output
    assert "invalid               2" in output
    assert "day.jsonl, line 4" in errors
    assert "a/dead-letters" in errors
    assert errors.count("\n") == 1
    assert shell.run(*publish, "--max-rejected", "50%")[0] == 0
    again = ("publish", "a/dead-letters", "--stream", "user_presences", "--artifacts-path", "b")
    assert shell.json(*again)[1]["invalid"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["day.jsonl", "--max-rejected", "much"], "error: --max-rejected must be"),
        (["nothing.jsonl"], "nothing.jsonl: there is no such file"),
        (["day.jsonl", "--ledger-key", "a/b"], "--ledger-key must be a name"),
        (["day.jsonl", "--requests-per-minute", "0"], "error: --requests-per-minute must be"),
    ],
)
def test_wrong_arguments_of_a_publish_are_named(shell: Shell, arguments: list[str], said: str) -> None:
    shell.write("day.jsonl", events(1))
    assert said in shell.run("publish", *arguments, "--stream", "user_presences", "--artifacts-path", "a")[2]


def test_another_input_with_the_same_account_is_refused(shell: Shell) -> None:
    publish = ("--stream", "user_presences", "--artifacts-path", "a")
    assert shell.run("publish", shell.write("monday.jsonl", events(5)), *publish)[0] == 0
    code, _, errors = shell.run("publish", shell.write("tuesday.jsonl", events(6)), *publish)
    assert (code, errors.count("\n")) == (2, 1)
    assert shell.run("publish", "tuesday.jsonl", *publish, "--ledger-key", "tuesday")[0] == 0


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_publish_that_is_stopped_tells_its_account_and_goes_on_when_it_is_run_again(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle, number: signal.Signals, expected: int
) -> None:
    genesys_cloud_simulator.settings(latency_ms=100)
    publish = (
        "publish",
        shell.write("day.jsonl", events(20_000)),
        "--stream",
        "user_presences",
        "--artifacts-path",
        "a",
    )
    process = shell.start(*publish, "--json")
    wait_until(lambda: genesys_cloud_simulator.ledger()["accepted"] > 0)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == expected
    first = json.loads(output)
    assert 0 < first["accepted"] < 20_000
    assert not first["complete"]
    assert errors.startswith("error: stopped before the end; the ledger says how far it came")
    assert errors.count("\n") == 1

    genesys_cloud_simulator.settings(latency_ms=0)
    code, output, errors = shell.run(*publish, "--json")
    summary = json.loads(output)
    assert (code, summary["resumed"], summary["accepted"], summary["complete"]) == (0, True, 20_000, True)
    settled = f"{first['accepted']:,}"
    assert errors == (
        f"Try 2 goes on where the one before ended: {settled} of its records are settled ({settled} accepted). "
        "day.jsonl is read from the beginning, and only what is not settled is sent.\n"
    )
    assert genesys_cloud_simulator.ledger() == {"accepted": 20_000, "distinct": 20_000, "duplicates": 0}


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
