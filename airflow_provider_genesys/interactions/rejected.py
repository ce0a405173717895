"""Why records were rejected, as a summary tells it: no value of a record is in it, and messages may repeat some."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.text import QUOTED, cut, fitting

KIND = "conversion"
"""What kind of summary that is which tells it."""

_MOST = 12
_MOST_BYTES = 12_000
_MOST_COUNTED = 1_000
_LONGEST = 160
_OTHERS = "others"
# What a record held stands in quotes. What has three digits running may be a number that somebody can be called at,
# wherever it stands.
_VALUE = re.compile(rf"{QUOTED}|[\w.+:-]*\d{{3}}[\w.+:-]*", re.DOTALL)


def reasons_in(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return why records were rejected, the commonest first: 12 and 12,000 bytes at most.

    :param lines: those of the file of rejects.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            reject = json.loads(line)
            rule, file, number = without_values(str(reject["reason"])), str(reject["file"]), int(reject["line"])
        except (ValueError, KeyError, TypeError):
            continue
        rule = rule if rule in counts or len(counts) < _MOST_COUNTED else _OTHERS
        counts[rule] += 1
        examples.setdefault(rule, {"file": cut(file.rpartition("/")[2], _LONGEST // 2), "line": number})
    rows = (
        {"code": None, "property": None, "rule": rule, "fate": None, "count": count, "example": examples[rule]}
        for rule, count in counts.most_common()
    )
    return fitting(rows, _MOST, _MOST_BYTES)


def for_people(account: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an account of records as a summary has it: with its kind, why records were rejected, and visible paths.

    :param reasons: as :func:`reasons_in` returns them.
    """
    paths = {name: visible_path(path) for name, path in account.items() if isinstance(path, str)}
    return {**account, **paths, "kind": KIND, "reasons": [*reasons]}


def in_words(reason: Mapping[str, Any]) -> str:
    """Return why records were rejected, how many, and an example; what stood in them is in the rejects."""
    example = reason["example"]
    return f"{reason['count']:,} rejected: {reason['rule']}, such as {example['file']}, line {example['line']}"


def without_values(reason: str) -> str:
    """Return a reason with three dots for whatever may have stood in the record, at most 160 characters."""
    return cut(_VALUE.sub("…", reason), _LONGEST)
