"""The one place that decides which failures Airflow shall not retry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api.retry import not_acted_on
from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysExportStateError,
    GenesysMappingError,
    GenesysPermissionError,
    GenesysPreflightError,
    GenesysRecordsRejectedError,
    GenesysServerError,
    GenesysStalePlanError,
    GenesysTransportError,
    GenesysUnsafePlanError,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

INCURABLE = (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysExportStateError,
    GenesysPermissionError,
    GenesysPreflightError,
    GenesysRecordsRejectedError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)
_OF_RECORDS = (GenesysMappingError, GenesysRecordsRejectedError)
"""What comes before anything is sent, and is no connection's fault."""
_CAUSES = 10


def is_incurable(error: BaseException) -> bool:
    """Tell whether no other try of the task would help."""
    return isinstance(error, INCURABLE)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from, a few at most."""
    for _ in range(_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__


def naming_connection(message: str, conn_id: object) -> str:
    """Return what went wrong with the connection's id, unless that is in it or there is none."""
    return message if conn_id is None or str(conn_id) in message else f"{message} (connection {conn_id!r})"


@contextmanager
def fail_without_retry(conn_id: str | None) -> Iterator[None]:
    """Fail the task at once for what a retry cannot cure; all else leaves unchanged, so that Airflow retries it.

    :param conn_id: id of the connection, which the message names; ``None`` for a task that needs none.
    """
    try:
        yield
    except INCURABLE as error:
        its = None if isinstance(error, _OF_RECORDS) else conn_id
        raise AirflowFailException(naming_connection(str(error), its)) from error


@contextmanager
def fail_if_maybe_done(operation: Operation) -> Iterator[None]:
    """Fail the task at once where a retry could do a second time what the server may have done already.

    :param operation: what was asked; all failures of one that is safe to repeat leave unchanged.
    """
    try:
        yield
    except (GenesysServerError, GenesysTransportError) as error:
        if operation.repeat == "client" or not_acted_on(error):
            raise
        raise AirflowFailException(
            f"{error}. {operation.name} is not repeated, since it may have been carried out: look, then clear the task"
        ) from error
