"""Who may write: of several runs that share a file, the one that started last."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_LOOKS = (0.05, 0.2, 0.5, 0.0)
"""Seconds after each look at an owner that is not there: some stores show only after a moment what was written."""
_OLDEST = 0.25
"""Seconds that a look is old at most when it comes: one at a slow store, counted from when it began, would never be
young enough, and nothing be sent for ever."""


class Owner:
    """Tells two runs apart that share a file: the one that started last owns it.

    It is an object of its own: in the file itself a run that came back to life would put its own token back.

    :param path: where ownership is written down.
    :param key: names the task instance.
    :param try_number: its try.
    :param shared_by: the argument by which other Dag runs may come to share the file, for the message.
    """

    def __init__(self, path: StoragePath, key: str, try_number: int, *, shared_by: str = "ledger_key") -> None:
        self.key = key
        self._path = path
        self._shared_by = shared_by
        self._text = json.dumps({"key": key, "try": try_number, "token": secrets.token_hex(16)}).encode()
        self._looked_at = 0.0

    def take(self) -> None:
        """Become the owner; raises ``OSError`` where it cannot be written."""
        storage.replace(self._path, self._text)
        self._looked_at = time.monotonic()

    def is_sure(self, max_age: float) -> bool:
        """Return whether the last look at it is no older than so many seconds."""
        return time.monotonic() - self._looked_at < max_age

    def check(self, max_age: float = 0.0) -> None:
        """Raise :class:`GenesysLedgerError` when another run has become the owner.

        :param max_age: seconds for which an earlier look is good enough.
        """
        if self.is_sure(max_age):
            return
        now, found = self._look()
        if found is None:
            raise GenesysLedgerError(
                f"{visible_path(self._path)}: it is gone, so that whether another run has taken over is not known; "
                "this one sends and writes nothing more. Somebody removed it, or the store does not show what was "
                "written to it."
            )
        if found != self._text:
            raise GenesysLedgerError(
                f"{visible_path(self._path)}: another run of this task has taken over; this one sends and writes "
                "nothing more. Usually it was thought dead and came back; two Dag runs with one "
                f"{self._shared_by} do it too."
            )
        self._looked_at = max(now, time.monotonic() - _OLDEST)

    def _look(self) -> tuple[float, bytes | None]:
        """Return when was looked, and what is there; nothing is believed only when it is found several times."""
        for pause in _LOOKS:
            now, found = time.monotonic(), storage.read(self._path)
            if found is not None:
                break
            time.sleep(pause)
        return now, found
