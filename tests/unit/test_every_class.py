"""What holds for every operator, sensor, transfer and hook, those that are added tomorrow too."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseSensorOperator

import airflow_provider_genesys
from airflow_provider_genesys.hooks.base import ClientHook
from airflow_provider_genesys.tasks.waiting import WaitingMixin
from tests.harness.provider import BASE_OF_HOOKS, KINDS, TASKS, provider_classes

DOCS = Path(__file__).parents[2] / "docs"
EACH_TASK = pytest.mark.parametrize("cls", provider_classes(*TASKS), ids=lambda cls: cls.__name__)
WHERE_AND_WHAT = {
    "destination",
    "include",
    "records",
    "mapping",
    "directory",
    "operation",
    "source",
    "snapshot",
    "definitions",
    "plan",
    "source_id",
    "presences",
    "protected",
    "force_checksum",
    "user_ids",
}
"""Arguments that tell where something is, or which, or whose, which differs from run to run."""


def arguments_of(cls: Any) -> dict[str, inspect.Parameter]:
    return {
        name: each
        for name, each in inspect.signature(cls.__init__).parameters.items()
        if name != "self" and each.kind is not each.VAR_KEYWORD
    }


def test_no_class_is_missing() -> None:
    """Look for classes by walking the folders, not by what Airflow is told."""
    there = set()
    for folder in pkgutil.iter_modules(airflow_provider_genesys.__path__, "airflow_provider_genesys."):
        if folder.name.rpartition(".")[2] not in KINDS:
            continue
        for module in pkgutil.walk_packages(import_module(folder.name).__path__, f"{folder.name}."):
            there |= {
                f"{module.name}.{name}"
                for name, found in vars(import_module(module.name)).items()
                if isinstance(found, type) and found.__module__ == module.name and not name.startswith("_")
                if any(each.__module__.startswith("airflow.") for each in found.__mro__)
            }
    assert {f"{cls.__module__}.{cls.__name__}" for cls in provider_classes()} == there - {BASE_OF_HOOKS}
    assert all(issubclass(cls, BaseOperator) for cls in provider_classes(*TASKS))
    assert all(issubclass(cls, BaseHook) for cls in provider_classes("hooks"))
    assert len(there) >= 16


@pytest.mark.parametrize("missing", ["prepare", "question"])
def test_a_sensor_without_a_look_cannot_be_made(missing: str) -> None:
    rest = {name: lambda self, context: None for name in ("prepare", "question") if name != missing}
    bad = type("Bad", (WaitingMixin, BaseSensorOperator), rest)
    with pytest.raises(TypeError, match=rf"abstract method '?{missing}"):
        bad(task_id="wait")
    type("Good", (bad,), {missing: lambda self, context: None})(task_id="wait")


def test_a_hook_without_a_client_cannot_be_made() -> None:
    with pytest.raises(TypeError, match=r"abstract method '?get_conn"):
        type("Bad", (ClientHook,), {})()


@EACH_TASK
def test_template_fields_are_arguments_and_hold_every_path_and_connection(cls: Any) -> None:
    arguments, fields = set(arguments_of(cls)), set(cls.template_fields)
    assert fields <= arguments
    assert {name for name in arguments if name.endswith(("_conn_id", "_path", "_map"))} <= fields
    assert arguments & WHERE_AND_WHAT <= fields
    assert cls.template_ext == ()
    assert not any(hasattr(BaseOperator, name) for name in fields), "it would take the place of Airflow's own"


@EACH_TASK
def test_init_only_assigns(cls: Any) -> None:
    """What a template will make is not looked at before it is rendered, nor is anything else."""
    odd = {
        name: f"{{{{ params.{name} }}}}"
        for name, each in arguments_of(cls).items()
        if name in cls.template_fields or each.default is each.empty
    }
    task = cls(task_id="t", **odd)
    assert {name: getattr(task, name) for name in odd} == odd


@EACH_TASK
def test_it_has_its_place_in_the_documentation(cls: Any) -> None:
    label = f"(howto/operator:{cls.__name__})="
    assert any(label in page.read_text("utf-8").splitlines() for page in DOCS.glob("*.md"))
    assert f":ref:`howto/operator:{cls.__name__}`" in str(cls.__doc__)
