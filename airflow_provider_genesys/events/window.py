"""The last so many events, in which a duplicate is found."""

from __future__ import annotations

from collections.abc import Iterable


class Window:
    """The last so many events by hash of id and of content; hashes, since 100,000 ids would take 25 MB.

    Events are put into a table until it holds half of them, then into a new one, and of three tables the oldest goes:
    so nothing is taken out one by one, and a table that grows never takes much memory twice.

    :param size: how many events it remembers.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._most = max(size // 2, 1)
        self.clear()

    def clear(self) -> None:
        """Forget all events."""
        # Contents by id, in the order in which they came.
        self._newest: dict[int, int] = {}
        self._middle: dict[int, int] = {}
        self._oldest: dict[int, int] = {}
        # Where in that order each of the oldest is; made when one of them comes again, since most never do.
        self._places: dict[int, int] = {}

    def seen(self, event_id: str, content: int) -> str | None:
        """Remember an event; return ``same`` or ``other`` if its id came before, with the same or another content.

        :param event_id: in lower case.
        :param content: hash of its content.
        """
        if not self._size:
            return None
        key = hash(event_id)
        known = self._newest.get(key)
        # Of a window of one event the middle table holds one that is forgotten.
        if known is None and len(self._newest) + len(self._middle) <= self._size:
            known = self._middle.get(key)
        if known is None and key in self._oldest and self._is_remembered(key):
            known = self._oldest[key]
        if known is not None:
            return "same" if known == content else "other"
        if len(self._newest) >= self._most:
            self._newest, self._middle, self._oldest, self._places = {}, self._newest, self._middle, {}
        self._newest[key] = content
        return None

    def remember(self, ids: list[int], contents: Iterable[int]) -> bool:
        """Remember events that follow each other, all or none of them; return whether.

        None is where any of their ids came before, or may have: :meth:`seen` says of each.

        :param ids: hashes of their ids, each in lower case.
        :param contents: hashes of their contents, as many; not looked at where none is remembered.
        """
        if not self._size:
            return True
        if (
            len(self._newest) + len(ids) > self._most
            or not self._newest.keys().isdisjoint(ids)
            or not self._middle.keys().isdisjoint(ids)
            or not self._oldest.keys().isdisjoint(ids)
            or len(set(ids)) < len(ids)
        ):
            return False
        self._newest.update(zip(ids, contents, strict=True))
        return True

    def _is_remembered(self, key: int) -> bool:
        """Tell whether an event in the oldest table is among the last ones."""
        if not self._places:
            self._places = {each: place for place, each in enumerate(self._oldest)}
        since = len(self._oldest) - self._places[key] - 1 + len(self._middle) + len(self._newest)
        return since < self._size
