"""What a client is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _ignore(_token: str) -> None:
    """Do nothing with a new token."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """All that a client is made of.

    :param client_id: id of the OAuth client.
    :param client_secret: its secret.
    :param api_url: address of the API.
    :param login_url: address of the token endpoint's host.
    :param connect_timeout: seconds to wait for a connection.
    :param read_timeout: seconds to wait for each piece of an answer; a whole one may take ten times as long.
    :param verify: whether to verify certificates, or path of a CA bundle.
    :param proxies: proxy by scheme; ``None`` takes those of the environment.
    :param requests_per_minute: pace where the server sends no rate-limit headers.
    :param max_wait: the longest single wait in seconds.
    :param expected_organization_id: id of the only organisation to work on (Genesys Cloud), see
        :meth:`GenesysCloudClient.check_organization`.
    :param scope: scopes to ask a token for, separated by spaces (Vonage Contact Center).
    :param api_from: what ``api_url`` was found by, for advice: a field of the connection, or its region.
    :param login_from: the same of ``login_url``.
    :param apps_url: address of the pages that people use (Genesys Cloud); ``None`` where the region is not known.
    :param user_agent: value of the ``User-Agent`` header.
    :param on_token: called with each new token, the client's and those of guests, the moment it is known, so that it
        can be masked in logs.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    login_url: str
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    verify: bool | str = True
    proxies: Mapping[str, str] | None = field(default=None, repr=False)
    requests_per_minute: float = 300.0
    max_wait: float = 120.0
    expected_organization_id: str | None = None
    scope: str | None = None
    api_from: str = "the region"
    login_from: str = "the region"
    apps_url: str | None = None
    user_agent: str = "airflow-provider-genesys"
    on_token: Callable[[str], None] = _ignore
