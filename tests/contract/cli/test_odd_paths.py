"""Paths that are empty, and files that are pipes or links: nothing is written where nobody meant it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.contract.cli.shell import DEFINITIONS, Shell, events

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_goes_into_a_pipe_or_through_a_link_that_is_there(shell: Shell, tmp_path: Path) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    pipe, link = tmp_path / "pipe", shell.folder / "link.json"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "plan.json")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert shell.run("plan", "presence.yaml", "--out", str(pipe))[0] == 1
        told = json.loads(os.read(reader, 1_000_000))
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert shell.run("plan", "presence.yaml", "--out", "link.json")[0] == 1
    assert link.is_symlink()
    assert json.loads((tmp_path / "plan.json").read_text())["checksum"] == told["checksum"]
    assert shell.run("apply", "link.json")[0] == 0


@pytest.mark.parametrize("blank", ["", "  "])
@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("publish day.jsonl --stream user_presences --artifacts-path BLANK", "--artifacts-path"),
        ("publish day.jsonl --stream user_presences --artifacts-path a --ledger-key BLANK", "--ledger-key"),
        ("publish day.jsonl BLANK --stream user_presences --artifacts-path a", "source"),
        ("export BLANK", "destination"),
        ("make-directory BLANK", "destination"),
        ("convert day.jsonl --mapping amazon_connect --destination BLANK", "--destination"),
        ("convert day.jsonl --mapping amazon_connect --destination b --state-path BLANK", "--state-path"),
        ("plan presence.yaml --out BLANK", "--out"),
        ("plan BLANK", "definitions"),
        ("apply BLANK", "plan"),
        ("apply plan.json --force-checksum BLANK", "--force-checksum"),
        ("diff BLANK a", "before"),
        ("verify BLANK", "path"),
        ("plan presence.yaml --conn-id BLANK", "--conn-id"),
    ],
)
def test_what_is_given_and_empty_is_named_and_is_not_this_folder(
    shell: Shell, command: str, named: str, blank: str
) -> None:
    shell.write("presence.yaml", DEFINITIONS)
    shell.write("day.jsonl", events(1))
    before = sorted(shell.folder.iterdir())
    arguments = [blank if each == "BLANK" else each for each in command.split()]
    assert shell.fails(*arguments) == f"error: {named} is empty: is the variable set that it is made of?\n"
    assert sorted(shell.folder.iterdir()) == before
