"""What sends many bodies to one operation, at the least cost for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.transport import CORRELATION_ID

if TYPE_CHECKING:
    import requests


class Sender:
    """Sends one body after another to one operation; for one thread, since each body goes into the same request."""

    def __init__(
        self, request: requests.PreparedRequest, perform: Callable[[Callable[[requests.Response], None]], Any]
    ) -> None:
        self.correlation_id: str | None = None
        self._request = request
        self._perform = perform

    def send(self, body: bytes) -> Any:
        """Send a body and return the JSON answered, ``None`` where nothing is.

        :raises GenesysError: as :meth:`~airflow_provider_genesys.api.client.Client.call` does.
        """
        self._request.body = body
        self._request.headers["Content-Length"] = str(len(body))
        return self._perform(self._seen)

    def _seen(self, answer: requests.Response) -> None:
        self.correlation_id = answer.headers.get(CORRELATION_ID)
