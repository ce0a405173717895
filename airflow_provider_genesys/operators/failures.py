"""The one place that decides which failures Airflow shall not retry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)

INCURABLE = (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)


@contextmanager
def no_vain_retries() -> Iterator[None]:
    """Fail the task at once for what a retry cannot cure; all else leaves unchanged, so that Airflow retries it."""
    try:
        yield
    except INCURABLE as error:
        raise AirflowFailException(str(error)) from error
