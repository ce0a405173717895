"""The input on its way to what sends it: read, checked, and handed over as bodies, while answers are let in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from airflow_provider_genesys.events.ahead import ReadAhead
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError, GenesysStorageError

if TYPE_CHECKING:
    from airflow_provider_genesys.events.batching import Body
    from airflow_provider_genesys.events.helper import Bell
    from airflow_provider_genesys.events.intake import Intake
    from airflow_provider_genesys.events.ledger import Ledger
    from airflow_provider_genesys.events.sending import Sending
    from airflow_provider_genesys.events.source import Chunk


class _UnreadableError(Exception):
    """The input cannot be read on."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason
        super().__init__(str(reason))


def feed(
    chunks: Iterator[Chunk], ledger: Ledger, intake: Intake, sending: Sending, *, bell: Bell | None
) -> Exception | None:
    """Read an input to its end and hand its bodies over.

    :param chunks: the input.
    :param bell: rung by a thread that reads ahead; ``None`` for an input that never keeps its reader waiting.
    :return: why it could not be read on, if so; what could be read is handed over. What sending raises is raised.
    """
    unreadable = None
    readable = _told_apart(chunks)
    ahead = None if bell is None else ReadAhead(readable, bell, sending.turn)
    try:
        _hand_over(intake.bodies(_breathing(ahead or readable, sending)), ledger, sending)
    except _UnreadableError as error:
        unreadable = error.reason
    finally:
        if ahead is not None:
            ahead.close()
    if intake.caught_up:
        _hand_over(intake.rest(), ledger, sending)
    return unreadable


def _hand_over(bodies: Iterator[tuple[int, Body]], ledger: Ledger, sending: Sending) -> None:
    for lane, body in bodies:
        ledger.complete = None
        sending.put(lane, body)


def _told_apart(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks; what the input is to blame for is told from what sending raises meanwhile."""
    try:
        yield from chunks
    except (GenesysConfigError, GenesysSourceError, GenesysStorageError) as error:
        raise _UnreadableError(error) from error


def _breathing(chunks: Iterable[Chunk], sending: Sending) -> Iterator[Chunk]:
    """Yield the chunks, and let answers come in between, also where no body is full for long."""
    for chunk in chunks:
        sending.breathe()
        yield chunk
