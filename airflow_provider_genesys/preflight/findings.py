"""What a check finds, and what all of them come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysPreflightError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysSourceError,
)
from airflow_provider_genesys.text import first_of, visible

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.meter import Meter
    from airflow_provider_genesys.api.operations import Operation
    from airflow_provider_genesys.api.operations.names import GenesysCloudOperationName

MOST_REASONS = 50
"""Reasons in an XCom and in a message; the log has more."""

Status: TypeAlias = Literal["ok", "failed", "unproven", "skipped"]
Connect: TypeAlias = Callable[[], "GenesysCloudClient"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    :param name: what was looked at, such as ``users``.
    :param status: ``ok``; ``failed``, with reasons; ``unproven`` where nobody can tell without a write, or all could
        not be looked at; ``skipped`` where there was nothing to look at, or no way to.
    :param says: what was found, in short.
    :param reasons: why a run would fail, each a sentence that names what is missing.
    """

    name: str
    status: Status
    says: str
    reasons: tuple[str, ...] = ()


class Check(Protocol):
    """Looks at one thing that a run needs.

    :param name: of the thing.
    """

    name: str

    def look(self) -> Iterator[Finding]:
        """Yield what is found.

        An error of the API's that no retry cures, a wrong setting and an unreadable input may be raised: it is a
        finding then. All other errors end the preflight.
        """


class ReadOnlyClient:
    """Asks the API; reads only, whatever is asked of it.

    :param connect: returns the client.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def __call__(self, operation: GenesysCloudOperationName | Operation, **query: Any) -> Any:
        """Return the answer.

        :raises GenesysConfigError: the operation writes.
        :raises GenesysError: as :meth:`GenesysCloudClient.call` does.
        """
        return self._connect().read_only().call(operation, query=query)

    def check_organization(self) -> str | None:
        """Return the expected organisation's id, after making sure that the client belongs to it.

        :raises GenesysConfigError: it does not, or may not tell.
        """
        client = self._connect()
        client.check_organization()
        return client.settings.expected_organization_id


class Preflight:
    """Runs checks and sums up.

    :param access: whether the API can be used at all; if not, the checks of ``online`` are skipped.
    :param local: checks that need no access.
    :param online: checks that do.
    :param meter: counts the requests.
    """

    def __init__(self, access: Check, *, local: Sequence[Check], online: Sequence[Check], meter: Meter) -> None:
        self.findings: list[Finding] = []
        self._access = access
        self._local = local
        self._online = online
        self._meter = meter
        self._complete = False

    @property
    def reasons(self) -> list[str]:
        """All reasons so far."""
        return [reason for finding in self.findings for reason in finding.reasons]

    def run(self) -> dict[str, Any]:
        """Look at everything and return the summary.

        :raises GenesysPreflightError: something is missing; it names all of it, up to ``MOST_REASONS``.
        :raises GenesysError: something went wrong that a retry may cure, such as a lost connection.
        """
        for check in (self._access, *self._local):
            self._look(check)
        for check in self._online:
            if self.findings[0].status == "ok":
                self._look(check)
            else:
                self.findings.append(Finding(check.name, "skipped", "there is no access"))
        self._complete = True
        if self.reasons:
            raise GenesysPreflightError(first_of(self.reasons, MOST_REASONS))
        return self.summary()

    def summary(self) -> dict[str, Any]:
        """Return ``ok, checks, reasons, requests`` as far as it got; an XCom."""
        return {
            "ok": self._complete and not self.reasons,
            "checks": {finding.name: finding.status for finding in self.findings},
            "reasons": first_of(self.reasons, MOST_REASONS),
            "requests": self._meter.requests,
        }

    def _look(self, check: Check) -> None:
        try:
            for found in check.look():
                reasons = tuple(visible(reason) for reason in found.reasons)
                self.findings.append(Finding(found.name, found.status, visible(found.says), reasons))
        except (GenesysServerError, GenesysRateLimitError):
            raise  # a retry may cure it
        except (GenesysApiError, GenesysConfigError, GenesysSourceError) as error:
            self.findings.append(Finding(check.name, "failed", "could not be looked at", (visible(str(error)),)))


def nothing_looked_at() -> dict[str, Any]:
    """Return the summary of a preflight that was not begun, since its own arguments are wrong."""
    return {"ok": False, "checks": {}, "reasons": [], "requests": 0}
