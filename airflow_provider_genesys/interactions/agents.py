"""What an agent does, told from what several records say of it: also where it does several things at a time.

An agent may be in several calls or queues, each with a state of its own: then the highest of them is the agent's.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self, TypeAlias

Weight: TypeAlias = Literal["counts", "idle", "superseded", "unclear"]
"""What a statement is worth: it changes something, or nothing; another of the same moment counts; none of them can."""


class Statement(NamedTuple):
    """What a record says of one thing that an agent does.

    :param part: which: a call, a queue; always the same where agents do one thing at a time.
    :param state: the platform's state; ``None`` where that is over.
    :param reason: why.
    """

    part: str
    state: str | None
    reason: str | None = None


OVER_FOR_ALL = Statement("", None)
"""What is said where something ends for all agents."""


class Doing(NamedTuple):
    """What an agent does."""

    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How states go together.

    :param highest: states from the highest on; of several at a time the first of them is the agent's.
    :param rest: the state of an agent all of whose parts are over; ``None`` if it stays as it was.
    :param keep: states that change nothing if they come after another, by that.
    """

    highest: tuple[str, ...] = ()
    rest: str | None = None
    keep: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def rank(self, state: str | None) -> int:
        """Return where a state stands; what is over comes last."""
        return self.highest.index(state) if state in self.highest else len(self.highest)


@dataclass(slots=True)
class Agent:
    """One agent, told moment by moment.

    :param order: how states go together.
    :param doing: what it does; ``None`` as long as that is not known.
    """

    order: Order
    doing: Doing | None = None
    _parts: dict[str, Statement] = field(default_factory=dict)

    @classmethod
    def remembered(cls, order: Order, found: Any) -> Self:
        """Return an agent as :meth:`to_remember` left it."""
        doing, parts = found
        statements = [Statement(*each) for each in parts]
        return cls(order, Doing(*doing) if doing else None, {each.part: each for each in statements})

    def to_remember(self) -> Any:
        """Return what the agent does, as JSON has it."""
        return [self.doing, [*self._parts.values()]]

    def could_take(self, statements: Sequence[Statement]) -> list[Weight]:
        """Return what each of several statements would be worth; see :meth:`moment`."""
        return replace(self, _parts=dict(self._parts)).moment(statements)

    def moment(self, statements: Sequence[Statement]) -> list[Weight]:
        """Take all that is said of one moment, in any order, and return what each statement is worth."""
        worth: dict[Statement, Weight] = {}
        for part in sorted({each.part for each in statements}):
            said = {each for each in statements if each.part == part}
            before = self._parts.get(part, Statement(part, None))
            chosen = self._chosen(said, before)
            worth |= dict.fromkeys(said, "unclear" if chosen is None else "superseded")
            if chosen is None:
                continue
            worth[chosen] = "idle" if chosen == before and self.doing is not None else "counts"
            if chosen != before:
                self._parts.pop(part, None)  # what changes stands behind all that is older
                if chosen.state is not None:
                    self._parts[part] = chosen
        if not all(each == "unclear" for each in worth.values()):
            self._conclude()
        return [worth[each] for each in statements]

    def stop(self, states: Container[str | None]) -> None:
        """Take it that nothing goes on that is in some states, as when the platform begins anew."""
        over = {part for part, each in self._parts.items() if each.state in states}
        if over:
            self._parts = {part: each for part, each in self._parts.items() if part not in over}
            self._conclude()

    def _chosen(self, said: set[Statement], before: Statement) -> Statement | None:
        """Return which of several statements about one thing is the last of its moment.

        What was so before and is said again has been left in between and come back to. Else it is what stands last in
        the order, since that is how things go: added, paused, removed. Where that does not tell, none can be chosen.
        """
        if len(said) == 1 or not said:
            return next(iter(said), None)
        if before in said:
            return before
        if not self.order.highest:
            return None
        last = max(map(self.order.rank, (each.state for each in said)))
        candidates = [each for each in said if self.order.rank(each.state) == last]
        with_reason = [each for each in candidates if each.reason is not None] or candidates
        return with_reason[0] if len(with_reason) == 1 else None

    def _conclude(self) -> None:
        """Find what the agent does; of parts in one state the last that came into it says why."""
        doing = None if self.order.rest is None else Doing(self.order.rest, None)
        if self._parts:
            highest = min(self.order.rank(each.state) for each in self._parts.values())
            last = [each for each in self._parts.values() if self.order.rank(each.state) == highest][-1]
            doing = Doing(last.state or "", last.reason)
        kept = self.order.keep.get(self.doing.state, frozenset()) if self.doing else frozenset()
        if doing is not None and doing.state not in kept:
            self.doing = doing
