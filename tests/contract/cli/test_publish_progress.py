"""How far a publish on the command line is: the same words as in a task's log, with the reason where nothing moves."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, cast

from airflow_provider_genesys.cli import console
from airflow_provider_genesys.cli.main import main
from airflow_provider_genesys.events import publisher
from tests.contract.cli.shell import events

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from airflow_provider_genesys.simulator.process import SimulatorHandle

LINE = re.compile(
    r"Settled (\d+) of (\d+) read so far: (\d+) accepted(?:, (\d+) not accepted)?; "
    r"(?:[\d,]+ events/s|nothing new for \d+ s), \d+ requests? in \d+ s(?:, \d+% of this minute's allowance used)?"
    r"(?:; waiting: (.+))?"
)


def test_a_line_is_true_says_what_is_waited_for_and_does_not_come_twice(
    genesys_cloud_simulator: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    simulator = genesys_cloud_simulator
    monkeypatch.setattr(console, "_EACH", {False: 0.25})
    for name, value in (("CLIENT_ID", simulator.client_id), ("CLIENT_SECRET", simulator.client_secret)):
        monkeypatch.setenv(f"GENESYS_CLOUD_{name}", value)
    monkeypatch.setenv("GENESYS_CLOUD_BASE_URL", simulator.base_url)
    monkeypatch.chdir(tmp_path)
    good, bad = events(500), events(400, eventDateTime="16.11.2026 08:12:03")
    (tmp_path / "mixed.jsonl").write_text(bad + good)
    simulator.add_fault(path="*/events/*", after=1, count=1, status=503, retry_after=3)
    options = ("--stream", "user_presences", "--artifacts-path", "a", "--max-rejected", "50%")
    assert main(["publish", "mixed.jsonl", *options]) == 0
    said = capfd.readouterr().err.splitlines()
    assert said.pop(next(number for number, line in enumerate(said) if line.startswith("warning: "))).count("503") == 1
    found = [LINE.fullmatch(line) for line in said]
    assert all(found), said
    for match in filter(None, found):
        settled, read, accepted, refused = (int(number or 0) for number in match.groups()[:4])
        assert (settled, settled <= read) == (accepted + refused, True), match[0]
    outage = [match[0] for match in filter(None, found) if "HTTP 503" in str(match[5])]
    assert len(outage) == len({re.sub(r" for \d+ s| in \d+ s|[\d,]+ events/s", "", line) for line in outage}) <= 3, said
    assert re.search(r"waiting: the server answers HTTP 503, Service Unavailable \(\d+ requests?\)$", outage[0])
    assert len(said) < 12, "3 s at 4 looks a second, of which only what is new is told"


def test_no_line_of_a_log_is_made_where_only_warnings_are_said(caplog: pytest.LogCaptureFixture) -> None:
    """Under Airflow's command the log would take them; the command line has lines of its own."""
    caplog.set_level(logging.INFO)
    log = logging.getLogger(publisher.__name__)
    with console.speaking(cast("console.Console", None)):
        assert (log.isEnabledFor(logging.INFO), log.isEnabledFor(logging.WARNING)) == (False, True)
    assert log.isEnabledFor(logging.INFO)
