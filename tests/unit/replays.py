"""Accounts with dead letters, and what a replay of them is asked by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

IDS: dict[str, Any] = {"dag_id": "calls", "run_id": "manual__1", "task_id": "publish", "map_index": -1}
NUMBER = "+49 170 1234567"


def letter(reason: str = "invalid.userId", message: str = "userId is missing", *, event: Any = "x", **more: Any) -> str:
    about = {"fate": "invalid", "reason": reason, "message": message, "file": "in/day.jsonl", "line": 7, **more}
    return json.dumps({"dead_letter": about} | ({} if event is None else {"event": {"address": NUMBER}})) + "\n"


def account(folder: Path, *letters: str, stream: str = "user_presences", **more: Any) -> Path:
    """Write an account and return its folder."""
    (folder / "dead-letters").mkdir(parents=True)
    ledger = {"stream": stream, "complete": "2026-11-29", "task": "calls/manual__1/publish", **more}
    (folder / "ledger.json").write_text(json.dumps(ledger))
    for number, text in enumerate(letters):
        (folder / "dead-letters" / f"{number:02}-000001.jsonl").write_text(text)
    return folder


def entry(root: Path, **more: Any) -> dict[str, Any]:
    return {"dag_id": "calls", "artifacts_path": str(root), **more}
