"""The house has no circles: of no two modules does each need the other, not in a function and not for a type either.

import-linter keeps the floors; this is about two modules of one floor, and about imports that it does not see: those
that ``import_module`` makes by a name.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "airflow_provider_genesys"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = [floor.split(" | ") for floor in CONTRACTS[0]["layers"]]
UPWARDS = {
    (f"{NAME}.tasks.deferring", f"{NAME}.triggers.genesys_cloud"): (
        "Operators and sensors hand their waits on to triggers, and import none of their siblings. Airflow keeps a "
        "trigger by its class path, and takes it as an object: somebody has to make one of a name"
    )
}
"""The imports by a name that lead upwards, each with its reason."""


def modules(root: Path) -> dict[str, Path]:
    files = (root / NAME).rglob("*.py")
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def by_name(tree: ast.Module) -> Iterator[str]:
    """Return what ``import_module`` imports: a module, or the package of those whose last part is known later only.

    :raises AssertionError: of a name nobody can read which module it is.
    """
    texts = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if called not in {"import_module", "import_string", "__import__"}:
            continue
        name = node.args[0] if node.args else node
        name = texts.get(name.id, name) if isinstance(name, ast.Name) else name
        begin = name.values[0] if isinstance(name, ast.JoinedStr) else name
        told = begin.value if isinstance(begin, ast.Constant) else None
        written = ast.unparse(node)
        assert isinstance(told, str), f"{written}: give it a literal name, so that the floors can be kept"
        told = told if begin is name else told.rpartition(".")[0]
        assert "." in told.lstrip("."), f"{written}: its name says too little of which module it is"
        assert not told.startswith("."), f"{written}: write the whole name of the module"
        yield told


def needed(file: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules that a file imports anywhere in it."""
    tree = ast.parse(file.read_text())
    found = known.keys() & set(by_name(tree))
    for node in ast.walk(tree):
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
        TopologicalSorter(
            {
                name: {other for other in needed(file, known) - {name} if (name, other) not in UPWARDS}
                for name, file in known.items()
            }
        ).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def refusal(module: str, other: str) -> str:
    """Return the contract that an import of another module would break, or nothing."""
    floor = {f"{NAME}.{part}": number for number, parts in enumerate(FLOORS) for part in parts}
    here, there = (".".join(name.split(".")[:2]) for name in (module, other))
    if here != there and here in floor and there in floor and floor[here] >= floor[there]:
        return str(CONTRACTS[0]["name"])
    for contract in CONTRACTS:
        sources, forbidden = contract.get("source_modules", []), contract.get("forbidden_modules", [])
        if all(
            any(f"{name}.".startswith(f"{one}.") for one in some)
            for name, some in ((module, sources), (other, forbidden))
        ):
            return str(contract["name"])
    return ""


def test_the_contracts_about_the_simulator_name_all_of_the_house():
    """They list modules by hand, so that one that is forgotten would be free to import."""
    parts = {"get_provider_info", *(name for floor in FLOORS for name in floor)}
    house = {f"{NAME}.{name}" for name in parts}
    simulator = f"{NAME}.simulator"
    listed = [
        set(one["source_modules"] + one["forbidden_modules"]) - {simulator}
        for one in CONTRACTS
        if simulator in one.get("forbidden_modules", []) or one.get("source_modules") == [simulator]
    ]
    assert listed == [house, house]


def test_the_drawing_of_the_house_has_the_floors_of_the_contract():
    """A line is a floor, unless it says that it is beside the one above; the jobs are one floor."""
    drawing = (ROOT / "docs/architecture.md").read_text().split("```")[1]
    floors: list[set[str]] = []
    jobs = False
    for line in drawing.splitlines():
        heads = re.match(r"((?:[a-z_]+(?:/|\.py)(?: \| | |$))*)", line)[1].replace("|", " ").split()
        parts = {head.removesuffix("/").removesuffix(".py") for head in heads}
        if parts and (jobs or "beside" in line):
            floors[-1] |= parts
        elif parts or line.startswith("---"):
            floors.append(parts)
        jobs = line.startswith("---") or (jobs and "(these six" not in line)
    (first, *middle), last = floors[:-1], floors[-1]
    assert (first, last) == ({"get_provider_info"}, {"simulator"})
    assert [floor - {"page"} for floor in middle] == [set(parts) for parts in FLOORS]


def test_what_is_imported_by_a_name_keeps_the_contracts():
    """import-linter does not see it."""
    known = modules(ROOT)
    imports = {(name, other) for name, file in known.items() for other in by_name(ast.parse(file.read_text()))}
    broken = {(name, other): refusal(name, other) for name, other in imports if refusal(name, other)}
    assert broken == dict.fromkeys(UPWARDS, CONTRACTS[0]["name"]), "an exception stands in UPWARDS, with its reason"


@pytest.mark.parametrize(
    ("module", "other", "contract"),
    [
        ("tasks.deferring", f"{NAME}.triggers.genesys_cloud", "Each floor"),
        ("sensors.presence", f"{NAME}.triggers.genesys_cloud", "Each floor"),
        ("tasks.waiting", f"{NAME}.connection.fields", "Each floor"),
        ("simulator.app", f"{NAME}.api.client", "The simulator"),
        ("api.client", f"{NAME}.simulator", "The provider"),
        ("api.client", "airflow.models", "Below the line"),
        ("triggers.genesys_cloud", f"{NAME}.events.ledger", "No trigger"),
        ("triggers.genesys_cloud", f"{NAME}.tasks.looks", ""),
        ("triggers.genesys_cloud", f"{NAME}.exports.exporters", ""),
        ("cli.main", f"{NAME}.cli", ""),
        ("tasks.deferring", "airflow.models", ""),
    ],
)
def test_an_import_that_breaks_a_contract_would_be_found(module, other, contract):
    assert refusal(f"{NAME}.{module}", other).startswith(contract)
    assert bool(refusal(f"{NAME}.{module}", other)) == bool(contract)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('import_module("a.b")', "a.b"),
        ('_A = "a.b"\ndef f():\n    return importlib.import_module(_A)', "a.b"),
        ('import_module(f"a.b.{name}")', "a.b"),
        ('__import__("a.b")', "a.b"),
        ("import_module(name)", None),
        ('import_module(f"{name}.b")', None),
        ('import_module(f"a.{name}")', None),
        ('import_module(".b.c", "a")', None),
    ],
)
def test_what_is_imported_by_a_name_can_be_read(code, found):
    tree = ast.parse(code)
    if found is None:
        with pytest.raises(AssertionError, match="name"):
            list(by_name(tree))
    else:
        assert list(by_name(tree)) == [found]


def test_there_is_no_circle():
    assert circle(ROOT) == []


@pytest.mark.parametrize(
    "needs",
    [
        f"from {NAME} import b",
        f"def f():\n    from {NAME} import b",
        f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {NAME} import b",
        f'_B = "{NAME}.b"\ndef f():\n    import_module(_B)',
    ],
)
def test_a_circle_would_be_found(tmp_path, needs):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "a.py").write_text(f"{needs}\n")
    (tmp_path / NAME / "b.py").write_text(f"from {NAME}.a import x\n")
    (tmp_path / NAME / "__init__.py").write_text("")
    assert set(circle(tmp_path)) == {f"{NAME}.a", f"{NAME}.b"}
