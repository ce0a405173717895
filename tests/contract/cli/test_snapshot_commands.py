"""``export``, ``diff`` and ``verify``: snapshots written, compared and found damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.contract.cli.shell import Shell


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
