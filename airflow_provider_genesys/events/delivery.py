"""One lane: sends its bodies one after the other and writes down what became of each event.

This is the careful way, which knows every course that a body can take. The usual one, in which an answer says in the
plainest way that all is accepted, is taken by :mod:`~airflow_provider_genesys.events.sending`; it asks
:func:`accepts_all`, and calls :meth:`Lane.note_accepted`.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from airflow_provider_genesys.api.answers import json_of
from airflow_provider_genesys.api.queueing import KEEPING
from airflow_provider_genesys.api.retry import backoff, in_short, is_passing
from airflow_provider_genesys.events.batching import Body, encode, halves
from airflow_provider_genesys.events.dead_letters import DeadLetter, DeadLetters
from airflow_provider_genesys.events.outcomes import (
    CONFLICT,
    Answered,
    Lost,
    Refused,
    is_refusal,
    may_have_arrived,
    understand,
)
from airflow_provider_genesys.events.reasons import AFTER_A_LOST_ANSWER
from airflow_provider_genesys.exceptions import GenesysApiError, GenesysError
from airflow_provider_genesys.text import UUID

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.events.ledger import Ledger
    from airflow_provider_genesys.events.records import Event

# So many refused requests running without one accepted event: it is not single events that are bad.
FUSE = 25

_IDS = re.compile(rf"{UUID}|\d+")


class StoppedError(Exception):
    """The task was told to stop."""


class BlownFuseError(Exception):
    """Everything is refused; :attr:`refusal` is the last refusal."""

    def __init__(self, refusal: GenesysError) -> None:
        self.refusal = refusal
        super().__init__(str(refusal))


class Sends(Protocol):
    """What a lane needs of the client."""

    correlation_id: str | None

    def send(self, body: bytes) -> Any:
        """Send one body and return the decoded answer."""

    def await_turn(self, pause: float, reason: str) -> None:
        """Wait until the next body may be sent, so long at least; raises :class:`StoppedError` when told to stop."""


class Fuse:
    """Counts requests that were refused without an event accepted in between, by any lane.

    Until any event was accepted (``proven``), when one lane sends at a time, there is one count. From then on each lane
    has its own: twelve that each look for a single bad event are refused dozens of times together before the first of
    them is through. So it is from the beginning where an earlier try has had events accepted: it may have left nothing
    but bad ones, of all lanes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: Counter[int | None] = Counter()
        self.by_lane = self.proven = False

    def accepted(self) -> None:
        """Note that an event was accepted: rights, region and source are right."""
        with self._lock:
            self._refused.clear()
            self.by_lane = self.proven = True

    def refused(self, lane: int, refusal: GenesysError) -> None:
        """Note that a lane's request was refused; raises :class:`BlownFuseError` at the 25th running."""
        with self._lock:
            whose = lane if self.by_lane else None
            self._refused[whose] += 1
            if self._refused[whose] >= FUSE:
                raise BlownFuseError(refusal)


