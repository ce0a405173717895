"""The hook: from a ``vonage_contact_center`` connection to a client of the Agents API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.connection import form as connection_form
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.hooks.base import ClientHook

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations.names import (  # noqa: F401 - the class names them as text
        VonageListingName,
        VonageOperationName,
    )
    from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient


class VonageContactCenterHook(ClientHook["VonageOperationName", "VonageListingName"]):
    """Speaks to the Agents API of Vonage Contact Center with API credentials of one of its users.

    Tokens are shared by all hooks of a process, renewed in time and masked in logs; requests keep to the connection's
    pace and are repeated where that is safe. The connection is looked up on first use. Presences of many users are read
    with ``get_conn().read_presences(user_ids)``.

    :param vonage_contact_center_conn_id: id of the connection.
    """

    conn_name_attr = "vonage_contact_center_conn_id"
    default_conn_name = "vonage_contact_center_default"
    conn_type = "vonage_contact_center"
    hook_name = "Vonage Contact Center"

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the extra fields of the connection form, for Airflow before 3.2."""
        return connection_form.widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return how the connection form shows the standard fields, for Airflow before 3.2."""
        return connection_form.behaviour(cls.conn_type)

    def __init__(self, vonage_contact_center_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.vonage_contact_center_conn_id = vonage_contact_center_conn_id
        self._client: VonageContactCenterClient | None = None

    def get_conn(self) -> VonageContactCenterClient:
        """Return the client, the same one each time.

        :raises GenesysConfigError: as :meth:`get_connection_settings` does.
        """
        from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient  # noqa: PLC0415

        if self._client is None:
            self._client = VonageContactCenterClient(self.get_connection_settings())
        return self._client

    def test_connection(self) -> tuple[bool, str]:
        """Get a token and read the presence definitions with it, which any scope of the API allows.

        :return: whether it worked, and what is wrong if not.
        """
        from airflow_provider_genesys.api.retry import RetryPolicy  # noqa: PLC0415

        impatient = RetryPolicy(max_attempts=2, max_rate_limit_wait=10.0, max_wait=10.0)
        try:
            client = self.get_conn()
            answer = client.call("getAgentsPresenceDefinitions", policy=impatient)
        except GenesysError as error:
            return False, str(error)
        definitions = answer.get("presenceDefinitions") if isinstance(answer, dict) else None
        if not isinstance(definitions, list):
            return False, f"What answers at {client.settings.api_url} is not the Agents API."
        return True, f"Connected to {client.settings.api_url}, which has {len(definitions)} presence definitions."
