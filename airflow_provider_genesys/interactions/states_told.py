"""One agent told, moment by moment: which events that gives, and what becomes of each record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from airflow_provider_genesys.interactions.agents import Agent
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.lines import correction_line
from airflow_provider_genesys.interactions.model import AgentState
from airflow_provider_genesys.interactions.rows import Row
from airflow_provider_genesys.interactions.state_memory import Told
from airflow_provider_genesys.interactions.state_sorting import moment_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.agents import Statement, Weight
    from airflow_provider_genesys.interactions.state_history import History, Moment
    from airflow_provider_genesys.interactions.state_memory import StateMemory
    from airflow_provider_genesys.interactions.state_rows import States
    from airflow_provider_genesys.interactions.state_sorting import Said, StateSorting
    from airflow_provider_genesys.interactions.state_telling import StateEvent, StateStream, StateTelling

_UNCLEAR = "another record says something else of the same moment, and record.highest does not tell which is the last"


class Outcome(NamedTuple):
    """What became of one record.

    :param fate: of the record, if it can be told.
    :param reason: why it is rejected, if it is.
    :param is_late: whether an earlier run has told of this moment or a later one.
    """

    said: Said
    fate: Literal["converted", "skipped", "superseded"]
    reason: str | None
    is_late: bool


class _Taken(NamedTuple):
    """Records of one moment whose fate is not known until the next: they may change what follows.

    :param failure: why the moment cannot be told.
    """

    moment: Moment
    worth: Sequence[Weight]
    failure: str | None


class AgentTelling:
    """Tells one agent.

    :param history: what is to be told.
    :param states: how states go together.
    :param telling: tells its states, of whom nothing was told yet.
    :param sorting: takes the events.
    :param memory: knows what was told, and takes what is.
    """

    def __init__(
        self,
        history: History,
        states: States,
        telling: StateTelling,
        *,
        sorting: StateSorting,
        memory: StateMemory | None,
    ) -> None:
        self._history = history
        self._states = states
        self._sorting = sorting
        self._memory = memory
        self.useful_ends: set[int] = set()
        """Records about all agents that change what is told of this one."""
        self._telling = telling
        self._agent = Agent(states.order)
        if history.since is not None:
            doing, telling.shown = history.since.doing
            self._agent = Agent.remembered(states.order, doing)

    def outcomes(self) -> Iterator[Outcome]:
        """Tell all moments, and yield what became of each record of this run."""
        taken: _Taken | None = None
        tells, has_changed, at = False, False, 0
        for moment in self._history.moments:
            at = moment.at
            told = self._told_at(at)
            worth, failure, new = self._take(moment, told)
            if moment.said:
                yield from self._settled(taken, tells=tells)
                taken, tells = _Taken(moment, worth, failure), False
            is_useful = self._contradicts(moment, told, failure, taken) or bool(new)
            # What changes later on, where nothing new is said, comes of the record before it.
            tells = tells or (is_useful and bool(moment.said or not moment.ended))
            has_changed = has_changed or bool(moment.said) or is_useful
            self.useful_ends.update(moment.ended if is_useful else ())
            self._add(at, new)
        yield from self._settled(taken, tells=tells)
        if self._memory is not None and has_changed:
            self._memory.note(self._history.user, at, [self._agent.to_remember(), self._telling.shown])

    def _told_at(self, at: int) -> Mapping[StateStream, Told]:
        """Return what earlier runs told of a moment."""
        if self._memory is None or not self._is_late(at):
            return {}
        return self._memory.told_at(self._history.user, at)

    def _take(
        self, moment: Moment, told: Mapping[StateStream, Told]
    ) -> tuple[Sequence[Weight], str | None, list[StateEvent]]:
        """Take what is known of a moment; return what the new statements are worth, or why it cannot be told.

        What goes on is compared with what was told last too: that may be wrong, and is put right as soon as it can be.
        """
        if moment.ends:
            self._agent.stop(self._states.ended)
        worth = self._worth(moment.before, [each.statement for each in moment.said])
        self._telling.shown |= {stream: each.value for stream, each in told.items()}
        state = self._state(moment.at)
        is_unclear = bool(worth) and all(each == "unclear" for each in worth)
        if state is None or (is_unclear and not moment.before):
            return worth, None, []
        try:
            return worth, None, self._telling.tell(state, told.keys())
        except UntellableError as error:
            return worth, str(error), []

    def _state(self, at: int) -> AgentState | None:
        doing = self._agent.doing
        if doing is None:
            return None
        return AgentState(user=self._history.user, state=doing.state, since=moment_of(at), reason=doing.reason)

    def _worth(self, before: list[Statement], new: list[Statement]) -> list[Weight]:
        """Let the agent take statements; new ones that make unclear what an earlier run told count for nothing."""
        if not before or not new:
            return self._agent.moment([*before, *new])[len(before) :]
        worth = self._agent.could_take([*before, *new])[len(before) :]
        fitting = [each for each, weight in zip(new, worth, strict=True) if weight != "unclear"]
        found = iter(self._agent.moment([*before, *fitting])[len(before) :])
        return ["unclear" if weight == "unclear" else next(found) for weight in worth]

    def _contradicts(
        self, moment: Moment, told: Mapping[StateStream, Told], failure: str | None, taken: _Taken | None
    ) -> bool:
        """Put down the events of a moment that were told and are wrong now, each once; tell whether there are such."""
        if not told or failure is not None or self._memory is None:
            return False
        state = self._state(moment.at)
        now = {} if state is None else dict(self._telling.whole(state))
        found = False
        for stream, each in sorted(told.items()):
            event = now.get(stream)
            if (event is not None and event["eventId"] == each.id) or self._memory.has_corrected(each.id):
                continue
            reason = "it was told, and is no more" if event is None else "it was told with other content"
            # The id of what was told, by which the two are found together, and what is so in its place.
            self._contradict(moment, taken, reason, {**(event or {}), "eventId": each.id})
            self._memory.note_corrected(each.id)
            found = True
        return found

    def _contradict(self, moment: Moment, taken: _Taken | None, reason: str, event: dict[str, Any]) -> None:
        said = taken.moment.said[0] if taken else self._sorting.said(moment.ended[0])
        self._sorting.keep("contradicted", said.number, correction_line(Row(*json.loads(said.line)), reason, event))

    def _add(self, at: int, events: list[StateEvent]) -> None:
        for stream, event in events:
            self._sorting.add(stream, at, json.dumps(event, separators=(",", ":")))
            if self._memory is not None:
                told = Told(event["eventId"], self._telling.shown[stream])
                self._memory.note_told(self._history.user, at, stream, told)

    def _settled(self, taken: _Taken | None, *, tells: bool) -> Iterator[Outcome]:
        """Yield what became of the records of one moment, and note those that were told."""
        if taken is None:
            return
        is_late = self._is_late(taken.moment.at)
        # Where nothing that is said of it is new, it is what is said again that puts right what was told wrongly.
        telling: Weight = "counts" if "counts" in taken.worth else "idle"
        for each, weight in zip(taken.moment.said, taken.worth, strict=True):
            reason = _UNCLEAR if weight == "unclear" else taken.failure if weight == "counts" else None
            told: Literal["converted", "skipped"] = "converted" if weight == telling and tells else "skipped"
            yield Outcome(each, "superseded" if weight == "superseded" else told, reason, is_late)
            if self._memory is not None and reason is None:
                self._memory.note_said(self._history.user, taken.moment.at, each.statement)

    def _is_late(self, at: int) -> bool:
        return self._history.last is not None and at <= self._history.last
