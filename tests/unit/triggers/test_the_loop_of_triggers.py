"""What watches on the loop of all triggers holds it for nothing, not for the import of what looks either."""

from __future__ import annotations

import subprocess
import sys

WATCHING = """
import asyncio, sys
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudConfigurationChangedTrigger as Trigger

async def states():
    for fingerprint in "ab":
        yield {"r": {"state": "exported", "fingerprint": fingerprint, "entities": {}}}

async def watch():
    return [event async for event in Trigger().filter_shared_stream(states())]

assert len(asyncio.run(watch())) == 1
print(*(name for name in sys.modules if name.startswith("airflow_provider_genesys.")))
"""


def test_what_looks_is_not_imported_on_the_loop() -> None:
    done = subprocess.run([sys.executable, "-c", WATCHING], capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stdout.splitlines()[-1].split()
    assert "airflow_provider_genesys.exports.watched" in loaded
    ours = {name for name in loaded if name.startswith("airflow_provider_genesys.exports.")}
    assert ours == {"airflow_provider_genesys.exports.resources", "airflow_provider_genesys.exports.watched"}
    assert "airflow_provider_genesys.api.client" not in loaded
