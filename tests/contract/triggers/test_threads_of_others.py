"""What looks takes no thread from other triggers, which need those of the loop, to look names up too."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudLookTrigger
from tests.contract import hosts
from tests.harness.machine import SOON

if TYPE_CHECKING:
    import pytest

COUNT = 100
ARGUMENTS = {"user_ids": ["a"], "presences": ["Offline"], "match": "all", "source_id": None, "wanted": ["Offline"]}


def trigger() -> GenesysCloudLookTrigger:
    return GenesysCloudLookTrigger(
        look="users",
        arguments=ARGUMENTS,
        genesys_cloud_conn_id="genesys_cloud_default",
        interval=0.5,
        deadline=time.time() + 600,
    )


def test_a_host_that_answers_nobody_has_no_other_trigger_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(one: Any) -> None:
        async for _ in one.run():
            pass

    async def others() -> float:
        tasks = [asyncio.create_task(run(trigger())) for _ in range(COUNT)]
        await asyncio.sleep(1.5)
        begun = time.monotonic()
        await asyncio.wait_for(asyncio.to_thread(lambda: None), 60)
        taken = time.monotonic() - begun
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return taken

    with hosts.silent() as address:
        monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", hosts.connection(address))
        assert asyncio.run(others()) < SOON, "a look waits for thirty seconds"
