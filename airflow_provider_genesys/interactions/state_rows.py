"""Records that tell what agents do: which columns of them make a state.

.. code-block:: yaml

    record: {shape: states}
    state: {user: Agent, since: Time, state: State, reason: Reason}
    presence_map:
      - {state: Ready, presence: On Queue, routing_status: Idle}
      - {state: Away, reason: Lunch, presence: Meal, routing_status: OffQueue}
      - {presence: Busy, routing_status: OffQueue}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from airflow_provider_genesys.files.documents import Entry
from airflow_provider_genesys.interactions.agents import OVER_FOR_ALL, Order, Statement
from airflow_provider_genesys.interactions.happenings import Tools, digest
from airflow_provider_genesys.interactions.known import Known, text_if_said
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Record, Scope

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node

RECORD = ("id", "highest", "rest", "keep", "ends")
"""What ``record`` says of states beside what it says of all shapes."""
STATE: Mapping[str, Any] = {
    "user": "text",
    "since": "time",
    "state": "text",
    "reason": "text",
    "part": "text",
    "over": "flag",
}
_NEEDED = ("user", "since", "state")
_Fields: TypeAlias = Callable[[Scope], dict[str, Any]]


class StateRow(NamedTuple):
    """A record that tells what an agent does.

    :param id: what tells it from all others.
    :param version: which of several with this id counts, whichever was read first.
    :param user: the agent; ``None`` where it is about all of them, for whom something ends.
    """

    id: str
    version: str
    user: str | None
    since: datetime
    statement: Statement


@dataclass(frozen=True, slots=True)
class States:
    """How records are read that tell what agents do.

    :param order: how several states of one agent go together.
    :param ended: states that end for all agents where a record says so.
    :param presence_map: the rules in the mapping file, each with its line; behind its own those of a file that it
        extends.
    """

    order: Order
    ended: frozenset[str]
    presence_map: Sequence[Sequence[Entry]]
    _id: Callable[[Scope], Any] | None
    _since: _Fields
    _user: _Fields
    _fields: _Fields
    _ends: Condition | None

    def known_by(self, record: Record) -> Known:
        """Return the id of a record, if it has one, and the agent whom it names."""
        scope = Scope(record)
        return Known(
            id=text_if_said(self._id, scope), user=text_if_said(lambda scope: self._user(scope).get("user"), scope)
        )

    def row(self, record: Record) -> StateRow:
        """Return what a record tells.

        :raises BadValueError: a value in it is not what it should be.
        """
        scope = Scope(record)
        since = _whole(_needed(self._since(scope), "since"))
        version = digest(record)
        own = str((self._id(scope) if self._id else None) or version)
        if self._ends is not None and self._ends(scope):
            return StateRow(own, version, None, since, OVER_FOR_ALL)
        user = str(_needed(self._user(scope), "user"))
        fields = self._fields(scope)
        part = str(fields.get("part", ""))
        if fields.get("over"):
            return StateRow(own, version, user, since, Statement(part, None))
        state = str(_needed(fields, "state"))
        if self.order.highest and state not in self.order.highest:
            raise BadValueError(f"state {state!r} is none of record.highest: {', '.join(self.order.highest)}")
        return StateRow(own, version, user, since, Statement(part, state, fields.get("reason")))


def read_states(
    shape: str,
    root: Node,
    parts: Mapping[str, Node],
    record: Mapping[str, Node],
    tools: Tools,
    *,
    taken_rules: Node | None = None,
) -> States | None:
    """Compile what a mapping file says of agents' states; ``None`` if its shape is another.

    :param root: the whole file.
    :param parts: its parts.
    :param record: the members of its part ``record``.
    :param taken_rules: the presence map that comes after its own.
    """
    reads = _Reads(tools)
    reads.refuse_stray(shape, parts, record)
    if shape != "states":
        return None
    _, compiler, reader, members = tools
    fields = members(parts.get("state"), STATE, "state")
    reads.need(fields, parts.get("state", root), "state", _NEEDED)
    order = reads.order(record, fields)
    if "state" in fields and "over" not in fields and order.highest:
        compiler.check_words(compiler.value(fields["state"]).words, order.highest)
    ends = members(record.get("ends"), ("when", "states"), "ends")
    if "ends" in record:
        reads.need(ends, record["ends"], "ends", ("when", "states"))
    own: dict[str, dict[str, Node]] = {
        name: {name: fields[name]} if name in fields else {} for name in ("since", "user")
    }
    return States(
        order,
        frozenset(reads.words(ends.get("states"), "states")),
        [reads.rules(each) for each in (parts.get("presence_map"), taken_rules) if each is not None],
        compiler.value(record["id"]).get if "id" in record else None,
        reader.fields(own["since"], STATE),
        reader.fields(own["user"], STATE),
        reader.fields({name: node for name, node in fields.items() if name not in own}, STATE),
        compiler.condition(ends["when"]) if "when" in ends else None,
    )


class _Reads(NamedTuple):
    """Reads what is no value of a record."""

    tools: Tools

    def refuse_stray(self, shape: str, parts: Mapping[str, Node], record: Mapping[str, Node]) -> None:
        """Note what goes with another shape."""
        of_states = [*map(parts.get, ("state", "presence_map")), *(record.get(name) for name in RECORD if name != "id")]
        of_others = [*map(parts.get, ("interaction", "legs")), record.get("open")]
        goes_with = "other shapes" if shape == "states" else "record: {shape: states}"
        for node in of_others if shape == "states" else of_states:
            if node is not None:
                self.tools.mistakes.add(node.line, f"goes with {goes_with}, and this is {shape}")

    def need(self, found: Mapping[str, Node], around: Node, what: str, names: Sequence[str]) -> None:
        for name in names:
            if name not in found:
                self.tools.mistakes.add(around.line, f"{what} needs {name}")

    def order(self, record: Mapping[str, Node], fields: Mapping[str, Node]) -> Order:
        """Read how the states of an agent go together."""
        order = Order(
            self.words(record.get("highest"), "highest"), self.word(record.get("rest"), "rest"), self.keep(record)
        )
        if "part" in fields and not order.highest:
            self.tools.mistakes.add(fields["part"].line, "part needs record.highest, the states from the highest on")
        if order.rest is not None and order.rest not in order.highest:
            self.tools.mistakes.add(record["rest"].line, f"rest {order.rest!r} is none of highest")
        return order

    def word(self, node: Node | None, what: str) -> str | None:
        if node is not None and not isinstance(node.value, str):
            self.tools.mistakes.add(node.line, f"{what} must be a state")
        return node.value if node is not None and isinstance(node.value, str) else None

    def words(self, node: Node | None, what: str) -> tuple[str, ...]:
        if node is None:
            return ()
        nodes = node.value if isinstance(node.value, list) else [node]
        words = [each.value for each in nodes if isinstance(each.value, str)]
        if len(words) < len(nodes) or len({*words}) < len(words) or not words:
            self.tools.mistakes.add(node.line, f"{what} must be a list of states, each once")
        return tuple(words)

    def keep(self, record: Mapping[str, Node]) -> dict[str, frozenset[str]]:
        after = self.tools.members(record.get("keep"), None, "keep")
        return {name: frozenset(self.words(node, f"keep of {name}")) for name, node in after.items()}

    def rules(self, node: Node | None) -> list[Entry]:
        """Return the presence map as who knows its rules reads it."""
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.tools.mistakes.add(node.line, "presence_map must be a list of rules")
            return []
        file = self.tools.mistakes.file
        return [Entry(_plain(each), file, each.line, _lines(each)) for each in node.value]


def _lines(node: Node) -> dict[tuple[str, ...], int]:
    return {(name,): each.line for name, each in node.value.items()} if isinstance(node.value, dict) else {}


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {name: _plain(each) for name, each in node.value.items()}
    return [_plain(each) for each in node.value] if isinstance(node.value, list) else node.value


def _needed(fields: Mapping[str, Any], name: str) -> Any:
    if fields.get(name) is None:
        raise BadValueError(f"{name} is empty")
    return fields[name]


def _whole(moment: datetime) -> datetime:
    """Return a moment to the millisecond, as events tell it, so that no two of them are told as one."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
