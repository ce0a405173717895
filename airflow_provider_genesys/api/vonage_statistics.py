"""Vonage Contact Center's statistics, read so that the next reading goes on where this one came to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.figures import time_of
from airflow_provider_genesys.arguments import TIME, optional, read
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysTransportError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.client import Client
    from airflow_provider_genesys.api.operations.names import VonageListingName, VonageOperationName

LONGEST_WINDOW = timedelta(days=31)
"""More than this the API refuses to look through at once."""


class StatisticsReading:
    """All that the API has processed since a time, in windows of at most 31 days, page by page.

    It is asked for what was *processed* in a window, as Vonage advises: nothing is missed, and what was read before
    may come again, as it is then. Iterate it once; :attr:`up_to` is ``since`` of the next reading, once it is read to
    its end.

    :param client: of Vonage Contact Center.
    :param operation: name of a listing of statistics that takes ``start``, ``end`` and ``include``.
    :param since: when to begin: a time with a zone, or its text.
    :param until: when to end, the same. By default it is now, by this machine's clock.
    :raises GenesysConfigError: one is no such time, or it ends before it begins.
    """

    def __init__(
        self,
        client: Client[VonageOperationName, VonageListingName],
        operation: VonageListingName,
        since: datetime | str,
        until: datetime | str | None = None,
    ) -> None:
        begin: datetime = read("since", since, TIME)
        end: datetime = read("until", until, optional(TIME, blank=True)) or datetime.now(UTC)
        if end < begin:
            raise GenesysConfigError(f"since, {begin.isoformat()}, is after {end.isoformat()}, until when is read")
        self._client = client
        self._operation = operation
        self._until = end.astimezone(UTC)
        self.up_to = begin.astimezone(UTC)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the items.

        :raises GenesysTransportError: an answer does not tell up to when it goes, or one before the last not beyond
            where it began.
        :raises GenesysError: as :meth:`~airflow_provider_genesys.api.client.Client.iterate` does.
        """
        while True:
            is_last = self._until - self.up_to <= LONGEST_WINDOW
            end = self._until if is_last else self.up_to + LONGEST_WINDOW
            told: list[datetime] = []

            def take(answer: Any, told: list[datetime] = told) -> None:
                told.append(self._up_to(answer))

            query = {"start": _text(self.up_to), "end": _text(end), "include": "Processed"}
            yield from self._client.iterate(self._operation, query=query, on_page=take)
            up_to = min(*told, end)
            if is_last:
                self.up_to = max(self.up_to, up_to)
                return
            if up_to <= self.up_to:
                raise self._not_understood(f"of all until {_text(end)} it goes up to {_text(up_to)} only")
            self.up_to = up_to

    def _up_to(self, answer: Any) -> datetime:
        time = time_of(answer.get("upTo")) if isinstance(answer, dict) else None
        if time is None:
            raise self._not_understood("it does not tell, as upTo, up to when it goes")
        return time

    def _not_understood(self, why: str) -> GenesysTransportError:
        return GenesysTransportError(f"{self._operation}: the answer is not understood: {why}", sent=True)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
