"""When the ledger is written, and on which thread.

A write to a disk of this machine takes a millisecond, and the sending thread does it itself: any other thread would
wait for that one's lock at each step. A store or a share may take seconds, or hang, so there a thread of its own
writes, and looks who the owner is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_genesys.events.helper import Bell, Helper

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_genesys.events.ledger import Ledger

# A body is sent only if a look at the owner is no older.
OWNER_AGE = 0.5


class Keeper:
    """Writes the ledger for the sending thread.

    :param ledger: the ledger.
    :param bell: rung when something is done on another thread.
    :param at_once: whether its storage answers at once.
    """

    def __init__(self, ledger: Ledger, bell: Bell, *, at_once: bool) -> None:
        self.busy = False
        """Whether something is being done on another thread; the bell tells when it is done."""
        self._ledger = ledger
        self._bell = bell
        self._failure: BaseException | None = None
        self._helper = None if at_once else Helper("genesys-ledger")

    @property
    def written(self) -> int:
        """The last change of the ledger that is on storage."""
        return self._ledger.written

    def write(self) -> None:
        """Write all changes noted so far, or see to it that they are; raises what :meth:`Ledger.commit` does."""
        self._do(self._ledger.commit)

    def is_owner(self) -> bool:
        """Return whether this run was the owner less than half a second ago; if that is not known, it is found out.

        :raises GenesysLedgerError: another run is the owner.
        """
        owner = self._ledger.owner
        if not owner.is_sure(OWNER_AGE):
            self._do(owner.check)
        return owner.is_sure(OWNER_AGE)

    def check(self) -> None:
        """Raise what another thread raised."""
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Let the thread end."""
        if self._helper is not None:
            self._helper.end()

    def _do(self, work: Callable[[], None]) -> None:
        if self._helper is None:
            work()
        elif not self.busy:
            self.busy = True
            self._helper.do(work, self._done)

    def _done(self, error: BaseException | None) -> None:
        self._failure = self._failure or error
        self.busy = False
        self._bell.ring()