@dataclass
class _BodyInFlight:
    """One body on its way.

    :param next: ordinal behind its last record.
    :param parts: events without a fate, as they are to be sent; the last part goes first.
    :param refused: events that were refused alone. They stay open until another event is accepted, or to the end of
        the body: should the fuse blow meanwhile, it was not they that were wrong.
    :param attempts: by event id, in how many requests it was.
    :param retryable: by event id, how often it was said to be retryable.
    :param unclear: ids of events that an earlier request held whose answer was lost.
    :param fates: fates found since the ledger was written.
    :param letters: dead letters among them.
    """

    next: int
    parts: list[list[Event]]
    refused: list[DeadLetter] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    retryable: Counter[str] = field(default_factory=Counter)
    unclear: set[str] = field(default_factory=set)
    fates: Counter[str] = field(default_factory=Counter)
    letters: list[DeadLetter] = field(default_factory=list)
    conflicts: int = 0

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Note a record that will not be accepted."""
        self.fates[letter.fate] += 1
        if letter.fate != "duplicate":
            self.letters.append(letter)

    @property
    def open(self) -> list[int]:
        """Ordinals without a fate, those of the next part first."""
        unsent = [event.ordinal for part in reversed(self.parts) for event in part]
        return unsent + [letter.record.ordinal for letter in self.refused]


class Lane:
    """Delivers the bodies of one lane. It belongs to one thread; the ledger and the fuse are shared.

    :param number: number of the lane.
    :param sender: sends bodies; repeats them only where the server certainly did not act.
    :param client: the sender's. It waits, and raises :class:`StoppedError` when told to stop; counts what is sent
        again; and tells of lost answers, once for all lanes.
    :param ledger: where fates are written.
    :param dead_letters: where the events go that were not accepted.
    :param fuse: stops a publish that is refused altogether.
    :param max_attempts: how often a body is sent whose answer was lost, and an event that the server calls retryable.
    :param resend: whether a body whose answer was lost is sent again; if not, its events are ``unknown``.
    """

    def __init__(
        self,
        number: int,
        sender: Sends,
        *,
        client: GenesysCloudClient,
        ledger: Ledger,
        dead_letters: DeadLetters,
        fuse: Fuse,
        max_attempts: int,
        resend: bool,
    ) -> None:
        self.settled = 0
        self._number = number
        self._sender = sender
        self._client = client
        self._ledger = ledger
        self._dead_letters = dead_letters
        self._fuse = fuse
        self._max_attempts = max_attempts
        self._resend = resend
        self._seq = ledger.lanes[number].seq

    def deliver(self, body: Body) -> None:
        """Send a body and settle all its records.

        :raises StoppedError: when told to stop; what has no fate yet stays open in the ledger.
        :raises BlownFuseError: when everything is refused.
        :raises GenesysError: when going on is of no use, or over budget.
        """
        turn = _BodyInFlight(body.last + 1, [body.events] if body.rows else [])
        for record in body.unsendable:
            turn.add_dead_letter(DeadLetter.of(record))
        if body.unsendable and not (turn.parts and self._resend):
            # Without a request nothing else would settle these, and a write of what is being sent counts them as
            # settled.
            self._settle(turn)
        while turn.parts:
            self._deliver_part(turn)

    def note_accepted(self, body: Body) -> int:
        """Note in the ledger that all events of a body were accepted; it has no dead letters.

        :return: the change that has to be written before this lane's next request.
        """
        fates = Counter(record.fate for record in body.unsendable)
        fates["accepted"] += len(body.rows)
        self.settled += body.records
        self._fuse.accepted()
        return self._ledger.note(self._number, fates, (), next_=body.last + 1, open_=(), seq=self._seq)

    def _deliver_part(self, turn: _BodyInFlight) -> None:
        outcome = self._post(turn)
        part = turn.parts.pop()
        in_vain: GenesysError | None = None
        if isinstance(outcome, Answered):
            pause = self._sort_out(turn, part, outcome)
            if not (pause or turn.fates["accepted"]):
                in_vain = GenesysApiError(200, "no.event.accepted", turn.letters[-1].message)
        elif isinstance(outcome, Refused):
            pause = self._divide(turn, part, outcome)
        else:
            for event in part:
                turn.add_dead_letter(self._letter(turn, event, "unknown", "answer_lost", str(outcome.error)))
            in_vain, pause = outcome.error, backoff(1)
        if turn.fates["accepted"] or not turn.parts:
            # Were they left open for longer, the next try would begin with all of them, and might blow the fuse.
            for letter in turn.refused:
                turn.add_dead_letter(letter)
            turn.refused = []
        self._settle(turn)
        if in_vain is not None:
            self._fuse.refused(self._number, in_vain)
        if turn.parts:
            self._sender.await_turn(pause, "some events are sent again after a pause")

    def _post(self, turn: _BodyInFlight) -> Answered | Refused | Lost:
        """Send the next part; again, while answers are lost and it may be."""
        part = turn.parts[-1]
        body = encode(part)
        attempt = 1
        while True:
            if not self._resend:
                self._announce(turn, len(part))
            turn.attempts.update([event.event_id for event in part])
            try:
                return understand(part, self._sender.send(body), resend=self._resend)
            except GenesysError as error:
                failure = error
            except StoppedError:
                self._withdraw(turn)
                raise
            if is_refusal(failure):
                return Refused(failure)
            if not may_have_arrived(failure):
                self._withdraw(turn)
                raise failure
            if not self._resend:
                return Lost(failure)
            if attempt >= self._max_attempts or not is_passing(failure):
                raise failure
            self._client.conditions.lost_answer(failure, self._max_attempts)
            turn.unclear.update(event.event_id for event in part)
            self._client.meter.add(retries=1)
            self._sender.await_turn(backoff(attempt), in_short(failure))
            attempt += 1

    def _announce(self, turn: _BodyInFlight, sent: int) -> None:
        """Write which events are being sent; raises what keeps them from it, and has written then that none are.

        Another owner, who read the ledger before that was written, sends them; who comes later finds it.
        """
        self._ledger.intend(self._number, next_=turn.next, open_=turn.open, sent=sent)
        try:
            self._ledger.owner.check()
            self._client.wait(0.0, KEEPING)
        except BaseException:
            self._withdraw(turn)
            raise

    def _sort_out(self, turn: _BodyInFlight, part: list[Event], outcome: Answered) -> float:
        """Give each event its fate; the retryable ones go again. Returns the seconds to wait before."""
        if not outcome.errors:
            turn.fates["accepted"] += len(part)
            self._fuse.accepted()
            return 0.0
        again: list[Event] = []
        for event in part:
            error = outcome.errors.get(event.event_id.lower())
            if error is None:
                turn.fates["accepted"] += 1
            elif error.get("retryable") is True and turn.retryable[event.event_id] + 1 < self._max_attempts:
                turn.retryable[event.event_id] += 1
                again.append(event)
            else:
                message = str(error.get("message") or "no reason given")
                turn.add_dead_letter(self._letter(turn, event, "rejected", _without_ids(message), message))
        if turn.fates["accepted"]:
            self._fuse.accepted()
        if not again:
            return 0.0
        turn.parts.append(again)
        self._client.meter.add(retries=1)
        return backoff(max(turn.retryable[event.event_id] for event in again))

    def _divide(self, turn: _BodyInFlight, part: list[Event], outcome: Refused) -> float:
        """Find out which events of a refused body are bad. Returns the seconds to wait before going on."""
        error = outcome.error
        if error.status == CONFLICT and not turn.conflicts:
            turn.conflicts += 1
            turn.parts.append(part)
            self._client.meter.add(retries=1)
            return backoff(1)
        if len(part) > 1:
            turn.parts.extend(reversed(halves(part)))
            if error.status == HTTPStatus.OK:
                # It may have taken some of them, and does not say which.
                self._client.conditions.unclear_answer(error)
                turn.unclear.update(event.event_id for event in part)
                self._client.meter.add(retries=2)
        else:
            reason = error.code or f"http.{error.status}"
            turn.refused.append(self._letter(turn, part[0], "rejected", reason, error.message))
        try:
            self._fuse.refused(self._number, error)
        except BlownFuseError:
            self._withdraw(turn)
            raise
        return 0.0

    def _letter(self, turn: _BodyInFlight, event: Event, fate: str, reason: str, message: str) -> DeadLetter:
        if fate == "rejected" and event.event_id in turn.unclear:
            # A server that refuses ids that it has would do just this.
            reason += AFTER_A_LOST_ANSWER
            message += " (an earlier request with this event had no clear answer, so it may have arrived all the same)"
        return DeadLetter(event, fate, reason, message, turn.attempts[event.event_id], self._sender.correlation_id)

    def _settle(self, turn: _BodyInFlight) -> None:
        """Write the fates found; the dead letters first, so that the ledger knows of none that is not there."""
        if not turn.fates:
            self._withdraw(turn)
            return
        if turn.letters:
            # Guarded, since another run may have written a segment of that name.
            self._dead_letters.put(self._number, self._seq + 1, turn.letters, guard=self._ledger.owner.check)
            self._seq += 1
        examples = [letter.as_example() for letter in turn.letters]
        self._ledger.settle(self._number, turn.fates, examples, next_=turn.next, open_=turn.open, seq=self._seq)
        self.settled += turn.fates.total()
        turn.fates, turn.letters = Counter(), []

    def _withdraw(self, turn: _BodyInFlight) -> None:
        """Write that nothing is being sent after all, so that a resume may send it."""
        if not self._resend:
            self._ledger.intend(self._number, next_=turn.next, open_=turn.open, sent=0)


def accepts_all(answer: bytes) -> bool:
    """Return whether an answer with status 200 says in the usual way that all events were accepted.

    It is read as :meth:`Lane.deliver` has it read, so that what that would see is seen here. Other answers may say so
    too; that understands them.
    """
    try:
        said = json_of(answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("errors", []) in ([], None)


def _without_ids(message: str) -> str:
    """Return a message as a reason that many events can share."""
    return _IDS.sub("...", message)[:100]
