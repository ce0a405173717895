"""The job: records in, events out in time order, and every record accounted for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.files.storage import StoragePath, writing
from airflow_provider_genesys.interactions.account import Account, telling_at_end
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.composing import put_together
from airflow_provider_genesys.interactions.correcting import Wrong, corrected, is_put_down, put_down
from airflow_provider_genesys.interactions.headers import check_tables
from airflow_provider_genesys.interactions.lines import event_lines
from airflow_provider_genesys.interactions.lines import reject_line as _line
from airflow_provider_genesys.interactions.lines import write_lines as _write
from airflow_provider_genesys.interactions.links import missing, refuse_circle
from airflow_provider_genesys.interactions.moving import contradict_move, told_elsewhere, without_moved
from airflow_provider_genesys.interactions.reading import read_rows
from airflow_provider_genesys.interactions.rows import Row
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.scratch import on_local_disk
from airflow_provider_genesys.interactions.settling import YOUNG, is_young
from airflow_provider_genesys.interactions.sorting import Conversation, Fate, Sorting
from airflow_provider_genesys.interactions.versions import VersionError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping, Understood
    from airflow_provider_genesys.interactions.memory import Memory
    from airflow_provider_genesys.interactions.model import Interaction
    from airflow_provider_genesys.interactions.run_memory import RunMemory

Inputs: TypeAlias = Iterable[tuple[str, StoragePath | bytes | Sequence[Any]]]
"""Names, and files, their bytes, or records as data."""

FILES = ("events.jsonl", "rejects.jsonl", "held-back.jsonl", "corrections.jsonl")
PATHS = ("events", "rejects", "held_back_file", "corrections")
"""Keys of the files' paths in an account."""


def convert(
    inputs: Inputs,
    mapping: RecordMapping,
    directory: Directory,
    *,
    events: IO[bytes],
    rejects: IO[bytes],
    held_back: IO[bytes],
    corrections: IO[bytes] | None = None,
    memory: Memory | None = None,
    settled_by: datetime | None = None,
    account: Account | None = None,
) -> Account:
    """Convert all records.

    With a memory the records that the run before held back are read first, what an earlier run told is not told again,
    and what this run tells is noted; of a conversation that is corrected only events that are new are told.

    :param inputs: what to read, in this order.
    :param mapping: what the records' columns mean.
    :param directory: what the platform's names are called in Genesys Cloud.
    :param events: takes the events, JSON Lines in time order over all conversations.
    :param rejects: takes what cannot be told: JSON Lines with ``file``, ``line``, ``reason`` and ``record``, which can
        be given as input again.
    :param held_back: takes what has not ended or may still change, in the same form.
    :param corrections: takes events that contradict those told before: JSON Lines with ``file``, ``line``, ``reason``
        and ``event``, of which only the id is left where nothing is said of it any more.
    :param memory: what earlier runs told.
    :param settled_by: what has changed after this moment is held back.
    :param account: takes what becomes of the records, so that it is known too where the conversion fails.
    :return: the account.
    :raises GenesysConfigError: the columns of a file are not those of the mapping, a store refuses for good, or names
        that are looked up in the organisation are ambiguous.
    :raises GenesysSourceError: an input as a whole cannot be read.
    :raises GenesysStorageError: a store cannot give it at the moment.
    """
    if mapping.states is not None:
        raise GenesysConfigError(f"{mapping.file} is about states of agents, which become events of two other streams")
    account = Account() if account is None else account
    shares = mapping.shares_conversations
    headers: list[Sequence[str]] = []
    with (
        on_local_disk(),
        Sorting(shares_conversations=shares, memory=memory, settled_by=settled_by) as sorting,
        account.noting_reasons(lambda: sorting.kept("rejected")),
    ):
        for row in rows_of(inputs, mapping, memory, headers):
            account.records += 1
            _convert(row, mapping, directory, sorting, account)
        if mapping.dialect.several:
            check_tables(headers, mapping)
        if mapping.follows:
            sorting.follow()
        for conversation in sorting.conversations_gathered():
            _convert_gathered(conversation, mapping, directory, sorting, account)
        directory.refuse_ambiguous()
        account.events_written = _write(events, sorting.events())
        _write(rejects, sorting.kept("rejected"))
        _write(held_back, sorting.kept("held_back"))
        account.conversations += sorting.conversations()
        if memory is not None:
            if corrections is not None:
                account.contradicted = _write(corrections, sorting.kept("contradicted"))
            account.corrected_late = memory.finish(
                superseded=sorting.superseded(), skipped=sorting.skipped(), held_back=sorting.kept("held_back")
            )
    return account


