"""Views of a client: what one job, or one look, has of its own, and what all of them share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from api_world import EVENTS, ORGANIZATION, SOURCES, USERS, count

from airflow_provider_genesys.api import access
from airflow_provider_genesys.api.deadline import Deadline
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.queueing import Queue
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysServerError, GenesysTransportError


def told(clock, waits):
    """Return a wait that notes for how long it was told to."""

    def wait(seconds, reason):
        waits.append(seconds)
        clock.wait(seconds, reason)

    return wait


def test_a_view_waits_and_counts_as_told_whatever_it_does(api, client, clock):
    """All that a client does goes through its view: a call, a listing, a sender and the check of the organisation."""
    waits, meter = [], Meter()
    view = client.view(wait=told(clock, waits), meter=meter)
    for method, url in (("GET", SOURCES), ("GET", USERS), ("POST", EVENTS)):
        api.add(method, url, status=429, headers={"Retry-After": "3"})
        api.add(method, url, json={"entities": [], "pageCount": 1})
    view.call("getPresenceSources")
    assert list(view.iterate("getUsers")) == []
    view.sender("postEventsUsersPresence").send(b"{}")
    assert sum(seconds >= 3 for seconds in waits) == 3
    assert (meter.requests, meter.retries, meter.throttled) == (6, 3, 3)
    assert client.meter.requests == 0, "the client it is a view of counts its own"


def test_a_view_does_what_it_is_not_told_as_the_one_it_is_of(client, clock):
    waits, meter = [], Meter()
    wait = told(clock, waits)
    counting = client.view(meter=meter)
    both = counting.view(wait=wait)
    assert (counting.meter, both.meter, both.view().meter) == (meter, meter, meter)
    assert (both.wait, both.view().wait) == (wait, wait)
    assert (counting.wait, counting.view(wait=wait).meter) == (client.wait, meter)
    assert client.meter is not meter
    assert type(both) is GenesysCloudClient


def test_a_wait_that_raises_ends_the_request_of_its_view_only(api, client):
    def stop(seconds, reason):
        raise KeyboardInterrupt

    api.get(SOURCES, status=429, headers={"Retry-After": "3"})
    api.get(SOURCES, json={})
    with pytest.raises(KeyboardInterrupt):
        client.view(wait=stop).call("getPresenceSources")
    assert client.call("getPresenceSources") == {}


def test_what_waits_in_a_job_s_queue_goes_before_what_begins(api, settings):
    """It has begun: a body whose sender only asks for a turn may wait until those are through that were not."""
    api.get(SOURCES, json={})
    asked = []
    view = GenesysCloudClient(settings).view(wait=Queue(lambda call, seconds, why: asked.append(sender.acquire())))
    sender = view.sender("postEventsUsersPresence")
    view.call("getPresenceSources")
    assert asked[0] == 1.0, "turns were there"
    assert sender.acquire() == 0.0


def test_views_share_connections_tokens_pace_and_conditions(api, client):
    api.get(SOURCES, json={})
    views = [client, client.view(meter=Meter()), client.until(Deadline(60)), client.view().until(Deadline(60)).view()]
    for view in views:
        view.call("getPresenceSources")
    assert count(api, SOURCES) == 4
    assert len(api.calls) == 5, "one token for all"
    parts = [view._performer.access.parts() for view in views]
    assert len({id(each.limiter) for each in parts}) == len({id(each.api._adapter) for each in parts}) == 1
    assert len({id(view.conditions) for view in views}) == len({id(view.settings) for view in views}) == 1


@pytest.mark.parametrize("first", ["client", "view", "look"])
def test_one_check_of_the_organisation_is_enough_for_all_views(api, settings, clock, first):
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.post(SOURCES, json={})
    client = GenesysCloudClient(replace(settings, expected_organization_id="org-1"))
    views = {"client": client, "view": client.view(meter=Meter()), "look": client.until(Deadline(60))}
    views[first].check_organization()
    for view in views.values():
        view.call("postPresenceSources", body={})
        view.sender("postEventsUsersPresence")
    assert count(api, ORGANIZATION) == 1


def test_what_is_found_to_be_another_organisation_is_so_for_all_views(api, settings, clock):
    api.get(ORGANIZATION, json={"id": "org-1"})
    client = GenesysCloudClient(replace(settings, expected_organization_id="org-2"))
    for view in (client, client.view(), client.view(meter=Meter())):
        with pytest.raises(GenesysConfigError, match="expected_organization_id is org-2"):
            view.call("postPresenceSources", body={})
    assert count(api, SOURCES) == 0


def test_the_check_before_a_write_waits_as_the_view_and_is_counted_nowhere(api, settings, clock):
    api.get(ORGANIZATION, status=429, headers={"Retry-After": "3"})
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.post(SOURCES, json={})
    client, waits, meter = GenesysCloudClient(replace(settings, expected_organization_id="org-1")), [], Meter()
    client.view(wait=told(clock, waits), meter=meter).call("postPresenceSources", body={})
    assert sum(seconds >= 3 for seconds in waits) == 1
    assert (meter.requests, meter.throttled, client.meter.requests) == (1, 0, 0)


def test_a_view_of_a_look_is_as_impatient_and_a_look_of_a_view_waits_and_counts_as_it(api, client, clock):
    api.get(SOURCES, status=503, json={})
    waits, meter = [], Meter()
    deadline = Deadline(60)
    for view in (
        client.until(deadline).view(wait=told(clock, waits), meter=meter),
        client.view(wait=told(clock, waits), meter=meter),
    ):
        with pytest.raises(GenesysServerError):
            view.until(deadline).call("getPresenceSources")
    assert (meter.requests, len(waits)) == (4, 2), "each tries it twice"
    for look in (client.until(Deadline(0)).view(meter=meter), client.view(meter=meter).until(Deadline(0))):
        with pytest.raises(GenesysTransportError, match="no time was left"):
            look.call("getPresenceSources")


def test_after_a_fork_all_views_have_the_same_new_parts_and_a_look_its_deadline(client, monkeypatch):
    deadline = Deadline(60)
    look = client.until(deadline)
    before = client._performer.access.parts()
    sender = client.view(meter=Meter()).sender("postEventsUsersPresence")
    monkeypatch.setattr(access.os, "getpid", lambda: before.pid + 1)
    parts = client.view()._performer.access.parts()
    assert parts is client._performer.access.parts() is sender._parts()
    assert (parts.pid, parts.api is before.api) == (before.pid + 1, False)
    of_the_look = look._performer.access.parts()
    assert (of_the_look.pid, of_the_look.api._deadline, of_the_look.login._deadline) == (parts.pid, deadline, deadline)
