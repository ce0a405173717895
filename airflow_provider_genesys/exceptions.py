"""What can go wrong, by type.

Every exception here can be pickled, since Airflow carries exceptions between processes, and none carries a secret:
messages are made of statuses, codes, names and paths, never of request headers or bodies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_genesys.text import without_personal_data


class GenesysError(Exception):
    """Base of all errors of this provider."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the state, since subclasses take keyword arguments that ``args`` does not hold."""
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[GenesysError], args: tuple[Any, ...], state: dict[str, Any]) -> GenesysError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class GenesysApiError(GenesysError):
    """The API answered a request with an error.

    :param status: HTTP status of the answer.
    :param code: Genesys' own error code, such as ``missing.permissions``; ``None`` where the answer named none.
    :param message: Genesys' message. In the exception's text telephone numbers and e-mail addresses in it are masked.
    :param correlation_id: value of ``ININ-Correlation-Id``, which Genesys' support asks for.
    :param retry_after: seconds after which the server asked to come back, if it did: none before now counts as now, and
        what is no number of seconds, such as infinity, as nothing asked.
    :param operation: name of the operation, such as ``postEventsConversations``.
    """

    def __init__(
        self,
        status: int,
        code: str | None = None,
        message: str = "",
        correlation_id: str | None = None,
        retry_after: float | None = None,
        *,
        operation: str | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.correlation_id = correlation_id
        told = retry_after if retry_after is not None and -math.inf < retry_after < math.inf else None
        self.retry_after = None if told is None else max(0.0, told)
        self.operation = operation
        super().__init__(self._describe())

    def _describe(self) -> str:
        subject = f"{self.operation}: " if self.operation else ""
        code = f" {self.code}" if self.code else ""
        message = f": {without_personal_data(self.message)}" if self.message else ""
        correlation = f" (correlation id {self.correlation_id})" if self.correlation_id else ""
        return f"{subject}HTTP {self.status}{code}{message}{correlation}"


class GenesysAuthError(GenesysApiError):
    """The credentials or the token were refused (401, or 400 from the token endpoint)."""


class GenesysPermissionError(GenesysApiError):
    """The client lacks a permission (403)."""


class GenesysNotFoundError(GenesysApiError):
    """There is no such thing (404)."""


class GenesysGoneError(GenesysApiError):
    """The thing, or the whole operation, was there once and is no more (410)."""


class GenesysRateLimitError(GenesysApiError):
    """The rate limit was exceeded (429) and waiting it out is over budget."""


class GenesysServerError(GenesysApiError):
    """The server failed (5xx, and 408)."""


class GenesysTransportError(GenesysError):
    """No whole answer arrived.

    :param message: what happened, without the address' user info or any header.
    :param sent: whether the server may have acted on the request: ``False`` when it certainly did not get it, ``True``
        when an answer began to arrive, ``None`` when nobody can tell.
    """

    def __init__(self, message: str, *, sent: bool | None) -> None:
        self.sent = sent
        super().__init__(message)


class GenesysConfigError(GenesysError):
    """A connection or an argument is missing or wrong; the message names the field."""


class GenesysMappingError(GenesysConfigError):
    """A mapping file has mistakes, or does not fit the records; no connection has to do with it."""


class GenesysTriggerConfigError(GenesysConfigError, TypeError):
    """An argument of a trigger is wrong; a ``TypeError`` too, the one error of a trigger that no triggerer dies of."""


class GenesysStorageError(GenesysError):
    """A store cannot be read or written at the moment; the message names the argument that leads to it."""


class GenesysSourceError(GenesysError):
    """The input as a whole cannot be read.

    :param message: what is wrong.
    :param file: name of the input file, if it is about one.
    :param line: line in it, counted from 1, if it is about one.
    """

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        self.file = file
        self.line = line
        place = f"{file}, line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{message}")


class GenesysLedgerError(GenesysError):
    """The ledger of a publish does not fit this run: another input, another owner, or unreadable."""


class GenesysEventsRejectedError(GenesysError):
    """More events were rejected, invalid or unknown than ``max_rejected`` allows; all the others are published.

    :param message: how many, and the commonest reasons.
    :param summary: the summary of the publish, as pushed to XCom.
    """

    def __init__(self, message: str, summary: Mapping[str, Any]) -> None:
        self.summary = dict(summary)
        super().__init__(message)


class GenesysRecordsRejectedError(GenesysError):
    """More records were rejected than ``max_rejected`` allows; the events of all the others are written.

    :param message: how many, and where they are.
    :param summary: the summary of the conversion, as pushed to XCom.
    """

    def __init__(self, message: str, summary: Mapping[str, Any]) -> None:
        self.summary = dict(summary)
        super().__init__(message)


class GenesysUnsafePlanError(GenesysError):
    """A plan trips a guard and was not forced."""


class GenesysStalePlanError(GenesysError):
    """The organisation changed after the plan was made."""


class GenesysPreflightError(GenesysError):
    """Something that a run needs is missing.

    :param reasons: what, each a sentence.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"not ready for a run: {'; '.join(self.reasons)}")


class GenesysPartialExportError(GenesysError):
    """A snapshot is written, but something could be read in part only; another try may read all of it."""


class GenesysExportStateError(GenesysError):
    """A snapshot is written, but a resource is forbidden, gone or absent and ``fail_on`` says to fail for that."""
