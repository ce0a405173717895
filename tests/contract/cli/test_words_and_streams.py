"""What the commands say and where: without secrets, in the words of the command line, whoever listens."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.cli.commands import COMMANDS
from airflow_provider_genesys.cli.wording import in_options, options_of
from airflow_provider_genesys.connection.environment import variables
from tests.contract.cli.shell import DEFINITIONS, Shell, events

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

OPTIONS = {command.name: options_of(command) for command in COMMANDS}


def in_bash(
    shell: Shell, command: str, *, unbuffered: bool, package: str = "airflow_provider_genesys "
) -> tuple[int, str]:
    """Run a command with redirections; return its exit code, and what bash and it said on standard error."""
    environment = {name: value for name, value in shell.environment.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m {package}{command}; exit ${{PIPESTATUS[0]}}"],
        check=False,
        cwd=shell.folder,
        env=environment | ({"PYTHONUNBUFFERED": "1"} if unbuffered else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


# --- standard output and error


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "2>&1 | true"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("operations --json", 0),
        ("plan presence.yaml", 1),
        ("plan nothing.yaml", 2),
        ("plan --nothing", 2),
        ("publish day.jsonl --stream user_presences --artifacts-path a", 1),
    ],
)
def test_an_exit_code_is_the_same_whoever_listens(
    shell: Shell, command: str, code: int, streams: str, unbuffered: bool
) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    shell.write("day.jsonl", events(3) + "no json\n")
    found, said = in_bash(shell, f"{command} {streams}", unbuffered=unbuffered)
    assert found == code
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    if command.startswith("publish"):
        assert json.loads((shell.folder / "a" / "ledger.json").read_text())["read"] == 4
        assert shell.simulator.ledger()["accepted"] == 3


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", ["operations", "operations --json", "plan presence.yaml"])
def test_a_result_that_cannot_be_written_is_an_error(shell: Shell, command: str, unbuffered: bool) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    said = "error: the result cannot be written: [Errno 28] No space left on device\n"
    assert in_bash(shell, f"{command} >/dev/full", unbuffered=unbuffered) == (2, said)
    assert in_bash(shell, f"{command} >/dev/full 2>/dev/full", unbuffered=unbuffered)[0] == 2


@pytest.mark.parametrize("streams", ["| true", ">&-"])
@pytest.mark.parametrize("command", ["--help", "--version", "plan --help"])
def test_help_need_not_be_read(shell: Shell, command: str, streams: str) -> None:
    assert in_bash(shell, f"{command} {streams}", unbuffered=False)[0] == 0


# --- secrets


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_clients_secret_is_in_no_result_and_no_error(shell: Shell, more: tuple[str, ...]) -> None:
    secret = shell.simulator.client_secret
    row = {"system_presence": "Break", "labels": {"en_US": f"a {secret} b"}}
    shell.write("presence.yaml", json.dumps([row]))
    code, output, errors = shell.run("plan", "presence.yaml", "--out", f"{secret}.json", *more)
    assert code == 1
    assert secret not in output + errors
    assert "***" in output
    if more:
        assert json.loads(output)["plan"] == str(shell.folder / "***.json")
    assert secret in (shell.folder / f"{secret}.json").read_text(), "what was asked for is a file, and whole"

    code, output, errors = shell.run("apply", f"{secret}.nothing", *more)
    assert (code, output) == (2, "")
    shell.write("day.jsonl", events(1))
    publish = ("publish", "day.jsonl", f"{secret}.jsonl", "--stream", "user_presences", "--artifacts-path", secret)
    code, output, errors = shell.run(*publish, *more)
    assert code == 2
    assert secret not in output + errors
    assert "***.jsonl" in errors


def test_a_short_secret_takes_no_name_out_of_json(shell: Shell) -> None:
    shell.environment["GENESYS_CLOUD_PROXIES"] = '{"ftp": "http://me:plan@127.0.0.1:9"}'
    shell.write("presence.yaml", "- system_presence: Break\n  labels: {en_US: The plan of a break}\n")
    _, plan = shell.json("plan", "presence.yaml", "--out", "p.json")
    assert plan["plan"] == str(shell.folder / "p.json")
    assert "The \\*\\*\\* of a break" in plan["markdown"] or "The *** of a break" in plan["markdown"]


# --- variables


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GENESYS_CLOUD_CLIENTID", "GENESYS_CLOUD_CLIENT_ID"),
        ("GENESYS_CLOUD_CLIENT_SECERT", "GENESYS_CLOUD_CLIENT_SECRET"),
        ("GENESYS_CLOUD_REGOIN", "GENESYS_CLOUD_REGION"),
        ("GENESYS_CLOUD_BASEURL", "GENESYS_CLOUD_BASE_URL"),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_a_misspelt_variable_is_refused_also_where_it_is_the_only_one(
    shell: Shell, name: str, meant: str, alone: bool
) -> None:
    if alone:
        for each in [each for each in shell.environment if each.startswith("GENESYS_CLOUD_")]:
            del shell.environment[each]
    shell.environment[name] = "x"
    said = shell.fails("plan", shell.write("presence.yaml", DEFINITIONS))
    assert said == f"error: there is no variable {name}; did you mean {meant}?\n"


def test_a_variable_that_may_be_somebody_elses_is_a_warning(shell: Shell) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    shell.environment |= {"GENESYS_CLOUD_SECRET": "x", "GENESYS_CLOUD_QQ": "1", "GENESYS_CLOUD_CLIENTID": ""}
    code, _, errors = shell.run("plan", "presence.yaml")
    assert code == 1
    said = "warning: the variable GENESYS_CLOUD_{} is not read, as there is none of this name{}\n"
    hint = "; did you mean GENESYS_CLOUD_CLIENT_SECRET?"
    assert errors == said.format("QQ", "") + said.format("SECRET", hint)


# --- options


def test_messages_name_options_where_they_would_name_arguments(
    shell: Shell, genesys_cloud_simulator: SimulatorHandle
) -> None:
    publish = ("--stream", "user_presences", "--artifacts-path", "a")
    shell.run("publish", shell.write("monday.jsonl", events(5)), *publish)
    code, _, errors = shell.run("publish", "monday.jsonl", *publish)
    assert code == 0
    assert errors.endswith(". --republish sends them again.\n")
    errors = shell.run("publish", shell.write("tuesday.jsonl", events(6)), *publish)[2]
    assert "another --ledger-key, or, if the old account is complete, set --republish once" in errors
    errors = shell.run("publish", shell.write("odd.jsonl", "no json\n"), *publish[:2], "--artifacts-path", "b")[2]
    assert "--max-rejected is 0" in errors
    errors = shell.run("publish", "odd.jsonl", *publish, "--max-rejected", "much")[2]
    assert errors.startswith("error: --max-rejected must be ")
    assert "error: --fail-on must be a list of" in shell.fails("export", "snapshots", "--fail-on", "nothing")
    assert "error: --include: 'nothing' is unknown" in shell.fails("export", "snapshots", "--include", "nothing")
    said = shell.fails("plan", shell.write("presence.yaml", DEFINITIONS), "--max-changes-percent", "101")
    assert said.startswith("error: --max-changes-percent must be ")

    labels = [{"systemPresence": "Break", "languageLabels": {"en_US": f"Break {number}"}} for number in range(12)]
    genesys_cloud_simulator.load_presence(labels)
    shell.write("one.yaml", "- system_presence: Break\n  labels: {en_US: Break 0}\n")
    output = shell.run("plan", "one.yaml", "--prune", "deactivate", "--out", "plan.json")[1]
    assert "more than --max-changes-percent 30 allows" in output
    errors = shell.run("apply", "plan.json", "--force-checksum", "abc")[2]
    assert "--force-checksum is abc" in errors
    assert "pass --force-checksum '" in errors


@pytest.mark.parametrize(
    ("command", "message", "expected"),
    [
        ("publish", "set republish=True once", "set --republish once"),
        ("publish", "republish is a word, as is stream", "republish is a word, as is stream"),
        ("publish", "max_rejected.jsonl, line 3: max_rejected/x", "max_rejected.jsonl, line 3: max_rejected/x"),
        ("publish", "stream must be one of these", "--stream must be one of these"),
        ("apply", "pass force_checksum='abc'", "pass --force-checksum 'abc'"),
        ("convert", "d.yaml: source_id is missing", "d.yaml: source_id is missing"),
        (
            "convert",
            "directory must be given, or source_id, the id",
            "--directory must be given, or --source-id, the id",
        ),
        ("preflight", "operations: 'nope' is no known operation", "--operation: 'nope' is no known operation"),
        ("convert", "presence_map, line 3: is no rule", "--presence-map, line 3: is no rule"),
        ("convert", "--max-rejected must be", "--max-rejected must be"),
        ("plan", "source_id is no option of this", "source_id is no option of this"),
    ],
)
def test_words_that_are_no_arguments_stay(command: str, message: str, expected: str) -> None:
    assert in_options(message, OPTIONS[command]) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("is the secret (the connection's password) right?", "is the secret (GENESYS_CLOUD_CLIENT_SECRET) right?"),
        ("is the id (the connection's login) right", "is the id (GENESYS_CLOUD_CLIENT_ID) right"),
        ("named in the connection's `verify`", "named in GENESYS_CLOUD_VERIFY"),
        ("the connection's 'proxies', 'http',", "GENESYS_CLOUD_PROXIES, 'http',"),
        (
            "the connection has no expected_organization_id",
            "GENESYS_CLOUD_EXPECTED_ORGANIZATION_ID is not set",
        ),
        ("the password of a proxy", "the password of a proxy"),
        ("the connection to the host broke", "the connection to the host broke"),
    ],
)
def test_fields_of_a_connection_are_called_what_the_variables_are(message: str, expected: str) -> None:
    assert in_options(message, variables() | OPTIONS["publish"]) == expected
    assert in_options(message, OPTIONS["publish"]) == message, "with an Airflow connection it is the connection's"


def test_a_wrong_secret_is_said_to_be_that_of_the_variable(shell: Shell) -> None:
    shell.environment["GENESYS_CLOUD_CLIENT_SECRET"] = "not-the-right-one"
    code, output, _ = shell.run("preflight")
    assert code == 1
    assert "is the client secret (GENESYS_CLOUD_CLIENT_SECRET) right?" in output
    code, _, errors = shell.run("export", "snapshots")
    assert code == 2
    assert "is the client secret (GENESYS_CLOUD_CLIENT_SECRET) right?" in errors


@pytest.mark.parametrize(
    "command", ["operations", "operations --markdown", "operations --help", "operations --nothing"]
)
@pytest.mark.parametrize("unbuffered", [False, True])
def test_the_table_of_operations_need_not_be_read(shell: Shell, command: str, unbuffered: bool) -> None:
    found, said = in_bash(shell, f"{command} | true", unbuffered=unbuffered, package="airflow_provider_genesys.api.")
    assert found == (2 if command.endswith("nothing") else 0)
    assert "Traceback" not in said
    assert "Exception" not in said
