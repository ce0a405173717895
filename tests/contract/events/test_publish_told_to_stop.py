"""A publish that is told to stop while its answers are outstanding, over plain sockets and TLS."""

from __future__ import annotations

import itertools
import json
import threading
import time
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.events.keeping import OWNER_AGE
from airflow_provider_genesys.events.publisher import _GRACE_WHEN_KILLED
from airflow_provider_genesys.events.sending import Sending
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysPermissionError
from airflow_provider_genesys.files.ownership import Owner
from tests.contract.kinds import uid
from tests.contract.roads import COUNT, LANES, Road
from tests.contract.wire_server import answer, from_on, plain, saying, stalling
from tests.contract.worlds import add_up, presences, write_lines
from tests.harness.machine import HEARD, least, until

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from airflow_provider_genesys.api.auth import Token
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.api.transport import Transport
    from airflow_provider_genesys.events.settings import OnUnknown


@pytest.fixture
def graces(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note for how many seconds a publish waits for the last answers: three are promised for all of its end."""
    given: list[float] = []
    abandon = Sending.abandon
    monkeypatch.setattr(Sending, "abandon", lambda self, seconds: given.append(seconds) or abandon(self, seconds))
    assert _GRACE_WHEN_KILLED < HEARD
    return given


@pytest.mark.parametrize("road", ["http", "https"])
@pytest.mark.parametrize("beginning", [b"", answer()[:40]], ids=["silent", "half an answer"])
def test_stop_with_answers_outstanding(
    roads: Callable[[str], Road], graces: list[float], road: str, beginning: bytes
) -> None:
    """Airflow kills five seconds after it asked; three are promised, and no machine stalls in each of three goes."""
    goes = itertools.count()

    def seconds_to_the_end() -> float:
        it = roads(road)
        it.folder = it.folder / f"{next(goes)}"
        it.server.manner = from_on(11, stalling(20, beginning))
        publisher = it.start()
        stopped: list[float] = []

        def stop_when_all_are_out() -> None:
            until(lambda: it.server.requests == 10 + LANES)
            stopped.append(time.monotonic())
            publisher.stop()

        threading.Thread(target=stop_when_all_are_out).start()
        with pytest.raises(GenesysError, match="stopped"):
            publisher.publish(presences(COUNT, users=200))
        seconds = time.monotonic() - stopped[0]
        summary = publisher.summary()
        add_up(summary)
        assert summary["accepted"] == 1_000
        return seconds

    assert least(seconds_to_the_end, enough=HEARD) < HEARD
    assert set(graces) == {_GRACE_WHEN_KILLED}


@pytest.fixture
def unanswered() -> Iterator[threading.Event]:
    """Yield what answers wait for; in the end the helpers that wait for them end too, and are in no other test."""
    over = threading.Event()
    yield over
    over.set()
    while any(thread.name.startswith("genesys-lane") for thread in threading.enumerate()):
        time.sleep(0.01)


@pytest.mark.parametrize("road", ["http", "https"])
@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_stop_with_a_hundred_answers_outstanding(
    roads: Callable[[str], Road], unanswered: threading.Event, graces: list[float], road: str, on_unknown: str
) -> None:
    it = roads(road)
    source = write_lines(it.folder / "in.jsonl", presences(30_000, users=2_000))
    it.server.manner = from_on(11, lambda *_: unanswered.wait(60) and False)
    publisher = it.start(max_in_flight=100, on_unknown=on_unknown)
    stopped: list[float] = []

    def stop_when_all_are_out() -> None:
        until(lambda: it.server.requests >= 110)
        stopped.append(time.monotonic())
        publisher.stop()

    threading.Thread(target=stop_when_all_are_out).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    assert time.monotonic() - stopped[0] < HEARD
    assert graces == [_GRACE_WHEN_KILLED]
    assert it.server.requests == 110
    summary = publisher.summary()
    add_up(summary)
    assert summary["accepted"] == 1_000
    it.server.manner = plain
    summary = it.start(max_in_flight=1, on_unknown=on_unknown, max_rejected="100%").publish(source)
    assert (summary["complete"], summary["read"]) == (True, 30_000)
    if on_unknown == "dead_letter":
        assert set(it.server.accepted.values()) == {1}
        assert summary["unknown"] == 10_000
    ledger = json.loads((it.folder / "ledger.json").read_text())
    assert len(ledger["lanes"]) == 100, "a resume keeps the lanes of its ledger"


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_stop_leaves_a_body_half_done_and_sends_none_behind_it(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch, on_unknown: OnUnknown
) -> None:
    """What is behind it would be settled, and it would not: its events would be lost, and the account never add up."""
    it = roads("http")
    publisher = it.start(max_in_flight=1, on_unknown=on_unknown)
    refusal = saying(answer(b'{"code":"bad.request","message":"no"}', status="400 Bad Request"))

    def refuse(connection: socket.socket, number: int) -> bool | None:
        if number == 3:
            time.sleep(0.2)  # by then all that may wait is read, and the publish waits for anything to happen
            publisher.stop()
        return (refusal if number in {2, 3} else plain)(connection, number)

    take_back = Sending._take_back

    def late(sending: Sending) -> None:
        """Come back from the wait for anything to happen when the helper has given up, as on a busy machine."""
        if publisher._killed and not sending._closing:
            until(lambda: sending._returned)
        take_back(sending)

    it.server.manner = refuse
    source = write_lines(it.folder / "in.jsonl", presences(500, users=1))
    with monkeypatch.context() as patch:
        patch.setattr(Sending, "_take_back", late)
        with pytest.raises(GenesysError, match="stopped"):
            publisher.publish(source)
    assert it.server.requests == 3
    assert publisher.summary()["accepted"] == 100
    summary = it.start(max_in_flight=1, on_unknown=on_unknown).publish(source)
    assert summary["accepted"] == 500
    assert summary["complete"]


def test_stop_is_heard_while_last_answers_are_waited_for(roads: Callable[[str], Road]) -> None:
    """Where a lane has failed the others have the time that an answer may take; a stop cuts that short."""

    def seconds_to_the_end() -> float:
        it = roads("http")
        it.folder = it.folder / f"{time.monotonic()}"
        forbidden = saying(answer(b'{"code":"missing.permissions","message":"no"}', status="403 Forbidden"))
        it.server.manner = from_on(
            11, lambda connection, number: (forbidden if number == 12 else stalling(20))(connection, number)
        )
        publisher = it.start()
        stopped: list[float] = []

        def stop_when_it_has_failed() -> None:
            until(lambda: publisher._ended._told)
            stopped.append(time.monotonic())
            publisher.stop()

        threading.Thread(target=stop_when_it_has_failed).start()
        with pytest.raises(GenesysPermissionError):
            publisher.publish(presences(COUNT, users=200))
        seconds = time.monotonic() - stopped[0]
        add_up(publisher.summary())
        return seconds

    assert least(seconds_to_the_end, enough=HEARD) < HEARD


def asking(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]) -> dict[str, str]:
    """Have this done where the expected organisation is asked for, which it then is; return what a client expects."""

    def check(client: GenesysCloudClient) -> None:
        ask()
        client._is_expected_organization.set()

    monkeypatch.setattr(GenesysCloudClient, "check_organization", check)
    return {"expected_organization_id": uid(1)}


def test_stop_while_it_is_asked_whose_organisation_it_is(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever hangs there: a token, a first byte, or an answer that dribbles for ten times its timeout."""
    over = threading.Event()
    it = roads("http")
    publisher = it.start(client=asking(monkeypatch, lambda: publisher.stop() or over.wait(20)))
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(10))
    assert time.monotonic() - began < HEARD
    over.set()
    assert it.server.requests == 0


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
@pytest.mark.parametrize("what", ["stop", "takeover"])
def test_what_ends_a_publish_while_a_token_is_fetched_keeps_its_body_from_being_sent(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch, on_unknown: OnUnknown, what: str
) -> None:
    """However long that takes: the next try, or another run, may have sent it by then."""
    it = roads("http")
    fetch = GenesysCloudClient.fetch_token
    others = {*threading.enumerate()}  # an earlier test's may still wait for answers

    def slowly(settings: ClientSettings, login: Transport) -> Token:
        if what == "stop":
            publisher.stop()
        else:
            Owner(it.folder / "owner.json", "task", 2).take()
            time.sleep(OWNER_AGE + 0.1)
        return fetch(settings, login)

    with monkeypatch.context() as patch:
        patch.setattr(GenesysCloudClient, "fetch_token", staticmethod(slowly))
        publisher = it.start(on_unknown=on_unknown)
        with pytest.raises(GenesysError, match="stopped" if what == "stop" else "taken over"):
            publisher.publish(presences(10))
    until(lambda: not any(each.name.startswith("genesys-lane") for each in {*threading.enumerate()} - others))
    assert it.server.requests == 0
    summary = it.start(on_unknown=on_unknown, max_rejected="100%").publish(presences(10))
    left = summary["unknown"] if (what, on_unknown) == ("takeover", "dead_letter") else 0  # it could not take that back
    assert summary["accepted"] == 10 - left
    assert left < 10


