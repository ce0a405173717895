"""The client of the Genesys Cloud Platform API."""

from __future__ import annotations

import base64
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.answers import object_of, string_of
from airflow_provider_genesys.api.auth import Token, request_token
from airflow_provider_genesys.api.client import Client
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.operations.names import GenesysCloudListingName, GenesysCloudOperationName
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysPermissionError,
    GenesysServerError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.api.transport import Transport

_TOKEN_REQUEST = Operation(
    name="postOauthToken", method="POST", path="/oauth/token", authentication="none", repeat="client"
)
_ADVICE: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "is the client id (the connection's login) right, and its organisation in this region?",
    HTTPStatus.UNAUTHORIZED: "is the client secret (the connection's password) right?",
}


class GenesysCloudClient(Client[GenesysCloudOperationName, GenesysCloudListingName]):
    """Calls operations of the Platform API. Safe to share between threads; making one asks nothing of the network.

    :param settings: see :class:`ClientSettings`.
    :raises GenesysConfigError: an address is none, or there is no such CA bundle.
    """

    system = "Genesys Cloud"

    def __init__(self, settings: ClientSettings) -> None:
        super().__init__(settings)
        self._is_expected_organization = threading.Event()  # one for all views

    def check_organization(self) -> None:
        """Make sure that the token belongs to the expected organisation, if one is expected.

        The client does so itself before it first writes; who calls this asks anew, and knows before. What is found
        holds for all views of the client.

        :raises GenesysConfigError: it belongs to another one, or may not read which.
        """
        expected = self.settings.expected_organization_id
        if expected is None:
            return
        try:
            found = object_of("getOrganizationsMe", self.call("getOrganizationsMe")).get("id")
        except GenesysPermissionError as error:
            raise GenesysConfigError(
                f"expected_organization_id is {expected}, but the client may not read its organisation: {error}"
            ) from error
        if found != expected:
            raise GenesysConfigError(
                f"expected_organization_id is {expected}, but the client belongs to organisation {found}"
            )
        self._is_expected_organization.set()

    def before_writing(self) -> None:
        """Check the organisation, unless this client or a view of it was found to belong to the expected one.

        :raises GenesysConfigError: as :meth:`check_organization` does.
        :raises GenesysTransportError: it could not be asked; ``sent`` is false, since nothing was written.
        """
        if self._is_expected_organization.is_set():
            return
        try:
            self.view(meter=Meter()).check_organization()
        except (GenesysServerError, GenesysTransportError) as error:
            raise GenesysTransportError(
                f"nothing was written, since it is unknown to which organisation: {error}", sent=False
            ) from error

    @staticmethod
    def fetch_token(settings: ClientSettings, login: Transport) -> Token:
        """Ask the token endpoint once; the client's id and secret go into the ``Authorization`` header."""
        credentials = base64.b64encode(f"{settings.client_id}:{settings.client_secret}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        return request_token(login, _TOKEN_REQUEST, form={}, advice=_ADVICE, headers=headers)

    @staticmethod
    def read_error(body: dict[str, Any]) -> tuple[str | None, str]:
        """Read an ``ErrorBody``: its message, and the fields that the details name unless the message does."""
        message = string_of(body, "message") or ""
        details = body.get("details")
        details = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
        names = [string_of(each, "fieldName") for each in details]
        fields = ", ".join(name for name in names if name and name not in message)
        return string_of(body, "code"), f"{message} ({fields})" if fields else message
