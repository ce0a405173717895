"""The one place that decides which failures Airflow shall not retry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysExportStateError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)

INCURABLE = (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysExportStateError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)


@contextmanager
def no_vain_retries(conn_id: str) -> Iterator[None]:
    """Fail the task at once for what a retry cannot cure; all else leaves unchanged, so that Airflow retries it.

    :param conn_id: id of the connection, which the message names.
    """
    try:
        yield
    except INCURABLE as error:
        message = str(error)
        named = "" if conn_id in message else f" (connection {conn_id!r})"
        raise AirflowFailException(f"{message}{named}") from error
