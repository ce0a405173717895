"""Which dead letters may be published once more: found by ids, and only where an administrator says so.

Who asks names a task instance, never a path. Where its account is, and which connection its events go to, stands in an
Airflow variable, which whoever may trigger a Dag cannot set. Ids become parts of a path percent-encoded, so that none
leads out of its folder. Of accounts that a task has in several folders, which have the same ids, when one was begun
tells which is meant: it is held against what is in their ledgers.

The account of a replay is beside that of the letters, by what is in them: those that were replayed before are not sent
again by another run. In its own folder a run notes, by ids, whose letters it published, so that its own dead letters
can be replayed by its ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_genesys.arguments import PATH, ROWS, TEXT, TEXTS, ArgumentRule, number, optional, read
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.tasks.artifacts import artifacts_argument, artifacts_folder, describe_task
from airflow_provider_genesys.text import cut, escape, first_of, parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.events.again import EarlierReplay, Letters
    from airflow_provider_genesys.files.storage import StoragePath

VARIABLE: Final = "genesys_cloud_replay"
"""The Airflow variable with the list of what may be replayed."""

_LONGEST_ID = 250
_ID = ArgumentRule(
    f"text of 1 to {_LONGEST_ID} characters",
    lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and "\0" not in value,
)
_IDS: Mapping[str, ArgumentRule] = {
    "dag_id": _ID,
    "run_id": _ID,
    "task_id": _ID,
    "map_index": number(-1, whole=True),
    "ledger_key": optional(_ID),
    "began": optional(_ID),
}
_ENTRY: Mapping[str, ArgumentRule] = {
    "dag_id": TEXT,
    "task_id": optional(TEXT),
    "artifacts_path": optional(PATH),
    "ledger_keys": TEXTS,
    "genesys_cloud_conn_id": TEXT,
}
_DEFAULTS: Mapping[str, Any] = {
    "task_id": None,
    "artifacts_path": None,
    "ledger_keys": (),
    "genesys_cloud_conn_id": "genesys_cloud_default",
}
_STREAMS_OF_A_TRANSFER = ("user_presences", "user_routing_statuses")
_NOTE = "replay.json"
"""In the folder of a task instance that published dead letters: the ids of whose they were, and their digest."""
_MOST_EARLIER = 3
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Replay:
    """Dead letters that are to be published once more.

    :param letters: by stream.
    :param genesys_cloud_conn_id: id of the connection that they go to.
    :param artifacts_path: where the list says that accounts of that task are kept, if it says so.
    :param gone: by stream how many there are by the account, where not one of them is there.
    """

    letters: Mapping[str, Letters]
    genesys_cloud_conn_id: str
    artifacts_path: AnyPath | None
    gone: Mapping[str, int] = field(default_factory=dict)

    def as_xcom(self) -> dict[str, Any]:
        """Return what a task may tell another: by stream count, reasons and digest, and no path."""
        return {
            stream: {"count": one.count, "ids_only": one.ids_only, "reasons": one.reasons, "digest": one.digest}
            for stream, one in self.letters.items()
        }


def find_replay(ids: Mapping[str, Any], allowed: Any = None) -> Replay:
    """Return the dead letters of a task instance, if they may be replayed.

    :param ids: ``dag_id, run_id, task_id``, ``map_index`` (-1 for a task that is not mapped), ``ledger_key``, which
        its summary names, or ``None``, and ``began``, as its summary has it: that account it is then or none. Without,
        it is the one that there is. Others are passed over.
    :param allowed: the list of what may be replayed; by default that of the Airflow variable
        ``genesys_cloud_replay``.
    :raises GenesysConfigError: an id is none, the list does not allow it, its account is not complete, there is
        nothing to replay, or there are several accounts and no saying which is meant.
    :raises GenesysError: as stores and ledgers do.
    """
    from airflow_provider_genesys.events.again import letters_of  # noqa: PLC0415 - not while Dags are parsed

    given = _ids_in(ids)
    entries = _entries(allowed_accounts() if allowed is None else allowed)
    entry, folders = _the_one_meant(given, _places_of(given, entries))
    with named(artifacts_argument(entry["artifacts_path"]), folders[0]):
        found = [one for each in folders if (one := letters_of(each)) is not None]
    if not found:
        raise GenesysConfigError(f"{_named(given)} has no account that could be replayed")
    for one in found:
        if one.task is not None and one.task.partition("/")[0] != given["dag_id"]:
            raise GenesysConfigError(f"{_named(given)}: that account is another Dag's, {one.task.partition('/')[0]!r}")
    letters = {one.stream: one for one in found if one.count}
    gone = {one.stream: one.counted for one in found if not one.count and one.counted}
    if not letters and gone:
        raise GenesysConfigError(
            f"{_named(given)} has dead letters that are missing: its account counts {_counted(gone)} as not accepted, "
            f"and there is none in {' or '.join(visible_path(one.folder) for one in found if one.stream in gone)}"
        )
    if not letters:
        raise GenesysConfigError(f"{_named(given)} has no dead letters: everything was accepted")
    return Replay(letters, entry["genesys_cloud_conn_id"], entry["artifacts_path"], gone)


def begin_replay(letters: Letters, ids: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Tell whether to publish them: not what another task instance has replayed already.

    Before it says yes, it notes in the running task's own folder whose letters they are: by its ids
    :func:`find_replay` then finds those of them that are refused once more.

    :param letters: those of one stream.
    :param ids: as they were found by.
    :param context: context of the running task.
    :raises GenesysConfigError: the note cannot be written.
    """
    before = letters.replayed
    if before is not None and before.complete and before.task != describe_task(context)[0]:
        return False
    own = artifacts_folder(None, context, None)
    with named(artifacts_argument(None), own):
        storage.replace(own / _NOTE, json.dumps({**_ids_in(ids), "digest": letters.digest}).encode())
    return True


