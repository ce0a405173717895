"""What the log of a conversion tells at its end: what became of the records, and why."""

from __future__ import annotations

import json
import logging
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import Mock

import pytest

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.interactions import account as account_module
from airflow_provider_genesys.interactions.conversion import Prepared, converted
from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.converting_states import convert_states_to
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from airflow_provider_genesys.tasks.presence_rules import presence_rules
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.states import SIMPLE, says
from tests.unit.interactions.world import JSON, OBJECT

MAPPING = mapping_of_text(JSON, "calls.yaml")
LOG = """\
times: {format: iso}
record: {shape: log, event: e, time: t}
interaction: {id: i, direction: inbound}
happenings: {IN: {interaction: {started: t}}, OUT: {interaction: {ended: t}}}
"""


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    (message,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("Conversion by ")]
    return message.splitlines()


def test_the_log_tells_once_what_became_of_the_records_and_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    records = [
        OBJECT, *[{"Channel": "CHAT"}] * 2, OBJECT | {"How": "MONITOR"}, OBJECT | {"Id": "c2", "End": None},
        *({"Channel": "VOICE", "Id": "x", "Begin": f"secret-{number}"} for number in range(1_200)),
    ]  # fmt: skip
    account = convert_to(tmp_path, [("in/day.json", records)], MAPPING, DIRECTORY)
    assert told(caplog) == [
        "Conversion by calls.yaml is complete:",
        "  records               1,205",
        "  converted                 1",
        "  skipped                   3  2 by only, 1 by skip",
        "  held back                 1",
        "  rejected              1,200",
        f"  events written            {account['events_written']}",
        "  1,200 rejected: started: Begin … is no time as iso, such as day.json, line 6",
    ]
    assert "secret" not in caplog.text
    assert not {"skipped_by", "reasons"} & {*account}


def test_the_log_tells_it_too_of_a_conversion_that_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lines = [OBJECT, {"Channel": "CHAT"}, {"Id": "x", "Channel": "VOICE"}, {"Records": [OBJECT]}]
    with pytest.raises(GenesysSourceError, match=r"^f, line 4: "):
        convert_to(tmp_path, [("f", "\n".join(map(json.dumps, lines)).encode())], MAPPING, DIRECTORY)
    assert told(caplog) == [
        "Conversion by calls.yaml is not complete:",
        "  records                   3",
        "  converted                 1",
        "  skipped                   1  1 by only",
        "  rejected                  1",
        "  events written            0",
        "  1 rejected: started is empty, such as f, line 3",
    ]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_whole", [True, False])
def test_that_reasons_cannot_be_told_fails_no_conversion_and_hides_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    monkeypatch.setattr(account_module, "reasons_in", Mock(side_effect=OSError("the disk")))
    records = [{"Id": "x", "Channel": "VOICE"}, *([] if is_whole else [{"Records": [OBJECT]}])]
    with nullcontext() if is_whole else pytest.raises(GenesysSourceError, match="holds records"):
        assert convert_to(tmp_path, [("f", records)], MAPPING, DIRECTORY)["rejected"] == 1


def test_why_records_are_rejected_is_told_beside_the_account(tmp_path: Path) -> None:
    prepared = Prepared([("f", [{"Id": "x", "Channel": "VOICE"}])], MAPPING, DIRECTORY)
    with converted(tmp_path, prepared, state=None, settle=None, argument="destination") as (account, _, reasons):
        assert "reasons" not in account
    assert [(each["rule"], each["count"]) for each in reasons] == [("started is empty", 1)]


def test_the_log_tells_what_became_of_states(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    mapping = mapping_of_text(SIMPLE.replace("record: {", "record: {skip: {State: Tea}, "), "states.yaml")
    rules = presence_rules(mapping, None)
    assert rules is not None
    records = [says(0, "Free"), says(5, "Talks"), says(6, "Talks"), says(7, "Tea"), says(9, "away")]
    convert_states_to(tmp_path, [("f", records)], mapping, DIRECTORY, rules)
    assert told(caplog)[1:] == [
        "  records                   5",
        "  converted                 2",
        "  skipped                   2  1 by skip, 1 saying nothing new",
        "  rejected                  1",
        "  events written            3",
        "  1 rejected: state … is none of record.highest: Talks, Free, Away, Out, such as f, line 5",
    ]


def test_an_event_that_no_happening_names_is_told_as_such(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    records = [{"i": "c1", "e": event, "t": "2026-11-16T08:00:00Z"} for event in ("IN", "MOVED", "MOVED", "OUT")]
    convert_to(tmp_path, [("f", records)], mapping_of_text(LOG, "log.yaml"), DIRECTORY)
    assert told(caplog)[3] == "  skipped                   2  2 for an event that is not in happenings"
