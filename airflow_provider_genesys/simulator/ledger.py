"""Which events were accepted, how often, and in which order: what makes "nothing lost, nothing twice" provable."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator

LINES_AT_ONCE = 1000


class EventLedger:
    """All accepted events of the simulator's life. A million of them take some 200 MB.

    One entry an acceptance: an event accepted twice has two. Lists side by side rather than objects, since those would
    take twice the memory.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._keys: dict[str, str] = {}
        self._event_ids: list[str] = []
        self._kinds: list[str] = []
        self._event_keys: list[str] = []
        self._requests = array("L")

    def accept(self, event_id: str, kind: str, key: str, request: int) -> None:
        """Record that an event was accepted.

        :param event_id: its ``eventId``.
        :param kind: the array it came in.
        :param key: the conversation, user or agent it belongs to.
        :param request: number of the request that brought it.
        """
        self._counts[event_id] = self._counts.get(event_id, 0) + 1
        self._event_ids.append(event_id)
        self._kinds.append(kind)
        self._event_keys.append(self._keys.setdefault(key, key))
        self._requests.append(request)

    def summary(self) -> dict[str, int]:
        """Return how many events were accepted: ``accepted`` counts each acceptance, ``distinct`` each event once."""
        accepted = len(self._event_ids)
        return {"accepted": accepted, "distinct": len(self._counts), "duplicates": accepted - len(self._counts)}

    def lines(self) -> Iterator[str]:
        """Yield the ledger as JSON Lines, in the order of acceptance, many lines at a time.

        Keys of a line: ``sequence`` (from 1), ``eventId``, ``kind``, ``key``, ``request``, and ``accepted``: how often
        that event was.
        """
        end = len(self._event_ids)
        for begin in range(0, end, LINES_AT_ONCE):
            yield "".join(self._line(place) for place in range(begin, min(begin + LINES_AT_ONCE, end)))

    def _line(self, place: int) -> str:
        event_id = self._event_ids[place]
        entry = {
            "sequence": place + 1,
            "eventId": event_id,
            "kind": self._kinds[place],
            "key": self._event_keys[place],
            "request": self._requests[place],
            "accepted": self._counts[event_id],
        }
        return json.dumps(entry, separators=(",", ":")) + "\n"
