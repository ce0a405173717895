"""What runs leave each other on a store: which records were told, in which version and with which events.

It is one file, an SQLite database, on a place that all runs share, and beside it ``<name>.owner``, which tells who may
write it. What is in it is in :mod:`airflow_provider_genesys.interactions.memory`, or where agents' states are told in
:mod:`airflow_provider_genesys.interactions.state_memory`. It is copied to the local disk to be asked, and written whole
or not at all.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import blocks_of
from airflow_provider_genesys.files.ownership import Owner
from airflow_provider_genesys.files.refusals import asking, named, visible_path
from airflow_provider_genesys.interactions.memory import INTERACTIONS
from airflow_provider_genesys.interactions.run_memory import (
    KEPT,
    Kind,
    RunMemory,
    basis_of,
    format_of,
    hand_over,
    is_told_by_others,
    make_state,
    merge,
    newest_run,
    source_of,
)
from airflow_provider_genesys.interactions.scratch import on_local_disk, scratch
from airflow_provider_genesys.interactions.state_memory import AGENTS

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

_BLOCK = 1024 * 1024
_KINDS = {kind.format: kind for kind in (INTERACTIONS, AGENTS)}
_Memory = TypeVar("_Memory", bound=RunMemory)


class _OtherFormatError(ValueError):
    """A state that an older or a newer version of the provider has written."""


class State:
    """The state on its storage.

    :param path: the file.
    :param source_id: the source platform's id: ids of events are made of it, so that a state is about one, as soon as
        something was told.
    :param key: names the run: one that comes again under its name finds what it found before.
    :param try_number: its try, for messages.
    """

    def __init__(self, path: StoragePath, source_id: str, *, key: str, try_number: int = 1) -> None:
        self._path = path
        self._source_id = source_id
        self._key = key
        self.owner = Owner(path.parent / f"{path.name}.owner", key, try_number, shared_by="state_path")

    def take(self) -> None:
        """Become the owner.

        :raises GenesysConfigError: it cannot be written, and never will; or ``GenesysStorageError``, where it may be.
        """
        with named("state_path", self._path):
            self.owner.take()

    @contextmanager
    def begin(self, memory: type[_Memory]) -> Iterator[_Memory]:
        """Provide what earlier runs told, and take what this one does; the file of that is gone afterwards.

        :param memory: what is remembered: that of conversations, or of agents.
        :raises GenesysLedgerError: the state cannot be read: never a fresh start, which would tell everything again.
        :raises GenesysConfigError: it is about another source platform, or about other records.
        """
        with (
            self._copied(memory.kind) as (folder, state, _),
            memory(folder / "told.db", state, key=self._key, now=datetime.now(UTC)) as begun,
        ):
            yield begun

    def has_moved(self, told: Path) -> bool:
        """Tell whether another run has told something since a run's own part was begun."""
        with self._copied(_kind_of(told)) as (_, state, _):
            return newest_run(state) != basis_of(told)

    def move(self, told: Path) -> None:
        """Take over what a run has told.

        :param told: the run's own part, a local file.
        :raises GenesysLedgerError: another run has become the owner; or as :meth:`begin` does.
        :raises GenesysConfigError: it cannot be written, and never will; or ``GenesysStorageError``, where it may be.
        """
        kind = _kind_of(told)
        with self._copied(kind) as (_, state, was_about):
            given_up = merge(state, told, kind)
            with named("state_path", self._path), storage.writing(self._path) as file, state.open("rb") as content:
                shutil.copyfileobj(content, file, _BLOCK)
                self.owner.check()
        if was_about != self._source_id:
            log.warning(
                "The state was about the source %s, by which no other run has told anything: it is about %s now",
                *(was_about, self._source_id),
            )
        if given_up:
            log.warning(
                "%d records are held back for %d days, and are forgotten now: they stay in the held-back.jsonl of this "
                "run, and can be given as records again",
                *(given_up, KEPT.days),
            )

    @contextmanager
    def _copied(self, kind: Kind) -> Iterator[tuple[Path, Path, str]]:
        """Provide a folder on the local disk with a copy of the state in it, a new one where there is none yet.

        The copy is about this source; what comes third is the source that the state was about.
        """
        with on_local_disk(), scratch() as folder:
            copy = folder / "state.db"
            if not self._fetch(copy):
                make_state(copy, self._source_id, kind)
            was_about = self._checked(copy, kind)
            if was_about != self._source_id:
                # What this run told itself is replaced when it moves the state: what is held back is of no source.
                hand_over(copy, self._source_id)
            yield folder, copy, was_about

    def _fetch(self, copy: Path) -> bool:
        """Copy the state, if there is one."""
        with named("state_path", self._path):
            if storage.kind_of(self._path) is None:
                return False
            with copy.open("wb") as file, asking():
                for block in blocks_of(self._path, _BLOCK, "state_path"):
                    file.write(block)
        return True

    def _checked(self, copy: Path, kind: Kind) -> str:
        """Return the source that a state is about: another one only if no other run has told anything by it."""
        try:
            its, source_id = _kind_of(copy, kind), source_of(copy)
        except _OtherFormatError as error:
            raise GenesysLedgerError(
                f"{visible_path(self._path)}: is of another version of the provider: {error}. Go on with that version, "
                "or move the file away: all that is read then is told once more, with the same ids where it says the "
                "same, and what was held back has to be given as records again."
            ) from error
        except (ValueError, TypeError, sqlite3.DatabaseError) as error:
            raise GenesysLedgerError(
                f"{visible_path(self._path)}: cannot be read ({error}). What was told is not known any more; restore "
                "it, or move it away, and what is read again is told once more with the same ids."
            ) from error
        if its is not kind:
            raise GenesysConfigError(
                f"state_path: {visible_path(self._path)} is about {its.what}, not {kind.what}; give these another "
                "state_path"
            )
        if source_id != self._source_id and is_told_by_others(copy, kind, self._key):
            raise GenesysConfigError(
                f"state_path: {visible_path(self._path)} is about the source {source_id}, not {self._source_id}: what "
                f"runs have told by it has ids of that source. If {self._source_id} is right: where one run alone has "
                "told by it, clear that run, a transfer with republish=True; else give another state_path, or move "
                "this one away: what is read then is told anew, with other ids, and what is in the newest "
                "held-back.jsonl has to be given as records once"
            )
        return source_id


def _kind_of(file: Path, wanted: Kind | None = None) -> Kind:
    """Return what a state, or a run's own part, is about.

    :param wanted: what it should be about, for messages.
    :raises ValueError: it is none, or that of another version of the provider.
    :raises sqlite3.DatabaseError: it is damaged, or no database at all.
    """
    found = format_of(file)
    if found not in _KINDS:
        formats = [wanted.format] if wanted else [*_KINDS]
        message = f"format {found} is not this version's ({' or '.join(map(str, formats))})"
        raise _OtherFormatError(message) if found else ValueError(message)
    return _KINDS[found]
