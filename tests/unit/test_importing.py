"""What parsing a Dag, starting a server, or the loop of all triggers imports of the provider: one process tells it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

STEPS = '''
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
step("loop", """
import asyncio
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudConfigurationChangedTrigger as Trigger

async def states():
    for fingerprint in "ab":
        yield {"r": {"state": "exported", "fingerprint": fingerprint, "entities": {}}}

async def watch():
    return [event async for event in Trigger().filter_shared_stream(states())]

assert len(asyncio.run(watch())) == 1
""")
print(json.dumps(told))
'''


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


def test_what_looks_is_not_imported_on_the_loop(imported: dict[str, list[str]]) -> None:
    """What watches on the loop of all triggers holds it for nothing, not for the import of what looks either."""
    assert "airflow_provider_genesys.exports.watched" in imported["loop"]
    loaded = {name for names in imported.values() for name in names}
    ours = {name for name in loaded if name.startswith("airflow_provider_genesys.exports.")}
    assert ours == {"airflow_provider_genesys.exports.resources", "airflow_provider_genesys.exports.watched"}
    assert "airflow_provider_genesys.api.client" not in loaded
