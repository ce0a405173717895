"""Whether it is the source that Genesys Cloud refuses, and not single events.

Only some events of a conversation name the source: those by which somebody takes part. Where it is wrong the others may
be accepted, of conversations that nobody was told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from airflow_provider_genesys.files.blocks import lines_of

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_NAMES_SOURCE = b'"sourceId":"'
"""As events are written; in a text it would have backslashes."""


def is_source_refused(file: StoragePath, events: int, refused: int, refused_lines: Iterable[int]) -> bool:
    """Tell whether of the events that name the source every one was refused; where none does, whether all were.

    What a server says of why is not asked: another one says it otherwise.

    :param file: the events, a line each.
    :param events: how many.
    :param refused: how many of them are rejected or invalid.
    :param refused_lines: their lines, gone through only if they may be all that name the source; one that is missing
        may have been such a line.
    """
    if refused in (0, events):
        return refused > 0
    naming = sum(1 for _ in islice(_naming_source(file), refused + 1))
    if naming == 0 or naming > refused:
        return False
    is_refused = bytearray(events + 1)  # a byte each: they may be millions
    for line in refused_lines:
        if 0 < line <= events:  # what was edited may name any
            is_refused[line] = True
    missing = max(0, refused - sum(is_refused))
    return sum(not is_refused[line] for line in _naming_source(file)) <= missing


def _naming_source(file: StoragePath) -> Iterator[int]:
    """Yield the lines of the events that name the source."""
    for number, line in enumerate(lines_of(file, "the events"), 1):
        if _NAMES_SOURCE in line:
            yield number
