"""Secrets and tokens are nowhere: not in logs at any level, ledgers, dead letters, summaries or exceptions."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.simulator.process import SimulatorHandle, running_simulator
from tests.contract.worlds import World, presences

SECRET = "canary-Secret-8d1f"
EVENTS = "*/events/*"


@pytest.fixture(scope="module")
def guarded() -> Iterator[SimulatorHandle]:
    with running_simulator("--requests-per-minute", "100000", client_secret=SECRET) as simulator:
        yield simulator


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "fault",
    [
        None,
        {"status": 403, "after": 1},
        {"status": 401, "after": 1},
        {"status": 500, "after": 1},
        {"reset": "after", "after": 1},
        {"truncate": True, "after": 1},
        {"expire_token": True, "count": 2},
        {"refuse_whole_body": True, "after": 1},
        {"path": "/oauth/token", "status": 400, "message": "no", "code": "invalid_client"},
        {"path": "/oauth/token", "reset": "after"},
        {"partial": {"retryable": False, "every": 10}},
    ],
)
def test_no_secret_and_no_token_anywhere(
    guarded: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: dict[str, object] | None
) -> None:
    guarded.reset()
    if fault:
        guarded.add_fault(**{"path": EVENTS, **fault})
    caplog.set_level(logging.DEBUG)
    tokens: list[str] = []
    settings = ClientSettings(
        client_id="simulator",
        client_secret=SECRET,
        api_url=guarded.base_url,
        login_url=guarded.login_url,
        requests_per_minute=100_000,
        on_token=tokens.append,
    )
    publisher = Publisher(
        GenesysCloudClient(settings), PublishSettings(stream="user_presences", max_attempts=2), tmp_path, key="key"
    )
    said = [repr(settings), repr(publisher)]
    try:
        publisher.publish(presences(1000))
    except GenesysError as error:
        said += [*traceback.format_exception(error), repr(error.__dict__), repr(pickle.loads(pickle.dumps(error)))]
        said += [repr(vars(error.__cause__) if error.__cause__ else None)]
    said += [caplog.text, *(str(record.__dict__) for record in caplog.records), str(publisher.summary())]
    said += [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert "Publish of user_presences" in caplog.text
    assert tokens or "/oauth" in str(fault)
    for text in said:
        assert SECRET not in text
        assert not any(token in text for token in tokens)


def test_what_the_customer_wrote_is_in_no_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "every": 7})
    events = [event | {"message": "canary-message"} for event in presences(300)]
    events[5]["userId"] = 12
    world.publish(events, max_rejected=300)
    assert "canary-message" not in caplog.text
    assert "canary-message" not in (world.folder / "ledger.json").read_text()


@pytest.mark.parametrize("hook_class", [GenesysCloudHook, VonageContactCenterHook])
@pytest.mark.parametrize("field", ["code", "message"])
def test_test_connection_tells_no_secret_that_the_token_endpoint_repeats(
    guarded: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
    hook_class: type[GenesysCloudHook | VonageContactCenterHook],
    field: str,
) -> None:
    guarded.reset()
    said = {"code": "invalid_client", "message": "no", field: f"client_secret={SECRET}"}
    guarded.add_fault(path="*token", status=400, **said)
    connection = guarded.connection_json if hook_class is GenesysCloudHook else guarded.vonage_connection_json
    monkeypatch.setenv(f"AIRFLOW_CONN_{hook_class.default_conn_name}".upper(), connection)
    works, answer = hook_class().test_connection()
    assert not works
    assert "client_secret=***" in answer
