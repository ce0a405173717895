"""The checks that need little: access, organisation, input, presence source, definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.preflight.findings import Finding, ReadOnlyClient
from airflow_provider_genesys.preflight.verdict import about_references
from airflow_provider_genesys.text import first_of

if TYPE_CHECKING:
    from airflow_provider_genesys.preflight.references import Chunk, Mention, References

_MOST_LISTED = 10


class Access:
    """Looks whether there is a connection, a token for it, and somebody who takes it.

    :param ask: asks the API.
    """

    name = "access"

    def __init__(self, ask: ReadOnlyClient) -> None:
        self._ask = ask

    def look(self) -> Iterator[Finding]:
        """Yield one finding, or raise what is wrong."""
        self._ask("headTokensMe")
        yield Finding(self.name, "ok", "the token is valid")


class Organization:
    """Looks whether the organisation is the one that the connection expects.

    :param ask: asks the API.
    """

    name = "organization"

    def __init__(self, ask: ReadOnlyClient) -> None:
        self._ask = ask

    def look(self) -> Iterator[Finding]:
        """Yield one finding, or raise what is wrong."""
        try:
            expected = self._ask.check_organization()
        except GenesysConfigError as error:
            if error.__cause__ is not None:
                raise  # which one it is may not be read
            yield Finding(self.name, "failed", str(error), (str(error),))
            return
        if expected is None:
            yield Finding(self.name, "skipped", "the connection has no expected_organization_id")
        else:
            yield Finding(self.name, "ok", f"is {expected}")


class Input:
    """Reads an input and gathers what it refers to.

    :param references: gathers.
    :param chunks: returns the input's records; ``None`` if there is no input.
    """

    name = "input"

    def __init__(self, references: References, chunks: Callable[[], Iterable[Chunk]] | None) -> None:
        self._references = references
        self._chunks = chunks

    def look(self) -> Iterator[Finding]:
        """Yield one finding, or raise why the input cannot be read."""
        if self._chunks is None:
            yield Finding(self.name, "skipped", "no source is given")
            return
        self._references.collect(self._chunks())
        unreadable = self._references.unreadable
        broken = f", {unreadable:,} of them no JSON objects: the publish tells which" if unreadable else ""
        yield Finding(self.name, "ok", f"{self._references.read:,} records{broken}")


class PresenceSource:
    """Looks for the one active presence source, and that no other is referred to.

    :param ask: asks the API.
    :param references: those of the input, and those given.
    """

    name = "presence_source"

    def __init__(self, ask: ReadOnlyClient, references: References) -> None:
        self._ask = ask
        self._references = references

    def look(self) -> Iterator[Finding]:
        """Yield one finding."""
        answer = self._ask("getPresenceSources", deactivated="FALSE") or {}
        active = [
            each for each in answer.get("entities") or () if each.get("type") == "User" and not each.get("deactivated")
        ]
        known = {str(each["id"]).casefold() for each in active}
        mentioned = self._references.of["sources"]
        reasons = [
            *_not_one(active),
            *(
                f"sourceId {mention.text} is no active presence source of type User ({mention.place})"
                for key, mention in mentioned.items()
                if key not in known
            ),
        ]
        says = f"{_listed(active) or 'none'} active; referred to: {len(mentioned):,}"
        yield Finding(self.name, "failed" if reasons else "ok", says, tuple(reasons))


def _not_one(active: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with the number of active sources."""
    if not active:
        yield "no presence source of type User is active: events need one as their sourceId"
    elif len(active) > 1:
        yield f"{len(active)} presence sources of type User are active, and one is supported: {_listed(active)}"


def _listed(sources: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(first_of([f"{each['id']} ({each.get('name')})" for each in sources], _MOST_LISTED))


class Definitions:
    """Looks for the presence definitions that are referred to, by id or by name.

    :param references: those of the input, and those given.
    :param by_id: takes a definition's id and raises ``LookupError``, saying why, if none that is active has it.
    :param by_name: takes a name such as ``Break/Smoke`` and does the same.
    """

    name = "definitions"

    def __init__(
        self, references: References, *, by_id: Callable[[str], object], by_name: Callable[[str], object]
    ) -> None:
        self._references = references
        self._by_id = by_id
        self._by_name = by_name

    def look(self) -> Iterator[Finding]:
        """Yield one finding."""
        of = self._references.of
        reasons = [*_not_found(of["definitions"], self._by_id), *_not_found(of["names"], self._by_name)]
        yield about_references(self.name, "presence definitions", self._references, ["definitions", "names"], reasons)


def _not_found(mentions: Mapping[str, Mention], find: Callable[[str], object]) -> Iterator[str]:
    for mention in mentions.values():
        try:
            find(mention.text)
        except LookupError as error:
            yield f"{error} ({mention.place})"
