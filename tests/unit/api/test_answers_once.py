"""An answer in which a name stands twice says two things, of which one would be lost."""

from __future__ import annotations

import pytest
import responses

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysTransportError

API, LOGIN = "https://api.example.com", "https://login.example.com"


@pytest.mark.parametrize(
    "body",
    ['{"errors": [{"eventId": "a"}], "errors": []}', '{"\\u0065rrors": [1], "errors": []}', '{"a": {"b": 1, "b": 2}}'],
)
@responses.activate
def test_an_answer_in_which_a_name_stands_twice_is_not_believed(body: str) -> None:
    responses.post(f"{LOGIN}/oauth/token", json={"access_token": "t" * 40, "expires_in": 86_400})
    responses.post(f"{API}/api/v2/events/users/presence", body=body, content_type="application/json")
    client = GenesysCloudClient(ClientSettings("the-id", "secret", API, LOGIN))
    with pytest.raises(GenesysTransportError, match="broken JSON") as caught:
        client.call("postEventsUsersPresence", body={"userPresenceEvents": [{}]}, policy=RetryPolicy(max_attempts=1))
    assert caught.value.sent, "the server may have acted on it"
