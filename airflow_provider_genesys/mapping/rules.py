"""What is what: the presence map, a table of rules of which the first that matches wins.

.. code-block:: yaml

    - category: Away
      description: Lunch
      presence: Meal/Canteen
      routing_status: OffQueue
    - category: Ready
      presence: On Queue
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, get_args

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import Entry, entries_of_list, entries_of_text, read_text
from airflow_provider_genesys.files.storage import StoragePath
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import all_mistakes, is_uuid

Category: TypeAlias = Literal["LoggedOut", "Away", "ExtendedAway", "Ready"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
"""Vonage's category types."""
RoutingStatus: TypeAlias = Literal["OffQueue", "Idle", "Interacting", "Communicating", "NotResponding"]
ROUTING_STATUSES: tuple[RoutingStatus, ...] = get_args(RoutingStatus)
"""Genesys Cloud's routing statuses that an event may tell."""


class PresenceMapRow(TypedDict):
    """A rule as a Dag's author writes it in a list; one of a file has the same keys.

    What a presence in Vonage must have matches anything if it is left out, or ``None``.
    """

    category: NotRequired[Category | None]
    """The category's type; capitals make no difference, though they do to a type checker."""
    sub_category: NotRequired[str | None]
    """The category's part, as Vonage names it."""
    description: NotRequired[str | None]
    """The presence's name."""
    presence_id: NotRequired[str | None]
    """The presence's id."""
    presence: str
    """To which the rule leads: ``Meal/Canteen``, ``Meal``, or a definition's id."""
    routing_status: NotRequired[RoutingStatus | None]
    """The routing status to publish as well."""


class StateMapRow(TypedDict):
    """A rule for agents' states in another platform's records; one of a file has the same keys.

    What a state must have matches anything if it is left out, or ``None``.
    """

    state: NotRequired[str | None]
    """The platform's state, as the mapping file makes it; capitals make no difference."""
    reason: NotRequired[str | None]
    """Why."""
    presence: str
    """To which the rule leads: ``Meal/Canteen``, ``Meal``, or a definition's id."""
    routing_status: NotRequired[RoutingStatus | None]
    """The routing status to publish as well."""


KEYS = tuple(PresenceMapRow.__annotations__)
CONDITIONS = KEYS[: KEYS.index("presence")]
STATE_CONDITIONS = ("state", "reason")
_LEADS = ("presence", "routing_status")

PresenceMap: TypeAlias = str | StoragePath | Sequence[PresenceMapRow]
StateMap: TypeAlias = str | StoragePath | Sequence[StateMapRow] | Sequence[Entry]
MistakeIn: TypeAlias = Callable[[str], str | None]
"""Says why no organisation can have a presence of a name: whoever knows presences is no part of this."""


class Presence(Protocol):
    """What a transfer needs of a presence in Vonage."""

    @property
    def user_id(self) -> str:
        """The Vonage user."""

    @property
    def updated(self) -> datetime:
        """Since when the user is in it, with a time zone."""

    @property
    def presence_id(self) -> str | None:
        """Id of Vonage's presence definition."""

    @property
    def description(self) -> str | None:
        """Its name, such as ``Lunch``."""

    @property
    def category(self) -> str | None:
        """One of :data:`CATEGORIES`."""

    @property
    def sub_category(self) -> str | None:
        """The category's part, where Vonage has one."""


class State(Protocol):
    """What is needed of an agent's state in another platform's records."""

    @property
    def state(self) -> str:
        """The platform's state."""

    @property
    def reason(self) -> str | None:
        """Why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    :param place: its number and where it is written, for messages.
    :param conditions: what a presence must have, by name, as :func:`_folded` makes it; none matches every presence.
    :param presence: the presence in Genesys Cloud: ``Meal/Canteen``, ``Meal``, or a definition's id in small letters.
    :param routing_status: one of :data:`ROUTING_STATUSES`, or ``None`` to leave it alone.
    """

    place: str
    conditions: Mapping[str, str]
    presence: str
    routing_status: str | None = None

    @property
    def target(self) -> dict[str, str]:
        """The property of an event that names the presence."""
        return {"presenceDefinitionId" if is_uuid(self.presence) else "presence": self.presence}

    def matches(self, presence: Presence | State) -> bool:
        """Tell whether a presence, or a state, has all that the rule wants."""
        return all(_folded(getattr(presence, name)) == wanted for name, wanted in self.conditions.items())


def first_match(rules: Sequence[Rule], presence: Presence | State) -> Rule | None:
    """Return the rule for a presence, or for a state, if there is one."""
    return next((rule for rule in rules if rule.matches(presence)), None)


def same_presence(one: str, other: str) -> bool:
    """Tell whether two rules lead to the same presence, however it is spelt.

    ``on queue`` is ``OnQueue``, and ``break / smoke`` is ``Break/Smoke``, as where definitions are looked up. A name
    and an id are taken for two presences.
    """
    return _spelling(one) == _spelling(other)


def _spelling(presence: str) -> tuple[str, str]:
    primary, _, label = presence.casefold().partition("/")
    return primary.replace("_", "").replace(" ", ""), " ".join(label.split())


