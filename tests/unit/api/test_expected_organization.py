from __future__ import annotations

from dataclasses import replace

import pytest
import requests
from api_world import API, EVENTS, ORGANIZATION, SOURCES, arguments_of, count, error_body, recording

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import OPERATIONS
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysTransportError


def test_the_expected_organisation_is_checked(api, settings, client, clock):
    client.check_organization()
    assert len(api.calls) == 0, "nothing is expected"
    api.get(ORGANIZATION, json={"id": "org-1", "name": "Example"})
    GenesysCloudClient(replace(settings, expected_organization_id="org-1")).check_organization()
    with pytest.raises(GenesysConfigError, match="is org-2, but the client belongs to organisation org-1"):
        GenesysCloudClient(replace(settings, expected_organization_id="org-2")).check_organization()


def test_an_organisation_that_may_not_be_read_is_not_taken_for_the_expected_one(api, settings, clock):
    api.get(ORGANIZATION, status=403, json=error_body(403, "missing.permissions", "No."))
    with pytest.raises(GenesysConfigError, match="org-1, but the client may not read"):
        GenesysCloudClient(replace(settings, expected_organization_id="org-1")).check_organization()


@pytest.mark.parametrize("answer", [[1], "x", 5, True])
def test_an_answer_that_is_no_organisation_is_not_taken_for_the_expected_one(api, settings, clock, answer):
    api.get(ORGANIZATION, json=answer)
    client = GenesysCloudClient(replace(settings, expected_organization_id="org-1"))
    with pytest.raises(GenesysTransportError, match="getOrganizationsMe: the answer is not a JSON object"):
        client.check_organization()
    with pytest.raises(GenesysTransportError, match="nothing was written"):
        client.sender("postEventsUsersPresence")


def expecting(settings, organization="org-1"):
    return GenesysCloudClient(replace(settings, expected_organization_id=organization))


def test_the_organisation_is_asked_for_once_before_the_first_write(api, settings, clock):
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.get(SOURCES, json={})
    api.post(SOURCES, json={})
    recording(api, EVENTS, *[(200, {}, {})] * 3)
    client, meter = expecting(settings), Meter()
    client.view(meter=meter).call("getPresenceSources")
    assert (count(api, ORGANIZATION), meter.requests) == (0, 1), "a read is free of it"
    for _ in range(2):
        client.view(meter=meter).call("postPresenceSources", body={})
    sender = client.view(meter=meter).sender("postEventsUsersPresence")
    for body in (b"1", b"2", b"3"):
        sender.send(body)
    assert (count(api, ORGANIZATION), meter.requests) == (1, 1 + 2 + 3)
    order = [call.request.url for call in api.calls if call.request.url.startswith((ORGANIZATION, SOURCES))]
    assert order == [SOURCES, ORGANIZATION, SOURCES, SOURCES]
    expecting(settings).call("postPresenceSources", body={})
    assert count(api, ORGANIZATION) == 2, "another client"


def test_who_checked_the_organisation_is_not_asked_for_it_again(api, settings, clock):
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.post(SOURCES, json={})
    client, meter = expecting(settings), Meter()
    client.view(meter=meter).check_organization()
    client.view(meter=meter).call("postPresenceSources", body={})
    client.sender("postEventsUsersPresence")
    assert (count(api, ORGANIZATION), meter.requests) == (1, 2)
    client.check_organization()
    assert count(api, ORGANIZATION) == 2, "who asks for it gets it"


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS.values() if row.writes and row.path[:4] == "/api"])
def test_nothing_is_written_to_another_organisation_than_the_expected(api, settings, clock, name):
    api.get(ORGANIZATION, json={"id": "org-1"})
    client = expecting(settings, "org-2")
    for _ in range(2):
        with pytest.raises(GenesysConfigError, match="expected_organization_id is org-2"):
            client.call(name, **arguments_of(OPERATIONS[name]))
    with pytest.raises(GenesysConfigError, match="expected_organization_id is org-2"):
        client.sender("postEventsUsersPresence")
    assert count(api, API) == count(api, ORGANIZATION) == 3


@pytest.mark.parametrize("failure", [502, requests.ReadTimeout()], ids=repr)
def test_an_organisation_that_could_not_be_asked_for_leaves_all_unwritten(api, settings, clock, failure):
    if isinstance(failure, int):
        api.get(ORGANIZATION, status=failure, json={})
    else:
        api.get(ORGANIZATION, body=failure)
    with pytest.raises(GenesysTransportError, match="nothing was written") as caught:
        expecting(settings).view(wait=clock.wait).call("postPresenceSources", body={})
    assert caught.value.sent is False
    assert count(api, SOURCES) == 0
    assert clock.repeats, "it waits as the call does"


def test_arguments_are_checked_before_the_organisation(api, settings, clock):
    with pytest.raises(GenesysConfigError, match="the body is missing"):
        expecting(settings).call("postPresenceSources")
    assert len(api.calls) == 0