def convert_to(
    folder: StoragePath,
    inputs: Inputs,
    mapping: RecordMapping,
    directory: Directory,
    *,
    memory: Memory | None = None,
    settled_by: datetime | None = None,
    account: Account | None = None,
    argument: str = "destination",
) -> dict[str, Any]:
    """Convert all records into the files :data:`FILES` in a folder.

    Each is written whole or not at all, over what was there.

    :param folder: where the files go, on any store.
    :param argument: name of the argument that leads to the folder, for messages; all else as of :func:`convert`.
    :return: the account, as :class:`Account` has it, and the paths of the files.
    :raises GenesysError: as :func:`convert` does; or the folder cannot be written.
    """
    account = Account() if account is None else account
    with telling_at_end(account, mapping.file), named(argument, folder), ExitStack() as files:
        events, rejects, held_back, corrections = (files.enter_context(writing(folder / name)) for name in FILES)
        convert(
            inputs,
            mapping,
            directory,
            events=events,
            rejects=rejects,
            held_back=held_back,
            corrections=corrections,
            memory=memory,
            settled_by=settled_by,
            account=account,
        )
    return {**paths_in(folder), **account.as_dict()}


def nothing_converted() -> dict[str, Any]:
    """Return the account of a conversion that did not come so far."""
    return {**dict.fromkeys(PATHS), **Account().as_dict()}


def paths_in(folder: StoragePath) -> dict[str, str]:
    """Return the paths of the files that a conversion writes into a folder."""
    return {key: str(folder / name) for key, name in zip(PATHS, FILES, strict=True)}


def rows_of(
    inputs: Inputs,
    mapping: RecordMapping,
    memory: RunMemory | None = None,
    headers: list[Sequence[str]] | None = None,
) -> Iterator[Row]:
    """Yield what the run before held back, then what is in the inputs.

    :param headers: takes the names of the columns of each file that has them.
    """
    if memory is not None:
        yield from memory.held_back()
    for name, content in inputs:
        yield from read_rows(name, content, mapping, headers)


def _convert(row: Row, mapping: RecordMapping, directory: Directory, sorting: Sorting, account: Account) -> None:
    """Convert one record and count it; a segment or happening is only put aside."""
    if row.record is None:
        _refuse(row, row.reason, sorting, account)
        return
    try:
        if (what := mapping.skipped_by(row.record)) is not None:
            account.skip(what)
            _note_skipped(row.record, mapping, sorting)
            return
        understood = mapping.understood(row.record)
        interaction, version = understood.interaction, understood.version
        if not _is_newest(interaction.id, version, sorting, account):
            return
    except (BadValueError, VersionError) as error:
        _refuse(row, str(error), sorting, account)
        return
    conversation = interaction.conversation or sorting.conversation_from(understood.previous) or interaction.id
    if mapping.shape != "record":
        # What becomes of it is known when the others are there; a newer version of it takes its place until then.
        sorting.gather(interaction.id, understood.next, understood.previous, json.dumps(row, default=str))
        sorting.end(interaction.id, version, "gathered", conversation)
        return
    told_in = told_elsewhere(interaction.id, conversation, sorting)
    fate = _converted(row, understood, mapping, directory, sorting, told_in=told_in)
    account.count(fate)
    sorting.end(interaction.id, version, fate, told_in or conversation)  # what was told elsewhere stays there


def _note_skipped(record: Mapping[str, Any], mapping: RecordMapping, sorting: Sorting) -> None:
    """Note that a record is there, so that nobody waits for it to go on."""
    if mapping.shape == "segments":
        with suppress(BadValueError):
            sorting.skip(mapping.understood(record).interaction.id)


def _is_newest(id_: str, version: str | None, sorting: Sorting, account: Account) -> bool:
    """Tell whether a record is the newest of its id so far, and count those that are not."""
    if sorting.memory is not None and sorting.memory.has_told(id_, version):
        account.superseded += 1
        return False
    before = sorting.begin(id_, version)
    if before is not None:
        account.superseded += 1
    if before is not None and before != "newer" and before != "gathered":  # noqa: PLR1714 - the type checker sees it so
        account.count(before, -1)
    return before != "newer"


def _converted(
    row: Row,
    understood: Understood,
    mapping: RecordMapping,
    directory: Directory,
    sorting: Sorting,
    *,
    told_in: str | None,
) -> Fate:
    """Convert a whole interaction, and return what became of the record.

    :param told_in: the other conversation that an earlier run told it in, if one did.
    """
    interaction = understood.interaction
    try:
        if is_young([understood], sorting.settled_by):
            sorting.keep("held_back", _line(row, YOUNG))
            return "held_back"
        conversation = interaction.conversation or interaction.id
        if told_in is not None:
            return contradict_move(
                row, understood, told_in, conversation, mapping=mapping, directory=directory, sorting=sorting
            )
        if interaction.ended is None and mapping.open_rule != "tell":
            return _held_back(row, mapping, sorting)
        if mapping.shares_conversations:
            _refuse_second(conversation, interaction.id, sorting)
        records = [(interaction.id, understood.version, None)]
        return _tell([row], records, interaction, directory, sorting)
    except UntellableError as error:
        sorting.keep("rejected", _line(row, str(error)))
        return "rejected"


