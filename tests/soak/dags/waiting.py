"""Sensors that wait for agents who are never offline, until the soak has them so."""

from __future__ import annotations

import os

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_genesys.sensors.presence import GenesysCloudUserPresenceSensor

with DAG("waiting", schedule=None):
    for number in range(int(os.environ["SOAK_SENSORS"])):
        GenesysCloudUserPresenceSensor(
            task_id=f"sensor_{number}",
            user_ids=os.environ["SOAK_USERS"].split(),
            presences=["Offline"],
            deferrable=True,
            poke_interval=float(os.environ["SOAK_INTERVAL"]),
            timeout=86_400,
        )
