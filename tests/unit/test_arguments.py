"""Every argument of everything that Airflow is told of is checked before anything is sent.

The arguments are taken from the signatures: a new one that nobody checks fails here.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import types
import typing
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AssetAlias, XComArg

from airflow_provider_genesys.arguments import AMOUNT, FOLDER, PATH, SOURCE, read
from airflow_provider_genesys.events.account import add_up, nothing_published
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.storage import StoragePath
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from tests.harness.provider import TASKS, provider_classes
from tests.harness.tasks import context as task_context

UUID = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
DOCS = Path(__file__).parents[2] / "docs"
UNRENDERED = "{{ params.x }}"
VALUES = [True, 7, 2.5, UNRENDERED, b"bytes", [object()], (UNRENDERED,), {UNRENDERED}, {"a": 1}, None, object()]


class NeverRendered:
    """In the place of the text of templates, which is nothing at all when it is rendered and still text."""


VALID: dict[str, Any] = {
    "definitions": [],
    "events": [],
    "include": ["webchat"],
    "mapping": "mapping.yaml",
    "operation": "postPresenceSources",
    "body": {"name": "x"},
    "presence_map": [{"category": "Away", "presence": UUID}],
    "presences": [UUID],
    "records": [],
    "shards": 2,
    "since": "2026-11-16T08:00:00Z",
    "source": [],
    "source_id": UUID,
    "stream": "user_presences",
    "user_ids": [UUID],
    "user_map": {UUID: UUID},
    "context": None,
}


@cache
def names_in(module: str) -> dict[str, Any]:
    """Return what a module's annotations may name, with what it imports while types are checked only."""
    names = dict(vars(import_module(module)))
    for each in ast.parse(inspect.getsource(import_module(module))).body:
        if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING":
            exec(compile(ast.Module(each.body, []), module, "exec"), names)
    return names | {"Template": NeverRendered}


def arguments_in(function: Any) -> dict[str, Any]:
    """Return the types of a function's arguments by name."""
    function = inspect.unwrap(function)
    known = names_in(function.__module__)
    own = inspect.signature(function).parameters.values()
    return {
        each.name: eval(each.annotation, known)
        for each in own
        if each.name != "self" and each.kind is not each.VAR_KEYWORD
    }


def arguments_of(cls: type) -> dict[str, Any]:
    """Return the types of a class' arguments by name, with those of the bases that are the provider's own."""
    found: dict[str, Any] = {}
    for each in cls.__mro__:
        if each.__module__.startswith("airflow_provider_genesys") and "__init__" in vars(each):
            found |= arguments_in(each.__init__)
    return found


def is_of(value: Any, annotation: Any) -> bool:
    """Tell whether a value is what an annotation says; a text in which a template stands is nothing at all."""
    if annotation is Any:
        return True
    if isinstance(annotation, typing.TypeVar):
        annotation = typing.Literal  # one of some names
    origin = dict if typing.is_typeddict(annotation) else typing.get_origin(annotation) or annotation
    if origin in {typing.Union, types.UnionType}:
        return any(is_of(value, each) for each in typing.get_args(annotation))
    if origin in {Sequence, AbstractSet}:
        of = typing.get_args(annotation)[0]
        is_one = isinstance(value, list | tuple if origin is Sequence else AbstractSet)
        return is_one and all(is_of(each, of) for each in value)
    if isinstance(value, str) or origin in {StoragePath, typing.Literal, Iterable}:
        return False
    if isinstance(value, bool):
        return origin is bool
    # A whole number is a number, and it is text, since templates make numbers of texts.
    return isinstance(value, {float: int | float, str: int}.get(origin, origin))


def valid(names: Iterable[str], folder: Path) -> dict[str, Any]:
    """Return what those arguments may be that cannot be left out; what is not known here is left out."""
    paths = {name: str(folder / name) for name in ("artifacts_path", "destination", "plan", "snapshot", "state_path")}
    return {name: value for name, value in (VALID | paths).items() if name in names}


def wrong_values(annotation: Any) -> list[Any]:
    if annotation is Any:
        return [UNRENDERED, {1}, object()]
    return [value for value in VALUES if not is_of(value, annotation)]


