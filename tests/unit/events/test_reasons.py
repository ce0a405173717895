"""The commonest reasons, in words, with an example of each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from airflow_provider_genesys.events.dead_letters import DeadLetter, DeadLetters
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.reasons import tell_commonest
from airflow_provider_genesys.events.records import Unsendable


def _letter(reason: str, message: str, line: int) -> DeadLetter:
    record = Unsendable(0, "invalid", reason, message, b"{}", "in/day.jsonl", line)
    return DeadLetter.of(record)


def test_each_reason_has_its_words_and_the_first_place(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, STREAMS["user_presences"], "ids")
    letters.put(0, 1, [_letter("invalid.presence", "presence 'Smoke' is unknown", 7)])
    letters.put(1, 1, [_letter("invalid.presence", "presence 'Tea' is unknown", 9), _letter("x", "y" * 500, 12)])
    told = tell_commonest(Counter({"x": 2, "invalid.presence": 18}), letters.folder)
    assert told == (
        "presence 'Smoke' is unknown (18 times, such as day.jsonl, line 7); "
        f"{'y' * 120}… (2 times, such as day.jsonl, line 12)"
    )


def test_without_its_dead_letters_a_reason_is_told_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "00-000001.jsonl").write_text("corrected by hand, badly")
    assert tell_commonest(Counter({"invalid.presence": 1800}), tmp_path) == "invalid.presence (1,800 times)"
