"""What the hooks of both systems are: from a connection to a client, and its operations."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook, mask_secret

from airflow_provider_genesys import __version__
from airflow_provider_genesys.arguments import TEXT, read

if TYPE_CHECKING:
    from airflow_provider_genesys.api.client import Client
    from airflow_provider_genesys.api.settings import ClientSettings

# The client, and with it requests, is imported in methods: Dags are parsed often and call nothing while they are.


class ClientHook(BaseHook):
    """Speaks to a system as the client that a connection names.

    Tokens are shared by all hooks of a process, renewed in time and masked in logs; requests keep to the rate limit and
    are repeated where that is safe. The connection is looked up on first use. A subclass keeps its id in the attribute
    that ``conn_name_attr`` names, and defines both methods of the connection form itself: Airflow before 3.2 looks for
    them in the hook's own class only.
    """

    conn_name_attr: str
    conn_type: str

    _settings: ClientSettings | None = None

    def get_connection_settings(self) -> ClientSettings:
        """Read the connection, once.

        :raises GenesysConfigError: a field is missing or wrong; the message names it and the connection.
        """
        if self._settings is not None:
            return self._settings
        from airflow import __version__ as airflow_version  # noqa: PLC0415

        from airflow_provider_genesys.connection.fields import client_settings  # noqa: PLC0415

        conn_id = read(self.conn_name_attr, getattr(self, self.conn_name_attr), TEXT)
        versions = f"apache-airflow/{airflow_version} python/{platform.python_version()}"
        connection = self.get_connection(conn_id)
        user_agent = f"airflow-provider-genesys/{__version__} {versions}"
        self._settings = client_settings(
            connection, connection_type=self.conn_type, user_agent=user_agent, mask=mask_secret
        )
        return self._settings

    def get_conn(self) -> Client:
        """Return the client, the same one each time."""
        raise NotImplementedError

    def call(
        self,
        operation: str,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        guest_token: str | None = None,
    ) -> Any:
        """Call an operation and return the JSON it answers, ``None`` where it answers nothing.

        Arguments are held against the table of operations before anything is sent.

        :param operation: its name; all of them are printed by ``python -m airflow_provider_genesys.api.operations``.
        :param path_params: value of each placeholder of its path.
        :param query: value, or list of values, of query parameters; ``None`` values are left out.
        :param body: what to send as JSON; ``bytes`` are sent as they are.
        :param guest_token: the guest's token, for the operations of a chat's guest (Genesys Cloud).
        :raises GenesysApiError: the API answers with an error, by its type.
        :raises GenesysTransportError: no whole answer came.
        :raises GenesysConfigError: the connection or an argument is wrong.
        """
        return self.get_conn().call(operation, path_params=path_params, query=query, body=body, guest_token=guest_token)

    def iterate(
        self,
        operation: str,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        guest_token: str | None = None,
        max_pages: int = 10_000,
    ) -> Iterator[Any]:
        """Call a listing page by page and yield its entities; arguments and errors are those of :meth:`call`.

        Of a listing without pages, those of its one answer. Each page is asked for when the one before is used up.
        Where one request may ask for so many ids only, any number of them is read, in their order, by several.

        :param operation: its name, such as ``getUsers``.
        :param path_params: value of each placeholder of its path.
        :param query: query parameters beside ``pageNumber``.
        :param guest_token: the guest's token, for the listings of a chat's guest.
        :param max_pages: pages after which to stop with an error.
        :raises GenesysConfigError: the operation is no listing.
        :raises GenesysError: an answer is no page, a page comes twice, the pages do not end, or the next one is on
            another host.
        """
        return self.get_conn().iterate(
            operation, path_params=path_params, query=query, guest_token=guest_token, max_pages=max_pages
        )
