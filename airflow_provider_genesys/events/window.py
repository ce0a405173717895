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
        known = self._contents_by_id[key % _TABLES].get(key)
        if known is not None:
            return "same" if known == content >> _LEFT_OUT else "other"
        self.remember([event_id], [content])
        return None

    def remember(self, event_ids: Iterable[str], contents: Iterable[int]) -> bool:
        """Remember events that follow each other, all or none of them; return whether.

        None is where any of their ids came before, or may have: :meth:`seen` says of each.

        :param event_ids: in lower case.
        :param contents: hashes of their contents, as many; not looked at where none is remembered.
        """
        if not self._size:
            return True
        tables, order = self._contents_by_id, self._order
        ids = [hash(each) >> _LEFT_OUT for each in event_ids]
        found = [tables[key % _TABLES] for key in ids]
        if len(set(ids)) < len(ids) or any([key in table for key, table in zip(ids, found, strict=True)]):  # noqa: C419
            return False
        for key, table, content in zip(ids, found, contents, strict=True):
            table[key] = content >> _LEFT_OUT
        order.extend(ids)
        while len(order) > self._size:
            oldest = order.popleft()
            del tables[oldest % _TABLES][oldest]
        return True
