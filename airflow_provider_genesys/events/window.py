"""The last so many events, in which a duplicate is found."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

# So many runs of events have the contents: of few a run is long, and forgotten late; of many each has to be asked.
_RUNS = 48
# A number of 60 bits takes 32 bytes, and one of 64 takes 48: of 100,000 events that would be 3 MB.
_LEFT_OUT = 4


class Window:
    """The last so many events by hash of id and of content; hashes, since 100,000 ids would take 25 MB.

    One set has the ids, and answers for many at a time. What their contents were is asked for duplicates only: they
    are kept as the events came, run by run, and a run is forgotten as a whole when the set has none of it any more.

    :param size: how many events it remembers.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._run = max(1, size // _RUNS)
        self.clear()

    def clear(self) -> None:
        """Forget all events."""
        self._ids: set[int] = set()
        # The first is being forgotten, in its order, and the last one is being filled.
        self._runs: deque[dict[int, int]] = deque([{}, {}])
        self._leaving: Iterator[int] = iter(self._runs[0])

    def seen(self, event_id: str, content: int) -> str | None:
        """Remember an event; return ``same`` or ``other`` if its id came before, with the same or another content.

        :param event_id: in lower case.
        :param content: hash of its content.
        """
        key = hash(event_id) >> _LEFT_OUT
        if key in self._ids:
            # The latest: one that was forgotten and came again is in an earlier run still.
            known = next(run[key] for run in reversed(self._runs) if key in run)
            return "same" if known == content >> _LEFT_OUT else "other"
        if self._size:
            self._put([key], [content])
        return None

    def remember(self, event_ids: Iterable[str], contents: Iterable[int]) -> bool:
        """Remember events that follow each other, all or none of them; return whether.

        None is where one of their ids came before, or comes twice: :meth:`seen` says of each what that means.

        :param event_ids: in lower case.
        :param contents: hashes of their contents, as many; not looked at where none is remembered.
        """
        if not self._size:
            return True
        keys = [hash(each) >> _LEFT_OUT for each in event_ids]
        if len(set(keys)) < len(keys) or not self._ids.isdisjoint(keys):
            return False
        self._put(keys, contents)
        return True

    def _put(self, keys: list[int], contents: Iterable[int]) -> None:
        """Put new events behind the others, and forget as many as are too many."""
        self._ids.update(keys)
        run = self._runs[-1]
        run.update(zip(keys, [each >> _LEFT_OUT for each in contents], strict=True))
        if len(run) >= self._run:
            self._runs.append({})
        while (too_many := len(self._ids) - self._size) > 0:
            self._ids.difference_update(islice(self._leaving, too_many))
            if len(self._ids) > self._size:
                self._runs.popleft()
                self._leaving = iter(self._runs[0])
