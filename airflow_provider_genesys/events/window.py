"""The last so many events, in which a duplicate is found."""

from __future__ import annotations

from collections import deque

_TABLES = 64


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
        key = hash(event_id)
        content_by_id = self._contents_by_id[key % _TABLES]
        known = content_by_id.get(key)
        if known is not None:
            return "same" if known == content else "other"
        if self._size:
            order = self._order
            if len(order) >= self._size:
                oldest = order.popleft()
                del self._contents_by_id[oldest % _TABLES][oldest]
            content_by_id[key] = content
            order.append(key)
        return None
