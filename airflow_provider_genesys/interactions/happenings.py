"""Records each of which is one happening: what a row of each kind says of its interaction, and of which of its legs.

.. code-block:: yaml

    record: {shape: log, event: event, time: time}
    interaction: {id: call, direction: inbound}
    happenings:
      ENTERQUEUE:
        interaction: {started: time}
        legs: [{kind: queue, key: queue, party: queue, started: time}]
      ABANDON:
        interaction: {ended: time, ended_by: customer}
        legs: [{kind: queue, key: queue, ended: time}]

What sets ``started`` begins a leg; all else is about the last leg of its kind and key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from airflow_provider_genesys.interactions.durations import duration
from airflow_provider_genesys.interactions.fields import CUSTOMER, INTERACTION, LEG, SERVICE, TRANSFER, WRAP
from airflow_provider_genesys.interactions.known import Known, text_if_said
from airflow_provider_genesys.interactions.model import LegKind
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Record, Scope

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node
    from airflow_provider_genesys.interactions.fields import Reader
    from airflow_provider_genesys.interactions.mistakes import Mistakes
    from airflow_provider_genesys.interactions.values import Compiler

Which: TypeAlias = Literal["open", "ended", "passing_on"]
"""In which state the leg is that a happening is about."""
RECORD = ("event", "time", "id", "accurate_to")
"""What ``record`` says of a log beside what it says of all shapes."""

_WHICH: tuple[Which, ...] = get_args(Which)
_KINDS: tuple[LegKind, ...] = get_args(LegKind)
_NOT_HERE = ("version", "next", "previous", "conversation")
_LEG = {name: type_ for name, type_ in LEG.items() if name != "shared"}
_Get: TypeAlias = Callable[[Scope], Any]
Members: TypeAlias = Callable[..., "dict[str, Node]"]
"""Returns the members of a mapping by their names, and notes those that are unknown."""


@dataclass(slots=True)
class Said:
    """What a row says of its interaction; of a field that it says nothing of, nothing is there."""

    fields: dict[str, Any] = field(default_factory=dict)
    customer: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)
    info: dict[str, str] = field(default_factory=dict)
    only_if_open: bool = False


class Step(NamedTuple):
    """What a row says of one leg.

    :param key: what tells the leg from others of its kind; ``None`` is any, where ``which`` tells it.
    :param which: in which state it is, if it is there at all; ``None`` if it has to be there.
    :param fields: fields of the leg; those of ``wrap`` and ``left_by`` as dictionaries.
    """

    kind: LegKind
    key: str | None
    which: Which | None
    fields: dict[str, Any]

    @property
    def begins(self) -> bool:
        """Whether a leg begins."""
        return "started" in self.fields


class Place(NamedTuple):
    """Where a row belongs.

    :param id: what tells it from all others.
    :param version: which of several with this id counts, whichever was read first.
    :param interaction: the platform's id of the interaction that it tells of.
    :param at: when it was.
    """

    id: str
    version: str
    interaction: str
    at: datetime


class Happening(NamedTuple):
    """One row.

    :param order: what orders rows of one time, whichever came first.
    """

    at: datetime
    order: str
    event: str
    said: Said
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class _Kind:
    said: Callable[[Scope], Said]
    steps: Sequence[Callable[[Scope], Step | None]]


@dataclass(frozen=True, slots=True)
class Log:
    """How rows are read that are happenings.

    :param accurate_to: how exact times are that are computed: what would begin up to that long before what brought it
        in begins with it.
    """

    accurate_to: timedelta
    _id: _Get
    _row_id: _Get | None
    _event: _Get
    _time: _Get
    _always: Callable[[Scope], Said]
    _kinds: Mapping[str, _Kind]

    def counts(self, record: Record) -> bool:
        """Tell whether there is something to do for a row's event.

        :raises BadValueError: it has none.
        """
        return self._needed(self._event, Scope(record), "event") in self._kinds

    def known_by(self, record: Record) -> Known:
        """Return the id of a row, if it has one, and that of the interaction that it tells of, if it says so."""
        scope = Scope(record)
        return Known(text_if_said(self._row_id, scope), text_if_said(self._id, scope))

    def place(self, record: Record) -> Place:
        """Return where a row belongs.

        :raises BadValueError: it does not say when it was, or of which interaction it tells.
        """
        scope = Scope(record)
        interaction = str(self._needed(self._id, scope, "id"))
        at = self._needed(self._time, scope, "time")
        own = self._row_id(scope) if self._row_id else None
        version = digest(record)
        return Place(str(own or f"{interaction} {version}"), version, interaction, at)

    def happening(self, record: Record) -> Happening:
        """Return what a row tells.

        :raises BadValueError: a value in it is not what it should be.
        """
        scope = Scope(record)
        event = str(self._needed(self._event, scope, "event"))
        kind = self._kinds[event]
        try:
            said = _merged(self._always(scope), kind.said(scope))
            steps = [step for make in kind.steps if (step := make(scope)) is not None]
        except BadValueError as error:
            raise BadValueError(f"{event}: {error}") from None
        return Happening(self._needed(self._time, scope, "time"), digest(record), event, said, steps)

    @staticmethod
    def _needed(get: _Get, scope: Scope, name: str) -> Any:
        try:
            value = get(scope)
        except BadValueError as error:
            raise BadValueError(f"{name}: {error}") from None
        if value is None:
            raise BadValueError(f"{name} is empty")
        return value


class Tools(NamedTuple):
    """What a mapping file is compiled with.

    :param mistakes: where what is wrong is noted.
    :param compiler: makes values.
    :param reader: makes fields of them.
    :param members: takes mappings apart.
    """

    mistakes: Mistakes
    compiler: Compiler
    reader: Reader
    members: Members


def read_log(shape: str, root: Node, parts: Mapping[str, Node], record: Mapping[str, Node], tools: Tools) -> Log | None:
    """Compile what a mapping file says of a log; ``None`` if its shape is another, of which nothing here may stand.

    :param root: the whole file.
    :param parts: its parts.
    :param record: the members of its part ``record``.
    """
    mistakes, compiler, _, members = tools
    if shape != "log":
        others = [name for name in RECORD if (name, shape) != ("id", "states")]
        for node in (parts.get("happenings"), *(record.get(name) for name in others)):
            if node is not None:
                mistakes.add(node.line, f"goes with record: {{shape: log}}, and this is {shape}")
        return None
    reads = _Reads(*tools)
    for name in ("event", "time"):
        if name not in record:
            mistakes.add(root.line, f"the shape log needs record.{name}")
    if "legs" in parts:
        mistakes.add(parts["legs"].line, "legs stand under happenings, where rows are happenings")
    if "happenings" not in parts:
        mistakes.add(root.line, "the shape log needs happenings, which tell what each event means")
    always = members(parts.get("interaction"), reads.about_interaction, "interaction")
    if "id" not in always:
        mistakes.add(root.line, "the shape log needs interaction.id, which the rows of an interaction share")
    kinds = members(parts.get("happenings"), None, "happenings")
    return Log(
        reads.seconds(record.get("accurate_to")),
        compiler.value(always["id"]).get if "id" in always else _nothing,
        compiler.value(record["id"]).get if "id" in record else None,
        compiler.value(record["event"]).get if "event" in record else _nothing,
        compiler.value(record["time"], is_moment=True).get if "time" in record else _nothing,
        reads.said({name: node for name, node in always.items() if name != "id"}),
        {name: reads.kind(name, node) for name, node in kinds.items()},
    )


@dataclass(frozen=True, slots=True)
class _Reads:
    """Compiles the parts of what happens."""

    mistakes: Mistakes
    compiler: Compiler
    reader: Reader
    members: Members

    @property
    def about_interaction(self) -> tuple[str, ...]:
        own = [name for name in INTERACTION if name not in _NOT_HERE]
        return (*own, "customer", "service", "info")

    def seconds(self, node: Node | None) -> timedelta:
        if node is None:
            return timedelta()
        try:
            return duration(str(node.value))
        except ValueError as error:
            self.mistakes.add(node.line, f"accurate_to must be {error}")
            return timedelta()

    def kind(self, name: str, node: Node) -> _Kind:
        """Compile one kind of happening."""
        found = self.members(node, ("interaction", "legs"), f"the happening {name}")
        about = self.members(found.get("interaction"), (*self.about_interaction, "if"), "interaction")
        if "id" in about:
            self.mistakes.add(about.pop("id").line, "id is that of all rows, and stands under interaction itself")
        legs = found["legs"].value if "legs" in found else []
        if not isinstance(legs, list):
            self.mistakes.add(found["legs"].line, "legs must be a list")
            legs = []
        return _Kind(self.said(about), [self.step(each) for each in legs])

    def said(self, about: Mapping[str, Node]) -> Callable[[Scope], Said]:
        """Compile what is said of the interaction."""
        own = {name: node for name, node in about.items() if name in INTERACTION}
        customer = self.members(about.get("customer"), CUSTOMER, "customer")
        service = self.members(about.get("service"), SERVICE, "service")
        info = self.members(about.get("info"), None, "info")
        get_own = self.reader.fields(own, INTERACTION)
        get_customer = self.reader.fields(customer, CUSTOMER)
        get_service = self.reader.fields(service, SERVICE)
        get_info = self.reader.fields(info, dict.fromkeys(info, "text"))
        if "if" in about and about["if"].value != "open":
            self.mistakes.add(about["if"].line, "of an interaction, if can only be open")
        if_open = "if" in about
        return lambda scope: Said(get_own(scope), get_customer(scope), get_service(scope), get_info(scope), if_open)

    def step(self, node: Node) -> Callable[[Scope], Step | None]:
        """Compile what is said of one leg."""
        found = self.members(node, (*_LEG, "if", "when", "wrap", "left_by"), "a leg")
        kind = self._word(found.get("kind"), _KINDS, "kind", node.line)
        which = self._word(found["if"], _WHICH, "if", node.line) if "if" in found else None
        if which and "started" in found:
            self.mistakes.add(found["if"].line, "a leg that begins is none of those that are there: if is for them")
        condition: Condition | None = self.compiler.condition(found["when"]) if "when" in found else None
        key = self.compiler.value(found["key"]).get if "key" in found else None
        names = _LEG.keys() - {"kind", "key"}
        fields = self.reader.fields({name: each for name, each in found.items() if name in names}, _LEG)
        wrap = self.reader.part(found.get("wrap"), WRAP, "wrap", dict, ())
        left_by = self.reader.part(found.get("left_by"), TRANSFER, "left_by", dict, ())
        begins = "started" in found

        def make(scope: Scope) -> Step | None:
            if condition is not None and not condition(scope):
                return None
            try:
                said = fields(scope)
                own = key(scope) if key else None
                if key and own is None:
                    raise BadValueError("key is empty")
                if begins and "started" not in said:
                    raise BadValueError("started is empty")
                parts = {"wrap": wrap(scope), "left_by": left_by(scope)}
            except BadValueError as error:
                raise BadValueError(f"leg {kind}: {error}") from None
            said |= {name: part for name, part in parts.items() if part}
            return Step(kind, own or (None if which else kind), which, said)

        return make

    def _word(self, node: Node | None, words: Sequence[Any], what: str, line: int) -> Any:
        if node is None:
            self.mistakes.add(line, f"a leg needs {what}")
        elif node.value not in words:
            self.mistakes.unknown(node.line, f"the {what}", str(node.value), words)
        return next((word for word in words if node is not None and node.value == word), words[0])


def _merged(one: Said, other: Said) -> Said:
    """Return what is said of all rows and of this kind of them; the latter counts."""
    return Said(
        one.fields | other.fields,
        one.customer | other.customer,
        one.service | other.service,
        one.info | other.info,
        other.only_if_open,
    )


def digest(record: Record) -> str:
    """Return what tells a row from others, whatever the order of its columns."""
    # Not canonical(), whose bytes are others: states of earlier runs know rows by this digest, and it orders rows of
    # one time.
    text = json.dumps(record, sort_keys=True, default=str)
    return f"#{blake2b(text.encode(), digest_size=16).hexdigest()}"


def _nothing(_: Scope) -> None:
    return None
