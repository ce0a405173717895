"""What of a correction can be told, of events that were told otherwise: another disposition, under an id of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.versions import newest

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.lines import TimedLine

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