def test_the_organisation_is_asked_for_once(roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    publisher = roads("http").start(client=asking(monkeypatch, lambda: asked.append(threading.current_thread().name)))
    publisher.check_organization()
    assert publisher.publish(presences(10))["accepted"] == 10
    assert asked == ["genesys-store"]


def test_an_account_is_not_set_aside_in_another_organisation(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise GenesysConfigError("another")

    it = roads("http")
    it.publish(10)
    kept = (it.folder / "ledger.json").read_bytes()
    with pytest.raises(GenesysConfigError, match="another"):
        it.start(client=asking(monkeypatch, refuse)).set_aside()
    assert (it.folder / "ledger.json").read_bytes() == kept
    assert not (it.folder / "superseded").exists()


def test_stop_takes_the_answers_that_still_come(roads: Callable[[str], Road], graces: list[float]) -> None:
    it = roads("http")
    it.server.manner = lambda connection, number: (
        (time.sleep(0.4 if number > 10 else 0), plain(connection, number)) and True
    )
    publisher = it.start()

    def stop_when_some_are_late() -> None:
        until(lambda: it.server.requests > 10)
        publisher.stop()

    threading.Thread(target=stop_when_some_are_late).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(write_lines(it.folder / "in.jsonl", presences(20_000, users=200)))
    assert graces == [_GRACE_WHEN_KILLED], "it would have waited as long as an answer may take"
    assert publisher.summary()["requests"] < 200, "it did not publish all of it"
    assert publisher.summary()["accepted"] == sum(it.server.accepted.values())
