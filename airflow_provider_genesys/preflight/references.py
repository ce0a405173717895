"""What is referred to: users, presence sources and presence definitions, each with the first place it is named.

Only what is different is kept, and no more than ``MOST`` of a kind, so that memory is bounded whatever the input's
size. Whether a record is a valid event is the publish's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, TypedDict

from airflow_provider_genesys.exceptions import GenesysConfigError

MOST = 100_000
"""Different references of a kind that are kept."""
_PLACE = "<references>"
_LONGEST = 100  # characters kept of one: ids and names are shorter

Kind: TypeAlias = Literal["users", "sources", "definitions", "names"]

_KINDS: Mapping[str, Kind] = {
    "userId": "users",
    "agentId": "users",
    "destinationUserId": "users",
    "sourceId": "sources",
    "presenceDefinitionId": "definitions",
    "presence": "names",
}
"""What each property of an event refers to; ``presence`` is a definition's name."""


class ReferenceRow(TypedDict, total=False):
    """What a later task refers to, by the properties of events; at least one."""

    userId: str
    """A user."""
    agentId: str
    """A user."""
    destinationUserId: str
    """A user."""
    sourceId: str
    """A presence source."""
    presenceDefinitionId: str
    """A presence definition, by its id."""
    presence: str
    """A presence definition, by its name, such as ``Break/Smoke``."""


class Chunk(Protocol):
    """Records of one file, as a reader of inputs yields them."""

    @property
    def file(self) -> str:
        """Name of the file."""

    @property
    def lines(self) -> Sequence[int]:
        """Where each record is."""

    @property
    def records(self) -> Sequence[bytes]:
        """The text of each."""

    @property
    def errors(self) -> Mapping[int, str]:
        """Index in ``records`` -> why this is none."""


class Mention(NamedTuple):
    """A reference.

    :param text: as the input spells it, the first 100 characters.
    :param file: name of the file that names it first.
    :param line: line or element in it, counted from 1; 0 where the file's name says it all.
    """

    text: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.file}, line {self.line}" if self.line else self.file


class References:
    """References, by what they refer to and their text in lower case."""

    def __init__(self) -> None:
        self.of: dict[Kind, dict[str, Mention]] = {"users": {}, "sources": {}, "definitions": {}, "names": {}}
        self.cut: set[Kind] = set()
        self.read = 0
        self.unreadable = 0

    def collect(self, chunks: Iterable[Chunk]) -> None:
        """Add those of an input; what was collected before an exception stays."""
        for chunk in chunks:
            for index, record in enumerate(chunk.records):
                self.read += 1
                event = None if index in chunk.errors else _event(record)
                if event is None:
                    self.unreadable += 1
                else:
                    self._add(event, chunk.file, chunk.lines[index])

    def add(self, given: Any) -> None:
        """Add those that are given beside an input.

        :param given: mappings from properties of events, such as ``sourceId``, to what they refer to.
        :raises GenesysConfigError: it is no list of such mappings; the message lists all mistakes.
        """
        if isinstance(given, str | bytes) or not isinstance(given, Sequence):
            raise GenesysConfigError(f"references must be a list of dictionaries, not {type(given).__name__}")
        if mistakes := [f"{_PLACE}, line {line}: {each}" for line, row in enumerate(given, 1) for each in _wrong(row)]:
            raise GenesysConfigError("; ".join(mistakes))
        for line, row in enumerate(given, 1):
            for name, text in row.items():
                self._keep(_KINDS[name], text.strip(), _PLACE, line)

    def mention(self, kind: Kind, text: str, place: str) -> None:
        """Add one reference of which it is known where it stands."""
        self._keep(kind, text, place, 0)

    def _add(self, event: Mapping[str, Any], file: str, line: int) -> None:
        for name, kind in _KINDS.items():
            self._keep(kind, event.get(name), file, line)
        configuration = event.get("sourceConfiguration")
        if isinstance(configuration, dict):
            self._keep("sources", configuration.get("sourceId"), file, line)

    def _keep(self, kind: Kind, value: Any, file: str, line: int) -> None:
        if not isinstance(value, str) or not value:
            return
        known, text = self.of[kind], value[:_LONGEST]
        key = text.casefold()
        if key in known:
            return
        if len(known) < MOST:
            known[key] = Mention(text, file, line)
        else:
            self.cut.add(kind)


def _wrong(row: Any) -> Iterator[str]:
    """Tell everything that is wrong with a reference that is given."""
    if not isinstance(row, Mapping) or not row:
        yield f"must be a dictionary with keys such as {', '.join(_KINDS)}, not {row!r:.60}"
        return
    for name, text in row.items():
        if name not in _KINDS:
            yield f"the key {name!r:.60} is unknown; known are {', '.join(_KINDS)}"
        elif not isinstance(text, str) or not text.strip():
            yield f"{name} must be text, not {text!r:.60}"


def _event(record: bytes) -> dict[str, Any] | None:
    """Return the event of a record, ``None`` if it is none; that of a dead letter is inside it."""
    try:
        event = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if isinstance(event, dict) and "dead_letter" in event:
        event = event.get("event")
    return event if isinstance(event, dict) else None
