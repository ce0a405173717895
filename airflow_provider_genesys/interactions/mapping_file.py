"""A mapping file: which columns of a platform's records make which fields of an interaction.

A row or object is a whole interaction, one of the segments of a conversation, one happening in it, or what an agent
does. The file is checked as a whole before the first record is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import Entry, Node, read_text, tree_of_text
from airflow_provider_genesys.files.storage import kind_of
from airflow_provider_genesys.interactions.columns import unknown_columns
from airflow_provider_genesys.interactions.dialect import READS, Dialect, read_dialect
from airflow_provider_genesys.interactions.extending import PARTS, Extended, extended
from airflow_provider_genesys.interactions.fields import (
    CUSTOMER,
    INTERACTION,
    NEEDED,
    SERVICE,
    TEXT,
    Fields,
    LegMaker,
    Reader,
    members_of,
)
from airflow_provider_genesys.interactions.happenings import RECORD as OF_LOGS
from airflow_provider_genesys.interactions.happenings import Log, Tools, read_log
from airflow_provider_genesys.interactions.known import Known, text_if_said
from airflow_provider_genesys.interactions.mistakes import Mistakes, did_you_mean
from airflow_provider_genesys.interactions.model import Customer, Interaction, Service
from airflow_provider_genesys.interactions.moments import TimeForm
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Record, Scope
from airflow_provider_genesys.interactions.state_rows import RECORD as OF_STATES
from airflow_provider_genesys.interactions.state_rows import States, read_states
from airflow_provider_genesys.interactions.values import Compiler

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath

SHIPPED = Path(__file__).parent / "mappings"
"""Where the mapping files are that come with the provider."""

OpenRule: TypeAlias = Literal["hold_back", "tell", "reject"]
OPEN_RULES: tuple[OpenRule, ...] = get_args(OpenRule)
Shape: TypeAlias = Literal["record", "segments", "log", "states"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

LookAtHeaders: TypeAlias = Callable[[Dialect], Iterable[tuple[str, Sequence[str]]]]
"""Returns names of columns, and where they are, such as ``in calls.csv``."""
CheckRules: TypeAlias = Callable[[Sequence[Sequence[Entry]]], Iterable[tuple[int, str]]]
"""Returns line and words of each mistake in lists of rules: whoever knows rules is not below this."""
_WORD = re.compile(r"[\w-]+")
_RECORD = (*dict.fromkeys(("shape", "only", "skip", "open", *OF_LOGS, *OF_STATES)),)
"""What the part ``record`` may have."""


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
    :param value_names: names of its values, which may be meant by a column that is not there.
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
    value_names: Sequence[str]
    shape: Shape
    follows: bool
    shares_conversations: bool
    log: Log | None
    states: States | None
    _only: Condition | None
    _skip: Condition | None
    _names: Mapping[str, Callable[[Scope], Any]]
    _interaction: Fields
    _customer: Fields
    _service: Fields
    _info: Fields
    _legs: Sequence[LegMaker]

    def skips(self, record: Record) -> bool:
        """Tell whether a record is none of those that count.

        :raises BadValueError: as :meth:`skipped_by` does.
        """
        return self.skipped_by(record) is not None

    def skipped_by(self, record: Record) -> str | None:
        """Say by what a record is skipped, in words without its values; ``None`` if it is one of those that count.

        :raises BadValueError: it is a happening, and does not say which.
        """
        scope = Scope(record)
        if self._only is not None and not self._only(scope):
            return "by only"
        if self._skip is not None and self._skip(scope):
            return "by skip"
        return None if self.log is None or self.log.counts(record) else "for an event that is not in happenings"

    def known_by(self, record: Record) -> Known:
        """Return what a record is known by, also where nothing else of it can be understood."""
        if self.log is not None:
            return self.log.known_by(record)
        if self.states is not None:
            return self.states.known_by(record)
        scope = Scope(record)
        return Known(**{name: text_if_said(get, scope) for name, get in self._names.items()})

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


def text_of_mapping(name: AnyPath, open_path: Callable[[Any], StoragePath]) -> tuple[str, str]:
    """Return the text of a mapping file, and its name.

    :param name: its path, or the name of one that comes with the provider.
    :param open_path: makes a path object of a path.
    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: it may not be read, or the name is a word that is no file's and no mapping's.
    """
    path = shipped_mapping(str(name)) or open_path(name)
    if _WORD.fullmatch(str(name)) and kind_of(path) is None:
        known = sorted(each.stem for each in SHIPPED.glob("*.yaml"))
        raise GenesysConfigError(
            f"mapping: there is no file {str(name)!r}, and no mapping of this name comes with the provider"
            f"{did_you_mean(str(name), known)}"
        )
    return read_text(path, "mapping"), path.name


def _advice(text: str, file: str) -> str:
    """Return what to do about a mapping that comes with the provider, which is nobody's to mend; else nothing."""
    name = file.removesuffix(".yaml")
    shipped = shipped_mapping(name)
    if shipped is None or shipped.read_text(encoding="utf-8") != text:
        return ""
    own = f"a mapping file of your own, which begins with extends: {name}"
    return f"it comes with the provider: say what is missing in {own}"


def read_mapping(path: StoragePath) -> RecordMapping:
    """Read a mapping file.

    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: there are mistakes in it; the message lists them all, each with its line.
    """
    return mapping_of_text(read_text(path, "mapping"), path.name)


