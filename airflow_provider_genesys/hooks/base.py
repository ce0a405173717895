"""What the hooks of both systems are: from a connection to a client, and its operations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from airflow.providers.common.compat.sdk import BaseHook, mask_secret

from airflow_provider_genesys.arguments import TEXT, read

if TYPE_CHECKING:
    from airflow_provider_genesys.api.client import Client
    from airflow_provider_genesys.api.operations.names import OperationName
    from airflow_provider_genesys.api.settings import ClientSettings

# The client, and with it requests, is imported in methods: Dags are parsed often and call nothing while they are. So
# these two are not those of api.operations.names, which would bring the whole table with it.
Name = TypeVar("Name", bound="OperationName")
Listing = TypeVar("Listing", bound="OperationName")


class ClientHook(BaseHook, ABC, Generic[Name, Listing]):
    """Speaks to a system as the client that a connection names.

    Tokens are shared by all hooks of a process, renewed in time and masked in logs; requests keep to the rate limit and
    are repeated where that is safe. The connection is looked up on first use. A subclass keeps its id in the attribute
    that ``conn_name_attr`` names, and defines both methods of the connection form itself: Airflow before 3.2 looks for
    them in the hook's own class only. To type checkers it says which names of operations its client calls, and which it
    reads page by page.
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
        from airflow_provider_genesys.connection.fields import client_settings, our_user_agent  # noqa: PLC0415

        conn_id = read(self.conn_name_attr, getattr(self, self.conn_name_attr), TEXT)
        self._settings = client_settings(
            self.get_connection(conn_id),
            connection_type=self.conn_type,
            user_agent=our_user_agent(),
            mask=mask_secret,
        )
        return self._settings

    @abstractmethod
    def get_conn(self) -> Client[Name, Listing]:
        """Return the client, the same one each time."""

    def call(
        self,
        operation: Name,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        guest_token: str | None = None,
    ) -> Any:
        """Call an operation and return the JSON it answers, ``None`` where it answers nothing.

        The arguments, and what is raised, are those of :meth:`~airflow_provider_genesys.api.client.Client.call`.

        :raises GenesysConfigError: also where the connection is wrong.
        """
        return self.get_conn().call(operation, path_params=path_params, query=query, body=body, guest_token=guest_token)

    def iterate(
        self,
        operation: Listing,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        guest_token: str | None = None,
        max_pages: int = 10_000,
    ) -> Iterator[Any]:
        """Call a listing page by page and yield its entities; without pages, those of its one answer.

        The arguments, and what is raised, are those of :meth:`~airflow_provider_genesys.api.client.Client.iterate`.

        :raises GenesysConfigError: also where the connection is wrong.
        """
        return self.get_conn().iterate(
            operation, path_params=path_params, query=query, guest_token=guest_token, max_pages=max_pages
        )