def load_rules(
    source: PresenceMap | StateMap,
    *,
    mistake_in: MistakeIn = lambda _: None,
    open_path: Callable[[str], StoragePath] = Path,
    conditions: Sequence[str] = CONDITIONS,
) -> list[Rule]:
    """Read and check the presence map.

    :param source: path of a YAML or JSON list; JSON text when it begins with ``[``; a path object; a list of mappings.
    :param mistake_in: looks at the names of the presences to which rules lead; by default any will do.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :param conditions: what a rule may ask for: of Vonage's presences, or :data:`STATE_CONDITIONS`.
    :return: the rules in their order, at least one.
    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: it is no such list, or there are mistakes in it; the message lists them all, each with
        the rule's number and the line.
    """
    entries = _entries(source, open_path)
    rules, mistakes = _read(entries, conditions, mistake_in)
    if mistakes:
        files = [entry.file for entry in entries[:1] if entry.file]
        said = [f"{files[0]}, line {line}: {message}" if files else message for line, message in mistakes]
        raise GenesysConfigError(all_mistakes("the presence map has", said))
    if not rules:
        raise GenesysConfigError("the presence map is empty: no presence would be transferred")
    return rules


def mistakes_in_rules(
    entries: Sequence[Entry], conditions: Sequence[str], mistake_in: MistakeIn
) -> list[tuple[int, str]]:
    """Return what is wrong with rules that stand in a larger file: the line, and what is told of it there.

    :param entries: the rules.
    :param conditions: as those of :func:`load_rules`, as is the other.
    """
    return _read(entries, conditions, mistake_in)[1]


def check_targets(rules: Sequence[Rule], resolve: Callable[[str], object]) -> None:
    """Look up what all rules lead to, so that a typo shows before anything is read or sent.

    :param resolve: raises ``LookupError`` for a presence that does not exist in Genesys Cloud, or is deactivated.
    :raises GenesysConfigError: for some rules it does; the message tells for which, and why.
    """
    mistakes = []
    for rule in rules:
        try:
            resolve(rule.presence)
        except LookupError as error:
            mistakes.append(f"{rule.place}: {error}")
    if mistakes:
        raise GenesysConfigError("\n  ".join(["the presence map leads to presences that are not there:", *mistakes]))


def _entries(source: PresenceMap | StateMap, open_path: Callable[[str], StoragePath]) -> list[Entry]:
    if isinstance(source, str):
        if source.lstrip().startswith(("[", "{")):
            return entries_of_text(source, "presence_map", things="rules")
        if not source.strip():
            raise GenesysConfigError("presence_map is an empty path")
        source = open_path(source)
    if isinstance(source, Sequence):
        return [each.value if isinstance(each.value, Entry) else each for each in entries_of_list(source)]
    if not hasattr(source, "open"):
        raise GenesysConfigError(f"presence_map is a path or a list of mappings, not {type(source).__name__}")
    return entries_of_text(read_text(source, "presence_map"), source.name, things="rules")


def _read(
    entries: Sequence[Entry], conditions: Sequence[str], mistake_in: MistakeIn
) -> tuple[list[Rule], list[tuple[int, str]]]:
    """Return the rules, and lines and words of what is wrong with any of them."""
    mistakes: list[tuple[int, str]] = []
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        own = [(entry.line_of((key,)), message) for key, message in _mistakes(entry.value, conditions, mistake_in)]
        if found := [*entry.mistakes, *own]:
            mistakes += [(line, f"rule {number}: {message}") for line, message in found]
            continue
        place = f"{entry.file}, line {entry.line}: rule {number}" if entry.file else f"rule {number}"
        rule = _rule(place, entry.value, conditions)
        if shadow := next((each for each in rules if each.conditions.items() <= rule.conditions.items()), None):
            said = f"rule {number}: can never match, since all that it matches is taken by {shadow.place}"
            mistakes.append((entry.line, said))
        rules.append(rule)
    return rules, mistakes


def _mistakes(value: Any, conditions: Sequence[str], mistake_in: MistakeIn) -> Iterator[tuple[str, str]]:
    """Tell everything that is wrong with a rule alone, each by the key that it is about; by none if it is about all."""
    keys = (*conditions, *_LEADS)
    if not isinstance(value, Mapping):
        yield "", f"is not a mapping with keys such as {', '.join(keys)}"
        return
    meant = set()
    for key, text in value.items():
        if key not in keys:
            close = [each for each in similar(str(key), keys) if each not in value]
            meant.update(close)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield key, f"the key {key!r} is unknown; known are {', '.join(keys)}{hint}"
        elif text is not None and not isinstance(text, str):
            yield key, f"{key} is not text"
        elif text is not None and not text.strip():
            yield key, f"{key} is empty"
        elif key == "category" and text is not None and _folded(text) not in map(str.casefold, CATEGORIES):
            yield key, f"category {text!r} is none of {_known(text, CATEGORIES)}"
        elif key == "routing_status" and text is not None and text.strip() not in ROUTING_STATUSES:
            yield key, f"routing_status {text!r} is none of {_known(text, ROUTING_STATUSES)}"
        elif key == "presence" and text is not None and (mistake := mistake_in(text.strip())) is not None:
            yield key, f"presence {text!r}: {mistake}"
    if value.get("presence") is None and "presence" not in meant:
        yield "", "presence is missing, to which the rule leads"


def _known(word: str, known: Sequence[str]) -> str:
    """Return the words that there are, and which of them may be meant."""
    close = similar(word, known)
    return f"{', '.join(known)}{f'; did you mean {close[0]!r}?' if close else ''}"


def _rule(place: str, value: Mapping[str, str | None], names: Sequence[str]) -> Rule:
    given = {key: text.strip() for key, text in value.items() if text is not None}  # "description:" is one left out
    conditions = {name: _folded(given[name]) for name in names if name in given}
    presence = given["presence"]
    return Rule(place, conditions, presence.lower() if is_uuid(presence) else presence, given.get("routing_status"))


def _folded(text: str | None) -> str:
    """Return what two texts have in common that people would take for the same."""
    return (text or "").strip().casefold()
