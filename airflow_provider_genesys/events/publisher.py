"""Publishes a stream of events and accounts for each.

At every end ``read = accepted + rejected + invalid + duplicate + unknown + pending``, and nothing is pending when a
publish is complete.

One thread, the caller's, reads and sends (:mod:`~airflow_provider_genesys.events.sending`). A conversation, user or
agent always has the same lane, and a lane sends one body at a time, so that between requests its events keep the
input's order; within one body the server decides (unconfirmed).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.queueing import Queue
from airflow_provider_genesys.api.retry import is_passing
from airflow_provider_genesys.events.account import nothing_published, of_ledger, refuse_rejected
from airflow_provider_genesys.events.ahead import may_keep_waiting, said_of_pipes
from airflow_provider_genesys.events.dead_letters import refused_lines
from airflow_provider_genesys.events.delivery import FUSE, BlownFuseError, Fuse, StoppedError
from airflow_provider_genesys.events.feeding import feed
from airflow_provider_genesys.events.folder import Folder, apart
from airflow_provider_genesys.events.helper import Bell, Ending, aside
from airflow_provider_genesys.events.inputs import DEAD_LETTERS, INLINE_NAME
from airflow_provider_genesys.events.intake import Intake
from airflow_provider_genesys.events.keeping import OWNER_AGE, Keeper
from airflow_provider_genesys.events.ledger import FATES, Ledger, set_aside
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.opening import inputs_of, make_lanes, open_account
from airflow_provider_genesys.events.presences import PatientResolver
from airflow_provider_genesys.events.progress import Lines, Moment, Progress, log_result, where_it_goes_on
from airflow_provider_genesys.events.records import Reader
from airflow_provider_genesys.events.sending import Sending
from airflow_provider_genesys.events.source import OpenPath, Source, read
from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
)
from airflow_provider_genesys.files.ownership import Owner

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.sender import Sender
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.events.delivery import Lane
    from airflow_provider_genesys.events.records import ResolvePresence
    from airflow_provider_genesys.events.settings import PublishSettings
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

_T = TypeVar("_T")
# How long a wait may go on before a stop is noticed, where no bell tells of it.
_SLICE = 0.2
# Airflow kills 5 s after it asked to stop.
_GRACE_WHEN_KILLED = 2.5
# Beyond a request's own timeout, for answers on their way when another lane has failed.
_LAST_ANSWERS = 10.0


class Publisher:
    """Publishes one source once.

    :param client: speaks to Genesys Cloud.
    :param settings: how to publish.
    :param folder: where ledger and dead letters are kept; the same for each try.
    :param key: names the task instance, for messages.
    :param try_number: its try, for messages.
    :param open_path: makes a path of each path in the source.
    :param resolve_presence: finds the definition that an event's ``presence`` names, see
        :class:`~airflow_provider_genesys.events.records.Reader`.
    :param folder_argument: name of the argument that leads to the folder, for messages.
    :param source_argument: name of the argument that leads to the source.
    :param ledger_key: the key that the account is kept under, if there is one, for the summary.
    """

    def __init__(
        self,
        client: GenesysCloudClient,
        settings: PublishSettings,
        folder: StoragePath,
        *,
        key: str,
        try_number: int = 1,
        open_path: OpenPath = Path,
        resolve_presence: ResolvePresence | None = None,
        folder_argument: str = "artifacts_path",
        source_argument: str = "source",
        ledger_key: str | None = None,
    ) -> None:
        self._client = client.view(wait=Queue(self._rest), meter=Meter())
        # What this asks is counted by the client, and not in the account. Where nothing is expected nobody is asked.
        self._ask_organization = client.check_organization
        self._may_publish = client.settings.expected_organization_id is None
        self._settings = settings
        self._folder = Folder(folder, folder_argument, self._check)
        self._dead_letters = folder / DEAD_LETTERS
        self._owner = Owner(folder / "owner.json", key, try_number)
        self._source_argument = source_argument
        self._ledger_key = ledger_key
        self._open_path = open_path
        self._stream = STREAMS[settings.stream]
        resolve = PatientResolver(resolve_presence, self._meanwhile) if resolve_presence is not None else None
        self._reader = Reader(self._stream, settings.duplicate_window, resolve)
        self._fuse = Fuse()
        self._progress = Progress()
        self._lines = Lines()
        self._lanes: list[tuple[Lane, Sender]] = []
        self._ledger: Ledger | None = None
        self._before: Counter[str] = Counter()
        self._intake: Intake | None = None
        self._bell: Bell | None = None
        self._sends: Sending | None = None
        self.tell: Callable[[], None] | None = None
        """Called now and then while it publishes, by the thread that called :meth:`publish`; it raises nothing."""
        self.say: Callable[[str], None] = partial(log.info, "%s")
        """Told in words where a new try goes on; by default the log is."""
        self.turns = 0
        """Turns of the loop that sends, once it has ended: of a loop that spins only this tells."""
        self._ended = Ending()
        self._finished = False
        self._killed = False
        self._began: float | None = None
        self._duration: float | None = None

    def stop(self) -> None:
        """Ask to stop. It only sets a flag and rings a bell, so that a signal handler may call it."""
        self._killed = True
        if self._bell is not None:
            self._bell.ring()

    def count_wait(self, seconds: float) -> None:
        """Count a wait for a rate limit that was made before this publisher was, by nobody: that of a deferral."""
        self._client.meter.add(rate_limited_seconds=seconds)

    def set_aside(self) -> None:
        """Set an earlier account aside, complete or not, so that something else can be published in its place.

        Not while it publishes; with ``republish`` a publish itself sets aside one that is complete.
        """
        self.check_organization()
        self._ask(self._owner.take)
        self._ask(partial(set_aside, self._folder.path, self._owner, unfinished=True))

    def refused_lines(self) -> Iterator[int]:
        """Yield the lines of the records that were rejected or invalid, in this try or an earlier one."""
        yield from self._ask(lambda: list(refused_lines(self._dead_letters)))

    def check_organization(self) -> None:
        """Make sure that the organisation is the expected one, once; :meth:`publish` does, unless somebody has before.

        :raises GenesysConfigError: it is another one.
        :raises GenesysError: it cannot be asked, or :meth:`stop` was called, which is heard meanwhile.
        """
        if not self._may_publish:
            try:
                apart(self._ask_organization, self._check)
            except StoppedError:
                raise _stopped() from None
            self._may_publish = True

    def _ask(self, work: Callable[[], _T]) -> _T:
        """Do one thing with the folder while nothing is published, as :meth:`Folder.ask`."""
        try:
            return self._folder.ask(work)
        except StoppedError:
            raise _stopped() from None

    def publish(self, source: Source) -> dict[str, Any]:
        """Publish all events of a source and return the summary, as :meth:`summary` does.

        Raises what it cannot go on from, after everything that has a fate is in the ledger; a new publisher with the
        same folder and source goes on from there.

        :param source: paths, globs or events; see :func:`airflow_provider_genesys.events.source.read`.
        :raises GenesysEventsRejectedError: too many events were not accepted; all the others are published, unless
            the message says that everything was refused.
        :raises GenesysLedgerError: the ledger is of another input, or another run has taken over.
        :raises GenesysSourceError: the input as a whole cannot be read; what could be read is published.
        :raises GenesysConfigError: the ledger or dead letters cannot be written, and never will; or
            ``GenesysStorageError``, where they may be another time. Or the organisation is not the expected one.
        :raises GenesysError: the API refuses or cannot be reached, or :meth:`stop` was called.
        """
        try:
            self.check_organization()
            self._began = time.monotonic()
            self._publish(source)
        except StoppedError:
            raise GenesysError(
                "stopped before the end; the ledger says how far it came, and a new try goes on"
            ) from None
        except BlownFuseError as blown:
            if is_passing(blown.refusal):
                raise blown.refusal from None
            message = f"{FUSE} requests running were refused: it is not single events that are wrong: {blown.refusal}"
            raise GenesysEventsRejectedError(message, self.summary()) from blown.refusal
        finally:
            self._duration = self._lasts()
            self._client.close_idle()
            self._reader.end()
            if self._ledger is not None:
                log_result(self.summary())
        summary = self.summary()
        if self._ledger is not None:
            refuse_rejected(summary, self._settings, self._ledger)
        return summary

    def _publish(self, source: Source) -> None:
        ledger, intake = self._open(source)
        settled_since = ledger.complete
        with self._folder.named(), self._sending(ledger) as (sending, bell):
            unreadable = self._feed(ledger, intake, source, sending, bell)
            sending.finish()
        if unreadable is not None:
            raise unreadable
        self._reconcile()
        if ledger.read == 0:
            log.info("There is no event in the input, so nothing was sent: an hour without events, or an empty export.")
        if ledger.complete is None:
            self._folder.ask(ledger.finish)
        elif settled_since and ledger.read:
            log.warning(
                "Nothing was sent: all %d records were settled at %s. republish=True sends them again.",
                ledger.read,
                settled_since,
            )
        self._finished = True

    def summary(self) -> dict[str, Any]:
        """Return the account so far; small, and valid at any time.

        ``reasons`` are why records were not accepted, see :func:`~airflow_provider_genesys.events.reasons.for_summary`.
        ``read`` to ``accepted_before`` are over all tries, the rest is of this one: see the operator's docstring.
        """
        ledger, intake, meter = self._ledger, self._intake, self._client.meter
        account = nothing_published(self._settings.stream) | (of_ledger(ledger, self._dead_letters) if ledger else {})
        if intake is not None and intake.caught_up:
            account["read"] = intake.read
        return {
            **account,
            "pending": account["read"] - sum(account[fate] for fate in FATES),
            "complete": self._finished,
            "requests": meter.requests,
            "retries": meter.retries,
            "rate_limited_seconds": round(meter.rate_limited_seconds, 1),
            "duration_seconds": round(self._duration or self._lasts(), 1),
            "ledger_key": self._ledger_key,
        }

    def _lasts(self) -> float:
        """Return for how many seconds it has published so far; none before it has begun."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def moment(self) -> Moment:
        """Return what there is to tell of it to who follows it; from any thread."""
        summary = self.summary()
        settled = sum(summary[fate] for fate in FATES) - self._before.total()
        return Moment(summary, settled, self._client.allowance_used, self._progress.commonest, self._holdup())

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self._settings.stream

    @property
    def connection(self) -> ClientSettings:
        """Whereto it publishes."""
        return self._client.settings

    def counts_of_this_try(self) -> dict[str, float]:
        """Return how many records found which fate in this try, its requests and seconds of waiting for rate limits."""
        counts = self._ledger.counts if self._ledger else Counter[str]()
        return {
            **{fate: counts[fate] - self._before[fate] for fate in FATES},
            "requests": self._client.meter.requests,
            "rate_limited_seconds": self._client.meter.rate_limited_seconds,
        }

    @property
    def inputs(self) -> list[str]:
        """Names of the files that are published, once the publish has begun; none for events that are given as data."""
        return [str(name) for name, _ in self._ledger.inputs if name != INLINE_NAME] if self._ledger else []

    def _open(self, source: Source) -> tuple[Ledger, Intake]:
        """Become the owner, open the ledger and make the lanes; nothing is sent yet."""
        folder = self._folder
        look = partial(inputs_of, source, folder, open_path=self._open_path, argument=self._source_argument)
        inputs = apart(look, self._check)
        ledger, dead_letters = open_account(folder, self._owner, self._settings, inputs)
        names = [str(name) for name, _ in ledger.inputs]
        pipes = apart(lambda: said_of_pipes(names), self._check)
        if (words := where_it_goes_on(ledger, pipes)) is not None:
            self.say(words)
        self._lanes = make_lanes(self._client, self._settings, ledger, dead_letters, self._fuse)
        self._before = ledger.counts
        self._fuse.by_lane = ledger.counts["accepted"] > 0
        self._ledger = ledger
        begin = partial(folder.ask, ledger.begin)
        self._intake = Intake(self._stream, ledger, self._reader, begin=begin, pipes=pipes)
        return ledger, self._intake

    def _feed(self, ledger: Ledger, intake: Intake, source: Source, sending: Sending, bell: Bell) -> Exception | None:
        """Read the source to its end and hand its bodies over; return why it could not be read on, if so."""
        chunks = read(source, stream=self._settings.stream, open_path=self._open_path, argument=self._source_argument)
        names = [str(name) for name, _ in ledger.inputs]
        ahead = apart(partial(may_keep_waiting, names), self._check)
        return feed(chunks, ledger, intake, sending, bell=bell if ahead else None)

    @contextmanager
    def _sending(self, ledger: Ledger) -> Iterator[tuple[Sending, Bell]]:
        """Provide what sends; what ends the publish early gives answers that are on their way some time."""
        bell = self._bell = Bell()
        settings = self._client.settings
        sending = self._sends = Sending(
            self._lanes,
            keeper=Keeper(ledger, bell, at_once=self._folder.at_once),
            fuse=self._fuse,
            progress=self._progress,
            bell=bell,
            ended=self._ended,
            tick=self._tick,
            by_helpers_only=self._settings.on_unknown != "resend",
            read_timeout=settings.read_timeout,
            grace=_GRACE_WHEN_KILLED,
        )
        try:
            yield sending, bell
        except BaseException as error:
            patient = isinstance(error, Exception) and not self._killed
            sending.abandon(_LAST_ANSWERS + settings.read_timeout if patient else _GRACE_WHEN_KILLED)
            raise
        finally:
            self.turns = sending.turns
            sending.close()
            self._bell = None
            bell.close()

    def _meanwhile(self, work: Callable[[], _T]) -> _T:
        """Do something that may take long, and see to answers and to a stop meanwhile."""
        if self._sends is None or self._bell is None:
            return work()
        return aside(work, "genesys-presences", wait=self._sends.turn, ring=self._bell.ring)

    def _rest(self, call: threading.Event, seconds: float, why: Callable[[], str]) -> None:
        """Wait; raises :class:`StoppedError` when the publish ends, and an error when another run took over."""
        until = time.monotonic() + seconds
        with self._progress.waiting(seconds, why):
            while True:
                left = until - time.monotonic()
                # While it sends, the end is told; before that the flag of a signal handler has to be looked at.
                step = left if self._bell is not None else min(left, _SLICE)
                if self._killed or self._ended.wait(call, max(step, 0.0)):
                    raise StoppedError
                if call.is_set() or left <= step:
                    break
        if not self._owner.is_sure(OWNER_AGE):
            self._folder.wait_for(self._owner.check)

    def _check(self) -> None:
        """Raise :class:`StoppedError` when told to stop."""
        if self._killed:
            raise StoppedError

    def _tick(self) -> None:
        """Raise :class:`StoppedError` when told to stop; now and then, log and tell how far it is."""
        self._check()
        if self._lines.due():
            # The command line reads no log, and has lines of its own.
            if log.isEnabledFor(logging.INFO) and (line := self._lines.line(self.moment())) is not None:
                log.info("%s", line)
            if self.tell is not None:
                self.tell()

    def _holdup(self) -> str:
        """Say in words why nothing is settled at the moment."""
        if self._intake is not None and not self._intake.caught_up:
            return "what an earlier try has read is read again"
        return self._sends.holdup if self._sends is not None else "nothing is sent yet"

    def _reconcile(self) -> None:
        """Make sure that the account adds up: over all tries, and what this one read with what its lanes settled."""
        summary = self.summary()
        unsettled = self._intake.unsettled if self._intake else 0
        if summary["pending"] or unsettled != sum(lane.settled for lane, _ in self._lanes):
            raise GenesysLedgerError(f"the account does not add up, which is a bug of the provider: {summary}")


def _stopped() -> GenesysError:
    return GenesysError("stopped before the end; a new try goes on")