OPERATORS = provider_classes(*TASKS)
HOOKS = provider_classes("hooks")
OPERATIONS = {
    (GenesysCloudHook, "call"): {"operation": "postPresenceSources"},
    (GenesysCloudHook, "iterate"): {"operation": "getUsers"},
    (VonageContactCenterHook, "call"): {"operation": "patchAgentsUserPresence", "path_params": {"userId": UUID}},
    (VonageContactCenterHook, "iterate"): {"operation": "getAgentsPresenceDefinitions"},
}
METHODS = [
    (cls, getattr(cls, name))
    for cls in HOOKS
    for name in dir(cls)
    if not name.startswith("_") and inspect.isfunction(getattr(cls, name))
    if getattr(cls, name).__module__.startswith("airflow_provider_genesys")
]


ORGANIZATION = {"GENESYS_CLOUD": {"expected_organization_id": UUID}}
"""It is asked for before whatever writes: a check that comes too late shows itself."""


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Connect both systems, and count what is sent."""
    sent: list[Any] = []

    def send(*args: Any, **_: Any) -> None:
        sent.append(args)
        raise AssertionError("something was sent")

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    for name in ("GENESYS_CLOUD", "VONAGE_CONTACT_CENTER"):
        connection = {
            "conn_type": name.lower(),
            "login": "id",
            "password": "secret",
            "extra": {"base_url": "http://127.0.0.1:1"} | ORGANIZATION.get(name, {}),
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}_DEFAULT", json.dumps(connection))
    return sent


def refused(name: str, value: Any, call: Callable[[], Any], requests: list[Any]) -> str | None:
    """Return what is wrong with how a value is refused, if anything is."""
    try:
        call()
    except (AirflowFailException, GenesysConfigError) as error:
        # Who tells of each wrong row speaks of the user map, or of a presence.
        words = name.removesuffix("s").replace("_", " ")
        named = words in str(error).replace("_", " ") and not requests
        return None if named else f"{value!r}: {error}, after {len(requests)} requests"
    except BaseException as error:  # noqa: BLE001 - what it must not be
        return f"{value!r}: {error!r}"
    return f"{value!r} is taken"


@pytest.mark.parametrize(
    ("cls", "name", "annotation"),
    [
        pytest.param(cls, name, annotation, id=f"{cls.__name__}-{name}")
        for cls in OPERATORS
        for name, annotation in arguments_of(cls).items()
    ],
)
def test_an_operator_refuses_what_an_argument_may_not_be(
    cls: Any, name: str, annotation: Any, requests: list[Any], tmp_path: Path
) -> None:
    arguments = valid(arguments_of(cls), tmp_path)
    if cls is GenesysCloudApiOperator:
        del arguments["destination"]  # which is for operations that read
    if name == "changed_asset":
        arguments["outlets"] = [AssetAlias("changes")]
    context = task_context(fileloc=str(tmp_path / "dag.py"), outlet_events={})

    def run(value: Any) -> Any:
        task = cls(task_id="t", **(arguments | {name: value}))
        return (task.poke if hasattr(task, "poke") else task.execute)(context)

    wrong = wrong_values(annotation)
    assert wrong
    assert [told for value in wrong if (told := refused(name, value, lambda v=value: run(v), requests))] == []


@pytest.mark.parametrize(
    ("called", "name", "annotation"),
    [
        pytest.param((cls, method), name, annotation, id=f"{cls.__name__}.{method.__name__}-{name}")
        for cls, method in METHODS
        for name, annotation in arguments_in(method).items()
    ],
)
def test_a_hook_refuses_what_an_argument_may_not_be(
    called: tuple[Any, Any], name: str, annotation: Any, requests: list[Any], tmp_path: Path
) -> None:
    cls, method = called
    hook = cls()
    arguments = valid(arguments_in(method), tmp_path)
    if "operation" in arguments:
        arguments |= OPERATIONS[cls, method.__name__]
    wrong = wrong_values(annotation)
    assert wrong
    assert [
        told
        for value in wrong
        if (told := refused(name, value, lambda v=value: method(hook, **(arguments | {name: v})), requests))
    ] == []


@pytest.mark.parametrize("cls", HOOKS)
def test_a_hook_refuses_what_is_no_name_of_a_connection(cls: Any, requests: list[Any]) -> None:
    name = cls.conn_name_attr
    wrong = wrong_values(arguments_of(cls)[name])
    assert [told for v in wrong if (told := refused(name, v, lambda v=v: cls(v).get_conn(), requests))] == []


def test_there_is_something_to_check() -> None:
    assert {GenesysCloudHook, VonageContactCenterHook} == set(HOOKS)
    names = {method.__name__ for _, method in METHODS}
    assert {"call", "iterate", "publish_events", "get_publisher", "plan_presence_definitions"} <= names


@pytest.mark.parametrize("cls", OPERATORS)
def test_an_operator_names_all_of_its_arguments(cls: Any) -> None:
    """What it takes besides is Airflow's."""
    shown = inspect.signature(cls.__init__).parameters
    assert arguments_of(cls).keys() == {
        name for name, each in shown.items() if name != "self" and each.kind is not each.VAR_KEYWORD
    }
    hidden = {name: each.annotation for name, each in shown.items() if each.kind is each.VAR_KEYWORD}
    assert hidden == {"kwargs": "Any"}