def allowed_accounts() -> Any:
    """Return what the Airflow variable ``genesys_cloud_replay`` holds, an empty list where there is none."""
    from airflow.providers.common.compat.sdk import Variable  # noqa: PLC0415 - not while Dags are parsed

    text = Variable.get(VARIABLE, None)  # whose second argument is called differently from version to version
    try:
        return [] if text is None else parse_json(text)  # Airflow 3 takes a variable that is no JSON for none
    except ValueError as error:
        raise GenesysConfigError(f"the Airflow variable {VARIABLE} is no JSON: {error}") from None


def describe_replay(replay: Replay, ids: Mapping[str, Any]) -> str:
    """Return as Markdown what would be published once more: counts by reason, and no value of an event.

    Of letters that were replayed before it says so: by which run, when, with what outcome, and what would be sent now.
    Of those that the account counts and that are not there it says how many they are.
    """
    index = f" [{ids['map_index']}]" if ids.get("map_index", -1) >= 0 else ""
    key = f", account {escape(cut(str(ids['ledger_key']), 80))}" if ids.get("ledger_key") else ""
    begun = f", begun {escape(cut(str(ids['began']), 80))}" if ids.get("began") else ""
    whose = f"{escape(ids['task_id'])}{index}, run {escape(ids['run_id'])}{key}{begun}"
    blocks = [f"Of **{escape(ids['dag_id'])}**, {whose}:"]
    for stream, one in replay.letters.items():
        blocks += [f"### {one.count:,} events of {stream}", *_replayed(one)]
        if one.missing:
            blocks.append(
                f"**{one.missing:,} of {one.counted:,} are missing:** the account counts them as not accepted. Their "
                "letters are not there and cannot be sent."
            )
        blocks.append(
            "\n".join(["| Records | Fate | Why | Such as |", "| --- | --- | --- | --- |", *map(_row, one.reasons)])
        )
        if one.ids_only:
            blocks.append(f"{one.ids_only:,} of them hold ids only and cannot be sent: they will be invalid.")
    if replay.gone:
        blocks.append(
            f"**All dead letters of {_counted(replay.gone)} are missing:** so many the account counts as not accepted. "
            "They cannot be sent."
        )
    if any(one.left for one in replay.letters.values()):
        blocks.append(
            f"They are published by the connection {escape(replay.genesys_cloud_conn_id)}, with the same ids. Events "
            "whose fate is unknown may have arrived already."
        )
    return "\n\n".join(blocks) + "\n"


