"""``make-directory``: the file to begin with, from the organisation, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions import making
from airflow_provider_genesys.interactions.directory import read_directory
from airflow_provider_genesys.interactions.organization import Candidate
from tests.contract.kinds import uid
from tests.contract.worlds import make_client

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.contract.cli.shell import Shell

ODD = ["Sales: EMEA", "null", "No", "0042", "# 1", "a 'b' \"c\"", "Vertrieb für Köln", "-", "*", "🙂", "a\tb", "yes "]


@pytest.fixture
def organization(genesys_cloud_simulator: SimulatorHandle) -> SimulatorHandle:
    genesys_cloud_simulator.load_directory(
        users=[{"name": "Kim", "email": "k1@x.org"}, {"name": "Kim", "email": "k2@x.org"}, {"name": "Ann"}],
        queues=[{"name": name} for name in ODD],
        skills=[],
    )
    return genesys_cloud_simulator


@pytest.mark.parametrize("name", ["d.yaml", "d.csv"])
@pytest.mark.usefixtures("organization")
def test_what_is_written_can_be_read_whatever_the_names(shell: Shell, name: str) -> None:
    code, output, errors = shell.run("make-directory", name)
    assert (code, errors) == (0, "")
    assert output == (
        f"{name} has 1 users, 12 queues, 2 wrap up codes, 0 skills, 2 languages. "
        "2 are left out: they have no name of their own.\n"
    )
    there = shell.simulator.directory()
    directory = read_directory(shell.folder / name)
    assert directory.source_id == shell.simulator.settings()["sources"][0]["id"]
    assert directory.queues == {each["name"].strip(): each["id"] for each in there["queues"]}
    assert directory.wrap_up_codes == {each["name"]: each["id"] for each in there["wrapupcodes"]}
    assert directory.users == {"Ann": there["users"][2]["id"]}
    text = (shell.folder / name).read_text("utf-8")
    assert ("  # 2 are called Kim:\n" in text) == (name == "d.yaml")
    assert (f"  #   {there['users'][0]['id']} (Kim, k1@x.org)\n" in text) == (name == "d.yaml")


@pytest.mark.parametrize("name", ["d.yaml", "d.csv"])
@pytest.mark.usefixtures("organization")
def test_a_name_that_no_file_can_hold_is_left_out(shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """JSON can hold half a surrogate pair."""
    odd = [Candidate(uid(1), {"name": ["Ann\ud83d"]}), Candidate(uid(2), {"name": ["Ben"]})]
    monkeypatch.setattr(making, "candidates", lambda *_: iter(odd))
    made = making.make_directory(make_client(shell.simulator.base_url), as_csv=name == "d.csv")
    assert made.left_out == 1
    (shell.folder / name).write_text(made.text, "utf-8")
    assert read_directory(shell.folder / name).queues == {"Ben": uid(2)}


@pytest.mark.usefixtures("organization")
def test_users_by_what_they_have_alone(shell: Shell) -> None:
    code, value = shell.json("make-directory", "d.yaml", "--users-by", "email")
    assert (code, value["users"], value["left_out"]) == (0, 3, 0)
    assert [*read_directory(shell.folder / "d.yaml").users] == ["agent3@example.com", "k1@x.org", "k2@x.org"]


def test_a_source_that_is_not_sure_is_left_to_be_filled_in(shell: Shell, organization: SimulatorHandle) -> None:
    sources = [{"id": "s-1", "name": "One"}, {"id": "s-2", "name": "Two"}]
    organization.settings(sources=sources)
    code, output, _ = shell.run("make-directory", "d.yaml")
    assert code == 0
    assert output.endswith("Which presence source is the platform is for you to fill in.\n")
    assert "# s-1: One\n# s-2: Two\n" in (shell.folder / "d.yaml").read_text()
    with pytest.raises(GenesysConfigError, match="source_id is empty"):
        read_directory(shell.folder / "d.yaml")


def test_nothing_is_written_over_and_what_is_forbidden_is_named(shell: Shell, organization: SimulatorHandle) -> None:
    shell.write("d.yaml", "mine")
    assert "destination: d.yaml is there already" in shell.fails("make-directory", "d.yaml")
    organization.settings(permissions=["presence:source:view", "routing:queue:view", "routing:wrapupCode:view"])
    assert "routing:skill:view" in shell.fails("make-directory", "other.yaml")
    assert (shell.folder / "d.yaml").read_text() == "mine"
    assert not (shell.folder / "other.yaml").exists()
