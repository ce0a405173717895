"""What was published last of each user: the state that a transfer leaves for its next run.

It is one JSON object on a place that all runs share::

    {"format": 1, "source_id": "...", "watermarks": {"<Vonage user> <Genesys user>": [updated, presence, routing_status,
     read], ...}}

Times are UTC, ``2026-01-31T09:12:58.000Z``, so that the order of texts is that of times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.ownership import Owner
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

FORMAT = 1


class Watermark(NamedTuple):
    """What was published last of one user.

    :param updated: since when the user was in the presence.
    :param presence: to which a rule led.
    :param routing_status: which a rule added for the same ``updated``, also if the rule has become one without.
    :param read: when Vonage was asked; by a clock that went back, a moment after the watermark that this one replaced.
    """

    updated: str
    presence: str
    routing_status: str | None
    read: str

    @classmethod
    def from_json(cls, row: Any) -> Watermark:
        """Read what ``json.dumps`` made of one; raises ``TypeError`` or ``ValueError`` for anything else."""
        mark = cls(*row)
        for moment in (mark.updated, mark.read):
            if timestamp(datetime.fromisoformat(moment)) != moment:
                raise ValueError(moment)
        if not isinstance(mark.presence, str) or not isinstance(mark.routing_status, str | None):
            raise TypeError
        return mark


Watermarks = dict[str, Watermark]


def timestamp(moment: datetime) -> str:
    """Return a moment as events and watermarks write it, in UTC and to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def just_after(moment: str) -> str:
    """Return the next moment that :func:`timestamp` can write."""
    return timestamp(datetime.fromisoformat(moment) + timedelta(milliseconds=1))


def key_of(vonage_user: str, genesys_user: str) -> str:
    """Return the key of a pair of users: when either becomes another, nothing was published of the pair yet."""
    return f"{vonage_user} {genesys_user}"


def merged(some: Mapping[str, Watermark], others: Mapping[str, Watermark]) -> Watermarks:
    """Return the newest watermark of each user, by what it is about and, for the same, by when it was read.

    The order of merging makes no difference, so that a run that is cleared and comes again moves nothing back.
    """
    result = dict(some)
    for user, mark in others.items():
        if user not in result or _age(result[user]) < _age(mark):
            result[user] = mark
    return result


def _age(mark: Watermark) -> tuple[str, ...]:
    """Return what orders watermarks; the last two only see to it that there is an order between any two."""
    return mark.updated, mark.read, mark.presence, mark.routing_status or ""


class State:
    """The watermarks on their storage.

    :param path: the file; beside it ``<name>.owner`` tells who may write it.
    :param source_id: the presence source to which was published.
    :param key: names the task instance.
    :param try_number: its try.
    """

    def __init__(self, path: StoragePath, source_id: str, *, key: str, try_number: int) -> None:
        self._path = path
        self._source_id = source_id
        self.owner = Owner(path.parent / f"{path.name}.owner", key, try_number, shared_by="state_path")

    def take(self) -> None:
        """Become the owner.

        :raises GenesysConfigError: it cannot be written, and never will; or ``GenesysStorageError``, where it may be.
        """
        with named("state_path", self._path):
            self.owner.take()

    def read(self) -> Watermarks:
        """Return the watermarks; none where there is no state yet.

        :raises GenesysLedgerError: it cannot be read: never a fresh start, which would publish everything again.
        :raises GenesysConfigError: it is about another presence source, to which nothing may have been published yet.
        """
        with named("state_path", self._path):
            text = storage.read(self._path)
        if text is None:
            return {}
        try:
            row = parse_json(text)
            if row["format"] != FORMAT:
                raise GenesysLedgerError(f"{self._path}: format {row['format']!r} is not this version's ({FORMAT})")
            source_id = row["source_id"]
            marks = watermarks_from_json(row["watermarks"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GenesysLedgerError(
                f"{visible_path(self._path)}: cannot be read ({type(error).__name__}). What was published last is not "
                "known any more; restore it, or move it away, and everything is published once more with the same ids."
            ) from error
        if source_id != self._source_id:
            raise GenesysConfigError(
                f"state_path: {visible_path(self._path)} is about the presence source {source_id}, not "
                f"{self._source_id}; give this one another state_path"
            )
        return marks

    def move(self, marks: Mapping[str, Watermark]) -> None:
        """Take over watermarks that are newer than those there; without any, nothing is written, not even the source.

        :raises GenesysLedgerError: another run has become the owner; or as :meth:`read` does.
        :raises GenesysConfigError: it cannot be written, and never will; or ``GenesysStorageError``, where it may be.
        """
        if not marks:
            self.owner.check()
            return
        state = {"format": FORMAT, "source_id": self._source_id, "watermarks": merged(self.read(), marks)}
        with named("state_path", self._path):
            storage.replace(self._path, json.dumps(state, separators=(",", ":")).encode(), guard=self.owner.check)


def watermarks_from_json(rows: Mapping[str, Any]) -> Watermarks:
    """Read what ``json.dumps`` made of watermarks; raises as :meth:`Watermark.from_json`, or ``AttributeError``."""
    return {user: Watermark.from_json(row) for user, row in rows.items()}
