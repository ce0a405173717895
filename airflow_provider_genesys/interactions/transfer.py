"""A transfer: converts records, publishes their events, and moves the state when all of them are settled.

What was converted is written down before anything is published, and the state is moved after; so a transfer that is
killed anywhere and run again loses nothing, and publishes what may be published twice with the same ids::

    events.jsonl rejects.jsonl held-back.jsonl corrections.jsonl
                      as a conversion writes them; of agents' states user_presences.jsonl and
                      user_routing_statuses.jsonl in place of the first
    told.db           what is to be taken over into the state, where there is one
    transfer.json     the mark that the files before it are whole, with the account; and whether all is published
    conversations/    ledger and dead letters of the publish; of agents' states user_presences/ and
                      user_routing_statuses/
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
)
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import blocks_of
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.interactions.conversion import Prepared, converted, refuse_rejected
from airflow_provider_genesys.interactions.converting import Inputs, nothing_converted
from airflow_provider_genesys.interactions.converting_states import ROUTING_STATUSES, no_states_converted
from airflow_provider_genesys.interactions.mark import Mark, read_mark, remove_mark, write_mark
from airflow_provider_genesys.interactions.refusal import is_source_refused
from airflow_provider_genesys.interactions.rejected import for_people
from airflow_provider_genesys.interactions.scratch import scratch

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.state import State

log = logging.getLogger(__name__)

Stream: TypeAlias = Literal["conversations", "user_presences", "user_routing_statuses"]
STREAMS: Final[tuple[Stream, ...]] = ("conversations",)
STREAMS_OF_STATES: Final[tuple[Stream, ...]] = ("user_presences", "user_routing_statuses")
"""The streams, in the order in which they are published."""
_EVENTS: Final[Mapping[str, str]] = {
    "conversations": "events.jsonl",
    "user_presences": "user_presences.jsonl",
    "user_routing_statuses": "user_routing_statuses.jsonl",
}
TOLD = "told.db"
_FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown")
_BLOCK = 1024 * 1024

Prepare: TypeAlias = Callable[[], Prepared]


class Publishes(Protocol):
    """What a transfer needs of a publisher."""

    def publish(self, source: Any, /) -> dict[str, Any]:
        """Publish a file of events; raises :class:`GenesysEventsRejectedError` when too many are not accepted."""

    def summary(self) -> dict[str, Any]:
        """Return the account so far."""

    def stop(self) -> None:
        """Ask to stop."""

    def set_aside(self) -> None:
        """Set what was published aside, all of it or not, so that something else can be."""

    def refused_lines(self) -> Iterable[int]:
        """Return the lines of the events that were rejected or invalid."""


@dataclass(frozen=True, slots=True)
class _UntilStopped:
    """Inputs that may be gone through again; before each of them somebody may stop."""

    inputs: Inputs
    check: Callable[[], None]

    def __iter__(self) -> Iterator[tuple[str, StoragePath | bytes | Sequence[Any]]]:
        for each in self.inputs:
            self.check()
            yield each


class Transfer:
    """One transfer.

    :param folder: where its files are kept; the same for each try.
    :param publishers: by stream, one that keeps its ledger in the folder of the stream's name below ``folder``; those
        of :data:`STREAMS`, or where agents' states are transferred of :data:`STREAMS_OF_STATES`.
    :param state: what runs leave each other; ``None`` where each is for itself.
    :param source_id: the source platform's id, of which the ids of events are made.
    :param settle: for how long a record may still change.
    :param max_rejected: how many records, or which share, may be rejected.
    :param republish: whether to convert and publish all of it again, if that was done before; or anew, if it was begun
        by another source, or with a state where there is none now, or without.
    :param folder_argument: name of the argument that leads to the folder, for messages.
    """

    def __init__(
        self,
        folder: StoragePath,
        publishers: Mapping[Stream, Publishes],
        *,
        state: State | None,
        source_id: str,
        settle: timedelta | None = None,
        max_rejected: float | str = 0,
        republish: bool = False,
        folder_argument: str = "artifacts_path",
    ) -> None:
        self._folder = folder
        self._publishers = publishers
        self._of_states = tuple(publishers) == STREAMS_OF_STATES
        self._state = state
        self._source_id = source_id
        self._settle = settle
        self._max_rejected = max_rejected
        self._republish = republish
        self._folder_argument = folder_argument
        self._account = no_states_converted() if self._of_states else nothing_converted()
        self._reasons: list[dict[str, Any]] = []  # for which records are rejected
        self._at: str | None = None
        self._stopped = False
        self.converts = False
        """Whether this try made the files; else an earlier one did."""

    def stop(self) -> None:
        """Ask to stop. It only sets flags, so that a signal handler may call it."""
        self._stopped = True
        for publisher in self._publishers.values():
            publisher.stop()

    def run(self, prepare: Prepare) -> dict[str, Any]:
        """Transfer and return the summary, as :meth:`summary` does.

        Raises what it cannot go on from; a new transfer with the same folder goes on from there, and neither prepares
        nor converts again when all was converted. Where of the events of a stream that name the source not one was
        accepted, the state stays as it is: it is not single conversations that are wrong.

        :param prepare: returns the records, the mapping and the directory, checked.
        :raises GenesysEventsRejectedError: too many events were not accepted; all the others are published.
        :raises GenesysRecordsRejectedError: too many records were rejected; the events of all others are published.
        :raises GenesysLedgerError: another run has taken over, or a file of an earlier one cannot be read.
        :raises GenesysError: as the callable, the conversion and the publisher do, or :meth:`stop` was called.
        """
        if self._state is not None:
            self._state.take()
        if not self._resume():
            self._convert(prepare())
        self._check_stopped()
        rejected = self._publish()
        self._write_mark(published=True)
        if refused := [stream for stream in self._publishers if self._is_refused(stream)]:
            log.error(
                "Not one event that names the source was accepted, of %s. The state stays as it is: no later run takes "
                "these records for told. Is the source %s the right one? Correct it, and clear this task with "
                "republish=True.",
                *(" and ".join(refused), self._source_id),
            )
        elif self._state is not None:
            self._move(self._state)
        if rejected is not None:
            raise rejected
        refuse_rejected(self._account, self._max_rejected)
        return self.summary()

    def summary(self) -> dict[str, Any]:
        """Return the account so far; valid at any time.

        The keys of the publish, in which ``read`` are all events that there are, and ``conversion``, the account of the
        records, with the reasons why some are rejected. All is 0 until these are converted. Of agents' states it is the
        publish of presences; and ``routing_statuses`` is the summary of the other one, ``None`` where there are no such
        events.
        """
        first, *others = map(self._published, self._publishers)
        second = {"routing_statuses": others[0] if others[0]["read"] else None} if others else {}
        return {**first, **second, "conversion": for_people(self._account, self._reasons)}

    def unsettled(self) -> dict[str, int]:
        """Return how many events there are in all streams, and how many of them are pending."""
        accounts = [*map(self._published, self._publishers)]
        return {key: sum(account[key] for account in accounts) for key in ("read", "pending")}

    def _published(self, stream: Stream) -> dict[str, Any]:
        """Return the summary of a publish, with all events as read: how many there are is known before it begins."""
        summary, events = self._publishers[stream].summary(), self._events(stream)
        return {
            **summary,
            "read": events,
            "pending": events - sum(summary[fate] for fate in _FATES),
            "complete": summary["complete"] or (self._at is not None and not events),
        }

    def _events(self, stream: Stream) -> int:
        written: int = self._account["events_written"]
        if stream == "conversations":
            return written
        statuses: int = self._account[ROUTING_STATUSES]
        return written - statuses if stream == "user_presences" else statuses

    def _check_stopped(self) -> None:
        if self._stopped:
            raise GenesysError("stopped before the end; a new try goes on")

    def _keeping(self) -> AbstractContextManager[None]:
        """Name the folder in what its store refuses."""
        return named(self._folder_argument, self._folder)

    def _check_owner(self) -> None:
        if self._state is not None:
            self._state.owner.check()

    # --- what was converted ---

    def _resume(self) -> bool:
        """Take over what an earlier try has converted, and tell whether one has."""
        with self._keeping():
            mark = read_mark(self._folder, self._account)
        if mark is None:
            return False
        if mark.source_id != self._source_id or mark.has_state != (self._state is not None):
            self._begin_anew(mark.source_id, has_state=mark.has_state)
            return False
        if mark.published and self._republish:
            log.info("republish: what was converted at %s was published, and is converted and sent again", mark.at)
            return False
        if not mark.published and self._is_outdated():
            log.info("Another run has moved the state since this one has converted, and nothing was sent: again.")
            return False
        log.info("Going on with what was converted at %s; no record is read again.", mark.at)
        self._account, self._reasons, self._at = mark.account, mark.reasons, mark.at
        return True

    def _begin_anew(self, source_id: str, *, has_state: bool) -> None:
        """Set aside what an earlier try has begun otherwise, if that is asked for.

        It is set aside before the mark is removed, so that one who is killed in between does it again.

        :param source_id: the source that it was begun with.
        :param has_state: whether it was begun with a state.
        """
        if source_id != self._source_id:
            what, begun = "source_id", "with another one"
        else:
            what, begun = "state_path", "with a state" if has_state else "without a state"
        if not self._republish:
            raise GenesysConfigError(
                f"{what}: this task has begun {begun}, and goes on only so; to set aside what it has begun and convert "
                "and send all of it anew, set republish=True, or let another Dag run begin"
            )
        for publisher in self._publishers.values():
            publisher.set_aside()
        if what == "state_path":
            log.warning(
                "republish: this task had begun %s; what it sent is set aside, and all is converted and sent again. "
                "What was accepted may be sent once more, with the same ids.",
                begun,
            )
            return
        log.warning(
            "republish: this task had begun with another source_id; what it sent for the source %s is set aside, and "
            "all is converted and sent for %s. What was accepted stays where it is, under ids of the source that it "
            "was sent for.",
            *(source_id, self._source_id),
        )

    def _is_outdated(self) -> bool:
        """Tell whether another run may have told what is in the files, of which nothing was sent yet."""
        if self._state is None:
            return False
        with self._keeping():
            if any(storage.kind_of(self._folder / each / "ledger.json") is not None for each in self._publishers):
                return False
        with self._told() as told:
            return self._state.has_moved(told)

    def _convert(self, prepared: Prepared) -> None:
        """Convert the records, and say that the files are whole."""
        if (prepared.rules is not None) != self._of_states:
            what = "interactions", "agents' states"
            raise GenesysConfigError(
                f"mapping: this task has begun with {what[self._of_states]}, and {prepared.mapping.file} is about "
                f"{what[not self._of_states]}; let another Dag run begin anew, or remove {visible_path(self._folder)}"
            )
        self.converts = True
        with self._keeping():
            remove_mark(self._folder)  # the files are no longer those that it is about
        prepared = prepared._replace(inputs=_UntilStopped(prepared.inputs, self._check_stopped))
        with converted(
            self._folder, prepared, state=self._state, settle=self._settle, argument=self._folder_argument
        ) as (account, told, reasons):
            if told is not None:
                with self._keeping(), storage.writing(self._folder / TOLD) as file, told.open("rb") as content:
                    shutil.copyfileobj(content, file, _BLOCK)
            self._check_owner()
            self._account, self._reasons = account, reasons
            self._at = datetime.now(UTC).isoformat(timespec="seconds")
            self._write_mark(published=False)

    def _write_mark(self, *, published: bool) -> None:
        account = self._account, self._reasons
        mark = Mark(self._source_id, self._state is not None, self._of_states, self._at, published, *account)
        with self._keeping():
            write_mark(self._folder, mark, guard=self._check_owner)

    # --- what is published ---

    def _publish(self) -> GenesysEventsRejectedError | None:
        """Publish what there is; return the complaint that too many events were not accepted, all being settled."""
        rejected = None
        for stream, publisher in self._publishers.items():
            self._check_stopped()
            if self._events(stream):
                rejected = self._publish_one(stream, publisher) or rejected
        return rejected

    def _publish_one(self, stream: Stream, publisher: Publishes) -> GenesysEventsRejectedError | None:
        rejected = None
        self._check_owner()
        try:
            publisher.publish(self._folder / _EVENTS[stream])
        except GenesysEventsRejectedError as error:
            if not publisher.summary()["complete"]:
                raise  # all is refused, and has no fate yet
            rejected = error
        if (account := self._published(stream))["pending"]:
            raise GenesysLedgerError(f"the account does not add up, which is a bug of the provider: {account}")
        return rejected

    def _is_refused(self, stream: Stream) -> bool:
        """Tell whether there were events, and none that names the source was accepted or may have been."""
        account = self._published(stream)
        refused, lines = account["rejected"] + account["invalid"], self._publishers[stream].refused_lines()
        return is_source_refused(self._folder / _EVENTS[stream], account["read"], refused, lines)

    def _move(self, state: State) -> None:
        with self._told() as told:
            state.move(told)

    @contextmanager
    def _told(self) -> Iterator[Path]:
        """Provide what is to be taken over into the state, on the local disk."""
        path = self._folder / TOLD
        with scratch() as folder:
            copy = folder / TOLD
            with self._keeping():
                if storage.kind_of(path) is None:
                    raise GenesysLedgerError(
                        f"{visible_path(path)}: is missing, so that what was told is not known any more; remove its "
                        "folder to convert anew, which publishes the events once more with the same ids"
                    )
                with copy.open("wb") as file:
                    for block in blocks_of(path, _BLOCK, self._folder_argument):
                        file.write(block)
            yield copy
