"""The one place that decides which failures Airflow shall not retry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowNotFoundException, AirflowSensorTimeout

from airflow_provider_genesys.api.retry import not_acted_on
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysExportStateError,
    GenesysLedgerError,
    GenesysMappingError,
    GenesysPermissionError,
    GenesysPreflightError,
    GenesysRecordsRejectedError,
    GenesysServerError,
    GenesysSourceError,
    GenesysStalePlanError,
    GenesysTransportError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.text import QUOTED, cut, is_code, without_personal_data

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
_TOLD_BY_REASONS = (GenesysEventsRejectedError, GenesysRecordsRejectedError)
"""What a summary has the reasons of, without what stands in events and records."""
_ABOUT_CONTENT = (GenesysLedgerError, GenesysMappingError, GenesysSourceError)
"""What may quote what stands in a file."""
_OF_THE_CLIENT = (GenesysAuthError, GenesysPermissionError)
"""What a server says of who asks, and not of what is sent."""
_WORDS_OF_AIRFLOW = (AirflowFailException, AirflowNotFoundException, AirflowSensorTimeout)
"""What this provider raises as Airflow's, and what Airflow says of a connection that there is not."""
_QUOTED = re.compile(QUOTED, re.DOTALL)
_LONGEST_WHY = 500
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


def why(error: BaseException) -> str:
    """Return why a task ended badly, for whoever may read its XComs: at most 500 characters.

    There is no secret in it, and no value of an event or a record: of what the server says of a request, and of what
    others raise, it is the kind alone. The task's log has all of it.
    """
    found = next((each for each in causes(error) if isinstance(each, GenesysError)), None)
    if found is None:
        return _shown(str(error)) if isinstance(error, _WORDS_OF_AIRFLOW) else type(error).__name__
    if isinstance(found, _TOLD_BY_REASONS):
        return "more was not accepted than max_rejected allows"
    if isinstance(found, GenesysApiError) and not isinstance(found, _OF_THE_CLIENT):
        code = f" {found.code}" if found.code and is_code(found.code) else ""
        return _shown(f"{found.operation or 'a request'}: HTTP {found.status}{code}")
    text = str(error) if isinstance(error, AirflowFailException) else str(found)
    is_about_content = any(isinstance(each, _ABOUT_CONTENT) for each in causes(error))
    return _shown(_QUOTED.sub("…", text) if is_about_content else text)


def _shown(text: str) -> str:
    return cut(without_personal_data(visible_path(" ".join(text.split()))), _LONGEST_WHY)


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
