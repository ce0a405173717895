"""Each piece of a Dag that a page shows comes out of an example Dag, or is run here as it is written there.

The pieces are found by what is in them, so that one that is added tomorrow fails until it is either.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.simulator.example_data import AGENTS
from airflow_provider_genesys.simulator.process import running_simulator
from docs.pages import BEGIN, END
from tests.dags.results import states
from tests.harness.bundles import dags_of_a_bundle
from tests.harness.fixtures import PLENTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[2]
DATA = ROOT / "example_dags" / "data"
SAMPLES = ROOT / "tests" / "unit" / "interactions" / "samples"
SOURCE = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
USERS = [*AGENTS.values()]
COMPAT = "from airflow.providers.common.compat.sdk import"
NAMES = """\
from datetime import timedelta

from airflow.providers.common.compat.sdk import DAG, Asset, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.api import *
from airflow_provider_genesys.operators.events import *
from airflow_provider_genesys.operators.preflight import *
from airflow_provider_genesys.operators.presence import *
from airflow_provider_genesys.operators.records import *
from airflow_provider_genesys.sensors.exports import *
from airflow_provider_genesys.sensors.presence import *
"""
FAILING = """\
GenesysCloudPublishEventsOperator(
    task_id="publish", stream="user_presences", source="{folder}/nothing.jsonl", artifacts_path="{folder}"
)
"""


@dataclass(frozen=True)
class Piece:
    """A piece of Python that a page has of its own."""

    page: str
    line: int
    code: str

    def is_of_a_dag(self) -> bool:
        """Tell whether it makes a task, or a Dag."""
        for node in ast.walk(ast.parse(self.code)):
            if isinstance(node, ast.Call) and re.search(r"(?:Operator|Sensor|DAG)\b", ast.unparse(node.func)):
                return True
            if isinstance(node, ast.FunctionDef) and any(
                re.match(r"(?:task|dag)\b", ast.unparse(each)) for each in node.decorator_list
            ):
                return True
        return False


def pieces(text: str, page: str) -> Iterator[Piece]:
    """Yield the Python of a page that is not filled in from an example."""
    filled_in, begin, code = False, 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if BEGIN.match(line) or line == END:
            filled_in = line != END
        elif begin and line.strip() == "```":
            if not filled_in:
                yield Piece(page, begin, textwrap.dedent("\n".join(code)))
            begin = 0
        elif begin:
            code.append(line)
        elif line.strip() == "```python":
            begin, code = number, []


ALL = [
    piece
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for piece in pieces(path.read_text("utf-8"), path.name)
]
OF_DAGS = [piece for piece in ALL if piece.is_of_a_dag()]


@dataclass(frozen=True)
class Way:
    """How a piece is run.

    :param page: where it is.
    :param has: what it is known by, among the pieces of that page.
    :param given: what stands in it for the reader to give, and what is given. ``{folder}`` is one of the test's own.
    :param before: lines that come before it.
    :param after: lines that come after it.
    :param prepare: puts there what it reads: called with the folder, that of the Dag, and the simulator.
    """

    page: str
    has: str
    given: dict[str, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""
    prepare: Callable[[Path, Path, SimulatorHandle], None] = lambda *_: None


def presences(folder: Path, _dags: Path, _simulator: SimulatorHandle) -> None:
    event = {"userId": USERS[0], "sourceId": SOURCE, "presence": "Break/Smoke"}
    lines = json.dumps(event | {"eventDateTime": "2026-11-16T08:00:00.000Z"}) + "\n"
    (folder / "work").mkdir()
    for path in (folder / "presences.jsonl", folder / "work" / "presences.jsonl"):
        path.write_text(lines)


def calls(folder: Path, _dags: Path, _simulator: SimulatorHandle) -> None:
    (folder / "exports/calls/day").mkdir(parents=True)
    lines = (DATA / "calls.csv").read_bytes().splitlines(keepends=True)[:40]  # of which none is broken
    (folder / "exports/calls/day/calls.csv.gz").write_bytes(gzip.compress(b"".join(lines)))


def agents(folder: Path, dags: Path, _simulator: SimulatorHandle) -> None:
    (folder / "exports/agents").mkdir(parents=True)
    shutil.copy(SAMPLES / "connect_agent_events.jsonl", folder / "exports/agents")
    users = dict(zip(("amber.fox", "basil.wren"), USERS, strict=False))
    (dags / "directory.yaml").write_text(json.dumps({"source_id": SOURCE, "users": users}))


WAYS = [
    Way("convert-records.md", 'task_id="convert"', prepare=calls),
    Way(
        "convert-records.md",
        'settle="2h"',
        {
            "...,": 'task_id="t", records="{folder}/exports/calls/day/*", '
            'mapping="calls.yaml", directory="directory.yaml",'
        },
        prepare=calls,
    ),
    Way("convert-records.md", 'task_id="states"', {"{{ params.presence_source_id }}": SOURCE}, prepare=agents),
    Way("export-configuration.md", 'task_id="changed"'),
    Way(
        "lineage.md",
        "outlets=[STATUSES]",
        {"outlets=": 'artifacts_path="{folder}", outlets='},
        prepare=presences,
    ),
    Way("operations.md", 'task_id="sources"'),
    Way("operations.md", "def deactivated_sources", after="deactivated_sources()"),
    Way("preflight.md", "references=[", {"{{ var.value.presence_source }}": SOURCE}),
    Way("presence-definitions.md", 'prune="deactivate"'),
    Way("presence-definitions.md", 'task_id="end_of_shift"'),
    Way("presence-definitions.md", 'task_id="everybody_left"', {"=agents": f"={USERS}"}),
    Way("presence-definitions.md", 'task_id="all_offline"', {"=AGENTS": f"={USERS}"}),
    Way(
        "publish-events.md",
        "def tell(ti)",
        before=FAILING,
        after='dag.get_task("publish") >> tell()',
    ),
    Way(
        "publish-events.md",
        ".expand(source=list_of_files)",
        {"=list_of_files": '=["{folder}/presences.jsonl"]', '"conversations"': '"user_presences"'},
        prepare=presences,
    ),
    Way("vonage-contact-center.md", "def who_is_ready", after=f"who_is_ready({[*AGENTS][:3]})"),
    Way("when-a-task-fails.md", "def users()", after="users()"),
    Way(
        "when-a-task-fails.md",
        "GenesysCloudDigestNotifier(",
        {'"presences/*.jsonl"': '"{folder}/presences.jsonl", artifacts_path="{folder}"'},
        prepare=presences,
    ),
]
ELSEWHERE = [
    ("README.md", 'DAG("agent_events"'),  # test_readme.py
    ("publish-events.md", 'task_id="replay"'),  # test_sources.py
]


def of(page: str, has: str) -> list[Piece]:
    return [piece for piece in ALL if piece.page == page and has in piece.code]


def test_every_piece_of_a_dag_is_run() -> None:
    run = [(way.page, way.has) for way in WAYS] + ELSEWHERE
    assert {place: len(of(*place)) for place in run} == dict.fromkeys(run, 1)
    found = [piece for place in run for piece in of(*place)]
    missing = {f"{piece.page}:{piece.line}" for piece in OF_DAGS if piece not in found}
    assert not missing, "show an example Dag there (docs/pages.py), or say above how it is run"


def test_a_piece_of_a_dag_is_known() -> None:
    page = "```python\n{}\n```\n"
    for code in ("A(\n    task_id='t')", "hook.call('x')", "def test_it(x): run_my_dag()", "x = 1"):
        assert not any(piece.is_of_a_dag() for piece in pieces(page.format(code), "x.md"))
    tasks = ("XOperator(a=1)", "x = XSensor.partial(a=1).expand(b=y)", "@task\ndef f(): 1", "@task(a=1)\ndef f(): 1")
    for code in (*tasks, "with DAG('x'):\n  y()"):
        assert [piece.is_of_a_dag() for piece in pieces(page.format(code), "x.md")] == [True]
        shown = f"<!-- code: example_dags/x.py y -->\n{page.format(code)}<!-- end -->\n"
        assert [*pieces(shown, "x.md")] == []


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorHandle]:
    with running_simulator("--example-data") as simulator:
        yield simulator


@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.page}-{way.has}")
def test_a_piece_runs_as_it_is_written(
    way: Way, process: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "GenesysRetryPolicy" in (code := of(way.page, way.has)[0].code):
        pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="Airflow 3.3 and newer have them")
    process.reset()
    process.settings(requests_per_minute=PLENTY, vonage_requests_per_minute=PLENTY)
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", process.connection_json)
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", process.vonage_connection_json)
    folder, dags = tmp_path / "files", tmp_path / "dags"
    folder.mkdir()
    shutil.copytree(DATA, dags)
    shutil.copy(DATA / "presence_definitions.yaml", dags / "presence.yaml")
    way.prepare(folder, dags, process)

    for there, given in way.given.items():
        assert there in code
        code = code.replace(there, given)
    code = "\n".join((way.before, code, way.after)).replace("{folder}", str(folder))
    code = re.sub(r"s3://(?:\w+@)?", f"{folder}/", code).replace("from airflow.sdk import", COMPAT)
    code = re.sub(r"{{ \(dag_run\.logical_date or dag_run\.run_after\) \| ds }}", "day", code)
    name = re.sub(r"\W+", "_", f"{way.page}_{way.has}")
    body = textwrap.indent(code, "    ")
    (dags / f"{name}.py").write_text(f"{NAMES}\nwith DAG({name!r}, schedule=None) as dag:\n{body}")
    run = dags_of_a_bundle(dags, monkeypatch)[name].test()
    expected = {task: "failed" if way.before and task == "publish" else "success" for task in states(run)}
    assert states(run) == expected != {}
