"""An answer in which a name stands twice says two things, of which one would be lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.api.answers import json_of
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.delivery import accepts_all
from airflow_provider_genesys.events.outcomes import Answered, understand
from airflow_provider_genesys.exceptions import GenesysTransportError
from tests.harness.examples import examples

API, LOGIN = "https://api.example.com", "https://login.example.com"


# With and without a byte order mark.
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


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


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "body",
    [
        '{"errors": [{"eventId": "a"}]}',
        '{"errors": [{"eventId": "a"}], "errors": []}',
        '{"\\u0065rrors": [{"eventId": "a"}]}',
        '{"errors": [{"eventId": "a"}], "\\u0065rrors": []}',
        '{"\\u0065rrors": [{"eventId": "a"}], "errors": null}',
        '{"errors": [], "details": [{"name": 1, "n\\u0061me": 2}]}',
    ],
)
def test_the_quick_way_sees_errors_and_names_that_stand_twice_in_any_spelling(body: str, encoding: str) -> None:
    assert not accepts_all(body.encode(encoding))


@pytest.mark.parametrize("body", ["{}", '{"errors":[]}', ' {"errors" : [ ] }\n', '{"errors":null}', '{"x":1}'])
def test_the_usual_answers_need_no_second_look(body: str) -> None:
    assert accepts_all(body.encode())


@st.composite
def spelled(draw: st.DrawFn) -> bytes:
    """An object with a few names, of which some may stand twice, in any spelling and encoding."""
    names = st.sampled_from(["errors", "Errors", "status"])
    values: st.SearchStrategy[Any] = st.sampled_from([[], None, {}, [None], False, 0, "", "all", [{"message": "all"}]])
    pairs = []
    for name, value in draw(st.lists(st.tuples(names, values), max_size=3)):
        spelling = "".join(f"\\u{ord(sign):04x}" if draw(st.booleans()) else sign for sign in name)
        pairs.append(f'"{spelling}":{json.dumps(value)}')
    return f"{{{','.join(pairs)}}}".encode(draw(st.sampled_from(ENCODINGS)))


@examples(500)
@given(text=spelled() | st.binary(max_size=20))
def test_what_the_quick_way_accepts_the_careful_one_does(text: bytes) -> None:
    if accepts_all(text):
        assert understand([], json_of(text), resend=True) == Answered({})
        assert not any(value for name, value in json.loads(text, object_pairs_hook=list) if name == "errors")
