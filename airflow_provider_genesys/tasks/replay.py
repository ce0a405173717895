"""Which dead letters may be published once more: found by ids, and only where an administrator says so.

Who asks names a task instance, never a path. Where its account is, and which connection its events go to, stands in an
Airflow variable, which whoever may trigger a Dag cannot set. Ids become parts of a path percent-encoded, so that none
leads out of its folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_genesys.arguments import PATH, ROWS, TEXT, TEXTS, ArgumentRule, number, optional, read
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.tasks.artifacts import artifacts_argument, artifacts_folder
from airflow_provider_genesys.text import cut, escape

if TYPE_CHECKING:
    from airflow_provider_genesys.events.again import Letters

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


@dataclass(frozen=True, slots=True)
class Replay:
    """Dead letters that are to be published once more.

    :param letters: by stream.
    :param genesys_cloud_conn_id: id of the connection that they go to.
    """

    letters: Mapping[str, Letters]
    genesys_cloud_conn_id: str

    def as_xcom(self) -> dict[str, Any]:
        """Return what a task may tell another: by stream count, reasons and digest, and no path."""
        return {
            stream: {"count": one.count, "ids_only": one.ids_only, "reasons": one.reasons, "digest": one.digest}
            for stream, one in self.letters.items()
        }


def find_replay(ids: Mapping[str, Any], allowed: Any = None) -> Replay:
    """Return the dead letters of a task instance, if they may be replayed.

    :param ids: ``dag_id, run_id, task_id``, ``map_index`` (-1 for a task that is not mapped) and ``ledger_key``, which
        its summary names, or ``None``. Others are passed over.
    :param allowed: the list of what may be replayed; by default that of the Airflow variable
        ``genesys_cloud_replay``.
    :raises GenesysConfigError: an id is none, the list does not allow it, its account is not complete, or there is
        nothing to replay.
    :raises GenesysError: as stores and ledgers do.
    """
    from airflow_provider_genesys.events.again import letters_of  # noqa: PLC0415 - not while Dags are parsed

    given = {name: read(name, ids.get(name, -1 if name == "map_index" else None), rule) for name, rule in _IDS.items()}
    entry = _entry_of(given, _entries(allowed_accounts() if allowed is None else allowed))
    ti = SimpleNamespace(**given)
    folder = artifacts_folder(entry["artifacts_path"], {"ti": ti}, given["ledger_key"])
    with named(artifacts_argument(entry["artifacts_path"]), folder):
        found = [letters_of(each) for each in (folder, *(folder / stream for stream in _STREAMS_OF_A_TRANSFER))]
    letters = {one.stream: one for one in found if one is not None and one.count}
    if all(one is None for one in found):
        raise GenesysConfigError(f"{_named(given)} has no account that could be replayed")
    if not letters:
        raise GenesysConfigError(f"{_named(given)} has no dead letters: everything was accepted")
    for one in letters.values():
        if one.task is not None and one.task.partition("/")[0] != given["dag_id"]:
            raise GenesysConfigError(f"{_named(given)}: that account is another Dag's, {one.task.partition('/')[0]!r}")
    return Replay(letters, entry["genesys_cloud_conn_id"])


def allowed_accounts() -> Any:
    """Return what the Airflow variable ``genesys_cloud_replay`` holds, an empty list where there is none."""
    from airflow.providers.common.compat.sdk import Variable  # noqa: PLC0415 - not while Dags are parsed

    text = Variable.get(VARIABLE, None)  # whose second argument is called differently from version to version
    try:
        return [] if text is None else json.loads(text)  # Airflow 3 takes a variable that is no JSON for none
    except ValueError as error:
        raise GenesysConfigError(f"the Airflow variable {VARIABLE} is no JSON: {error}") from None


def describe_replay(replay: Replay, ids: Mapping[str, Any]) -> str:
    """Return as Markdown what would be published once more: counts by reason, and no value of an event."""
    index = f" [{ids['map_index']}]" if ids.get("map_index", -1) >= 0 else ""
    key = f", account {escape(cut(str(ids['ledger_key']), 80))}" if ids.get("ledger_key") else ""
    blocks = [f"Of **{escape(ids['dag_id'])}**, {escape(ids['task_id'])}{index}, run {escape(ids['run_id'])}{key}:"]
    for stream, one in replay.letters.items():
        head = f"### {one.count:,} events of {stream}\n\n| Records | Fate | Why | Such as |\n| --- | --- | --- | --- |"
        blocks.append("\n".join([head, *map(_row, one.reasons)]))
        if one.ids_only:
            blocks.append(f"{one.ids_only:,} of them hold ids only and cannot be sent: they will be invalid.")
    blocks.append(
        f"They are published by the connection {escape(replay.genesys_cloud_conn_id)}, with the same ids. Events whose "
        "fate is unknown may have arrived already."
    )
    return "\n\n".join(blocks) + "\n"


def _row(reason: Mapping[str, Any]) -> str:
    why = reason["code"] or "refused in words, which the dead letters have"
    place = reason["example"]
    example = f"{place['file']}, line {place['line']}" if place else ""
    rule = f": {reason['rule']}" if reason["rule"] else ""
    cells = (f"{reason['count']:,}", reason["fate"] or "", f"{why}{rule}", example)
    return f"| {' | '.join(escape(cell) or '-' for cell in cells)} |"


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


def _entry_of(ids: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first entry that allows an account."""
    key = ids["ledger_key"]
    for entry in entries:
        if entry["dag_id"] != ids["dag_id"] or entry["task_id"] not in (None, ids["task_id"]):
            continue
        if key is None or any(fnmatchcase(key, pattern) for pattern in entry["ledger_keys"]):
            return entry
    raise GenesysConfigError(
        f"{_named(ids)} may not be replayed: the Airflow variable {VARIABLE} allows it not. It is a list such as "
        '[{"dag_id": "my_dag", "task_id": "publish", "artifacts_path": "s3://my_aws@bucket/genesys", "ledger_keys": '
        '["calls-*"], "genesys_cloud_conn_id": "genesys_cloud_default"}], of which only dag_id is needed'
    )


def _named(ids: Mapping[str, Any]) -> str:
    """Return which account was asked for, for messages."""
    index = f" [{ids['map_index']}]" if ids["map_index"] >= 0 else ""
    key = f" with the ledger_key {cut(ids['ledger_key'], 80)!r}" if ids["ledger_key"] else ""
    return f"{cut(ids['dag_id'], 80)!r}, {cut(ids['task_id'], 80)!r}{index}, run {cut(ids['run_id'], 80)!r}{key}"
