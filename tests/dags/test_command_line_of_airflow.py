"""The commands with an Airflow connection, and as Airflow's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from airflow_provider_genesys.cli.commands import COMMANDS
from airflow_provider_genesys.cli.console import Console
from airflow_provider_genesys.cli.main import main
from airflow_provider_genesys.get_provider_info import get_provider_info

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

UUID = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
ROOT = Path(__file__).parents[2]
AIRFLOW = Version(version("apache-airflow"))
OURS = [sys.executable, "-m", "airflow_provider_genesys"]
AIRFLOWS = [str(Path(sys.executable).with_name("airflow")), "genesys"]
WAYS = [
    pytest.param(OURS, id="python -m"),
    pytest.param(
        AIRFLOWS,
        id="airflow genesys",
        marks=pytest.mark.skipif(
            Version("3.2") > AIRFLOW, reason="Airflow takes commands of providers from 3.2 on, not before"
        ),
    ),
]


@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize("command", WAYS)
def test_a_connection_of_airflow_is_used_and_only_the_result_is_on_standard_output(
    command: list[str], genesys_cloud_simulator: SimulatorHandle, tmp_path: Path
) -> None:
    (tmp_path / "presence.yaml").write_text("- system_presence: Break\n  labels: {en_US: Smoke}\n")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AIRFLOW_CONN_OF_THE_TEST": genesys_cloud_simulator.connection_json,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments],
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
        )

    done = run("plan", "presence.yaml", "--conn-id", "of_the_test", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["creates"] == 1
    done = run("plan", "presence.yaml", "--conn-id", "of_nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("error: there is no Airflow connection 'of_nobody'\n")
    done = run("plan")
    assert done.returncode == 2
    assert "definitions" in done.stderr


@pytest.mark.parametrize("conn_id", ["of_a_proxy", None])
def test_no_secret_of_a_connection_or_of_variables_is_printed(
    conn_id: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from airflow_provider_genesys.cli.access import client_settings  # noqa: PLC0415 - after Airflow's home is set

    proxies = {"https": "http://me:hidden-word@127.0.0.1:9"}
    client = {"conn_type": "genesys_cloud", "login": "a-client", "password": "the-secret"}
    connection = {**client, "extra": {"region": "mypurecloud.de", "proxies": proxies}}
    monkeypatch.setenv("AIRFLOW_CONN_OF_A_PROXY", json.dumps(connection))
    if conn_id is None:
        monkeypatch.setenv("GENESYS_CLOUD_CLIENT_ID", "a-client")
        monkeypatch.setenv("GENESYS_CLOUD_CLIENT_SECRET", "the-secret")
        monkeypatch.setenv("GENESYS_CLOUD_REGION", "mypurecloud.de")
        monkeypatch.setenv("GENESYS_CLOUD_PROXIES", json.dumps(proxies))
    console = Console(sys.stdout, as_json=False)
    settings = client_settings(conn_id, console)
    assert settings.proxies == proxies
    settings.on_token("the-secret-token")
    console.complain("the-secret of a client, the-secret-token that it got, the hidden-word of a proxy, s3://k:key@b/a")
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "error: *** of a client, *** that it got, the *** of a proxy, s3://k:***@b/a"


def test_airflow_is_told_of_all_commands() -> None:
    (path,) = get_provider_info()["cli"]  # type: ignore[misc]
    assert path == "airflow_provider_genesys.cli.for_airflow.commands"
    from airflow_provider_genesys.cli.for_airflow import commands  # noqa: PLC0415 - after Airflow's home is set

    (group,) = commands()
    assert [each.name for each in group.subcommands] == [each.name for each in COMMANDS]


@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        ("publish day.jsonl --stream user_presences --artifacts-path abfs://b/a", "--artifacts-path: abfs://b/a: "),
        ("publish abfs://b/day.jsonl --stream user_presences --artifacts-path a", "source: abfs://b/day.jsonl: "),
        (
            f"convert abfs://b/r.csv --mapping amazon_connect --source-id {UUID} --destination d",
            "records: abfs://b/r.csv: ",
        ),
        ("convert r.csv --mapping abfs://b/m.yaml --destination d", "--mapping: abfs://b/m.yaml: "),
        (
            f"convert r.json --mapping amazon_connect --source-id {UUID} --destination abfs://b/d",
            "--destination: abfs://b/d: ",
        ),
        ("plan abfs://b/p.yaml", "definitions: abfs://b/p.yaml: "),
        ("plan p.yaml --out abfs://b/plan", "--out: abfs://b/plan: "),
        ("apply abfs://b/plan", "plan: abfs://b/plan: "),
        ("export abfs://b/s", "destination: abfs://b/s: "),
        ("diff abfs://b/s abfs://b/t", "before: abfs://b/s: "),
        ("verify abfs://b/s", "path: abfs://b/s: "),
        ("make-directory abfs://b/d", "destination: abfs://b/d: "),
    ],
)
def test_a_store_whose_package_is_missing_names_the_argument_and_the_package(
    *,
    genesys_cloud_simulator: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: str,
    begins: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_text("[]")
    (tmp_path / "p.yaml").write_text("[]")
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", genesys_cloud_simulator.connection_json)
    assert main(arguments.split()) == 2
    (said,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
    assert said.startswith(f"error: {begins}addresses with abfs:// need the package "), said
    assert "pip install 'apache-airflow-providers-microsoft-azure'" in said
