"""The commands as people and pipelines run them: processes of their own, against the simulator.

Airflow cannot be imported in them: whoever gives the client in variables needs none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import yaml

from airflow_provider_genesys import __version__
from tests.contract.cli.shell import DEFINITIONS, ROOT, Shell, events

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
