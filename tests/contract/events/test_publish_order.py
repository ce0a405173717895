"""Order: between requests, the events of one key are accepted in the order of the input, whatever goes wrong."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from tests.contract.kinds import uid
from tests.contract.worlds import World, presences

EVENTS = "*/events/*"
COUNT = 3000


def requests_by_key(world: World) -> dict[str, list[int]]:
    """Return, by key, the request that each event was accepted in, in the order of the input."""
    request = {row["eventId"]: row["request"] for row in world.simulator.ledger_events()}
    by_key: dict[str, list[int]] = defaultdict(list)
    for event in presences(COUNT, users=30):
        by_key[event["userId"]].append(request[event["eventId"]])
    return by_key


@pytest.mark.parametrize("seed", range(4))
def test_order_of_a_key_between_requests(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.simulator.seed(seed)
    world.simulator.settings(latency_ms=5)
    world.simulator.add_fault(path=EVENTS, status=503, probability=0.15)
    world.simulator.add_fault(path=EVENTS, status=409, probability=0.1)
    world.simulator.add_fault(path=EVENTS, reset="before", probability=0.1)
    summary = world.publish(presences(COUNT, users=30), max_in_flight=chance.randint(2, 16))
    assert summary["accepted"] == COUNT
    for requests in requests_by_key(world).values():
        assert requests == sorted(requests)


@pytest.mark.parametrize("seed", range(4))
def test_an_event_that_goes_again_is_overtaken_by_none_of_a_later_request(world: World, seed: int) -> None:
    """Only those of its own request may be accepted before it: inside one body the server decides."""
    world.simulator.seed(seed)
    world.simulator.settings(latency_ms=5)
    world.simulator.add_fault(path=EVENTS, status=503, probability=0.1)
    world.simulator.add_fault(path=EVENTS, partial={"retryable": True, "probability": 0.05})
    assert world.publish(presences(COUNT, users=30))["accepted"] == COUNT
    overtaken = 0
    for requests in requests_by_key(world).values():
        for place, request in enumerate(requests):
            earlier = {later for later in requests[place + 1 :] if later < request}
            assert len(earlier) <= 1
            overtaken += bool(earlier)
    assert overtaken > 0


def test_halves_of_a_refused_body_keep_the_order(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, status=413, after=1, count=7)
    assert world.publish(presences(COUNT, users=30), max_in_flight=3)["accepted"] == COUNT
    for requests in requests_by_key(world).values():
        assert requests == sorted(requests)
    assert uid(0) in world.accepted()
