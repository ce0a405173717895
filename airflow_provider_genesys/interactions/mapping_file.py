"""A mapping file: which columns of a platform's records make which fields of an interaction.

A row or object is a whole interaction, one of the segments of a conversation, one happening in it, or what an agent
does. The file is checked as a whole before the first record is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

from airflow_provider_genesys.files.documents import Node, read_text, tree_of_text
from airflow_provider_genesys.interactions import model
from airflow_provider_genesys.interactions.dialect import READS, Dialect, read_dialect
from airflow_provider_genesys.interactions.extending import extended
from airflow_provider_genesys.interactions.happenings import RECORD as OF_LOGS
from airflow_provider_genesys.interactions.happenings import Log, Tables, Tools, read_log
from airflow_provider_genesys.interactions.mistakes import Mistakes, did_you_mean
from airflow_provider_genesys.interactions.model import Customer, Interaction, Leg, Service, Span, Transfer, Wrap
from airflow_provider_genesys.interactions.moments import TimeForm
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Record, Scope
from airflow_provider_genesys.interactions.state_rows import RECORD as OF_STATES
from airflow_provider_genesys.interactions.state_rows import States, read_states
from airflow_provider_genesys.interactions.values import Compiler

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

SHIPPED = Path(__file__).parent / "mappings"
"""Where the mapping files are that come with the provider."""

OpenRule: TypeAlias = Literal["hold_back", "tell", "reject"]
OPEN_RULES: tuple[OpenRule, ...] = get_args(OpenRule)
Shape: TypeAlias = Literal["record", "segments", "log", "states"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_PARTS = ("extends", "reads", "times", "record", "values", "interaction", "legs", "happenings", "state", "presence_map")
_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_TEXT, _TIME, _FLAG, _TEXTS, _SPANS = "text", "time", "flag", "texts", "spans"
_Type: TypeAlias = str | tuple[str, ...]
_INTERACTION: Mapping[str, _Type] = {
    "id": _TEXT,
    "conversation": _TEXT,
    "version": _TEXT,
    "next": _TEXT,
    "previous": _TEXT,
    "direction": get_args(model.Direction),
    "medium": get_args(model.Medium),
    "started": _TIME,
    "ended": _TIME,
    "ended_by": get_args(model.EndedBy),
    "subject": _TEXT,
    "tag": _TEXT,
}
_CUSTOMER: Mapping[str, _Type] = {"address": _TEXT, "name": _TEXT, "answered": _TIME}
_SERVICE: Mapping[str, _Type] = {"address": _TEXT, "name": _TEXT}
_LEG: Mapping[str, _Type] = {
    "kind": get_args(model.LegKind),
    "key": _TEXT,
    "shared": _FLAG,
    "started": _TIME,
    "party": _TEXT,
    "interaction": _TEXT,
    "skills": _TEXTS,
    "language": _TEXT,
    "behalf_of": _TEXT,
    "invited_by": _TEXT,
    "answered": _TIME,
    "ended": _TIME,
    "outcome": get_args(model.Outcome),
    "holds": _SPANS,
    "muted": _SPANS,
    "recording": _FLAG,
    "after_call_work": _FLAG,
}
_WRAP: Mapping[str, _Type] = {"ended": _TIME, "code": _TEXT, "notes": _TEXT, "tags": _TEXTS}
_TRANSFER: Mapping[str, _Type] = {
    "kind": get_args(model.TransferKind),
    "target": get_args(model.TransferTarget),
    "to": _TEXT,
    "at": _TIME,
    "to_leg": _TEXT,
    "joined": _TIME,
    "done": _TIME,
    "result": get_args(model.TransferResult),
}
_SPAN: Mapping[str, _Type] = {"since": _TIME, "until": _TIME}
_NEEDED = {
    "interaction": ("id", "direction", "started"),
    "leg": ("kind", "started"),
    "transfer": ("kind", "target"),
} | {"span": ("since",)}

_Word = TypeVar("_Word", bound=str)
Fields: TypeAlias = Callable[[Scope], dict[str, Any]]
LegMaker: TypeAlias = Callable[[Scope], Iterable[Leg]]


class Understood(NamedTuple):
    """What a record tells.

    :param interaction: the interaction, or a segment of one; of a happening only of which conversation, and when.
    :param version: the greatest of the records with this id counts.
    :param next: id of the record with which the conversation goes on.
    :param previous: id of the record from which it goes on; without a conversation of its own this one is of that's.
    :param record: the record itself.
    """

    interaction: Interaction
    version: str | None
    next: str | None
    previous: str | None
    record: Record


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """A mapping file, checked and ready.

    :param file: its name.
    :param dialect: how the records' files are written.
    :param open_rule: what becomes of an interaction that has not ended.
    :param columns: names of all columns that it uses, each with the line on which it does.
    :param shape: whether a record is a whole interaction, one of the segments of a conversation, one happening
        in it, or what an agent does.
    :param follows: whether a record belongs to the conversation of the one that it goes on from.
    :param shares_conversations: whether several interactions might claim one conversation.
    :param log: how records are read that are happenings.
    :param states: how records are read that tell what agents do.
    """

    file: str
    dialect: Dialect
    open_rule: OpenRule
    columns: Mapping[str, int]
    shape: Shape
    follows: bool
    shares_conversations: bool
    log: Log | None
    states: States | None
    _only: Condition | None
    _skip: Condition | None
    _interaction: Fields
    _customer: Fields
    _service: Fields
    _info: Fields
    _legs: Sequence[LegMaker]

    def skips(self, record: Record) -> bool:
        """Tell whether a record is none of those that count."""
        scope = Scope(record)
        if self._only is not None and not self._only(scope):
            return True
        if self._skip is not None and self._skip(scope):
            return True
        return self.log is not None and not self.log.counts(record)

    def understood(self, record: Record) -> Understood:
        """Return what a record tells.

        :raises BadValueError: a value in it is not what it should be.
        """
        if self.log is not None:
            id_, version, conversation, at = self.log.place(record)
            happened = Interaction(id=id_, conversation=conversation, direction="inbound", started=at)
            return Understood(happened, version, None, None, record)
        scope = Scope(record)
        fields = self._interaction(scope)
        version, next_, previous = (fields.pop(name, None) for name in ("version", "next", "previous"))
        legs = tuple(leg for make in self._legs for leg in make(scope))
        interaction = Interaction(
            **fields,
            customer=Customer(**self._customer(scope)),
            service=Service(**self._service(scope)),
            info=tuple(self._info(scope).items()),
            legs=legs,
        )
        goes_on_from = None if previous == interaction.id else previous
        return Understood(interaction, version, next_, goes_on_from, record)


def shipped_mapping(name: str) -> Path | None:
    """Return the file of a mapping that comes with the provider, by its name; ``None`` if there is no such."""
    return next((file for file in SHIPPED.glob("*.yaml") if file.stem == name), None)


def read_mapping(path: StoragePath) -> RecordMapping:
    """Read a mapping file.

    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: there are mistakes in it; the message lists them all, each with its line.
    """
    return mapping_of_text(read_text(path, "mapping"), path.name)


def mapping_of_text(text: str, file: str) -> RecordMapping:
    """Read a mapping from its text: see :func:`read_mapping`."""
    mistakes = Mistakes(file)
    root, found = tree_of_text(text, file)
    for line, message in found:
        mistakes.add(line, message)
    root = extended(root, SHIPPED, mistakes)
    members = partial(_members, mistakes)
    parts = members(root, _PARTS, "the mapping")
    dialect, decimal = read_dialect(members(parts.get("reads"), READS, "reads"), mistakes)
    compiler = Compiler(mistakes, TimeForm(decimal=decimal))
    reader = _Reader(mistakes, compiler)
    times = members(parts.get("times"), ("format", "zone", "fold"), "times")
    compiler.form = compiler.time_form(times, compiler.form)
    for name, node in members(parts.get("values"), None, "values").items():
        compiler.name(name, node)
    record = members(parts.get("record"), ("shape", "only", "skip", "open", *OF_LOGS, *OF_STATES), "record")
    shape = reader.word(record.get("shape"), SHAPES, "the shape")
    only, skip = (compiler.condition(record[name]) if name in record else None for name in ("only", "skip"))
    tables = Tables(_INTERACTION, _CUSTOMER, _SERVICE, _LEG, _WRAP, _TRANSFER)
    tools = Tools(tables, mistakes, compiler, reader, members)
    log = read_log(shape, root, parts, record, tools)
    states = read_states(shape, root, parts, record, tools)
    if log is not None or states is not None:
        parts = {}  # of which all is read
    elif "interaction" not in parts:
        mistakes.add(root.line, "interaction is missing, which tells what the columns mean")
    whole = members(
        parts.get("interaction"), (*_INTERACTION, "customer", "service", "info"), "interaction", if_there="interaction"
    )
    inner = {name: whole.pop(name, None) for name in ("customer", "service", "info")}
    interaction = reader.fields(whole, _INTERACTION)
    customer = reader.fields(members(inner["customer"], _CUSTOMER, "customer"), _CUSTOMER)
    service = reader.fields(members(inner["service"], _SERVICE, "service"), _SERVICE)
    info = members(inner["info"], None, "info")
    mapping = RecordMapping(
        file,
        dialect,
        reader.word(record.get("open"), OPEN_RULES, "open"),
        compiler.columns,
        shape,
        "previous" in whole and "conversation" not in whole,
        "conversation" in whole or "previous" in whole,
        log,
        states,
        only,
        skip,
        _with_started(interaction),
        customer,
        service,
        reader.fields(info, dict.fromkeys(info, _TEXT)),
        reader.legs(parts.get("legs")),
    )
    for name in ("next", "previous"):
        if name in whole and mapping.shape != "segments":
            mistakes.add(whole[name].line, f"{name} goes with the shape segments")
    if mapping.shape == "segments" and not mapping.shares_conversations:
        mistakes.add(
            root.line, "the shape segments needs interaction.conversation, which the segments share, or previous"
        )
    if dialect.header is not None:
        for message, line in unknown_columns(compiler.columns, dialect.header):
            mistakes.add(line, message)
    mistakes.raise_all()
    return mapping


def unknown_columns(columns: Mapping[str, int], header: Sequence[str]) -> list[tuple[str, int]]:
    """Return what is wrong with the names of columns, by a header, and on which line of the mapping each is."""
    return [
        (f"there is no column {name!r}{did_you_mean(name, header)}", line)
        for name, line in columns.items()
        if name not in header
    ]


def _with_started(fields: Fields) -> Fields:
    """Refuse records without what every interaction has."""

    def get(scope: Scope) -> dict[str, Any]:
        found = fields(scope)
        for name in _NEEDED["interaction"]:
            if found.get(name) is None:
                raise BadValueError(f"{name} is empty")
        return found

    return get


def _members(
    mistakes: Mistakes,
    node: Node | None,
    known: Sequence[str] | Mapping[str, Any] | None,
    what: str,
    *,
    if_there: str = "",
) -> dict[str, Node]:
    """Return what is in a mapping, without what is unknown there.

    :param if_there: name of the row of fields that it needs, if the mapping is there at all.
    """
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        mistakes.add(node.line, f"{what} must be a mapping of names to values")
        return {}
    for name in _NEEDED.get(if_there, ()):
        if name not in node.value:
            mistakes.add(node.line, f"{what} needs {name}")
    for name, each in node.value.items():
        if known is not None and name not in known:
            mistakes.unknown(each.line, f"in {what} the name", name, known)
    return {name: each for name, each in node.value.items() if known is None or name in known}


class _Reader:
    """Reads the parts of a mapping file.

    :param mistakes: where what is wrong is noted.
    :param compiler: makes the values in them.
    """

    def __init__(self, mistakes: Mistakes, compiler: Compiler) -> None:
        self._mistakes = mistakes
        self._compiler = compiler

    def word(self, node: Node | None, words: Sequence[_Word], what: str) -> _Word:
        """Return one of some words, by default the first."""
        if node is not None and node.value not in words:
            self._mistakes.unknown(node.line, what, str(node.value), words)
        return next((word for word in words if node is not None and node.value == word), words[0])

    def fields(self, members: Mapping[str, Node], types: Mapping[str, _Type]) -> Fields:
        """Compile fields; what a record has nothing for is left out of the result."""
        getters = [(name, self._getter(node, types[name])) for name, node in members.items()]

        def get(scope: Scope) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for name, getter in getters:
                try:
                    value = getter(scope)
                except BadValueError as error:
                    raise BadValueError(f"{name}: {error}") from None
                if value is not None:
                    found[name] = value
            return found

        return get

    def _getter(self, node: Node, type_: _Type) -> Callable[[Scope], Any]:
        if type_ == _TEXTS:
            nodes = node.value if isinstance(node.value, list) else [node]
            texts = [self._compiler.value(each).get for each in nodes]
            return lambda scope: tuple(text for each in texts if (text := each(scope)) is not None) or None
        if type_ == _SPANS:
            nodes = node.value if isinstance(node.value, list) else [node]
            spans = [
                self.fields(_members(self._mistakes, each, _SPAN, "a span", if_there="span"), _SPAN) for each in nodes
            ]
            return lambda scope: tuple(Span(**found) for each in spans if "since" in (found := each(scope))) or None
        if type_ == _FLAG:
            return _flag(self._compiler.value(node).get)
        choices = type_ if isinstance(type_, tuple) else ()
        return self._compiler.value(node, is_moment=type_ == _TIME, choices=choices).get

    def legs(self, node: Node | None) -> list[LegMaker]:
        """Compile the legs."""
        if node is None:
            return []
        if not isinstance(node.value, list):
            self._mistakes.add(node.line, "legs must be a list")
            return []
        kinds = [
            each.value["kind"].value for each in node.value if isinstance(each.value, dict) and "kind" in each.value
        ]
        return [self._leg(each, twice=kinds) for each in node.value]

    def _leg(self, node: Node, twice: Sequence[Any]) -> LegMaker:
        members = _members(self._mistakes, node, (*_LEG, "each", "when", "wrap", "left_by"), "a leg", if_there="leg")
        kind = members["kind"].value if "kind" in members else None
        if "key" not in members and twice.count(kind) > 1:
            self._mistakes.add(node.line, f"several legs are of kind {kind}: each needs a key, such as {{text: first}}")
        elif "key" not in members and "each" in members:
            self._mistakes.add(node.line, "a leg for each element of a list needs a key, which is the element's")
        each = self._compiler.each_of(members["each"]) if "each" in members else None
        condition = self._compiler.condition(members["when"]) if "when" in members else None
        fields = self.fields({name: each for name, each in members.items() if name in _LEG}, _LEG)
        wrap = self.part(members.get("wrap"), _WRAP, "wrap", Wrap, ())
        left_by = self.part(members.get("left_by"), _TRANSFER, "left_by", Transfer, ("at", "to"))

        def one(scope: Scope) -> Leg | None:
            if condition is not None and not condition(scope):
                return None
            name = f"leg {kind}"
            try:
                found = fields(scope)
                if "kind" not in found or "started" not in found:
                    raise BadValueError(f"{'started' if 'kind' in found else 'kind'} is empty")
                found.setdefault("key", found["kind"])
                return Leg(**found, wrap=wrap(scope), left_by=left_by(scope))
            except BadValueError as error:
                raise BadValueError(f"{name}: {error}") from None

        def make(scope: Scope) -> Iterable[Leg]:
            return (leg for part in (each(scope) if each else (scope,)) if (leg := one(part)) is not None)

        return make

    def part(
        self, node: Node | None, types: Mapping[str, _Type], what: str, make: Callable[..., Any], needs: Sequence[str]
    ) -> Callable[[Scope], Any]:
        """Compile a part of a leg, which there is only where a record has something for it.

        :param needs: what it has to have for that; by default anything.
        """
        if node is None:
            return lambda _: None
        members = _members(self._mistakes, node, (*types, "when"), what, if_there="transfer" if needs else "")
        for name in needs:
            if name not in members:
                self._mistakes.add(node.line, f"{what} needs {name}")
        condition = self._compiler.condition(members.pop("when")) if "when" in members else None
        fields = self.fields(members, types)

        def get(scope: Scope) -> Any:
            if condition is not None and not condition(scope):
                return None
            found = fields(scope)
            return make(**found) if (all(name in found for name in needs) if needs else found) else None

        return get


def _flag(get: Callable[[Scope], Any]) -> Callable[[Scope], bool | None]:
    def flag(scope: Scope) -> bool | None:
        text = get(scope)
        if text is None:
            return None
        if text.casefold() not in _FLAGS:
            raise BadValueError(f"must be one of {', '.join(_FLAGS)}, not {text!r}")
        return _FLAGS[text.casefold()]

    return flag
