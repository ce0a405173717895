"""Why records were not accepted, told to a person: each reason with one example, taken from the dead letters.

The dead letters are read rather than examples kept in memory, so that those of earlier tries are told as well.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.files import storage

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

# Airflow's pages cut a long message off.
_TOLD = 3
_LONGEST = 120
# Common reasons are found early; a store is not read through for the rare ones.
_MOST_SEGMENTS = 100


def tell_commonest(reasons: Counter[str], dead_letters: StoragePath) -> str:
    """Return the commonest reasons, each in words and with one example by file and line.

    :param reasons: how many records were not accepted, by reason.
    :param dead_letters: folder of the dead letters; an example that cannot be read there is left out.
    """
    commonest = reasons.most_common(_TOLD)
    found = examples(dead_letters, {reason for reason, _ in commonest})
    return "; ".join(_in_words(reason, count, found.get(reason)) for reason, count in commonest)


def examples(folder: StoragePath, reasons: set[str]) -> dict[str, dict[str, Any]]:
    """Return by reason the first dead letter that is found; none where they cannot be read."""
    found: dict[str, dict[str, Any]] = {}
    try:
        for name in storage.list_names(folder, "*.jsonl")[:_MOST_SEGMENTS]:
            for line in (storage.read(folder / name) or b"").splitlines():
                about = json.loads(line)["dead_letter"]
                if about["reason"] in reasons:
                    found.setdefault(about["reason"], about)
                if len(found) == len(reasons):
                    return found
    except (OSError, ValueError, KeyError, TypeError):
        pass  # it is for a message only, which tells where the dead letters are
    return found


def _in_words(reason: str, count: int, example: dict[str, Any] | None) -> str:
    times = "once" if count == 1 else f"{count:,} times"
    if example is None:
        return f"{reason} ({times})"
    message = str(example["message"])
    words = message if len(message) <= _LONGEST else message[:_LONGEST].rstrip() + "…"
    return f"{words} ({times}, such as {str(example['file']).rpartition('/')[2]}, line {example['line']})"