def _convert_gathered(
    conversation: Conversation,
    mapping: RecordMapping,
    directory: Directory,
    sorting: Sorting,
    account: Account,
) -> None:
    """Convert the records of one conversation, which have one fate, and count each."""
    sorting.skip_number()
    conversation = without_moved(conversation, mapping, directory, sorting, account)
    rows = [Row(*json.loads(segment.row)) for segment in conversation.segments]
    if not rows:
        return
    fate: Fate = "converted"
    waits_for_none = False
    try:
        new = [mapping.understood(row.record or {}) for row in rows]
        before = _told_before(conversation, new, mapping, sorting)
        understood = [*before, *new]
        asking = (each for each, row in zip(new, rows, strict=True) if not row.links_read)
        reason = missing([*before, *asking], sorting)
        waits_for_none = reason is None
        if is_young(new, sorting.settled_by):
            reason = YOUNG
        refuse_circle(understood)
        interaction = put_together(understood, mapping.log, conversation.id)
        if reason == YOUNG:
            fate = "held_back"
            for row in rows:
                sorting.keep(fate, _line(row, reason))
        elif mapping.open_rule != "tell" and (reason or interaction.ended is None):
            for row in rows:
                fate = _held_back(row, mapping, sorting, reason)
        else:
            whole = interaction if reason is None else replace(interaction, ended=None)
            pairs = zip(new, conversation.segments, strict=True)
            records = [(each.interaction.id, each.version, segment.row) for each, segment in pairs]
            fate = _tell(rows, records, whole, directory, sorting)
            account.conversations += fate == "converted"
    except (UntellableError, BadValueError) as error:
        fate = "rejected"
        why = f"{error}{'' if len(rows) == 1 else f' (as {len(rows)} records tell it)'}"
        for row, segment in zip(rows, conversation.segments, strict=True):
            has_links = segment.next is not None or segment.previous is not None
            links_read = row.links_read or (waits_for_none and has_links)
            sorting.keep(fate, _line(row._replace(links_read=links_read), why))
    account.count(fate, len(rows))


def _told_before(
    conversation: Conversation, new: Sequence[Understood], mapping: RecordMapping, sorting: Sorting
) -> list[Understood]:
    """Return what earlier runs told of a conversation, of records that are not there again."""
    if sorting.memory is None:
        return []
    there = {each.interaction.id for each in new}
    told = [mapping.understood(row.record or {}) for row in sorting.memory.rows_of(conversation.id)]
    return [each for each in told if each.interaction.id not in there]


def _tell(
    rows: Sequence[Row],
    records: Sequence[tuple[str, str | None, str | None]],
    interaction: Interaction,
    directory: Directory,
    sorting: Sorting,
) -> Fate:
    """Tell a conversation, or what is new of it, and return what became of its records.

    :param records: their ids, versions, and of what is gathered the texts.
    """
    events, memory = event_lines(interaction, directory), sorting.memory
    if memory is None:
        sorting.add(events)
        return "converted"
    conversation = interaction.conversation or interaction.id
    found = memory.compare(conversation, events)
    if found.tells_nothing:
        return "superseded"
    again = corrected(found.contradicted, [version for _, version, _ in records])
    sent = [*found.new, *again.sent]
    wrong: list[Wrong] = [("it was told with other content", json.loads(line)) for line in again.left]
    wrong += [("it was told, and is no more", {"eventId": event_id}) for event_id in found.gone]
    if not sent and is_put_down(conversation, wrong, sorting):
        return "superseded"
    sorting.add(sorted(sent, key=lambda event: event[0]))
    if wrong:
        put_down(rows[0], conversation, wrong, sorting)
    is_open = interaction.ended is None
    told = [*found.new, *again.told]
    memory.note(sorting.number, conversation, records, told, is_open=is_open, corrects=found.corrects)
    return "converted"


def _refuse(row: Row, reason: str, sorting: Sorting, account: Account) -> None:
    """Reject a record that no interaction can be made of."""
    sorting.skip_number()
    sorting.keep("rejected", _line(row, reason))
    account.rejected += 1


def _held_back(row: Row, mapping: RecordMapping, sorting: Sorting, reason: str | None = None) -> Fate:
    reason = reason or "it has not ended"
    if mapping.open_rule == "reject":
        raise UntellableError(reason)
    sorting.keep("held_back", _line(row, reason))
    return "held_back"


def _refuse_second(conversation: str, id_: str, sorting: Sorting) -> None:
    if (other := sorting.who_told(conversation, id_)) is not None:
        raise UntellableError(f"its conversation {conversation!r} is told by record {other!r}, and is not told twice")
