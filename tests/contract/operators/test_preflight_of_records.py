"""The preflight of a conversion: the mapping, the directory, and what they name in the organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.world import CSV

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ANN, SALES, DONE, OTHER, GERMAN = (stable_id(name) for name in ("Ann", "Sales", "Done", "Other", "German"))


class Files:
    """A folder with a mapping and a directory, an organisation, and the task that looks at all of them."""

    def __init__(self, simulator: SimulatorHandle, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        simulator.load_directory(
            users=[{"id": ANN, "name": "Ann"}, {"name": "Kim"}, {"name": "Kim"}],
            queues=[{"id": SALES, "name": "Sales"}],
            wrapupcodes=[{"id": DONE, "name": "Done"}, {"id": OTHER, "name": "Other"}],
            languages=[{"id": GERMAN, "name": "German", "state": "deleted"}],
        )
        self.source = simulator.settings()["sources"][0]["id"]
        self.mapping(CSV)
        self.directory(users={"Ann Smith": ANN}, wrap_up_codes={"resolved": DONE, "Billing": OTHER})

    def mapping(self, text: str) -> None:
        (self.folder / "m.yaml").write_text(text)

    def directory(self, **sections: Any) -> None:
        (self.folder / "d.yaml").write_text(json.dumps({"source_id": self.source, **sections}))

    def look(self, **arguments: Any) -> tuple[dict[str, str], list[str]]:
        """Return the state of each check, and all reasons."""
        ti = TaskInstance()
        task = GenesysCloudPreflightOperator(
            task_id="preflight", **({"mapping": "m.yaml", "directory": "d.yaml"} | arguments)
        )
        try:
            task.execute(context(ti, fileloc=str(self.folder / "dag.py")))
        except AirflowFailException:
            assert ti.pushed["summary"]["reasons"]
        return ti.pushed["summary"]["checks"], ti.pushed["summary"]["reasons"]


@pytest.fixture
def files(connected: SimulatorHandle, tmp_path: Path) -> Files:
    return Files(connected, tmp_path)


def test_nothing_is_missing(files: Files) -> None:
    checks, reasons = files.look()
    assert reasons == []
    assert {
        name: checks[name] for name in ("mapping", "directory", "presence_source", "users", "names")
    } == dict.fromkeys(("mapping", "directory", "presence_source", "users", "names"), "ok")
    asked = files.simulator.requests()["totals"]
    assert not [path for path in asked if "queues" in path or "skills" in path]  # of which the directory names none


def test_all_mistakes_of_both_files_are_reasons_also_without_access(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.mapping(CSV.replace("party: Agent", "pary: Agent").replace("direction: inbound", "direction: in"))
    files.directory(usres={"Ann": ANN}, queues={"Sales": "x"})
    connection = json.loads(files.simulator.connection_json) | {"password": "another"}
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))
    checks, reasons = files.look()
    assert (checks["mapping"], checks["directory"], checks["names"]) == ("failed", "failed", "skipped")
    said = "\n".join(reasons)
    assert "m.yaml, line 9: the value 'in' is unknown" in said
    assert "in a leg the name 'pary' is unknown" in said
    assert "'usres' is unknown; known are" in said
    assert "the id of 'Sales' is no UUID" in said
    assert "\N{REPLACEMENT CHARACTER}" not in said


@pytest.mark.parametrize("argument", ["mapping", "directory"])
def test_a_file_that_is_not_there(files: Files, argument: str) -> None:
    checks, reasons = files.look(**{argument: "none.yaml"})
    assert checks[argument] == "failed"
    assert ["there is no such file" in reason for reason in reasons] == [True]


def test_names_of_the_mapping_that_the_directory_lacks(files: Files) -> None:
    files.directory(wrap_up_codes={"resolved": DONE})
    checks, reasons = files.look()
    assert checks["directory"] == "failed"
    assert reasons == ["wrap-up code 'Billing' is not in the directory, under wrap_up_codes (m.yaml, line 21)"]


def test_ids_of_the_directory_that_the_organisation_lacks(files: Files) -> None:
    gone = stable_id("gone")
    files.directory(
        users={"Ben": gone},
        queues={"Sales": SALES, "Golf": gone},
        languages={"German": GERMAN},
        wrap_up_codes={"resolved": DONE, "Billing": ANN},
    )
    checks, reasons = files.look()
    assert (checks["directory"], checks["users"], checks["names"]) == ("ok", "failed", "failed")
    file = f"{files.folder}/d.yaml"
    assert sorted(reasons) == sorted(
        [
            f"user {gone} does not exist ({file}, Ben)",
            f"queue {gone} is not there, or not active ({file}, Golf)",
            f"language {GERMAN} is not there, or not active ({file}, German)",
            f"wrap-up code {ANN} is not there, or not active ({file}, Billing)",
        ]
    )


def test_names_that_are_looked_up(files: Files) -> None:
    files.directory(organization=["users", "wrap_up_codes"], wrap_up_codes={"resolved": DONE})
    files.mapping(CSV.replace("party: Agent", "party: {column: Agent, otherwise: Kim}"))
    checks, reasons = files.look()
    assert (checks["permissions.getRoutingWrapupcodes"], checks["permissions.getUsers"]) == ("ok", "ok")
    assert (checks["directory"], checks["names"]) == ("ok", "failed")
    assert len(reasons) == 2
    assert reasons[0].startswith("agent 'Kim' is ambiguous in the organisation: ")
    assert reasons[0].endswith("(m.yaml, line 18)")
    assert reasons[1] == (
        "wrap-up code 'Billing' is not in the directory, under wrap_up_codes, nor in the organisation (m.yaml, line 21)"
    )


def test_permissions(files: Files) -> None:
    files.simulator.settings(permissions=["presence:source:view", "presence:presenceDefinition:view"])
    checks, reasons = files.look()
    assert (checks["names"], reasons) == ("unproven", [])  # a conversion asks for nothing
    checks, reasons = files.look(directory="organization", mapping=None)
    assert {name for name, state in checks.items() if state == "failed"} == {
        f"permissions.getRouting{kind}" for kind in ("Queues", "Wrapupcodes", "Skills", "Languages")
    }
    assert len(reasons) == 4


def test_a_source_that_the_organisation_lacks(files: Files) -> None:
    files.source = stable_id("elsewhere")
    files.directory()
    checks, reasons = files.look(mapping="amazon_connect")
    assert (checks["mapping"], checks["presence_source"]) == ("ok", "failed")
    assert reasons == [f"sourceId {files.source} is no active presence source of type User ({files.folder}/d.yaml)"]
    checks, reasons = files.look(mapping=None, directory=None, source_id=files.source)
    assert reasons == [f"sourceId {files.source} is no active presence source of type User (source_id)"]
    assert checks["names"] == "skipped"


def test_where_no_conversion_is_named_nothing_of_it_is_told(files: Files) -> None:
    checks, _ = files.look(mapping=None, directory=None)
    assert not {"mapping", "directory", "names"} & checks.keys()