def _replayed(one: Letters) -> list[str]:
    """Say whether letters were replayed before, and what of them would be sent now."""
    same = one.replayed
    if same is not None and same.complete:
        refused = sum(same.fates.get(fate, 0) for fate in ("rejected", "invalid", "unknown"))
        rest = f" The {refused:,} that were not accepted are that run's dead letters: replay those." if refused else ""
        return [f"**They were replayed before:** {_told(same)}. **Nothing would be sent.**{rest}"]
    if same is not None:
        rest = f"**The rest would be sent: {one.left:,} of {one.count:,}.**"
        may = "What was on its way when that one stopped may have arrived."
        return [f"**They were replayed before, and not to the end:** {_told(same)}. {rest} {may}"]
    if not one.replays:
        return []
    all_of_them = f"**All {one.count:,} would be sent, also those that were accepted then.**"
    instead = "To send only what was not, reject this, correct the dead letters of that run, and replay those."
    return [
        "**Letters of this account were replayed before, and have changed since:**",
        "\n".join(f"- {told}" for told in first_of([_told(other) for other in one.replays], _MOST_EARLIER)),
        f"{all_of_them} {instead}",
    ]


def _told(replay: EarlierReplay) -> str:
    """Return by which run letters were replayed, when, and with what outcome."""
    fates = ", ".join(f"{count:,} {fate}" for fate, count in replay.fates.items() if count) or "nothing is settled"
    when = f"complete {_minute(replay.complete)}" if replay.complete else "not complete"
    begun = f"begun {_minute(replay.began)}, " if replay.began else ""
    return f"by {escape(cut(replay.task, _LONGEST_NAME))}, {begun}{when}: {fates}"


def _counted(gone: Mapping[str, int]) -> str:
    """Return how many dead letters there are of each stream by its account."""
    return " and ".join(f"{count:,} events of {stream}" for stream, count in gone.items())


def _minute(moment: str) -> str:
    """Return a ledger's moment for people."""
    return escape(f"{moment[:16].replace('T', ' ')} UTC")


def _row(reason: Mapping[str, Any]) -> str:
    why = reason["code"] or "refused in words, which the dead letters have"
    place = reason["example"]
    example = f"{place['file']}, line {place['line']}" if place else ""
    rule = f": {reason['rule']}" if reason["rule"] else ""
    cells = (f"{reason['count']:,}", reason["fate"] or "", f"{why}{rule}", example)
    return f"| {' | '.join(escape(cell) or '-' for cell in cells)} |"


