"""Every argument of everything that Airflow is told of is checked before anything is sent.

The arguments are taken from the signatures: a new one that nobody checks fails here.
"""

from __future__ import annotations

import inspect
import json
import os
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AssetAlias, BaseHook, BaseOperator

from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.events.source import Source
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.storage import StoragePath
from airflow_provider_genesys.get_provider_info import get_provider_info
from airflow_provider_genesys.hooks.base import ClientHook
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.presence.plan.planner import plan_definitions

INFO: dict[str, Any] = get_provider_info()
UUID = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
UNRENDERED = "{{ params.x }}"
VALUES = [True, 7, 2.5, UNRENDERED, b"bytes", [object()], (UNRENDERED,), {UNRENDERED}, {"a": 1}, None, object()]
# What a hook's annotations name while types are checked only.
NAMES = {
    "AnyPath": str | os.PathLike[str] | StoragePath,
    "GenesysCloudClient": object,
    "Meter": object,
    "Source": Source,
    "StoragePath": StoragePath,
    "ResolvePresence": Callable[[str], str],
}

VALID: dict[str, Any] = {
    "definitions": [],
    "events": [],
    "include": ["webchat"],
    "operation": "postPresenceSources",
    "body": {"name": "x"},
    "presence_map": [{"category": "Away", "presence": UUID}],
    "presences": [UUID],
    "source": [],
    "source_id": UUID,
    "stream": "user_presences",
    "user_ids": [UUID],
    "user_map": {UUID: UUID},
    "context": None,
}


def classes(base: type, *kinds: str) -> Iterator[type]:
    """Yield the classes of the modules that Airflow is told of."""
    for kind in kinds:
        for each in INFO[kind]:
            for name in each.get("python-modules") or [each["python-module"]]:
                for member in vars(import_module(name)).values():
                    is_class = inspect.isclass(member) and member.__module__ == name and issubclass(member, base)
                    if is_class and not member.__name__.startswith("_"):
                        yield member


def arguments_in(function: Any, *left_out: str) -> dict[str, Any]:
    """Return the types of a function's arguments by name."""
    function = inspect.unwrap(function)
    known = vars(import_module(function.__module__)) | NAMES
    own = inspect.signature(function).parameters.values()
    return {
        each.name: eval(each.annotation, known)
        for each in own
        if each.name not in {"self", *left_out} and each.kind is not inspect.Parameter.VAR_KEYWORD
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
    origin = typing.get_origin(annotation) or annotation
    if origin in {typing.Union, types.UnionType}:
        return any(is_of(value, each) for each in typing.get_args(annotation))
    if origin is Sequence:
        of = typing.get_args(annotation)[0]
        return isinstance(value, list | tuple) and all(is_of(each, of) for each in value)
    if isinstance(value, str) or origin is StoragePath:
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


OPERATORS = list(classes(BaseOperator, "operators", "sensors", "transfers"))
HOOKS = [hook for hook in classes(BaseHook, "hooks") if hook is not ClientHook]  # which speaks to no system
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
SETTINGS_OF = {
    "publish_events": typing.get_type_hints(PublishSettings),
    "get_publisher": typing.get_type_hints(PublishSettings),
    "plan_presence_definitions": arguments_in(plan_definitions, "client", "definitions", "open_path", "meter"),
}


ORGANIZATION = {"GENESYS_CLOUD": {"expected_organization_id": UUID}}
"""It is asked for before whatever writes: a check that comes too late shows itself."""


class TaskInstance:
    """As much of one as the operators need; what is pushed must be fit for it."""

    dag_id, run_id, task_id, map_index, try_number = "d", "r", "t", -1, 1

    def xcom_push(self, key: str, value: Any) -> None:
        json.dumps(value)


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
    context = {"ti": TaskInstance(), "dag": SimpleNamespace(fileloc=str(tmp_path / "dag.py")), "outlet_events": {}}

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
        for name, annotation in (arguments_in(method) | SETTINGS_OF.get(method.__name__, {})).items()
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
    assert len(OPERATORS) >= 14
    names = {method.__name__ for _, method in METHODS}
    assert {"call", "iterate", "publish_events", "get_publisher", "plan_presence_definitions"} <= names
