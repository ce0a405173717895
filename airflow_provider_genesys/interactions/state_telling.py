"""How Genesys Cloud wants an agent's states told: as presences and routing statuses, by the rules of a presence map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    """

    match: Callable[[AgentState], Leads | None]
    same: Callable[[str, str], bool]


@dataclass(slots=True)
class StateTelling:
    """Tells the states of one agent, one after the other in the order of their times.

    Each is compared with what was told last: what says nothing new gives no event.

    :param rules: the presence map.
    :param directory: what the platform's names are called in Genesys Cloud; its source is the presence source.
    """

    rules: PresenceRules
    directory: Directory
    _presence: str | None = None
    _routing_status: str | None = None

    def tell(self, state: AgentState) -> list[StateEvent]:
        """Return the events of a state, none of which may be there.

        :raises UntellableError: no rule matches it, or the directory does not know the agent.
        """
        user = self.directory.user(state.user)
        rule = self.rules.match(state)
        if rule is None:
            reason = "" if state.reason is None else f", reason {state.reason!r}"
            raise UntellableError(f"no rule of the presence map matches the state {state.state!r}{reason}")
        told: list[StateEvent] = []
        if self._presence is None or not self.rules.same(self._presence, rule.presence):
            self._presence = rule.presence
            told.append(self._event("user_presences", state, {"userId": user}, dict(rule.target)))
        if rule.routing_status not in (None, self._routing_status):
            self._routing_status = rule.routing_status
            status = {"status": rule.routing_status}
            told.append(self._event("user_routing_statuses", state, {"agentId": user}, status))
        return told

    def _event(self, stream: StateStream, state: AgentState, who: dict[str, str], what: dict[str, Any]) -> StateEvent:
        at = f"{state.since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        source_id = self.directory.source_id
        event_id = stable_id(source_id, stream, *who.values(), at, *map(str, what.values()))
        return stream, {"eventId": event_id, "eventDateTime": at, **who, "sourceId": source_id, **what}
