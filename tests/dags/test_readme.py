"""The README's first Dag: it runs as it is written there, also in a run without a logical date."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
IS_AIRFLOW_3 = Version(version("apache-airflow")) >= Version("3")
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "example_dags").glob("*.py"),
]
NEEDS_A_LOGICAL_DATE = re.compile(
    r"{{\s*(?:ds|ts|ds_nodash|ts_nodash|ts_nodash_with_tz|logical_date|data_interval_\w+|execution_date|(?:prev|next)_\w+)\b"
)


def block(language: str, beginning: str) -> str:
    """Return the first code block of a language in the README that begins so."""
    return next(
        found for found in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if found.startswith(beginning)
    )


@pytest.mark.usefixtures("dags")
def test_the_first_dag_runs_as_it_is_given(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = block("python", "from airflow.sdk import DAG")
    if not IS_AIRFLOW_3:
        code = code.replace("from airflow.sdk import DAG", "from airflow import DAG")
    artifacts = tmp_path / "genesys"
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "agent_events.py").write_text(code.replace('"/tmp/genesys"', json.dumps(str(artifacts))))
    (tmp_path / "dags" / "presences.jsonl").write_text(block("json", '{"userId"'))
    monkeypatch.chdir(tmp_path)
    run = dags_of_a_bundle(tmp_path / "dags", monkeypatch)["agent_events"].test()
    assert str(run.state) == "success"
    assert connected.ledger()["accepted"] == 1
    assert list(artifacts.rglob("ledger.json"))


def test_the_day_of_a_run_is_there_without_a_logical_date() -> None:
    from types import SimpleNamespace  # noqa: PLC0415

    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415

    found = re.search(r"{{ \(dag_run.*?}}", README)
    assert found is not None
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.filters["ds"] = lambda moment: moment.strftime("%Y-%m-%d")
    from datetime import UTC, datetime  # noqa: PLC0415

    template, day = environment.from_string(found[0]), datetime(2026, 11, 16, tzinfo=UTC)
    assert template.render(dag_run=SimpleNamespace(logical_date=None, run_after=day)) == "2026-11-16"
    assert template.render(dag_run=SimpleNamespace(logical_date=day)) == "2026-11-16"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_relies_on_a_logical_date(page: Path) -> None:
    uses = [line for line in page.read_text("utf-8").splitlines() if NEEDS_A_LOGICAL_DATE.search(line)]
    assert [
        line for line in uses if "undefined in a run without" not in line and "`{{ ds }}` is undefined" not in line
    ] == []
