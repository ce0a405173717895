"""One agent's moments in order: those that are read, and, where some come late, those that earlier runs told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from airflow_provider_genesys.interactions.state_memory import ALL_AGENTS, Checkpoint, StateMemory

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.agents import Statement
    from airflow_provider_genesys.interactions.state_sorting import Said, StateSorting

_Part: TypeAlias = "tuple[int, int, Said | Statement | int | None]"
_ENDED_BEFORE, _ENDED, _SAID_BEFORE, _SAID = range(4)


class Moment(NamedTuple):
    """What is known of one moment of an agent.

    :param at: milliseconds since 1970.
    :param ends: whether something ends for all agents.
    :param ended: the records of this run that say so.
    :param before: what earlier runs read of it.
    :param said: what this one did.
    """

    at: int
    ends: bool
    ended: list[int]
    before: list[Statement]
    said: list[Said]


class History(NamedTuple):
    """What is to be told of an agent.

    :param since: how things stood before that; ``None`` if nothing is known.
    :param last: the last moment that earlier runs told, if there is one.
    :param moments: in the order of times.
    """

    user: str
    since: Checkpoint | None
    last: int | None
    moments: Iterator[Moment]


def histories(sorting: StateSorting, memory: StateMemory | None, ends: Sequence[tuple[int, int]]) -> Iterator[History]:
    """Yield all agents of whom there is something to tell.

    :param ends: times and records at which something ends for all agents.
    """
    silent = memory.users() if memory is not None and ends else ()
    everybody = merge(sorting.agents(), ((user, iter(())) for user in silent), key=lambda agent: agent[0])
    for user, same in groupby(everybody, key=lambda agent: agent[0]):
        # Of two, the first is of this run, and has all that there is to say; the other only says that it is known.
        said = next(same)[1]
        yield _history(user, said, memory, ends)


def _history(
    user: str, said: Iterator[tuple[int, Said]], memory: StateMemory | None, ends: Sequence[tuple[int, int]]
) -> History:
    new_ends: list[_Part] = [(at, _ENDED, number) for at, number in ends]
    first = next(said, None)
    new: Iterator[_Part] = ((at, _SAID, each) for at, each in chain([] if first is None else [first], said))
    if memory is None:
        return History(user, None, None, _moments(merge(new_ends, new, key=_order)))
    begin = min([at for at, _ in (*ends[:1], *([first] if first else ()))])
    since = memory.before(user, begin)
    after = since.at if since else None
    before: Iterable[_Part] = ((at, _SAID_BEFORE, each) for at, each in memory.said_after(user, after))
    ended: Iterable[_Part] = ((at, _ENDED_BEFORE, None) for at, _ in memory.said_after(ALL_AGENTS, after))
    return History(user, since, memory.last_moment(user), _moments(merge(ended, new_ends, before, new, key=_order)))


def _order(part: _Part) -> tuple[int, int]:
    return part[:2]


def _moments(parts: Iterator[_Part]) -> Iterator[Moment]:
    for at, same in groupby(parts, key=lambda part: part[0]):
        of: dict[int, list[Any]] = {kind: [] for kind in (_ENDED_BEFORE, _ENDED, _SAID_BEFORE, _SAID)}
        for _, kind, each in same:
            of[kind].append(each)
        yield Moment(at, bool(of[_ENDED_BEFORE] or of[_ENDED]), of[_ENDED], of[_SAID_BEFORE], of[_SAID])
