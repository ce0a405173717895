"""The pages of the reference: one for each public class, none forgotten, none of what is gone."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

from tests.harness.provider import provider_classes, provider_modules, public_classes

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference.md"
LISTED = set(re.findall(r"^   (airflow_provider_genesys\.[\w.]+)$", REFERENCE.read_text(), re.MULTILINE))


def test_no_public_class_is_missing() -> None:
    public = {f"{module}.{each.__name__}" for module in provider_modules() for each in public_classes(module)}
    public = {name for name in public if not name.endswith("Mixin")}
    assert {f"{each.__module__}.{each.__name__}" for each in provider_classes()} < public
    assert public - LISTED == set()


def test_nothing_that_is_gone_is_listed() -> None:
    for name in LISTED:
        module, _, attribute = name.rpartition(".")
        assert inspect.getdoc(getattr(importlib.import_module(module), attribute)), name


def test_example_dags_import_public_names_only() -> None:
    used = {
        f"{node.module}.{name.name}"
        for file in (ROOT / "example_dags").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_provider_genesys")
        for name in node.names
    }
    assert "airflow_provider_genesys.hooks.genesys_cloud.GenesysCloudHook" in used
    assert {name for name in used - LISTED if not name.startswith("airflow_provider_genesys.exceptions.")} == set()
