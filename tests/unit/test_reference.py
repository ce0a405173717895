"""The pages of the reference: one for each public class, none forgotten, none of what is gone."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

from airflow_provider_genesys.get_provider_info import get_provider_info

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
LISTED = set(re.findall(r"^   (airflow_provider_genesys\.[\w.]+)$", REFERENCE.read_text(), re.MULTILINE))


def public_classes() -> set[str]:
    """Return the classes of all modules that Airflow is told of, without private ones and mixins."""
    info = get_provider_info()
    parts = [part for kind in ("operators", "sensors", "hooks", "triggers") for part in info.get(kind, [])]
    modules = {name for part in parts for name in part["python-modules"]}
    modules |= {part["python-module"] for part in info["transfers"]}
    return {
        f"{name}.{title}"
        for name in modules
        for title, found in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if found.__module__ == name and not title.startswith("_") and not title.endswith("Mixin")
    }


def test_no_public_class_is_missing() -> None:
    assert len(public_classes()) >= 15
    assert public_classes() - LISTED == set()


def test_nothing_that_is_gone_is_listed() -> None:
    for name in LISTED:
        module, _, attribute = name.rpartition(".")
        assert inspect.getdoc(getattr(importlib.import_module(module), attribute)), name
