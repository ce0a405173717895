"""The example Dag that transfers records, run twice by Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle


def summary(run: DagRun) -> dict[str, Any]:
    assert run.state == "success"
    return run.get_task_instance("transfer").xcom_pull(task_ids="transfer", key="summary")  # type: ignore[union-attr, no-any-return]


def test_the_calls_are_told_once(run_dag: Callable[..., DagRun], genesys_cloud_simulator: SimulatorHandle) -> None:
    first = summary(run_dag("records"))
    account = first["conversion"]
    outcome = ("converted", "skipped", "superseded", "held_back", "rejected")
    assert (account["records"], account["records"]) == (301, sum(account[name] for name in outcome))
    assert (account["rejected"], account["converted"] + account["superseded"]) == (5, 296)
    assert first["accepted"] == first["read"] == account["events_written"]
    told = genesys_cloud_simulator.ledger()
    assert told == {"accepted": first["accepted"], "distinct": first["accepted"], "duplicates": 0}
    second = summary(run_dag("records"))
    assert (second["read"], second["complete"]) == (0, True)
    assert second["conversion"]["superseded"] == 296
    assert genesys_cloud_simulator.ledger() == told
