"""What of a correction can be told, of events that were told otherwise: another disposition, under an id of its own.

What cannot is put down, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.lines import correction_line
from airflow_provider_genesys.interactions.versions import newest

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.lines import TimedLine
    from airflow_provider_genesys.interactions.rows import Row
    from airflow_provider_genesys.interactions.sorting import Sorting

Wrong: TypeAlias = tuple[str, dict[str, Any]]
"""Why an event contradicts what was told, and the event."""

_DISPOSITIONS = ("communicationDispositionApplied", "emailCommunicationDispositionApplied")


class Corrected(NamedTuple):
    """Events that were told with other content.

    :param sent: those that are told once more, each under an id that has the record's version in it.
    :param told: the same, each under the id that it always has, by which the next run knows what was told last.
    :param left: those that cannot be told again.
    """

    sent: list[TimedLine]
    told: list[TimedLine]
    left: list[str]


def corrected(contradicted: Iterable[TimedLine], versions: Sequence[str | None]) -> Corrected:
    """Part events that were told otherwise into those that can be told once more and those that cannot.

    An end that is told twice would be two ends, but of dispositions the last is taken to count: what Genesys Cloud
    makes of a second one is unconfirmed. Without a version the id of the next correction would be that of this one.

    :param contradicted: the events as they are now.
    :param versions: those of the records that tell them; the greatest is in the ids.
    """
    version = newest(versions)
    found = Corrected([], [], [])
    for at, line in contradicted:
        event = json.loads(line)
        if version is None or event["type"] not in _DISPOSITIONS:
            found.left.append(line)
            continue
        found.told.append((at, line))
        event["eventId"] = stable_id(event["eventId"], version)
        found.sent.append((at, json.dumps(event, separators=(",", ":"))))
    return found


def is_put_down(conversation: str, wrong: Sequence[Wrong], sorting: Sorting, reason: str = "") -> bool:
    """Tell whether an earlier run has put down just this.

    A record without a version is compared with what was told each time that it is read, and what was told stays wrong.

    :param reason: why it may be put down that nothing is, which is not the same of each record.
    """
    return sorting.memory is not None and sorting.memory.has_corrected(conversation, json.dumps(wrong or reason))


def put_down(row: Row, conversation: str, wrong: Sequence[Wrong], sorting: Sorting, reason: str = "") -> bool:
    """Put down what is wrong with a conversation, and note that this was done, unless an earlier run has.

    :param row: the record that says so.
    :param reason: as :func:`is_put_down` takes it.
    :return: whether none has.
    """
    if is_put_down(conversation, wrong, sorting, reason):
        return False
    for why, event in wrong:
        sorting.keep("contradicted", correction_line(row, why, event))
    if sorting.memory is not None:
        sorting.memory.note_corrected(sorting.number, conversation, json.dumps(wrong or reason))
    return True