@pytest.mark.parametrize(("cls", "method"), METHODS)
def test_a_hook_names_all_of_its_arguments(cls: Any, method: Any) -> None:
    assert [each for each in inspect.signature(method).parameters.values() if each.kind is each.VAR_KEYWORD] == []


@pytest.mark.parametrize("cls", OPERATORS)
def test_each_template_field_may_be_what_another_task_gives(cls: Any) -> None:
    types_of = arguments_of(cls)
    fields = [name for name in cls.template_fields if types_of[name] is not Any]
    assert fields
    assert [name for name in fields if XComArg not in typing.get_args(types_of[name])] == []
    others = types_of.keys() - cls.template_fields
    assert [name for name in others if XComArg in typing.get_args(types_of[name])] == []


def page_of(cls: type) -> str:
    """Return the code on the page that the class' documentation points to."""
    (page,) = [
        text for text in (each.read_text() for each in DOCS.glob("*.md")) if f"(howto/operator:{cls.__name__})=" in text
    ]
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return "\n".join([*re.findall(r"`([^`\n]+)`", page), *blocks])


@pytest.mark.parametrize("cls", OPERATORS)
def test_the_page_of_an_operator_tells_of_each_argument(cls: Any) -> None:
    code = page_of(cls)
    assert [name for name in arguments_of(cls) if not re.search(rf"^\W*{name}$|\b{name}=", code, re.MULTILINE)] == []
    text = inspect.getdoc(cls)
    assert text
    assert [name for name in arguments_of(cls) if f":param {name}: " not in text] == []


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "inf", "nan", 10**400])
def test_an_amount_is_finite(value: Any) -> None:
    with pytest.raises(GenesysConfigError, match="max_rejected must be"):
        read("max_rejected", value, AMOUNT)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
@pytest.mark.parametrize("cls", OPERATORS)
def test_a_path_that_is_blank_is_not_left_out(cls: Any, blank: str, requests: list[Any], tmp_path: Path) -> None:
    """As templates make it of a parameter that nobody has set: an account in another place would send all again."""
    types_of = arguments_of(cls)
    arguments = valid(types_of, tmp_path)
    if cls is GenesysCloudApiOperator:
        del arguments["destination"]
    context = task_context(fileloc=str(tmp_path / "dag.py"), outlet_events={})

    def run(name: str) -> Any:
        task = cls(task_id="t", **(arguments | {name: blank}))
        return (task.poke if hasattr(task, "poke") else task.execute)(context)

    paths = [name for name, annotation in types_of.items() if os.PathLike[str] in typing.get_args(annotation)]
    assert [told for name in paths if (told := refused(name, blank, lambda name=name: run(name), requests))] == []


def test_a_path_has_no_null_character() -> None:
    for rule in (PATH, FOLDER):
        with pytest.raises(GenesysConfigError, match="artifacts_path must be"):
            read("artifacts_path", "/tmp/z\0x", rule)


class ReadWhenAskedFor(Sequence[Any]):
    """Results of a mapped task, as Airflow gives them: of each that is not there it logs an error."""

    def __init__(self, *results: Any) -> None:
        self._results = results

    def __len__(self) -> int:
        return len(self._results)

    def __getitem__(self, place: Any) -> Any:
        assert isinstance(place, slice), "asked for one by one"
        return list(self._results[place])


def test_the_results_of_a_mapped_task_are_asked_for_at_once() -> None:
    files = ReadWhenAskedFor("/a.jsonl", "/b.jsonl")
    assert read("source", files, SOURCE) == ["/a.jsonl", "/b.jsonl"]
    assert read("source", [files, "/c.jsonl"], SOURCE) == [["/a.jsonl", "/b.jsonl"], "/c.jsonl"]
    account = nothing_published("user_presences") | {"read": 2}
    assert add_up(ReadWhenAskedFor(account, account))["read"] == 4


def test_what_cannot_be_cut_is_read_one_by_one() -> None:
    assert read("source", deque(["/a.jsonl"]), SOURCE) == ["/a.jsonl"]
