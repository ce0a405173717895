"""What a sensor in the mode ``reschedule`` raises between two looks, and where that can be tried without a database."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from packaging.version import Version

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # Airflow before 3.2
    from airflow.exceptions import AirflowRescheduleException

__all__ = ["WITHOUT_A_DATABASE", "AirflowRescheduleException"]

WITHOUT_A_DATABASE = pytest.mark.skipif(
    Version(version("apache-airflow")) < Version("3"),
    reason="Airflow 2 asks its database; tests/dags reschedules there",
)