def _ids_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ids of a task instance, each of them an id."""
    return {name: read(name, given.get(name, -1 if name == "map_index" else None), rule) for name, rule in _IDS.items()}


def _places_of(
    ids: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], *, before: Sequence[Mapping[str, Any]] = ()
) -> list[tuple[Mapping[str, Any], list[StoragePath]]]:
    """Return each entry that allows a task instance's dead letters, and where its accounts may be by that.

    Those of a replay are allowed where those are that it published, and beside their account: in which of several
    folders that is, its note need not say, since its own account is only there.

    :param before: of which task instances notes led here.
    """
    from airflow_provider_genesys.events.again import replay_folder  # noqa: PLC0415 - not while Dags are parsed

    allowing = [entry for entry in entries if _allows(entry, ids)]
    places: dict[str, tuple[Mapping[str, Any], StoragePath]] = {}
    for entry in allowing or [_DEFAULTS]:
        folder = artifacts_folder(entry["artifacts_path"], {"ti": SimpleNamespace(**ids)}, ids["ledger_key"])
        places.setdefault(str(folder), (entry, folder))  # of several with one folder the first says by which connection
    for entry, folder in places.values():
        with named(artifacts_argument(entry["artifacts_path"]), folder):
            note = _note_in(folder)
        if note is not None:
            replayed, digest = note
            if replayed in (ids, *before):
                raise GenesysLedgerError(f"{visible_path(folder / _NOTE)}: leads back to where it stands")
            return [
                (original, [replay_folder(each, digest) for each in folders])
                for original, folders in _places_of(replayed, entries, before=(ids, *before))
            ]
    if not allowing:
        raise GenesysConfigError(
            f"{_named(ids)} may not be replayed: the Airflow variable {VARIABLE} allows it not. It is a list such as "
            '[{"dag_id": "my_dag", "task_id": "publish", "artifacts_path": "s3://my_aws@bucket/genesys", '
            '"ledger_keys": ["calls-*"], "genesys_cloud_conn_id": "genesys_cloud_default"}], of which only dag_id is '
            "needed. If that is a replay itself, the note of whose dead letters it published is not in "
            f"{visible_path(folder)}"
        )
    return [
        (entry, [folder, *(folder / stream for stream in _STREAMS_OF_A_TRANSFER)]) for entry, folder in places.values()
    ]


def _the_one_meant(
    ids: Mapping[str, Any], places: Sequence[tuple[Mapping[str, Any], list[StoragePath]]]
) -> tuple[Mapping[str, Any], list[StoragePath]]:
    """Return the one of several places at which the account is that was asked for.

    Without an account anywhere it is the first, of which there is then nothing to replay.
    """
    from airflow_provider_genesys.events.again import when_begun  # noqa: PLC0415 - not while Dags are parsed

    found = []
    for entry, folders in places:
        with named(artifacts_argument(entry["artifacts_path"]), folders[0]):
            begun = [moment for each in folders if (moment := when_begun(each)) is not None]
        if ids["began"] in begun:
            return entry, folders
        if begun:
            found.append((entry, folders))
    if ids["began"] is not None:
        raise GenesysConfigError(
            f"{_named(ids)} has no account where the Airflow variable {VARIABLE} says that its accounts are: it is in "
            "another folder, which an entry has to name as artifacts_path, or it is gone, or was begun anew since"
        )
    if len(found) > 1:
        raise GenesysConfigError(
            f"{_named(ids)} has {len(found)} accounts, and which is meant is not said: give began, as it is in the "
            "summary of the account"
        )
    return (found or places)[0]


def _note_in(folder: StoragePath) -> tuple[dict[str, Any], str] | None:
    """Return whose dead letters a task instance published once more, and their digest, if it did."""
    text = storage.read(folder / _NOTE)
    if text is None:
        return None
    try:
        note = parse_json(text)
        return _ids_in(note), str(note["digest"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GenesysLedgerError(f"{visible_path(folder / _NOTE)}: cannot be read ({type(error).__name__})") from None


def _entries(allowed: Any) -> list[dict[str, Any]]:
    """Return the list of what may be replayed, each with all its keys."""
    rows: Sequence[Mapping[str, Any]] = read(f"the Airflow variable {VARIABLE}", allowed, ROWS)
    entries = []
    for place, row in enumerate(rows, 1):
        if unknown := sorted(map(str, row.keys() - _ENTRY.keys())):
            raise GenesysConfigError(
                f"the Airflow variable {VARIABLE}, entry {place}: {unknown[0]!r} is unknown; known are "
                f"{', '.join(_ENTRY)}"
            )
        filled = {**_DEFAULTS, **row}
        where = f"the Airflow variable {VARIABLE}, entry {place}"
        entries.append({name: read(f"{where}: {name}", filled.get(name), rule) for name, rule in _ENTRY.items()})
    return entries


def _allows(entry: Mapping[str, Any], ids: Mapping[str, Any]) -> bool:
    """Tell whether an entry allows an account."""
    if entry["dag_id"] != ids["dag_id"] or entry["task_id"] not in (None, ids["task_id"]):
        return False
    key = ids["ledger_key"]
    return key is None or any(fnmatchcase(key, pattern) for pattern in entry["ledger_keys"])


def _named(ids: Mapping[str, Any]) -> str:
    """Return which account was asked for, for messages."""
    index = f" [{ids['map_index']}]" if ids["map_index"] >= 0 else ""
    key = f" with the ledger_key {cut(ids['ledger_key'], 80)!r}" if ids["ledger_key"] else ""
    begun = f", begun {cut(ids['began'], 80)!r}," if ids["began"] else ""
    return f"{cut(ids['dag_id'], 80)!r}, {cut(ids['task_id'], 80)!r}{index}, run {cut(ids['run_id'], 80)!r}{key}{begun}"
