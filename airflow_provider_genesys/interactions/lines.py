"""Lines of the files that a conversion writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any

from airflow_provider_genesys.interactions.reading import MAX_RECORD, Row


def reject_line(row: Row, reason: str) -> str:
    """Return the line of a record that is rejected or held back, which can be given as a record again."""
    record = row.text[:MAX_RECORD] if row.record is None else row.record
    return json.dumps({"file": row.file, "line": row.line, "reason": reason, "record": record}, default=str)


def correction_line(row: Row, reason: str, event: dict[str, Any]) -> str:
    """Return the line of an event that contradicts what was told, with the record that it comes of."""
    return json.dumps({"file": row.file, "line": row.line, "reason": reason, "event": event})


def write_lines(file: IO[bytes], lines: Iterable[str]) -> int:
    """Write lines and return how many there are."""
    count = 0
    for line in lines:
        file.write(line.encode() + b"\n")
        count += 1
    return count
