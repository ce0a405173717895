"""The house has no circles: of no two modules does each need the other, not in a function and not for a type either.

import-linter keeps the floors; this is about two modules of one floor, and about imports that it does not see.
"""

from __future__ import annotations

import ast
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "airflow_provider_genesys"


def modules(root: Path) -> dict[str, Path]:
    files = (root / NAME).rglob("*.py")
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def needed(file: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (within & known.keys()) or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known.keys()
    return found


def circle(root: Path) -> list[str]:
    """Return the modules of a circle, or nothing."""
    known = modules(root)
    assert known
    try:
        TopologicalSorter({name: needed(file, known) - {name} for name, file in known.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_the_contracts_about_the_simulator_name_all_of_the_house():
    """They list modules by hand, so that one that is forgotten would be free to import."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    parts = {"get_provider_info", *(name for floor in contracts[0]["layers"] for name in floor.split(" | "))}
    house = {f"{NAME}.{name}" for name in parts}
    simulator = f"{NAME}.simulator"
    listed = [
        set(one["source_modules"] + one["forbidden_modules"]) - {simulator}
        for one in contracts
        if simulator in one.get("forbidden_modules", []) or one.get("source_modules") == [simulator]
    ]
    assert listed == [house, house]


def test_there_is_no_circle():
    assert circle(ROOT) == []


@pytest.mark.parametrize("within", ["", "def f():\n    ", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "])
def test_a_circle_would_be_found(tmp_path, within):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "a.py").write_text(f"{within}from {NAME} import b\n")
    (tmp_path / NAME / "b.py").write_text(f"from {NAME}.a import x\n")
    (tmp_path / NAME / "__init__.py").write_text("")
    assert set(circle(tmp_path)) == {f"{NAME}.a", f"{NAME}.b"}
