"""The trigger of an AssetWatcher: what it tells, what it remembers, and that nothing ends it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.watched import as_state, changes, kept
from airflow_provider_genesys.triggers import genesys_cloud
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudConfigurationChangedTrigger as Trigger

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

AIRFLOW = Version(version("apache-airflow"))
SMOKE = {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}
YOGA = {"systemPresence": "Break", "languageLabels": {"en_US": "Yoga"}}


class Store(dict[str, Any]):
    """Stands for the Asset's, which Airflow injects from 3.3 on."""

    async def aget(self, key: str, default: Any = None) -> Any:
        return json.loads(self[key]) if key in self else default

    async def aset(self, key: str, value: Any) -> None:
        self[key] = json.dumps(value)


class NoStore:
    """What two Assets whose watchers are equal have."""

    async def aget(self, key: str, default: Any = None) -> Any:
        raise ValueError("Task has 2 concrete inlets and outlets")

    aset = aget


def trigger(store: Any = None, **arguments: Any) -> Trigger:
    path, kept = Trigger(**({"interval": 1} | arguments)).serialize()
    assert path.endswith(".GenesysCloudConfigurationChangedTrigger")
    again = Trigger(**json.loads(json.dumps(kept)))
    if store is not None:
        again.asset_state_store = store
    return again


class Watching:
    """A trigger that runs, and the events that it tells."""

    def __init__(self, watching: Trigger) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(watching.run()))

    async def _run(self, told: AsyncIterator[Any]) -> None:
        async for event in told:
            self.events.put_nowait(event.payload)

    async def next(self) -> Any:
        event = await asyncio.wait_for(self.events.get(), 20)
        assert len(json.dumps(event)) < 8_000
        return event

    async def none(self, seconds: float = 2.5) -> None:
        await asyncio.sleep(seconds)
        assert self.events.empty()
        assert not self._task.done()

    async def __aenter__(self) -> Watching:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def load(connected: SimulatorHandle, *definitions: dict[str, Any]) -> Any:
    return asyncio.to_thread(connected.load_presence, [*definitions])


def test_a_change_is_told_and_the_first_state_is_not(connected: SimulatorHandle) -> None:
    connected.load_presence([SMOKE])

    async def watch() -> None:
        async with Watching(trigger()) as watching:
            await watching.none()
            yoga = (await load(connected, YOGA))[-1]["id"]
            event = await watching.next()
            assert event == {
                "genesys_cloud_conn_id": "genesys_cloud_default",
                "changed": {
                    "presence_definitions": {
                        "state": "exported", "count": 1, "added": [yoga], "removed": [], "modified": [],
                    }
                },
            }  # fmt: skip
            await watching.none()

    asyncio.run(watch())


def test_what_was_changed_while_nobody_looked_is_told(connected: SimulatorHandle) -> None:
    store = Store()

    async def watch() -> None:
        async with Watching(trigger(store)) as watching:
            await watching.none()
        await load(connected, SMOKE)
        async with Watching(trigger(store)) as watching:
            assert (await watching.next())["changed"]["presence_definitions"]["count"] == 1
            await watching.none()  # the next state came, so that it is kept
        async with Watching(trigger(store)) as watching:
            await watching.none()

    asyncio.run(watch())


def test_what_airflow_may_not_have_yet_is_told_once_more(connected: SimulatorHandle) -> None:
    store = Store()

    async def watch() -> None:
        async with Watching(trigger(store)) as watching:
            await watching.none()
            await load(connected, SMOKE)
            first = await watching.next()
        # Killed before the next state: whether Airflow has stored the event nobody knows.
        async with Watching(trigger(store)) as watching:
            assert await watching.next() == first

    asyncio.run(watch())


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"status": 400}, {"reset": "before"}])
def test_no_failure_ends_it(connected: SimulatorHandle, fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_cloud, "_LONGEST_BETWEEN_POLLS", 1.0)

    async def watch() -> None:
        async with Watching(trigger()) as watching:
            await watching.none()
            await asyncio.to_thread(lambda: connected.add_fault(path="/api/*", **fault))
            await load(connected, SMOKE)
            await watching.none(4)
            await asyncio.to_thread(connected.clear_faults)
            assert (await watching.next())["changed"]

    asyncio.run(watch())


def test_a_secret_that_is_renewed_is_read_anew(connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_cloud, "_LONGEST_BETWEEN_POLLS", 1.0)
    name, good = "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", connected.connection_json
    monkeypatch.setenv(name, json.dumps(json.loads(good) | {"password": "the one before"}))

    async def watch() -> None:
        async with Watching(trigger()) as watching:
            await watching.none()
            monkeypatch.setenv(name, good)
            await watching.none()
            await load(connected, SMOKE)
            assert (await watching.next())["changed"]

    asyncio.run(watch())