def mapping_of_text(
    text: str, file: str, look: LookAtHeaders | None = None, check_rules: CheckRules | None = None
) -> RecordMapping:
    """Read a mapping from its text: see :func:`read_mapping`.

    :param look: finds the columns of the records' files. It is asked where there are mistakes, so that columns which
        are not there are told with these, and not after them.
    :param check_rules: finds mistakes in the rules of its presence map, which are told with these too.
    """
    mistakes = Mistakes(file, _advice(text, file))
    root, found = tree_of_text(text, file)
    for line, message in found:
        mistakes.add(line, message)
    whole_file = extended(root, SHIPPED, mistakes)
    root, taken_rules = whole_file.root, whole_file.rules
    members = partial(members_of, mistakes)
    parts = members(root, PARTS, "the mapping")
    reads = members(parts.get("reads"), READS, "reads")
    before = mistakes.count()
    dialect, decimal = read_dialect(reads, mistakes)
    # Else names that are no columns may be those of values, or the header cannot be read; without its encoding it can,
    # but for what is broken then.
    has_no_encoding = "encoding" in reads and reads["encoding"].value != dialect.encoding
    names_are_clear = mistakes.count() == before + has_no_encoding and len(parts) == len(root.value or ())
    compiler = Compiler(mistakes, TimeForm(decimal=decimal))
    reader = Reader(mistakes, compiler)
    times = members(parts.get("times"), ("format", "zone", "fold"), "times")
    compiler.form = compiler.times.read(times, compiler.form)
    values = members(parts.get("values"), None, "values")
    for name, node in values.items():
        compiler.name(name, node)
    record = members(parts.get("record"), _RECORD, "record")
    shape = reader.word(record.get("shape"), SHAPES, "the shape")
    only, skip = (compiler.condition(record[name]) if name in record else None for name in ("only", "skip"))
    tools = Tools(mistakes, compiler, reader, members)
    log = read_log(shape, root, parts, record, tools)
    states = read_states(shape, root, parts, record, tools, taken_rules=taken_rules)
    if states is not None and check_rules is not None:
        for line, message in check_rules(states.presence_map):
            mistakes.add(line, message)
    if log is not None or states is not None:
        parts = {}  # of which all is read
    elif "interaction" not in parts:
        mistakes.add(root.line, "interaction is missing, which tells what the columns mean")
    whole = members(
        parts.get("interaction"), (*INTERACTION, "customer", "service", "info"), "interaction", if_there="interaction"
    )
    inner = {name: whole.pop(name, None) for name in ("customer", "service", "info")}
    interaction = reader.fields(whole, INTERACTION)
    names = {name: compiler.value(node).get for name, node in whole.items() if name in Known._fields}
    customer = reader.fields(members(inner["customer"], CUSTOMER, "customer"), CUSTOMER)
    service = reader.fields(members(inner["service"], SERVICE, "service"), SERVICE)
    named = members(inner["info"], None, "info")
    info = reader.fields(named, dict.fromkeys(named, TEXT))
    legs = reader.legs(parts.get("legs"))
    columns = compiler.file_columns()
    mapping = RecordMapping(
        file,
        dialect,
        reader.word(record.get("open"), OPEN_RULES, "open"),
        columns,
        tuple(values),
        shape,
        "previous" in whole and "conversation" not in whole,
        "conversation" in whole or "previous" in whole,
        log,
        states,
        only,
        skip,
        names,
        _with_started(interaction),
        customer,
        service,
        info,
        legs,
    )
    _note_links(mapping, root, whole, mistakes)
    _note_unused(values, compiler, whole_file)
    if dialect.header is not None:
        _note_columns(mapping, [("", dialect.header)], mistakes)
    elif look is not None and mistakes.count() and names_are_clear:
        _note_columns(mapping, look(dialect), mistakes)
    mistakes.raise_all()
    return mapping


def _note_links(mapping: RecordMapping, root: Node, whole: Mapping[str, Node], mistakes: Mistakes) -> None:
    """Note where records that belong together do not say so, or others do."""
    for name in ("next", "previous"):
        if name in whole and mapping.shape != "segments":
            mistakes.add(whole[name].line, f"{name} goes with the shape segments")
    if mapping.shape == "segments" and not mapping.shares_conversations:
        mistakes.add(
            root.line, "the shape segments needs interaction.conversation, which the segments share, or previous"
        )


def _note_unused(values: Mapping[str, Node], compiler: Compiler, whole_file: Extended) -> None:
    """Note values of the file's own that nothing is made of, where another name may be meant.

    One that is to take the place of a value of the file that is extended does nothing by any other name. Elsewhere one
    that is left over does no harm, unless it is another one mistyped.
    """
    for name in sorted(whole_file.own_values & values.keys() - compiler.used):
        taken = [each for each in values if each not in whole_file.own_values]
        hint = did_you_mean(name, [*taken, *compiler.columns])
        if hint or whole_file.is_extended:
            compiler.mistakes.add(values[name].line, f"in values the name {name!r} is used nowhere{hint}")


def _note_columns(mapping: RecordMapping, headers: Iterable[tuple[str, Sequence[str]]], mistakes: Mistakes) -> None:
    """Note the columns that are not there."""
    for where, header in headers:
        for message, line in unknown_columns(mapping.columns, header, where, mapping.value_names):
            mistakes.add(line, message)


def _with_started(fields: Fields) -> Fields:
    """Refuse records without what every interaction has."""

    def get(scope: Scope) -> dict[str, Any]:
        found = fields(scope)
        for name in NEEDED["interaction"]:
            if found.get(name) is None:
                raise BadValueError(f"{name} is empty")
        return found

    return get
