"""For whom a transfer has nothing to publish, as its summary tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_genesys.mapping.rules import CONDITIONS
from airflow_provider_genesys.text import cut, fitting, parse_json

_MOST_PRESENCES = 12
_MOST_USERS = 20
_MOST_BYTES = 6_000
_LONGEST = 80
_SHOWN = CONDITIONS[:3]


def left_over(unmapped: Iterable[Mapping[str, Any]], missing: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``unmapped_presences`` and ``missing_users``, of each 6,000 bytes at most.

    :param unmapped: users in a presence that no rule matches, as the comparison has them.
    :param missing: users of whom Vonage tells nothing, likewise.
    """
    kinds = Counter(tuple(row[name] for name in _SHOWN) for row in unmapped)
    presences = (
        {name: None if said is None else cut(str(said), _LONGEST) for name, said in zip(_SHOWN, kind, strict=True)}
        | {"count": count}
        for kind, count in kinds.most_common()
    )
    return {
        "unmapped_presences": fitting(presences, _MOST_PRESENCES, _MOST_BYTES),
        "missing_users": fitting(
            (cut(str(row["vonage_user_id"]), _LONGEST) for row in missing), _MOST_USERS, _MOST_BYTES
        ),
    }


def left_over_in(unmapped: bytes | None, missing: bytes | None) -> dict[str, Any]:
    """Do as :func:`left_over` with what an earlier try wrote down; without anything, if that cannot be read."""
    try:
        return left_over(*([parse_json(line) for line in (text or b"").splitlines()] for text in (unmapped, missing)))
    except (ValueError, KeyError, TypeError):
        return left_over((), ())
