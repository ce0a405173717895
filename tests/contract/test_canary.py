"""No job tells a secret, whatever goes wrong: every log at DEBUG, and a server in between that says back what it got.

The secrets are those of a client, of a proxy and of a guest, and each token that was given out. They are looked for in
all that a job leaves: log records, errors and what is behind them, XComs, rendered templates, triggers, output, files.
"""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.simulator.process import SimulatorHandle, running_simulator
from tests.contract.canary_gateway import CLIENT_ID, FAULTS, PASSWORD, SECRET, EchoingProxy, basic
from tests.contract.canary_jobs import JOBS, LOOK_ONLY, Run, load, meets_an_api
from tests.harness.fixtures import PLENTY


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator("--example-data", client_id=CLIENT_ID, client_secret=SECRET) as simulator:
        yield simulator


@pytest.fixture
def proxy(simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, short_waits: None) -> Iterator[EchoingProxy]:
    simulator.reset()
    simulator.settings(requests_per_minute=PLENTY, vonage_requests_per_minute=PLENTY)
    load(simulator)
    with EchoingProxy().running() as proxy:
        for name, given in (
            ("GENESYS_CLOUD_DEFAULT", simulator.connection_json),
            ("VONAGE_CONTACT_CENTER_DEFAULT", simulator.vonage_connection_json),
        ):
            connection = json.loads(given)
            connection["extra"] |= {
                "proxies": {"http": proxy.url},
                "max_wait": 1,
                "requests_per_minute": PLENTY,
                **({"scope": "users:read stats"} if "VONAGE" in name else {}),
            }
            monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))
        monkeypatch.setenv("AIRFLOW_CONN_PLANS", simulator.connection_json)  # for what a job begins with
        yield proxy


def chain(error: BaseException) -> list[BaseException]:
    """Return an error and all that is behind it, also what no traceback shows."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found


def told_by(error: BaseException) -> Iterator[tuple[str, str]]:
    for each in chain(error):
        name = f"the error {type(each).__name__}"
        yield name, f"{each} {each!r} {each.args!r} {vars(each)!r} {getattr(each, '__notes__', '')}"
        try:
            pickled = pickle.dumps(each)
        except Exception:  # noqa: BLE001 - of others, who need not be picklable
            assert not isinstance(each, GenesysError)  # ours go from one process to the next
        else:
            yield f"{name}, pickled", pickled.decode("latin-1")
    yield "the traceback", "".join(traceback.format_exception(error))


def told_by_records(records: list[logging.LogRecord]) -> Iterator[tuple[str, str]]:
    for record in records:
        yield f"a record of {record.name}", f"{record.getMessage()} {record.__dict__!r}"
        if record.exc_info and record.exc_info[1]:
            yield from told_by(record.exc_info[1])


def told_by_files(folder: Path) -> Iterator[tuple[str, str]]:
    for file in (each for each in folder.rglob("*") if each.is_file()):
        yield f"the file {file.relative_to(folder)}", f"{file.name} {file.read_bytes().decode('latin-1')}"


def spoken(told: Iterator[tuple[str, str]], canaries: dict[str, str]) -> list[str]:
    return [
        f"{where} tells {secret!r}, spelt {spelt!r}: ...{text[: text.index(spelt) + 80][-200:]}..."
        for where, text in told
        for spelt, secret in canaries.items()
        if spelt in text
    ]


def all_told(
    run: Run, error: BaseException | None, caplog: pytest.LogCaptureFixture, output: str
) -> Iterator[tuple[str, str]]:
    yield from told_by_records(caplog.records)
    if error is not None:
        yield from told_by(error)
    yield "an XCom", json.dumps([run.ti.pushed, run.ti.links])
    yield "what a job returns, renders or serialises", repr(run.left)
    yield "standard output and error", output
    yield from told_by_files(run.folder)


def test_no_job_is_left_out() -> None:
    assert {name.partition(" ")[0] if not name.startswith("command") else name for name in JOBS} == meets_an_api()


@pytest.mark.parametrize("fault", [*FAULTS, "html later"])
@pytest.mark.parametrize("name", JOBS)
def test_no_job_tells_a_secret(  # noqa: PLR0917 - fixtures
    name: str,
    fault: str,
    proxy: EchoingProxy,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("urllib3", "requests", "airflow_provider_genesys", "task"):
        caplog.set_level(logging.DEBUG, logger=logger)
    run, error = Run(tmp_path), None
    proxy.set(fault.removesuffix(" later"), after=2 if "later" in fault else 0)
    try:
        JOBS[name](run)
    except Exception as caught:  # noqa: BLE001 - which one it is, is for other tests
        error = caught

    found = spoken(all_told(run, error, caplog, "".join(capfd.readouterr())), proxy.canaries())

    assert found == []
    if fault == "none" and "guest" not in name and "Sensor" not in name:
        assert error is None
    elif fault in FAULTS[1:] and name not in LOOK_ONLY and not (fault == "refused token" and "guest" in name):
        assert proxy.struck


def test_what_it_looks_for_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Else a test that finds nothing says nothing."""
    canaries = EchoingProxy().canaries()
    for said in (
        SECRET,
        PASSWORD,
        basic(CLIENT_ID, SECRET),
        json.dumps(SECRET),
        "Canary%2F9%2Bf%2541%20%26%3CZ%3E%3D8d1f",
    ):
        (tmp_path / "file").write_text(f"x{said}x")
        cause = ValueError()
        cause.__context__ = OSError(said)
        caplog.clear()
        logging.getLogger("x").warning("%s", [said])
        for told in (told_by_files(tmp_path), told_by(cause), told_by_records(caplog.records)):
            assert spoken(told, canaries)
