"""What parsing a Dag, or starting a server, imports of the provider: one process of its own tells it of all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

STEPS = """
import json, sys
told, before = {}, set()

def step(name, code):
    before.update(sys.modules)
    exec(code, {})
    told[name] = sorted(set(sys.modules) - before)

step("", "from airflow.providers.common.compat.sdk import AirflowPlugin, conf")
step("plugin", "import airflow_provider_genesys.plugin")
step("", "from airflow.providers.common.compat.sdk import BaseHook, mask_secret")
for name, kind in ("genesys_cloud", "GenesysCloudHook"), ("vonage_contact_center", "VonageContactCenterHook"):
    step(name, f"import airflow_provider_genesys.hooks.{name} as module; module.{kind}()")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """Return the modules that each step imports."""
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True, timeout=60)
    told: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_the_plugin_imports_nothing_that_serves(imported: dict[str, list[str]]) -> None:
    ours = {name for name in imported["plugin"] if name.startswith("airflow_provider_genesys")}
    foreign = {name.partition(".")[0] for name in {*imported["plugin"]} - ours}
    assert "airflow_provider_genesys.plugin" in ours
    assert foreign <= sys.stdlib_module_names
    assert "airflow_provider_genesys.hooks" not in ours


@pytest.mark.parametrize("name", ["genesys_cloud", "vonage_contact_center"])
def test_a_hook_imports_no_http_client(name: str, imported: dict[str, list[str]]) -> None:
    assert f"airflow_provider_genesys.hooks.{name}" in imported[name]
    roots = {each.partition(".")[0] for each in imported[name]}
    assert roots & {"requests", "urllib3", "pydantic", "rich"} == set()
    assert [each for each in imported[name] if each.startswith("airflow_provider_genesys.api")] == []
