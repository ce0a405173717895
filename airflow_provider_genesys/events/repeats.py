"""Changes that were left out as duplicates, which may be no duplicates: Break, On Queue, Break within one second.

Events without an ``eventId`` that say the same at the same time get the same derived one. Where another record of their
key stands between them, somebody may have meant them. It need not be an event that was accepted, nor one that is valid:
once it is corrected and published from its dead letter, what was left out behind it is missing.
"""

from __future__ import annotations

import json
import logging

log = logging.getLogger(__name__)

# Keys whose last event is remembered: twice so many at most, which takes 4 MB.
_KEYS = 16_384
_NO_EVENT = ""  # in place of an id: two ids may be the same, and an invalid record is no repetition


class Repeats:
    """Counts derived duplicates that follow another record of their key; remembers the last one of recent keys.

    Keys that have not come for long are forgotten, so that of very many some may not be counted.
    """

    def __init__(self, keys: int = _KEYS) -> None:
        self.count = 0
        self._keys = keys
        # Hashes of ids by hashes of keys; the older half goes when the newer one is full.
        self._newer: dict[int, int] = {}
        self._older: dict[int, int] = {}
        self._example = ("", 0)

    def note(self, key: str, event_id: str) -> bool:
        """Note the last event of a key; return whether the one before it was another."""
        whose, which = hash(key.lower()), hash(event_id.lower())
        last = self._newer.get(whose)
        if last is None:
            last = self._older.get(whose)
            if len(self._newer) >= self._keys:
                self._older, self._newer = self._newer, {}
        self._newer[whose] = which
        return last is not None and last != which

    def note_invalid(self, key: str) -> None:
        """Note a record that is no event, and is other than each: the key that can be read in it, or ``""``."""
        if key:
            self.note(key, _NO_EVENT)

    def duplicate(self, text: bytes, key: str, event_id: str, file: str, line: int) -> None:
        """Note a duplicate, and count it if its id is derived and another record of its key came before it.

        :param text: the record as it came in.
        """
        if self.note(key, event_id) and not _names_its_id(text):
            self.count += 1
            if self.count == 1:
                self._example = file.rpartition("/")[2], line

    def tell(self) -> None:
        """Warn, in one line, if there were any."""
        if not self.count:
            return
        log.warning(
            "Left out as duplicates: %s without an eventId, although another record of the same conversation, user or "
            "agent came in between, such as %s, line %d. Events of the same content and time are taken for one event. "
            "If the input repeats itself, all is well; if they are changes of their own (Break, On Queue, Break within "
            "one second), give their times milliseconds, or each of them an eventId, and publish again.",
            "1 event" if self.count == 1 else f"{self.count:,} events",
            *self._example,
        )


def _names_its_id(text: bytes) -> bool:
    """Return whether a record brings its ``eventId``."""
    event = json.loads(text)
    return isinstance(event, dict) and bool(event.get("eventId"))
