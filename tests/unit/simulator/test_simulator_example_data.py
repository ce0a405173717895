"""The example data and the files of the example Dags are about the same organisation."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from airflow_provider_genesys.files.documents import entries_of_file, mapping_of_text, read_text
from airflow_provider_genesys.interactions.directory import read_directory
from airflow_provider_genesys.simulator.beginning import Simulator
from airflow_provider_genesys.simulator.settings import Start
from tests.unit.interactions.world import run

DATA = Path(__file__).parents[3] / "example_dags" / "data"


@pytest.fixture(scope="module")
def world():
    return Simulator(Start(example_data=True)).world


def test_source_and_agents_are_those_of_the_directory(world):
    directory = mapping_of_text(read_text(DATA / "directory.yaml"), "directory.yaml")
    assert world.sources.is_active(directory["source_id"])
    users = {user["name"]: user["id"] for user in world.users()}
    assert users == {name: id_ for name, id_ in directory["users"].items() if not name.isdigit()}
    assert {queue["name"]: queue["id"] for queue in world.routing["queues"]} == directory["queues"]
    assert {code["name"]: code["id"] for code in world.routing["wrapupcodes"]} == directory["wrap_up_codes"]
    assert all(user["state"] == "active" for user in world.users())


def test_the_agents_of_vonage_are_those_of_the_user_map_but_for_the_last(world):
    with (DATA / "vonage_users.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    there = [row["vonage_user_id"] in world.vonage.users for row in rows]
    assert there == [True] * (len(rows) - 1) + [False]
    assert all(world.has_user(row["genesys_user_id"]) for row in rows)


def test_the_calls_of_vonage_are_of_the_directory_and_all_can_be_told(world):
    bodies = [item.body for item in world.vonage.items["interactions"]]
    directory = read_directory(DATA / "directory.yaml")
    numbers = [id_ for name, id_ in directory.users.items() if name.isdigit()]
    assert numbers == [id_ for name, id_ in directory.users.items() if not name.isdigit()]
    account = run("extends: vonage_interactions", bodies, directory=directory).account
    counts = (account.records, account.converted, account.skipped, account.rejected)
    assert counts == (len(bodies), len(bodies) - 1, 1, 0), "of all but the e-mail"


def test_the_definitions_are_those_of_the_file_and_one_more(world):
    found = {
        (each["systemPresence"], frozenset(each["languageLabels"].items()), each["deactivated"])
        for each in (definition.as_json() for definition in world.definitions.all_current())
        if each["type"] == "User"
    }
    wanted = {
        (value["system_presence"], frozenset(value["labels"].items()), value.get("active") == "false")
        for value in (entry.value for entry in entries_of_file(DATA / "presence_definitions.yaml"))
    }
    assert found - wanted == {("Busy", frozenset({("en_US", "After-call work")}), False)}
    assert wanted <= found
    assert not any(world.definitions.writes.values())


def test_a_reset_returns_to_the_example_data():
    simulator = Simulator(Start(example_data=True))
    simulator.world.change_settings({"users": ()})
    simulator.world.webchat.load({})
    simulator.reset()
    assert len(simulator.world.users()) == 20
    assert len(simulator.world.webchat.deployments()) == 2
