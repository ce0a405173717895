"""How Genesys Cloud wants an agent's states told: as presences and routing statuses, by the rules of a presence map."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.ids import stable_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.model import AgentState

StateStream: TypeAlias = Literal["user_presences", "user_routing_statuses"]
StateEvent: TypeAlias = tuple[StateStream, dict[str, Any]]


class Leads(Protocol):
    """What is needed of a rule of the presence map."""

    @property
    def presence(self) -> str:
        """The presence to which it leads."""

    @property
    def routing_status(self) -> str | None:
        """The routing status, or ``None`` to leave it alone."""

    @property
    def target(self) -> Mapping[str, str]:
        """The property of an event that names the presence."""


class PresenceRules(NamedTuple):
    """The presence map, as who has it hands it in.

    :param match: returns the rule for a state, if there is one.
    :param same: tells whether two rules lead to the same presence, however it is spelt.
    :param check: looks up, by what is given, what all rules lead to by name, as events are told by it. An id is taken
        as it is: whether anything has it, only somebody who may read definitions by their ids could tell.
    """

    match: Callable[[AgentState], Leads | None]
    same: Callable[[str, str], bool]
    check: Callable[[Callable[[str], object]], None]


@dataclass(slots=True)
class StateTelling:
    """Tells the states of one agent, one after the other in the order of their times.

    Each is compared with what was told last, be it right or wrong: what says nothing new gives no event.

    :param rules: the presence map.
    :param directory: what the platform's names are called in Genesys Cloud; its source is the presence source.
    :param shown: the presence and routing status that were told last, by their streams.
    """

    rules: PresenceRules
    directory: Directory
    shown: dict[StateStream, str] = field(default_factory=dict)

    def tell(self, state: AgentState, told: Collection[StateStream] = ()) -> list[StateEvent]:
        """Return the events of a state, none of which may be there.

        :param told: streams for which this moment was told, and cannot be told again.
        :raises UntellableError: no rule matches it, or the directory does not know the agent.
        """
        rule = self._rule(state)
        values: dict[StateStream, str] = {"user_presences": rule.presence}
        if rule.routing_status is not None:
            values["user_routing_statuses"] = rule.routing_status
        new = {stream: value for stream, value in values.items() if stream not in told and self._is_new(stream, value)}
        events = [each for each in self.whole(state) if each[0] in new] if new else []
        self.shown |= new
        return events

    def _is_new(self, stream: StateStream, value: str) -> bool:
        shown = self.shown.get(stream)
        if shown is None or stream != "user_presences":
            return shown != value
        return not self.rules.same(shown, value)

    def whole(self, state: AgentState) -> list[StateEvent]:
        """Return all that there is to tell of a state, whatever was told before.

        :raises UntellableError: as :meth:`tell` does.
        """
        rule, user = self._rule(state), self.directory.user(state.user)
        told = [self._event("user_presences", state, {"userId": user}, dict(rule.target))]
        if rule.routing_status is not None:
            status = {"status": rule.routing_status}
            told.append(self._event("user_routing_statuses", state, {"agentId": user}, status))
        return told

    def _rule(self, state: AgentState) -> Leads:
        rule = self.rules.match(state)
        if rule is None:
            reason = "" if state.reason is None else f", reason {state.reason!r}"
            raise UntellableError(f"no rule of the presence map matches the state {state.state!r}{reason}")
        return rule

    def _event(self, stream: StateStream, state: AgentState, who: dict[str, str], what: dict[str, Any]) -> StateEvent:
        at = f"{state.since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        source_id = self.directory.source_id
        event_id = stable_id(source_id, stream, *who.values(), at, *map(str, what.values()))
        return stream, {"eventId": event_id, "eventDateTime": at, **who, "sourceId": source_id, **what}
