"""Which definition of the organisation a desired one is.

The API keeps no key of ours, and labels need not be unique. So a desired definition is found by its ``id`` where it has
one, else by system presence, division and label, in rounds; what one round has found is out of the next:

1. definitions of the same name: the label is the same in the first language both have, in the order ``en_US``, ``en``,
   the others by name. An active one goes before deactivated ones, of which one is reactivated. Of identical ones, which
   a killed apply may leave, one that users are in is taken, and of more or none such the one with the smallest id; the
   other active ones are its twins.
2. the built-in (``System``) one of that name; it is left as it is.
3. of what is active and shall be: definitions with the same label in any language. It may be another one all the same,
   so that a plan which renames it is unsafe without its ``id``. What is deactivated, or shall be, goes by its name.

Whatever else would be a guess is an error that names the candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.vocabulary import label_keys, same_name, shared_label

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.definitions import DesiredDefinition
    from airflow_provider_genesys.presence.state import Definition

_Alike = Callable[[Mapping[str, str], Mapping[str, str]], object]


@dataclass(frozen=True, slots=True)
class Match:
    """A definition that was found, and how, for people; ``twins`` are other active ones that are the same but in id."""

    definition: Definition
    how: str
    twins: tuple[Definition, ...] = ()


@dataclass(slots=True)
class _Search:
    """What is found so far, by the desired definitions' number; ``settled`` are those not to look for any more."""

    desired: Sequence[DesiredDefinition]
    existing: Sequence[Definition]
    in_use: AbstractSet[str]
    found: dict[int, Match] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    mistakes: list[str] = field(default_factory=list)

    def open_entries(self) -> list[tuple[int, DesiredDefinition]]:
        return [(number, entry) for number, entry in enumerate(self.desired) if number not in self.settled]

    def settle(self, number: int, definition: Definition, how: str, twins: Sequence[Definition] = ()) -> None:
        self.settled.add(number)
        self.found[number] = Match(definition, how, tuple(twins))

    def fail(self, number: int, message: str) -> None:
        self.settled.add(number)
        entry = self.desired[number]
        self.mistakes.append(f"{entry.place + ': ' if entry.place else ''}{entry.name} {message}")


def match(
    desired: Sequence[DesiredDefinition], existing: Sequence[Definition], in_use: AbstractSet[str] = frozenset()
) -> list[Match | None]:
    """Find the definition of each desired one.

    :param desired: the desired definitions, of which no two have the same name (see ``load_definitions``).
    :param existing: all that the organisation has.
    :param in_use: ids of definitions that users are in; it decides between identical ones only.
    :return: for each desired one, in its order, what it is; ``None`` where the organisation has none. No ``User``
        definition is there twice.
    :raises GenesysConfigError: an ``id`` does not exist, or definitions cannot be told apart; the message lists all
        such cases with their candidates.
    """
    search = _Search(desired, existing, in_use)
    _find_by_id(search)
    _find_by_label(search, same_name)
    _find_built_in(search)
    _find_by_label(search, shared_label, active_only=True)
    if search.mistakes:
        raise GenesysConfigError("\n  ".join(["the presence definitions cannot be matched:", *search.mistakes]))
    return [search.found.get(number) for number in range(len(desired))]


def _find_by_id(search: _Search) -> None:
    by_id = {definition.id: definition for definition in search.existing}
    for number, entry in search.open_entries():
        if entry.id is None:
            continue
        if entry.id in by_id:
            search.settle(number, by_id[entry.id], "found by its id")
        else:
            search.fail(number, f"has the id {entry.id}, which the organisation does not have")


def _find_by_label(search: _Search, alike: _Alike, *, active_only: bool = False) -> None:
    candidates = _candidates(search, alike, active_only=active_only)
    claims: defaultdict[str, list[int]] = defaultdict(list)
    for number, choice in candidates.items():
        for one in choice:
            claims[one.id].append(number)
    for number, choice in candidates.items():
        if not choice:
            continue
        entry = search.desired[number]
        pool = sorted(
            [one for one in choice if not one.deactivated] or choice, key=lambda one: one.id not in search.in_use
        )
        rivals = [search.desired[other] for other in claims[pool[0].id] if other != number]
        if len(pool) > 1 and pool[0].deactivated and not entry.active:
            search.settled.add(number)  # all of that name are deactivated, as they shall be
        elif any(not _identical(one, pool[0]) for one in pool[1:]):
            search.fail(number, f"may be any of these, say which with id: {_describe(pool)}")
        elif rivals:
            names = " and ".join(rival.name for rival in rivals)
            search.fail(number, f"may be the same one as {names}, say which is which with id: {_describe(pool)}")
        else:
            twins = [] if pool[0].deactivated else pool[1:]
            search.settle(number, pool[0], f"found by its label in {shared_label(entry.labels, pool[0].labels)}", twins)


def _candidates(search: _Search, alike: _Alike, *, active_only: bool) -> dict[int, list[Definition]]:
    """Return the definitions that an entry may be, by id; they are looked up by their labels, for there may be many."""
    taken = {one.id for found in search.found.values() for one in (found.definition, *found.twins)}
    free: defaultdict[tuple[str, str, tuple[str, str]], dict[str, Definition]] = defaultdict(dict)
    for one in search.existing:
        if one.type == "User" and one.id not in taken and not (active_only and one.deactivated):
            for key in label_keys(one.labels):
                free[one.system_presence, one.division, key][one.id] = one
    candidates: dict[int, list[Definition]] = {}
    for number, entry in search.open_entries():
        if entry.active or not active_only:
            near = [free[entry.system_presence, entry.division, key] for key in label_keys(entry.labels)]
            ids = {id_: one for ones in near for id_, one in ones.items() if alike(entry.labels, one.labels)}
            candidates[number] = [ids[id_] for id_ in sorted(ids)]
    return candidates


def _find_built_in(search: _Search) -> None:
    built_in = [one for one in search.existing if one.type == "System"]
    for number, entry in search.open_entries():
        for one in built_in:
            if one.system_presence == entry.system_presence and same_name(entry.labels, one.labels):
                search.settle(number, one, "found by its label")


def _identical(one: Definition, other: Definition) -> bool:
    return replace(one, id=other.id) == other


def _describe(definitions: Sequence[Definition]) -> str:
    return ", ".join(f"{one.id} ({one.name}{', deactivated' if one.deactivated else ''})" for one in definitions)
