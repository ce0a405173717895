"""A transfer: reads presences in Vonage, publishes what has changed, and moves the state when all of it is settled.

What was read is written down before anything is published, and the state is moved after; so a transfer that is killed
anywhere and run again loses nothing, and publishes what may be published twice with the same ids::

    input.jsonl                presence events
    routing_statuses.jsonl     routing status events
    unmapped.jsonl             users in a presence that no rule matches
    missing.jsonl              users of whom Vonage tells nothing, or nothing that is understood
    transfer.json              the mark that the files before it are whole, their counts, and the watermarks to set
    user_presences/            ledger and dead letters of a publish
    user_routing_statuses/     the same
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysSourceError,
)
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.mapping.comparison import Comparison, compare
from airflow_provider_genesys.mapping.left import left_over, left_over_in
from airflow_provider_genesys.mapping.rules import Presence, Rule
from airflow_provider_genesys.mapping.watermarks import State, Watermarks, timestamp, watermarks_from_json
from airflow_provider_genesys.text import is_uuid4, parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

FORMAT = 1
PRESENCES: Final = "user_presences"
ROUTING_STATUSES: Final = "user_routing_statuses"
STREAMS: Final[tuple[Literal["user_presences", "user_routing_statuses"], ...]] = (PRESENCES, ROUTING_STATUSES)
"""The streams, in the order in which they are published."""
INPUTS = {PRESENCES: "input.jsonl", ROUTING_STATUSES: "routing_statuses.jsonl"}
LEFT = ("unmapped.jsonl", "missing.jsonl")
MARKER = "transfer.json"
FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown")

Prepare: TypeAlias = Callable[[], tuple[Mapping[str, str], Sequence[Rule]]]
_Read: TypeAlias = tuple[str, Presence | None]
ReadPresences: TypeAlias = Callable[[list[str]], Iterable[_Read]]

_SLICE = 0.2
"""Seconds that a wait may go on before a stop is noticed."""


class Publishes(Protocol):
    """What a transfer needs of a publisher."""

    def publish(self, source: Any, /) -> dict[str, Any]:
        """Publish a file of events; raises :class:`GenesysEventsRejectedError` when too many are not accepted."""

    def summary(self) -> dict[str, Any]:
        """Return the account so far."""

    def stop(self) -> None:
        """Ask to stop."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Users, by what became of them, and the routing status events.

    :param users: in the user map.
    :param read: with a presence event.
    """

    users: int
    read: int
    unchanged: int
    unmapped: int
    missing: int
    routing_statuses: int

    def check(self) -> None:
        """Raise :class:`GenesysLedgerError` when users are not accounted for."""
        if self.users != self.read + self.unchanged + self.unmapped + self.missing:
            raise GenesysLedgerError(f"the account does not add up, which is a bug of the provider: {asdict(self)}")

    def check_somebody_is_seen(self) -> None:
        """Raise where Vonage tells of nobody, or nobody is in a presence that has a rule.

        :raises GenesysSourceError: users are missing, of whom Vonage may tell when it is asked again.
        :raises GenesysConfigError: all are told of, and no rule matches any; asked again at once it tells the same.
        """
        if self.read or self.unchanged:
            return
        if self.missing:
            raise GenesysSourceError(
                f"of {self.users} users Vonage tells nothing of {self.missing}, and {self.unmapped} are in a presence "
                "without a rule: nobody is left to transfer. Is the user map that of this account, and may the "
                "credentials see its agents?"
            )
        raise GenesysConfigError(
            f"presence_map: no rule matches the presence of any of the {self.users} users, so that nobody is left to "
            "transfer. The log names their presences; a rule with none of the conditions matches all that is left"
        )


_NOTHING_READ = Counts(users=0, read=0, unchanged=0, unmapped=0, missing=0, routing_statuses=0)


def account_of_users(counts: Counts = _NOTHING_READ) -> dict[str, int]:
    """Return the keys of a summary that tell of users, beside those of the publish; by default before any is read."""
    return {name: getattr(counts, name) for name in ("users", "unchanged", "unmapped", "missing")}


def nobody_read() -> dict[str, Any]:
    """Return what the summary of a transfer has beside that of its publish, before Vonage is read."""
    return {"kind": "transfer", **account_of_users(), **left_over((), ()), "routing_statuses": None}


class Transfer:
    """One transfer.

    :param folder: where its files are kept; the same for each try.
    :param state: the watermarks.
    :param source_id: the presence source to publish to, as :func:`check_source_id` returns it.
    :param publishers: by stream, one that keeps its ledger in the folder of the stream's name below ``folder``.
    :param folder_argument: name of the argument that leads to the folder, for messages.
    """

    def __init__(
        self,
        folder: StoragePath,
        state: State,
        source_id: str,
        publishers: Mapping[str, Publishes],
        *,
        folder_argument: str = "artifacts_path",
    ) -> None:
        self._folder = folder
        self._folder_argument = folder_argument
        self._state = state
        self._source_id = source_id
        self._publishers = publishers
        self._counts = _NOTHING_READ
        self._left = left_over((), ())
        self._written_down = False
        self._stopped = False

    def stop(self) -> None:
        """Ask to stop. It only sets flags, so that a signal handler may call it."""
        self._stopped = True
        for publisher in self._publishers.values():
            publisher.stop()

    def run(self, prepare: Prepare, read_presences: ReadPresences) -> dict[str, Any]:
        """Transfer and return the summary, as :meth:`summary` does.

        Raises what it cannot go on from; a new transfer with the same folder goes on from there, and neither prepares
        nor reads again when all was read. Where there were events and not one of a stream was accepted, the state stays
        as it is: it is not single users that are wrong.

        :param prepare: returns the user map and the rules, checked.
        :param read_presences: yields each of some Vonage users with its presence, ``None`` if Vonage tells nothing of
            it that is understood; where it waits, between tries, it shall do so by :meth:`wait`.
        :raises GenesysSourceError: Vonage tells of nobody who could be transferred; a new transfer asks it again.
        :raises GenesysConfigError: all users are in presences without a rule.
        :raises GenesysEventsRejectedError: too many events were not accepted; all the others are published.
        :raises GenesysLedgerError: another run has taken over, or a file of an earlier one cannot be read.
        :raises GenesysError: as the two callables and the publishers do, or :meth:`stop` was called.
        """
        self._state.take()
        marks = self._resume()
        if marks is None:
            users, rules = prepare()
            marks = self._read(users, rules, read_presences)
        rejected = self._publish()
        if refused := [stream for stream in STREAMS if self._is_refused(stream)]:
            log.error(
                "%s: not one event was accepted. The state stays as it is, so that the next run publishes them again. "
                "Is the presence source %s the right one?",
                *(" and ".join(refused), self._source_id),
            )
        else:
            self._state.move(marks)
        if rejected is not None:
            raise rejected
        return self.summary()

    def summary(self) -> dict[str, Any]:
        """Return the account so far; valid at any time.

        The keys of the publish of presences, in which ``read`` are all events that there are; ``users, unchanged,
        unmapped, missing``, of which ``users = read + unchanged + unmapped + missing``; ``unmapped_presences`` and
        ``missing_users`` (:func:`~airflow_provider_genesys.mapping.left.left_over`); and ``routing_statuses``, the
        summary of the second publish, ``None`` where there are no such events. All is 0 until Vonage is read.
        """
        counts = self._counts
        return {
            **self._account(PRESENCES),
            "kind": "transfer",
            **account_of_users(counts),
            **self._left,
            "routing_statuses": self._account(ROUTING_STATUSES) if counts.routing_statuses else None,
        }

    def _account(self, stream: str) -> dict[str, Any]:
        """Return the summary of a publish, with all events as read: how many there are is known before it begins."""
        summary, events = self._publishers[stream].summary(), self._events(stream)
        settled = sum(summary[fate] for fate in FATES)
        nothing_to_do = self._written_down and not events
        return {
            **summary,
            "read": events,
            "pending": events - settled,
            "complete": summary["complete"] or nothing_to_do,
        }

    def _events(self, stream: str) -> int:
        return self._counts.read if stream == PRESENCES else self._counts.routing_statuses

    def _check_stopped(self) -> None:
        if self._stopped:
            raise GenesysError("stopped before the end; a new try goes on")

    def wait(self, seconds: float, reason: str) -> None:  # noqa: ARG002 - it is a Wait, and who calls it logs
        """Wait.

        :param seconds: how long.
        :param reason: what for.
        :raises GenesysError: when told to stop.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._check_stopped()
            time.sleep(min(left, _SLICE))

    def _until_stopped(self, presences: Iterable[_Read]) -> Iterator[_Read]:
        for each in presences:
            self._check_stopped()
            yield each

    def _keeping(self) -> AbstractContextManager[None]:
        """Name the folder in what its store refuses."""
        return named(self._folder_argument, self._folder)

    # --- what was read ---

    def _resume(self) -> Watermarks | None:
        """Return the watermarks to set, if an earlier try wrote down what it read."""
        path = self._folder / MARKER
        with self._keeping():
            text = storage.read(path)
        if text is None:
            return None
        try:
            row = parse_json(text)
            if row["format"] != FORMAT:
                raise GenesysLedgerError(
                    f"{visible_path(path)}: format {row['format']!r} is not this version's ({FORMAT})"
                )
            source_id, read, counts = row["source_id"], row["read"], Counts(**row["counts"])
            marks = watermarks_from_json(row["watermarks"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GenesysLedgerError(
                f"{visible_path(path)}: cannot be read ({type(error).__name__}). What an earlier try was about to "
                "publish is not known any more; let another Dag run read anew, or remove the folder, which may publish "
                "some events once more with the same ids."
            ) from error
        if source_id != self._source_id:
            raise GenesysConfigError(
                f"source_id: this task has begun to publish to the presence source {source_id}, and goes on only with "
                f"that, not with {self._source_id}; let another Dag run begin anew, or remove "
                f"{visible_path(self._folder)}"
            )
        counts.check()
        self._counts, self._written_down = counts, True
        with self._keeping():
            self._left = left_over_in(*(storage.read(self._folder / name) for name in LEFT))
        log.info("Going on with what was read at %s; Vonage is not asked again.", read)
        return marks

    def _read(self, users: Mapping[str, str], rules: Sequence[Rule], read_presences: ReadPresences) -> Watermarks:
        """Read in Vonage, write down what there is to do, and return the watermarks to set."""
        last = self._state.read()
        now = timestamp(datetime.now(UTC))
        presences = self._until_stopped(read_presences(list(users)))
        found = compare(users, rules, presences, last, source_id=self._source_id, read=now)
        found.log_what_is_left()
        counts = Counts(
            users=len(users),
            read=len(found.presences),
            unchanged=found.unchanged,
            unmapped=len(found.unmapped),
            missing=len(found.missing),
            routing_statuses=len(found.routing_statuses),
        )
        counts.check()
        log.info(
            "Of %d users: changed %d, unchanged %d, unmapped %d, missing %d",
            *(counts.users, counts.read, counts.unchanged, counts.unmapped, counts.missing),
        )
        self._write_lists(found)
        self._counts, self._left = counts, left_over(found.unmapped, found.missing)
        counts.check_somebody_is_seen()  # before the mark, so that the next try asks Vonage anew
        self._write_mark(found, counts, now)
        return found.watermarks

    def _write_lists(self, found: Comparison) -> None:
        lists: dict[str, Sequence[Mapping[str, Any]]] = {
            INPUTS[PRESENCES]: found.presences,
            INPUTS[ROUTING_STATUSES]: found.routing_statuses,
            **dict(zip(LEFT, (found.unmapped, found.missing), strict=True)),
        }
        for name, rows in lists.items():
            with self._keeping():
                storage.replace(self._folder / name, _lines(rows), guard=self._state.owner.check)

    def _write_mark(self, found: Comparison, counts: Counts, read: str) -> None:
        """Say that the lists are whole; a later try goes on with them."""
        mark = {
            "format": FORMAT,
            "source_id": self._source_id,
            "read": read,
            "counts": asdict(counts),
            "watermarks": found.watermarks,
        }
        content = json.dumps(mark, separators=(",", ":")).encode()
        with self._keeping():
            storage.replace(self._folder / MARKER, content, guard=self._state.owner.check)
        self._written_down = True

    # --- what is published ---

    def _publish(self) -> GenesysEventsRejectedError | None:
        """Publish what there is; return the complaint that too many events were not accepted, all being settled."""
        rejected = None
        for stream in STREAMS:
            if not self._events(stream):
                continue
            self._check_stopped()
            self._state.owner.check()
            publisher = self._publishers[stream]
            try:
                publisher.publish(self._folder / INPUTS[stream])
            except GenesysEventsRejectedError as error:
                if not publisher.summary()["complete"]:
                    raise  # all is refused, and has no fate yet
                if rejected is not None:
                    log.error("%s: %s", stream, error)  # noqa: TRY400 - the message says all
                rejected = rejected or error
            self._check_account(stream)
        return rejected

    def _is_refused(self, stream: str) -> bool:
        """Tell whether there were events, and none that was accepted or may have been."""
        account = self._account(stream)
        return bool(account["read"]) and account["accepted"] + account["duplicate"] + account["unknown"] == 0

    def _check_account(self, stream: str) -> None:
        if (account := self._account(stream))["pending"]:
            raise GenesysLedgerError(f"the account does not add up, which is a bug of the provider: {account}")


def check_source_id(text: Any) -> str:
    """Return a presence source's id in small letters.

    :raises GenesysConfigError: it is no V4 UUID, so that all events would be invalid.
    """
    source = text.strip().lower() if isinstance(text, str) else ""
    if not is_uuid4(source):
        raise GenesysConfigError(f"source_id must be a presence source's id, a V4 UUID, not {text!r}")
    return source


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)
