"""No trigger can write: not by what it imports, and not by what it asks for."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import grimp
import pytest

import airflow_provider_genesys
from airflow_provider_genesys.api import operations
from airflow_provider_genesys.api.deadline import Deadline
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.looks import Seen, look
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysConfigError

PACKAGE = "airflow_provider_genesys"
ROOT = Path(airflow_provider_genesys.__file__).parent
WRITING = sorted(name for name, row in operations.OPERATIONS.items() if row.writes and row.system == "Genesys Cloud")
TABLES = f"{PACKAGE}.api.operations"


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def writers() -> set[str]:
    """Return the modules that name an operation that writes, in code and not in what is said of it."""
    found = set()
    for path in ROOT.rglob("*.py"):
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        docs = {
            node.body[0].value
            for node in nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False)
        }
        texts = {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
        }
        if texts & set(WRITING):
            found.add(module_of(path))
    return {name for name in found if not name.startswith((TABLES, f"{PACKAGE}.simulator"))}


def reached_by(package: str) -> set[str]:
    """Return all modules that are imported from a package's, by whatever way, in functions too."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    todo = {module for module in graph.modules if module == package or module.startswith(f"{package}.")}
    seen: set[str] = set()
    while todo:
        module = todo.pop()
        seen.add(module)
        todo |= graph.find_modules_directly_imported_by(module) - seen
    return seen


def test_the_writers_are_those_that_are_known_to_write() -> None:
    assert {f"{PACKAGE}.presence.apply.applier", f"{PACKAGE}.presence.putting"} <= writers()
    assert len(WRITING) > 30


def test_no_trigger_reaches_a_module_that_writes() -> None:
    reached = reached_by(f"{PACKAGE}.triggers")
    assert f"{PACKAGE}.presence.looks" in reached, "what a trigger looks with is found"
    assert f"{PACKAGE}.exports.fingerprints" in reached
    assert reached & writers() == set()
    above = tuple(f"{PACKAGE}.{name}" for name in ("operators", "sensors", "transfers", "hooks", "events", "mapping"))
    assert [name for name in reached if name.startswith(above)] == []


def client() -> GenesysCloudClient:
    return GenesysCloudClient(
        ClientSettings("id", "secret", api_url="http://127.0.0.1:1", login_url="http://127.0.0.1:1")
    )


@pytest.mark.parametrize("name", WRITING)
def test_what_looks_cannot_write(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: Any, **__: Any) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    row = operations.operation(name)

    def sees(ask: str) -> Any:
        def see(client: GenesysCloudClient) -> Seen:
            getattr(client.until(Deadline(5)).read_only(), ask)(name)
            return Seen(done=True, said="it was written")

        return see

    for ask in ("call", "iterate", "sender"):
        with pytest.raises(GenesysConfigError, match="may only read"):
            look(sees(ask), client(), Deadline(5))
    for ask in ("call", "sender"):
        with pytest.raises(GenesysConfigError, match="may only read"):
            look(lambda client, ask=ask: getattr(client, ask)(row), client(), Deadline(5))


def test_the_client_of_the_hook_still_writes() -> None:
    mine = client()
    mine.read_only()
    assert mine.operation("postEventsConversations").writes


def test_the_clients_of_triggers_may_only_read() -> None:
    awaited = import_module(f"{PACKAGE}.connection.awaited")
    found = awaited._client_of(client().settings)
    with pytest.raises(GenesysConfigError, match="may only read"):
        found.operation("postEventsConversations")
    assert awaited._client_of(client().settings) is found
