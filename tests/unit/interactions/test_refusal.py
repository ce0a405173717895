"""Whether it is the source that is refused, by which events of a file were."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from airflow_provider_genesys.events.dead_letters import refused_lines
from airflow_provider_genesys.interactions.refusal import is_source_refused

NAMES = {"sourceConfiguration": {"sourceId": "s"}}
SILENT = {"notes": '"sourceId":"s"'}


@pytest.mark.parametrize(
    ("events", "refused", "lines", "expected"),
    [
        ([NAMES, SILENT], 0, [], False),
        ([], 0, [], False),
        ([NAMES, SILENT], 2, [], True),
        ([SILENT, SILENT], 2, [], True),
        ([NAMES, SILENT, NAMES], 2, [1, 3], True),
        ([NAMES, SILENT, NAMES, SILENT], 3, [1, 3, 4], True),
        ([NAMES, SILENT, NAMES], 2, [1, 2], False),
        ([NAMES, SILENT, NAMES], 1, [1], False),
        ([SILENT, SILENT], 1, [1], False),
        # A dead letter that is gone may have been any.
        ([NAMES, SILENT, NAMES], 2, [1], True),
        ([NAMES, SILENT, NAMES, NAMES, SILENT], 3, [1, 3], True),
        ([NAMES, SILENT, NAMES, NAMES, SILENT], 3, [2], False),
        ([NAMES, SILENT, NAMES, NAMES, SILENT], 3, [1, 2, 5], False),
        # One that was edited may name a line that there is not.
        ([NAMES, SILENT, NAMES], 2, [1, 3, 10**9], True),
        ([NAMES, SILENT, NAMES], 2, [1, 4], True),
        ([NAMES, SILENT, NAMES, NAMES, SILENT], 3, [1, 0, -1], True),
        ([NAMES, SILENT, NAMES, NAMES, SILENT], 3, [1, 2, -2], False),
    ],
)
def test_of_the_events_that_name_the_source_not_one_is_accepted(
    tmp_path: Path, events: list[object], refused: int, lines: list[int], expected: bool
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in events))
    assert is_source_refused(file, len(events), refused, lines) is expected


def letter(fate: str, line: float) -> str:
    return json.dumps({"dead_letter": {"fate": fate, "reason": "r", "message": "m", "file": "f", "line": line}})


def test_lines_of_dead_letters_that_were_refused(tmp_path: Path) -> None:
    written = [
        letter("rejected", 1),
        letter("unknown", 2),
        "mended by hand",
        "[" * 100_000,
        letter("invalid", math.inf),
    ]
    (tmp_path / "00-000001.jsonl").write_text("\n".join([*written, ""]))
    (tmp_path / "01-000001.jsonl").write_text(letter("invalid", 7))
    (tmp_path / "corrected.jsonl").write_text(letter("rejected", 9))
    assert sorted(refused_lines(tmp_path)) == [1, 7]
    assert list(refused_lines(tmp_path / "nowhere")) == []
