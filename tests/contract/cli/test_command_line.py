"""The commands as people and pipelines run them: processes of their own, against the simulator.

Airflow cannot be imported in them: whoever gives the client in variables needs none.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from airflow_provider_genesys import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[3]
DEFINITIONS = (
    "- system_presence: Break\n  labels: {en_US: Smoke}\n- system_presence: Meal\n  labels: {en_US: Canteen}\n"
)
SOURCE = str(uuid.uuid4())
PRESENCE = str(uuid.uuid4())


class Shell:
    """Runs commands in a folder, with the environment of a pipeline that has no Airflow."""

    def __init__(self, folder: Path, simulator: SimulatorHandle) -> None:
        self.simulator = simulator
        self.folder = folder / "work"
        self.folder.mkdir()
        absent = folder / "without" / "airflow"
        absent.mkdir(parents=True)
        (absent / "__init__.py").write_text("raise ImportError('there is no Airflow here')\n")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("GENESYS_CLOUD_", "AIRFLOW"))
        }
        self.environment = {
            **inherited,
            "PYTHONPATH": f"{absent.parent}{os.pathsep}{ROOT}",
            "GENESYS_CLOUD_CLIENT_ID": simulator.client_id,
            "GENESYS_CLOUD_CLIENT_SECRET": simulator.client_secret,
            "GENESYS_CLOUD_BASE_URL": simulator.base_url,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "airflow_provider_genesys", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command and return its exit code, standard output and standard error."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def json(self, *arguments: str) -> tuple[int, Any]:
        code, output, errors = self.run(*arguments, "--json")
        assert output, errors
        return code, json.loads(output)

    def fails(self, *arguments: str) -> str:
        """Run a command that cannot do what it is told, and return the one line it says."""
        code, output, errors = self.run(*arguments)
        assert (code, output) == (2, "")
        assert errors.count("\n") == 1
        assert errors.startswith("error: ")
        return errors

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name


def events(number: int, **changes: str) -> str:
    return "".join(
        json.dumps(
            {
                "eventId": str(uuid.uuid4()),
                "userId": str(uuid.uuid4()),
                "sourceId": SOURCE,
                "presenceDefinitionId": PRESENCE,
                "eventDateTime": "2026-11-24T08:00:00.000Z",
                **changes,
            }
        )
        + "\n"
        for _ in range(number)
    )


# --- plan and apply


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


# --- publish


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


# --- export, diff, verify


def test_snapshots_are_written_compared_and_verified(shell: Shell, genesys_cloud_simulator: SimulatorHandle) -> None:
    code, first = shell.json("export", "snapshots", "--include", "presence")
    assert (code, first["previous"], first["resources"]["presence_sources"]["state"]) == (0, None, "exported")
    code, output, _ = shell.run("export", "snapshots", "--include", "presence")
    assert (code, "Nothing changed." in output) == (0, True)
    genesys_cloud_simulator.load_presence([{"systemPresence": "Meeting", "languageLabels": {"en_US": "Daily"}}])
    code, output, errors = shell.run("export", "snapshots", "--include", "presence_definitions")
    assert (code, errors) == (0, "")
    assert output.startswith("**1 added**\n")
    assert "Meeting/Daily" in output

    names = sorted(str(path) for path in (shell.folder / "snapshots" / "snapshots").iterdir())
    assert shell.run("diff", names[0], names[1])[0] == 0
    code, output, errors = shell.run("diff", names[1], "snapshots")
    assert code == 2  # since not all of it could be compared
    assert "Meeting/Daily" in output
    assert errors.startswith("error: not compared: ")
    assert "presence_sources: it is not in the snapshot after" in errors
    shell.run("export", "others", "--include", "presence_definitions")
    code, difference = shell.json("diff", "others", "snapshots")
    assert (code, difference["changed"]) == (0, False)
    genesys_cloud_simulator.load_presence([{"systemPresence": "Meeting", "languageLabels": {"en_US": "Weekly"}}])
    shell.run("export", "others", "--include", "presence_definitions")
    code, difference = shell.json("diff", "snapshots", "others")
    assert (code, difference["added"], difference["removed"]) == (1, 1, 0)

    code, output, errors = shell.run("verify", names[0])
    assert (code, errors) == (0, "")
    assert f"{names[0]} is whole: " in output
    assert shell.json("verify", "snapshots")[1]["latest"] is True


def test_damage_is_found(shell: Shell) -> None:
    shell.run("export", "snapshots", "--include", "presence_sources", "--include", "system_presences")
    damaged = next((shell.folder / "snapshots" / "objects").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-1])
    code, output, errors = shell.run("verify", "snapshots")
    assert (code, output, errors.count("\n")) == (1, "snapshots is damaged\n", 1)
    assert damaged.name in errors
    manifest = next((shell.folder / "snapshots" / "snapshots").iterdir())
    manifest.write_bytes(b"{")
    assert manifest.name in shell.fails("diff", "snapshots", "snapshots")


def test_a_damaged_object_that_changed_is_not_said_to_be_the_same(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle
) -> None:
    shell.run("export", "snapshots", "--include", "webchat_settings")
    objects = {*(shell.folder / "snapshots" / "objects").iterdir()}
    genesys_cloud_simulator.load_webchat(settings={"requireDeployment": True})
    shell.run("export", "snapshots", "--include", "webchat_settings")
    before, after = sorted(
        f"snapshots/snapshots/{path.name}" for path in (shell.folder / "snapshots" / "snapshots").iterdir()
    )
    (damaged,) = objects
    assert shell.json("diff", before, after)[1]["modified"] == 1
    damaged.write_bytes(b"{}")
    code, output, errors = shell.run("diff", before, after)
    assert (code, output.splitlines()[0]) == (2, "**Something changed; 1 of 1 resources not compared**")
    assert damaged.name in errors
    assert shell.json("diff", before, after)[1]["changed"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "nowhere"], "path: there is no nowhere"),
        (["diff", "nowhere", "nowhere"], "there is no snapshot in"),
        (["verify", "a.json"], "a.json is a file, and no manifest of a snapshot: give one"),
        (["diff", "a.json", "nowhere"], "a.json is a file, and no manifest of a snapshot: give one"),
        (["export", "snapshots", "--include", "chat"], "include: 'chat' is unknown"),
        (["export", "snapshots", "--fail-on", "rain"], "error: --fail-on must be"),
    ],
)
def test_wrong_arguments_about_snapshots_are_named(shell: Shell, arguments: list[str], said: str) -> None:
    shell.write("a.json", "{}")
    assert said in shell.run(*arguments)[2]
    assert shell.run(*arguments)[0] == 2


def test_an_export_of_what_may_not_be_read_is_an_error(shell: Shell, genesys_cloud_simulator: SimulatorHandle) -> None:
    genesys_cloud_simulator.add_fault(path="/api/v2/presence/sources", status=403)
    code, output, errors = shell.run("export", "snapshots", "--include", "presence_sources")
    assert code == 2
    assert "presence_sources: forbidden" in output
    assert errors.splitlines()[-1].startswith("error: ")


# --- preflight and operations


def test_a_preflight_says_what_is_missing(shell: Shell) -> None:
    assert shell.run("preflight", "--operation", "getPresenceSources")[0] == 0
    shell.write("day.jsonl", events(2))
    code, found = shell.json("preflight", "day.jsonl", "--stream", "user_presences")
    assert (code, found["ok"], found["checks"]["access"], found["checks"]["users"]) == (1, False, "ok", "failed")
    assert any("day.jsonl" in reason for reason in found["reasons"])
    code, output, errors = shell.run("preflight", "day.jsonl", "--stream", "user_presences")
    assert errors == f"error: not ready for a run: {len(found['reasons'])} reasons, which the output says\n"
    assert all(reason in output for reason in found["reasons"])
    assert "the sources and --stream go together" in shell.fails("preflight", "day.jsonl")


def test_operations_are_printed_without_a_connection(shell: Shell) -> None:
    for name in [name for name in shell.environment if name.startswith("GENESYS_CLOUD_")]:
        del shell.environment[name]
    code, output, errors = shell.run("operations")
    assert (code, errors) == (0, "")
    assert "postEventsConversations\n    POST /api/v2/events/conversations" in output
    code, one = shell.json("operations", "getPresenceSources")
    assert (code, one["path"], one["writes"]) == (0, "/api/v2/presence/sources", False)
    assert "did you mean getPresenceSource or" in shell.fails("operations", "getPresenceSourcez")


# --- who it is


def test_a_missing_or_wrong_variable_is_named(shell: Shell) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    secret = shell.environment.pop("GENESYS_CLOUD_CLIENT_SECRET")
    assert "GENESYS_CLOUD_CLIENT_SECRET, which is" in shell.fails("plan", "presence.yaml")
    shell.environment["GENESYS_CLOUD_CLIENT_SECRET"] = secret
    url = shell.environment.pop("GENESYS_CLOUD_BASE_URL")
    assert "error: GENESYS_CLOUD_REGION is missing" in shell.fails("plan", "presence.yaml")
    shell.environment["GENESYS_CLOUD_REGION"] = "mypurecloud.dee"
    assert "error: GENESYS_CLOUD_REGION: 'mypurecloud.dee'" in shell.fails("plan", "presence.yaml")
    shell.environment |= {"GENESYS_CLOUD_BASE_URL": url, "GENESYS_CLOUD_REGION": ""}
    shell.environment["GENESYS_CLOUD_EXPECTED_ORGANISATION_ID"] = "x"
    assert "did you mean GENESYS_CLOUD_EXPECTED_ORGANIZATION_ID?" in shell.fails("plan", "presence.yaml")
    del shell.environment["GENESYS_CLOUD_EXPECTED_ORGANISATION_ID"]
    shell.environment["GENESYS_CLOUD_EXPECTED_ORGANIZATION_ID"] = str(uuid.uuid4())
    code, output, errors = shell.run("export", "snapshots")
    assert (code, output) == (2, "No snapshot is written.\n")
    assert errors.startswith("error: GENESYS_CLOUD_EXPECTED_ORGANIZATION_ID is")
    shell.environment["GENESYS_CLOUD_MAX_WAIT"] = "long"
    assert "GENESYS_CLOUD_MAX_WAIT must be a positive number, not 'long'" in shell.fails("plan", "presence.yaml")


def test_no_secret_is_printed(shell: Shell) -> None:
    shell.environment["GENESYS_CLOUD_CLIENT_SECRET"] = "not-the-secret-of-this-client"
    code, output, errors = shell.run("plan", shell.write("presence.yaml", DEFINITIONS))
    assert (code, output) == (2, "")
    assert "not-the-secret" not in errors
    shell.environment["GENESYS_CLOUD_PROXIES"] = '{"http": "http://me:hidden-word@127.0.0.1:9"}'
    shell.environment["GENESYS_CLOUD_MAX_WAIT"] = "1"
    _, output, errors = shell.run("preflight")
    assert "hidden-word" not in output + errors


def test_the_command_starts_without_airflow_and_tells_its_version(shell: Shell) -> None:
    assert shell.run("--version") == (0, f"{__version__}\n", "")
    assert shell.run()[0] == 2
    assert shell.run("plans")[0] == 2
    code, output, _ = shell.run("plan", "--help")
    assert (code, "1: something to change, or an unsafe plan" in " ".join(output.split())) == (0, True)


@pytest.mark.parametrize(
    ("content", "expected", "summary"),
    [
        (DEFINITIONS, 0, "**2 to create; 0 unchanged.**"),
        ("- system_presence: Off\n", 2, ""),
    ],
)
def test_the_workflow_in_the_documentation_does_what_the_page_says(
    shell: Shell, content: str, expected: int, summary: str
) -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    workflow = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    script = next(step["run"] for step in workflow["jobs"]["plan"]["steps"] if step.get("name") == "Plan")
    shell.write("presence_definitions.yaml", content)
    told = shell.folder / "summary.md"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = shell.environment | {"GITHUB_STEP_SUMMARY": str(told), "PATH": path}
    done = subprocess.run(
        ["bash", "-e", "-c", script], check=False, cwd=shell.folder, env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == expected, done.stderr
    assert told.read_text().partition("\n")[0] == summary
    assert (shell.folder / "plan.json").exists() == (expected == 0)


@pytest.mark.parametrize(
    ("command", "output", "code"),
    [
        ("operations | head -1", "Events (4)", 0),
        ("plan presence.yaml | true", "", 1),
        ("export snapshots --include presence_sources | true", "", 2),
        ("export snapshots --include presence_sources 2>&1 | true", "", 2),
    ],
)
def test_reading_the_result_need_not_go_to_its_end(shell: Shell, command: str, output: str, code: int) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    shell.simulator.add_fault(path="/api/v2/presence/sources", status=403)
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m airflow_provider_genesys {command}; echo ${{PIPESTATUS[0]}}"],
        check=True,
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [*output.splitlines(), str(code)]
    assert ("\nerror: " in done.stderr) == (code == 2 and "2>&1" not in command)
    assert "Traceback" not in done.stderr
