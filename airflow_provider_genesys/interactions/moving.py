"""Records that name another conversation than the one that an earlier run told them in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.composing import put_together
from airflow_provider_genesys.interactions.correcting import put_down
from airflow_provider_genesys.interactions.lines import event_lines, reject_line
from airflow_provider_genesys.interactions.rows import Row
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.settling import YOUNG, is_young

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.account import Account
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping, Understood
    from airflow_provider_genesys.interactions.sorting import Conversation, Fate, Sorting


def told_elsewhere(id_: str, conversation: str, sorting: Sorting) -> str | None:
    """Return the other conversation that an earlier run told a record in, if one did."""
    told_in = None if sorting.memory is None else sorting.memory.conversation_of(id_)
    return None if told_in == conversation else told_in


def contradict_move(
    row: Row,
    understood: Understood,
    told_in: str,
    conversation: str,
    *,
    mapping: RecordMapping,
    directory: Directory,
    sorting: Sorting,
) -> Fate:
    """Put down that a record that was told is of another conversation now, and tell nothing of it there.

    What was told cannot be taken back, and told there too it would be two. So the record stays where it was told, and
    the events that would not be there without it are what is wrong.

    :return: what became of the record, which is superseded where an earlier run has put that down.
    """
    memory = sorting.memory
    if memory is None:
        raise ValueError("no earlier run told anything")
    id_ = understood.interaction.id
    others = [mapping.understood(each.record or {}) for each in memory.rows_of(told_in)]
    others = [each for each in others if each.interaction.id != id_]
    try:
        rest = event_lines(put_together(others, mapping.log, told_in), directory) if others else []
    except (UntellableError, BadValueError):
        rest = []
    found = memory.compare(told_in, rest)
    reason = f"its record {id_!r} is now of the conversation {conversation!r}, and was told in {told_in!r}"
    events = [json.loads(line) for _, line in found.contradicted] + [{"eventId": each} for each in found.gone]
    wrong = [(reason, event) for event in events]
    if not put_down(row, told_in, wrong, sorting, reason):
        return "superseded"
    memory.note_moved(sorting.number, id_, understood.version, told_in)
    return "converted"


def without_moved(
    conversation: Conversation, mapping: RecordMapping, directory: Directory, sorting: Sorting, account: Account
) -> Conversation:
    """Return a conversation without the records that an earlier run told in another one, which are counted here."""
    stay = []
    for segment in conversation.segments:
        told_in = told_elsewhere(segment.id, conversation.id, sorting)
        if told_in is None:
            stay.append(segment)
            continue
        row = Row(*json.loads(segment.row))
        try:
            understood = mapping.understood(row.record or {})
        except BadValueError:
            stay.append(segment)  # the conversation is rejected for it
            continue
        if is_young([understood], sorting.settled_by):
            sorting.keep("held_back", reject_line(row, YOUNG))
            account.held_back += 1
        else:
            fate = contradict_move(
                row, understood, told_in, conversation.id, mapping=mapping, directory=directory, sorting=sorting
            )
            account.count(fate)
    return conversation._replace(segments=stay)
