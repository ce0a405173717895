"""The last so many events, in which a duplicate is found."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

_TABLES = 64
# A number of 60 bits takes 32 bytes, and one of 64 takes 48: of 100,000 events that would be 3 MB.
_LEFT_OUT = 4


class Window:
    """The last so many events by hash of id and of content; hashes, since 100,000 ids would take 25 MB.

    :param size: how many events it remembers.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.clear()

    def clear(self) -> None:
        """Forget all events."""
        # Many small tables rather than a large one, whose memory is needed twice whenever it is built anew: 10 MB.
        self._contents_by_id: list[dict[int, int]] = [{} for _ in range(_TABLES)]
        self._order: deque[int] = deque()

    def seen(self, event_id: str, content: int) -> str | None:
        """Remember an event; return ``same`` or ``other`` if its id came before, with the same or another content.

        :param event_id: in lower case.
        :param content: hash of its content.
        """
        key = hash(event_id) >> _LEFT_OUT
        table = self._contents_by_id[key % _TABLES]
        known = table.get(key)
        if known is not None:
            return "same" if known == content >> _LEFT_OUT else "other"
        self._put([key], [table], [content])
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
        tables = [self._contents_by_id[key % _TABLES] for key in keys]
        if len(set(keys)) < len(keys) or any([key in table for key, table in zip(keys, tables, strict=True)]):  # noqa: C419
            return False
        self._put(keys, tables, contents)
        return True

    def _put(self, keys: list[int], tables: list[dict[int, int]], contents: Iterable[int]) -> None:
        """Put new events into the tables that their keys belong to, and forget as many as are too many."""
        for key, table, content in zip(keys, tables, contents, strict=True):
            table[key] = content >> _LEFT_OUT
        order = self._order
        order.extend(keys)
        while len(order) > self._size:
            oldest = order.popleft()
            del self._contents_by_id[oldest % _TABLES][oldest]