def test_failures_are_followed_by_longer_pauses() -> None:
    pauses = [Trigger._pause(300.0, failures, None) for failures in (0, 1, 2, 50)]
    for pause, expected in zip(pauses, (300, 600, 900, 900), strict=True):
        assert expected * 0.9 <= pause <= expected * 1.1
    assert Trigger._pause(300.0, 1, 5_000.0) == 5_000
    assert Trigger._pause(3_600.0, 9, None) >= 3_600 * 0.9


def test_a_store_that_refuses_is_none(connected: SimulatorHandle) -> None:
    async def watch() -> None:
        async with Watching(trigger(NoStore())) as watching:
            await watching.none()
            await load(connected, SMOKE)
            assert (await watching.next())["changed"]
            await watching.none()

    asyncio.run(watch())


def test_watchers_of_the_same_share_one_poll(connected: SimulatorHandle) -> None:
    one, other = trigger(include=["presence"]), trigger(include=[*reversed(trigger(include=["presence"]).include)])
    assert one.shared_stream_key() == other.shared_stream_key()
    hash(one.shared_stream_key())
    for different in ({"interval": 2}, {"include": ["webchat"]}, {"genesys_cloud_conn_id": "other"}):
        assert trigger(**({"include": ["presence"]} | different)).shared_stream_key() != one.shared_stream_key()

    async def watch() -> None:
        stream = Trigger.open_shared_stream(one.serialize()[1])
        states = [await anext(stream)]
        await load(connected, SMOKE)
        states.append(await anext(stream))
        await stream.aclose()

        async def shared() -> AsyncIterator[Any]:
            for state in states:
                yield state

        for each in (one, other):
            told = [event.payload async for event in each.filter_shared_stream(shared())]
            assert [*told[0]["changed"]] == ["presence_definitions"]

    asyncio.run(watch())


@pytest.mark.skipif(Version("3") > AIRFLOW, reason="Airflow has watchers from 3.0 on")
def test_an_asset_takes_it() -> None:
    from airflow.sdk import Asset, AssetWatcher  # noqa: PLC0415
    from airflow.triggers.base import BaseEventTrigger  # noqa: PLC0415

    assert issubclass(Trigger, BaseEventTrigger)
    asset = Asset("statuses", watchers=[AssetWatcher(name="watcher", trigger=trigger())])
    path, arguments = asset.watchers[0].trigger.serialize()
    assert BaseEventTrigger.hash(path, arguments) == BaseEventTrigger.hash(*trigger().serialize())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"include": ["webcat"]}, "include: 'webcat' is unknown"),
        ({"include": []}, "include must be a list"),
        ({"interval": 0}, "interval must be"),
        ({"interval": "300"}, "interval must be"),
        ({"interval": math.inf}, "interval must be a number from 1 to 3,155,760,000, not inf"),
        ({"interval": math.nan}, "interval must be a number from 1 to 3,155,760,000, not nan"),
        ({"interval": -300}, "interval must be"),
        ({"interval": True}, "interval must be"),
        ({"interval": 10**400}, "interval must be"),
        ({"genesys_cloud_conn_id": None}, "genesys_cloud_conn_id must be"),
    ],
)
def test_a_wrong_argument_is_told_when_the_dag_is_parsed_and_kills_no_triggerer(arguments: Any, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message) as caught:
        Trigger(**arguments)
    assert isinstance(caught.value, TypeError), "a triggerer survives no other error of a trigger's making"


# --- states


def state(**entities: str) -> dict[str, Any]:
    return {"r": {"state": "exported", "fingerprint": str(hash(tuple(sorted(entities.items())))), "entities": entities}}


def test_changes_are_counted_and_a_few_are_named() -> None:
    before = state(a="1", b="1", **{f"x{number:02}": "1" for number in range(30)})
    found = changes(before, state(a="1", b="2", c="1"))["r"]
    assert (found["count"], found["added"], found["modified"], len(found["removed"])) == (32, ["c"], ["b"], 10)
    assert changes(before, before) == {}
    assert changes({}, before) == {}


def test_a_state_that_is_too_large_is_kept_without_its_entities() -> None:
    large = state(**{f"{number:036}": "0123456789abcdef" for number in range(2_000)}) | {
        "small": {"state": "exported", "fingerprint": "f", "entities": {"a": "1"}}
    }
    held = as_state(json.loads(json.dumps(kept(large))))
    assert held is not None
    assert len(json.dumps(held)) < 50_000
    assert (held["r"]["entities"], held["small"]["entities"]) == (None, {"a": "1"})
    assert changes(held, large) == {}
    assert changes(held, state(a="1"))["r"]["count"] is None


@pytest.mark.parametrize("value", [None, [], "x", {"r": 1}, {"r": {"state": "exported"}}])
def test_what_is_no_state_counts_as_nothing(value: Any) -> None:
    assert as_state(value) is None
