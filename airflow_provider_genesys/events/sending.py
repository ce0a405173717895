"""One thread, the caller's, sends the bodies of all lanes; what takes an unusual course goes to a helper of its lane.

A lane is a state here, not a thread. In its usual course it never waits: its body is sent, a plain answer says that all
is well, and that is noted, all by the thread that also reads. Everything else (connecting, the first body of all, a
refusal, an error, a lost answer, dead letters, ``on_unknown="dead_letter"``) is for
:meth:`~airflow_provider_genesys.events.delivery.Lane.deliver` in the lane's helper, which may wait as long as it has
to: meanwhile the other lanes go on.

What is noted is written together with what other lanes noted meanwhile, and a lane is not free before its own is.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.plain import UnusualAnswerError
from airflow_provider_genesys.api.queueing import KEEPING
from airflow_provider_genesys.events.batching import Body, encode
from airflow_provider_genesys.events.delivery import StoppedError, accepts_all
from airflow_provider_genesys.events.helper import Bell, Ending, Helper

if TYPE_CHECKING:
    from airflow_provider_genesys.api.sender import Sender
    from airflow_provider_genesys.events.delivery import Fuse, Lane
    from airflow_provider_genesys.events.keeping import Keeper
    from airflow_provider_genesys.events.progress import Progress

# Bodies that wait for each lane, at most: one more than it needs, so that it never waits for the reader.
_AHEAD = 2
# So many in all, however many lanes there are: they are what takes memory.
_MOST_AHEAD = 64
# Seconds after an answer was noted in which others may join its write.
_JOIN = 0.01
# While it reads, answers are looked for so often.
_LOOK = 0.005
# The longest wait for anything to happen: lines of progress come by it, and answers that do not are noticed.
_PATIENCE = 1.0

_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE


class State(Enum):
    """Where a lane is."""

    FREE = auto()
    SENT = auto()
    NOTED = auto()
    HELPED = auto()


@dataclass(eq=False)
class _Place:
    """A lane and where it is.

    :param body: the one under way.
    :param whole: whether all of it is handed over.
    :param sent_at: when its exchange began.
    :param heard_at: when anything of its exchange moved last.
    :param change: the change of the ledger that has to be written before the lane is free.
    :param watched: the connection that the selector watches for it, as long as an exchange is under way.
    """

    lane: Lane
    sender: Sender
    inbox: deque[Body] = field(default_factory=deque)
    state: State = State.FREE
    body: Body = field(default_factory=Body)
    whole: bool = True
    sent_at: float = 0.0
    heard_at: float = 0.0
    change: int = 0
    watched: socket.socket | None = None
    helper: Helper | None = None


class Sending:
    """Sends bodies; belongs to the thread that calls it, and returns to it what ends the publish.

    :param lanes: each lane, with what sends its bodies.
    :param keeper: writes the ledger.
    :param fuse: tells whether any event was accepted yet; until then bodies go one at a time.
    :param progress: told what lanes wait for.
    :param bell: ends a wait for something to happen.
    :param ended: set when the publish ends before all is sent, so that helpers give up what they wait for.
    :param tick: called in each turn; raises what ends the publish, :class:`StoppedError` when it is told to stop.
    :param by_helpers_only: whether every body takes the careful way.
    :param read_timeout: seconds to wait for each piece of an answer.
    :param grace: seconds that answers on their way are given once it is told to stop.
    """

    def __init__(
        self,
        lanes: Sequence[tuple[Lane, Sender]],
        *,
        keeper: Keeper,
        fuse: Fuse,
        progress: Progress,
        bell: Bell,
        ended: Ending,
        tick: Callable[[], None],
        by_helpers_only: bool,
        read_timeout: float,
        grace: float,
    ) -> None:
        self.turns = 0
        self._places = [_Place(lane, sender) for lane, sender in lanes]
        self._keeper = keeper
        self._fuse = fuse
        self._progress = progress
        self._bell = bell
        self._ended = ended
        self._tick = tick
        self._by_helpers_only = by_helpers_only
        self._read_timeout = read_timeout
        self._grace = grace
        self._ready: deque[_Place] = deque()
        self._noted: list[_Place] = []
        self._returned: deque[tuple[_Place, BaseException | None]] = deque()
        self._failure: BaseException | None = None
        self._waiting = self._under_way = 0
        self._write_at = self._look_at = self._send_at = 0.0
        self._expire_at = time.monotonic() + _PATIENCE
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(bell, selectors.EVENT_READ)

    def put(self, number: int, body: Body) -> None:
        """Give a lane a body, and return as soon as few enough are waiting; raises what ends the publish."""
        place = self._places[number]
        place.inbox.append(body)
        self._waiting += 1
        if place.state is State.FREE and len(place.inbox) == 1:
            self._ready.append(place)
            self._send()
        lanes = len(self._places)
        while self._waiting >= min(_AHEAD * lanes, _MOST_AHEAD):
            self.turn()
        if self._waiting and self._under_way == lanes:
            self.turn(0)  # what waits long is in the processor's cache no more when its turn comes

    def breathe(self) -> None:
        """Look, while reading, whether answers have come."""
        if time.monotonic() >= self._look_at:
            self.turn(0)

    def finish(self) -> None:
        """Return when all is delivered; raises what ends the publish."""
        while self._waiting or self._under_way:
            self.turn()
        self._raise()

    def abandon(self, seconds: float) -> None:
        """Send nothing more, and wait that long for what is under way; when told to stop meanwhile, no longer."""
        self._closing = True
        self._ended.set()
        deadline = time.monotonic() + seconds
        while self._under_way:
            if self._is_told_to_stop():
                deadline = min(deadline, time.monotonic() + self._grace)
            if (left := deadline - time.monotonic()) <= 0:
                return
            try:
                self._turn(min(left, _PATIENCE))
            except Exception:  # noqa: BLE001 - it is over; what could not be written is sent again by the next try
                self._free(self._noted)
                self._noted = []

    def _is_told_to_stop(self) -> bool:
        try:
            self._tick()
        except StoppedError:
            return True
        return False

    @property
    def holdup(self) -> str:
        """What is waited for at the moment, in words."""
        if self._noted and len(self._noted) == self._under_way:
            return "the ledger is being written"
        if self._under_way:
            count = self._under_way - len(self._noted)
            return "a request is not answered yet" if count == 1 else f"{count} requests are not answered yet"
        return KEEPING if self._waiting else "no more of the input has come yet"

    def close(self) -> None:
        """Part with connections and helpers; a helper that still waits for an answer ends when that comes."""
        for place in self._places:
            if place.helper is not None and place.state is State.HELPED:
                place.helper.do(place.sender.close, lambda _: None)  # behind what it does; a turn is given back by it
            else:
                self._unwatch(place)
                place.sender.close()
            if place.helper is not None:
                place.helper.end()
        self._keeper.end()
        self._selector.close()

    def turn(self, longest: float = _PATIENCE) -> None:
        """Wait that long at most for anything to happen, and see to it; raises what ends the publish."""
        self._raise()
        self._turn(longest)

    def _raise(self) -> None:
        """Raise what ends the publish, if anything does; what failed comes before a stop, which says less."""
        if self._failure is not None:
            raise self._failure
        self._tick()

    def _turn(self, longest: float) -> None:
        self.turns += 1
        for key, events in self._selector.select(self._patience(longest)):
            if key.data is None:
                self._bell.hush()
            else:
                self._see_to(key.data, events)
        now = time.monotonic()
        self._look_at = now + _LOOK
        self._take_back()
        if now >= self._expire_at:
            self._expire(now)
        self._write(now)
        self._send()

    def _patience(self, longest: float) -> float:
        """Return how long nothing needs to be done, unless something happens."""
        until = longest
        now = time.monotonic()
        if self._noted and not self._keeper.busy:
            until = min(until, self._write_at - now)
        if self._ready and self._send_at > now:
            until = min(until, self._send_at - now)
        return max(until, 0.0)

    # --- sending ---

    def _send(self) -> None:
        """Send for the lanes that are free, those that have waited longest first."""
        while self._ready and not self._closing and self._failure is None:
            if self._under_way and not self._fuse.proven:
                return  # the first one shows whether rights, region and source are right
            now = time.monotonic()
            if now < self._send_at or not self._keeper.is_owner():
                return
            place = self._ready[0]
            if place.inbox[0].rows and (delay := place.sender.acquire()) > 0:
                self._send_at = now + delay
                self._progress.hold(delay, KEEPING, lanes=len(self._ready))
                return
            self._progress.hold(0.0, "", lanes=0)
            self._ready.popleft()
            self._start(place, now)

    def _start(self, place: _Place, now: float) -> None:
        place.body = body = place.inbox.popleft()
        self._waiting -= 1
        self._under_way += 1
        whole = None
        if body.rows and not self._by_helpers_only:
            whole = place.sender.begin(encode(body.rows))
        if whole is None:
            self._help(place, body)
            return
        place.state, place.whole, place.sent_at, place.heard_at = State.SENT, whole, now, now
        self._watch(place)

    def _watch(self, place: _Place) -> None:
        """Have the selector watch the connection of the lane's exchange."""
        if place.sender.wire is not None:
            place.watched = place.sender.wire.socket
            self._selector.register(place.watched, selectors.EVENT_READ if place.whole else _BOTH, place)

    def _unwatch(self, place: _Place) -> None:
        if place.watched is not None:
            self._selector.unregister(place.watched)
            place.watched = None

    # --- answers ---

    def _see_to(self, place: _Place, events: int) -> None:
        """Go on with the lane whose connection is ready."""
        place.heard_at = time.monotonic()
        try:
            if not place.whole and events & selectors.EVENT_WRITE and place.sender.send_more():
                place.whole = True
                self._selector.modify(place.watched or -1, selectors.EVENT_READ, place)
            if events & selectors.EVENT_READ:
                self._receive(place)
        except UnusualAnswerError:
            self._help(place, place.body)

    def _receive(self, place: _Place) -> None:
        answer = place.sender.receive()
        if answer is None:
            return
        if not accepts_all(answer.body) or place.body.has_letters:
            self._help(place, place.body)
            return
        self._unwatch(place)
        place.sender.accept(answer)
        place.change = place.lane.note_accepted(place.body)
        place.state = State.NOTED
        if not self._noted:
            self._write_at = place.heard_at + _JOIN
        self._noted.append(place)

    def _expire(self, now: float) -> None:
        """Give up exchanges in which nothing moved for too long; a helper waits for the end of those that take long."""
        self._expire_at = now + _PATIENCE
        for place in self._places:
            if place.state is State.SENT and now - place.sent_at > self._read_timeout:
                if now - place.heard_at > self._read_timeout:
                    place.sender.expire()
                self._help(place, place.body)

    # --- helpers ---

    def _help(self, place: _Place, body: Body) -> None:
        """Leave the lane's body, and what has come of its answer, to its helper."""
        self._unwatch(place)
        place.state = State.HELPED
        if place.helper is None:
            place.helper = Helper(f"genesys-lane-{self._places.index(place)}")
        place.helper.do(lambda: place.lane.deliver(body), lambda error: self._give_back(place, error))

    def _give_back(self, place: _Place, error: BaseException | None) -> None:
        """Return a lane from its helper; called by that."""
        self._returned.append((place, error))
        self._bell.ring()

    def _take_back(self) -> None:
        while self._returned:
            place, error = self._returned.popleft()
            if error is not None:
                # A stop too: its lane's next body must not go before the one that it left.
                self._failure = self._failure or error
                self._ended.set()
            self._free([place])
            self._send_at = 0.0  # what waited for a turn before the next body may have had it

    # --- the ledger ---

    def _write(self, now: float) -> None:
        """Write what is noted, if its time has come; what is written frees its lanes."""
        self._keeper.check()
        if not self._noted:
            return
        if now >= self._write_at or len(self._noted) == self._under_way:
            self._keeper.write()
        written = self._keeper.written
        freed = [place for place in self._noted if place.change <= written]
        if freed:
            self._noted = [place for place in self._noted if place.change > written]
            self._free(freed)

    def _free(self, places: Sequence[_Place]) -> None:
        for place in places:
            place.state = State.FREE
            place.body = Body()  # what is settled would else be kept until the lane's next
            self._under_way -= 1
            if place.inbox:
                self._ready.append(place)
