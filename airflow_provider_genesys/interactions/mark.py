"""The mark of a transfer: what is converted and whole, and whether all of it is published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_FORMAT = 1
_MARKER = "transfer.json"


class Mark(NamedTuple):
    """What a try has converted.

    :param source_id: the source platform's id that it was converted with.
    :param has_state: whether runs leave each other a state.
    :param of_states: whether the records are about states of agents.
    :param at: when it was converted.
    :param published: whether all of it is published.
    :param account: what became of the records.
    :param reasons: why records were rejected, as a summary tells it; none where an earlier version has converted.
    """

    source_id: str
    has_state: bool
    of_states: bool
    at: str | None
    published: bool
    account: dict[str, Any]
    reasons: list[dict[str, Any]]


def read_mark(folder: StoragePath, keys: Iterable[str]) -> Mark | None:
    """Return what an earlier try has converted, ``None`` if none has.

    :param folder: where the transfer's files are kept.
    :param keys: those of the account.
    :raises GenesysLedgerError: there is a mark that cannot be read.
    :raises OSError: the folder cannot be read.
    """
    path = folder / _MARKER
    text = storage.read(path)
    if text is None:
        return None
    try:
        row = parse_json(text)
        if row["format"] != _FORMAT:
            raise GenesysLedgerError(
                f"{visible_path(path)}: format {row['format']!r} is not this version's ({_FORMAT})"
            )
        account = {key: row["account"][key] for key in keys}
        source_id, has_state, at, published = row["source_id"], row["state"], row["converted"], row["published"]
        reasons = [dict(reason) for reason in row.get("reasons", [])]
        return Mark(source_id, has_state, bool(row.get("states")), at, published, account, reasons)
    except (ValueError, KeyError, TypeError) as error:
        raise GenesysLedgerError(
            f"{visible_path(path)}: cannot be read ({type(error).__name__}). What an earlier try was about to publish "
            "is not known any more; remove the folder to convert anew, which may publish some events once more with "
            "the same ids."
        ) from error


def write_mark(folder: StoragePath, mark: Mark, *, guard: Callable[[], None]) -> None:
    """Write the mark, as :func:`~airflow_provider_genesys.files.storage.replace` does."""
    row = {
        "format": _FORMAT,
        "source_id": mark.source_id,
        "state": mark.has_state,
        "states": mark.of_states,
        "converted": mark.at,
        "published": mark.published,
        "account": mark.account,
        "reasons": mark.reasons,
    }
    storage.replace(folder / _MARKER, json.dumps(row).encode(), guard=guard)


def remove_mark(folder: StoragePath) -> None:
    """Remove the mark, if there is one, as who makes the files anew does first."""
    storage.remove(folder / _MARKER)


def begun_with_states(folder: StoragePath, folder_argument: str = "artifacts_path") -> bool | None:
    """Tell whether an earlier try has converted agents' states; ``None`` if none has converted anything.

    :param folder: where the transfer's files are kept.
    :param folder_argument: name of the argument that leads there, for messages.
    :raises GenesysError: the folder cannot be read.
    """
    with named(folder_argument, folder):
        text = storage.read(folder / _MARKER)
    try:
        return None if text is None else bool(parse_json(text).get("states"))
    except (ValueError, AttributeError):
        return False  # who goes on from it says what is wrong
