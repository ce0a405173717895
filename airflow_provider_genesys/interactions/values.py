"""What a field of an interaction is made of: columns, and a handful of verbs that a mapping file may use on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.files.documents import Node
from airflow_provider_genesys.interactions.depths import any_of
from airflow_provider_genesys.interactions.durations import NOTATIONS, TIME_OF_DAY
from airflow_provider_genesys.interactions.getting import (
    checked,
    constant,
    first_of,
    lasting,
    looked_up,
    moment_of,
    moved,
    only_when,
    text_of,
)
from airflow_provider_genesys.interactions.moments import FOLDS, TimeForm
from airflow_provider_genesys.interactions.parts import CUTS, elements, joined, part_of, single
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Scope, Value, find
from airflow_provider_genesys.interactions.time_forms import TimeForms
from airflow_provider_genesys.spelling import similar

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mistakes import Mistakes

_TEXTUAL = ("join", *CUTS, "in", "where")
_VERBS = ("column", "text", "time", "format", "zone", "fold", "at", "plus", "minus", "table", "otherwise", "when")
_OF_TIMES = ("format", "zone", "fold", "at", "plus", "minus")


@dataclass(slots=True)
class Compiler:
    """Makes values of a mapping file's nodes.

    :param mistakes: where what is wrong is noted.
    :param form: how times are written where nothing else is said.
    """

    mistakes: Mistakes
    form: TimeForm
    named: dict[str, Value] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    """Names of all columns, and the line on which each is first named."""
    used: set[str] = field(default_factory=set)
    """Names of values that another one, a condition or a field is made of."""
    wholes: set[str] = field(default_factory=set)
    """Names of values that may be an object or a list."""
    elements: set[str] = field(default_factory=set)
    """Names of elements of lists, with which columns may begin that are no file's."""
    times: TimeForms = field(init=False)

    def __post_init__(self) -> None:
        """Read how times are written with the same mistakes."""
        self.times = TimeForms(self.mistakes)

    def name(self, name: str, node: Node) -> None:
        """Compile a value that others may use by its name as if it were a column."""
        verbs = node.value if isinstance(node.value, dict) else {}
        if "in" in verbs and "column" in verbs and verbs.keys() <= {"column", "in", "where"}:
            value = self._in_list(verbs, whole=True)  # which may be a list too, for others to look through
            self.wholes.add(name)
        else:
            value = self.value(node, is_moment=self.is_time(node))

        def get(scope: Scope) -> Any:
            if name not in scope.named:
                scope.named[name] = value.get(scope)
            return scope.named[name]

        self.named[name] = replace(value, get=get)

    def is_time(self, node: Node) -> bool:
        """Tell whether what gets a name is a time, or the first of several that is there."""
        if isinstance(node.value, list):
            return any(map(self.is_time, node.value))
        return "time" in node.value if isinstance(node.value, dict) else self._is_named_moment(node)

    def value(self, node: Node, *, is_moment: bool = False, choices: Sequence[str] = ()) -> Value:
        """Compile what a field is to hold.

        :param is_moment: whether it is a time; else it is text.
        :param choices: the texts that it may be; a word by itself is one of them, and no column.
        """
        if isinstance(node.value, list):
            several = [self.value(each, is_moment=is_moment, choices=choices) for each in node.value]
            if not several:
                self.mistakes.add(node.line, "the list is empty")
            return first_of(several, is_moment=is_moment)
        if isinstance(node.value, dict):
            return self._verbs(node, node.value, is_moment=is_moment, choices=choices)
        if node.value is None:
            self.mistakes.add(node.line, "nothing is given")
            return Value(lambda _: None, is_moment)
        if choices:
            return constant(self._choice(node, choices, or_column=True), node.line)
        value = self._column(node, node.value)
        if is_moment and not value.is_moment:
            return self._moment(value, node)
        if value.is_moment and not is_moment:
            self.mistakes.add(node.line, f"{node.value!r} is a time, and text is wanted here")
        return value

    def _moment(self, text: Value, node: Node) -> Value:
        """Compile a text as the time that it tells, in the form of all times."""
        self.times.check_zone(self.form, node.line)
        return Value(moment_of(text, self.form, None, _shown(node)), is_moment=True)

    def condition(self, node: Node) -> Condition:
        """Compile ``when``: a mapping of columns to what they must be, all of which must be true."""
        if not isinstance(node.value, dict) or not node.value:
            self.mistakes.add(node.line, "must be a mapping such as {Answered: Y}")
            return lambda _: True
        first, *others = [self._test(name, wanted) for name, wanted in node.value.items()]
        return (lambda scope: first(scope) and all(test(scope) for test in others)) if others else first

    def _test(self, name: str, wanted: Node) -> Condition:
        value = self._column(Node(name, wanted.line), name, whole=True)
        if "*" not in name.split("."):
            return self._matches(value, wanted)
        return any_of(name, lambda get: self._matches(Value(get), wanted))

    def _matches(self, value: Value, wanted: Node) -> Condition:
        if isinstance(wanted.value, dict):
            return self._relation(value, wanted, wanted.value)
        if isinstance(wanted.value, list):
            texts = frozenset(self.mistakes.text(each) for each in wanted.value)
            return lambda scope: text_of(value.get(scope)) in texts
        if wanted.value == "empty":
            return lambda scope: value.get(scope) is None
        if wanted.value == "present":
            return lambda scope: value.get(scope) is not None
        text = self.mistakes.text(wanted)
        return lambda scope: bool(value.get(scope) == text)

    def _relation(self, value: Value, wanted: Node, verbs: dict[str, Node]) -> Condition:
        if [*verbs] == ["same_as"]:
            other = self._column(verbs["same_as"], self.mistakes.text(verbs["same_as"]))
            return lambda scope: bool(value.get(scope) == other.get(scope))
        if [*verbs] == ["not"]:
            inner = self._matches(value, verbs["not"])
            return lambda scope: not inner(scope)
        hint = "a condition is a text, a list of texts, empty, present, {same_as: column} or {not: ...}"
        self.mistakes.add(wanted.line, hint)
        return lambda _: True

    def _column(self, node: Node, name: str, *, whole: bool = False) -> Value:
        """Compile a name: of a value above, else of a column.

        :param whole: whether it may be an object or a list, which only a condition can look at.
        """
        if name in self.named:
            self.used.add(name)
            value = self.named[name]
            return Value(single(value.get, name)) if name in self.wholes and not whole else value
        self.columns.setdefault(name, node.line)
        parts = name.split(".")

        def get(scope: Scope) -> Any:
            value = scope.record.get(name)
            if value.__class__ is str:  # as nearly all are
                return value.strip() or None
            value = find(scope.record, name, parts)
            if value is None or isinstance(value, str):
                return value
            if isinstance(value, Mapping | list | tuple):
                if whole:
                    return value
                raise BadValueError(f"{name} is no single value")
            if isinstance(value, float) and not isfinite(value):
                raise BadValueError(f"{name} is {value}, which is no value")  # and no JSON, though some write it
            return str(value).lower() if isinstance(value, bool) else str(value)

        return Value(get)

    def _verbs(self, node: Node, verbs: dict[str, Node], *, is_moment: bool, choices: Sequence[str]) -> Value:
        verbs = self._known(verbs)
        bases = [verb for verb in ("column", "text", "time", "join") if verb in verbs]
        if len(bases) > 1 or (not bases and "otherwise" not in verbs):
            self.mistakes.add(node.line, "needs one of column, text and time, or join")
        self._refuse_stray(verbs)
        if "time" in verbs:
            value = self._time(verbs)
            if not is_moment:
                self.mistakes.add(node.line, "is a time, and text is wanted here")
        else:
            for verb in _OF_TIMES:
                if verb in verbs:
                    self.mistakes.add(verbs[verb].line, f"{verb} goes with time")
            value = self._base(verbs, is_moment=is_moment, choices=choices)
        if "when" in verbs:
            value = only_when(self.condition(verbs["when"]), value)
        if "otherwise" in verbs and "table" not in verbs:
            instead = self._instead(verbs["otherwise"], is_moment=is_moment, choices=choices)
            value = first_of([value, instead], is_moment=is_moment)
        return value

    def _known(self, verbs: dict[str, Node]) -> dict[str, Node]:
        """Return the verbs that there are; what is mistyped is noted, and taken for what was meant."""
        known = (*_VERBS, *_TEXTUAL)
        found = {verb: each for verb, each in verbs.items() if verb in known}
        for verb, each in verbs.items():
            if verb not in known:
                self.mistakes.unknown(each.line, "the verb", verb, known)
                found |= {meant: each for meant in similar(verb, known) if meant not in found}
        return found

    def _refuse_stray(self, verbs: dict[str, Node]) -> None:
        """Note verbs without the one that they go with."""
        for verb, wanted in {**dict.fromkeys(CUTS, "column"), "in": "column", "where": "in"}.items():
            if verb in verbs and wanted not in verbs:
                self.mistakes.add(verbs[verb].line, f"{verb} goes with {wanted}")

    def _base(self, verbs: dict[str, Node], *, is_moment: bool, choices: Sequence[str]) -> Value:
        if "text" in verbs:
            text = constant(self._choice(verbs["text"], choices), verbs["text"].line)
            return self._moment(text, verbs["text"]) if is_moment else text
        base = verbs.get("column", verbs.get("join"))
        if base is None:
            return Value(lambda _: None, is_moment)
        if "table" not in verbs:
            value = self._source(verbs, is_moment=is_moment)
            if not choices:
                return value
            self.check_words(value.words, choices)
            return checked(value, choices, _shown(base))
        if is_moment:
            self.mistakes.add(verbs["table"].line, "a table gives text, and a time is wanted here")
        table = verbs["table"].value
        if not isinstance(table, dict) or not table:
            self.mistakes.add(verbs["table"].line, "table must be a mapping of texts to texts")
            table = {}
        texts = {name: self._choice(each, choices) for name, each in table.items()}
        instead = verbs.get("otherwise")
        other = self._instead(instead, is_moment=is_moment, choices=choices) if instead else None
        words = [(texts[name], each.line) for name, each in table.items()]
        get = looked_up(self._source(verbs), texts, other, _shown(base))
        return Value(get, words=(*words, *(other.words if other else ())))

    def _source(self, verbs: dict[str, Node], *, is_moment: bool = False) -> Value:
        """Compile what a value begins with: several texts in one, or a column, as it is or a part of it."""
        if "join" in verbs:
            parts = verbs["join"].value if isinstance(verbs["join"].value, list) else [verbs["join"]]
            text = Value(joined([self.value(each) for each in parts], "-"))
            return self._moment(text, verbs["join"]) if is_moment else text
        column = verbs["column"]
        value = self._in_list(verbs) if "in" in verbs else self.value(column, is_moment=is_moment)
        if is_moment and not value.is_moment:
            value = self._moment(value, column)
        for cut in CUTS:
            if cut in verbs:
                value = Value(part_of(value.get, cut, self.mistakes.text(verbs[cut])))
                if is_moment:
                    self.mistakes.add(verbs[cut].line, f"{cut} makes text, and a time is wanted here")
        return value

    def _in_list(self, verbs: dict[str, Node], *, whole: bool = False) -> Value:
        """Compile a column of the first element of a list that meets conditions; names mean columns of the element."""
        within = Compiler(self.mistakes, self.form)
        listed = self._column(verbs["in"], self.mistakes.text(verbs["in"]), whole=True)
        is_meant = within.condition(verbs["where"]) if "where" in verbs else lambda _: True
        value = within._column(verbs["column"], self.mistakes.text(verbs["column"]), whole=whole)

        def get(scope: Scope) -> Any:
            for element in elements(listed.get(scope), _shown(verbs["in"])):
                inner = Scope(element)
                if is_meant(inner):
                    return value.get(inner)
            return None

        return Value(get)

    def file_columns(self) -> dict[str, int]:
        """Return the names of the columns that files have, and the line on which each is first named."""
        return {name: line for name, line in self.columns.items() if name.split(".")[0] not in self.elements}

    def each_of(self, node: Node) -> Callable[[Scope], Iterator[Scope]]:
        """Compile ``each``: a name, and the list in whose elements it is what columns may begin with."""
        if not isinstance(node.value, dict) or len(node.value) != 1:
            self.mistakes.add(node.line, "must be a name for each element and the list, such as {part: Parts}")
            return lambda scope: iter([scope])
        name, listed = next(iter(node.value.items()))
        self.elements.add(name)
        value = self._column(listed, self.mistakes.text(listed), whole=True)

        def each(scope: Scope) -> Iterator[Scope]:
            for element in elements(value.get(scope), _shown(listed)):
                yield Scope({**scope.record, name: element})

        return each

    def _instead(self, node: Node, *, is_moment: bool, choices: Sequence[str]) -> Value:
        """Compile what ``otherwise`` gives, a text that stands for itself; where a time is wanted, a value."""
        return self.value(node, is_moment=True) if is_moment else constant(self._choice(node, choices), node.line)

    def check_words(self, words: Iterable[tuple[str, int]], known: Collection[str]) -> None:
        """Note words that the mapping file itself gives a value, such as those of a table, where others are known.

        :param words: as a value has them; what is no text is noted already, and empty.
        """
        for word, line in words:
            if word and word not in known:
                self.mistakes.unknown(line, "the value", word, known)

    def _choice(self, node: Node, choices: Sequence[str], *, or_column: bool = False) -> str:
        """Return a text that is one of the choices, or note that it is none.

        :param or_column: whether a column may be meant, which is written otherwise here.
        """
        text = self.mistakes.text(node)
        if choices and text not in choices and isinstance(node.value, str):
            column = (
                f"; a column is written {{column: {text}}} here" if or_column and not similar(text, choices) else ""
            )
            self.mistakes.unknown(node.line, "the value", text, choices, column)
        return text

    def _time(self, verbs: dict[str, Node]) -> Value:
        bound = self._bound(verbs)
        form = self.times.read(
            {name: each for name, each in verbs.items() if bound is None or name != "fold"}, self.form
        )
        self.times.check_zone(form, verbs["time"].line)
        names = verbs["time"].value if isinstance(verbs["time"].value, list) else [verbs["time"]]
        if not names:
            self.mistakes.add(verbs["time"].line, "time names no column")
            return Value(lambda _: None, is_moment=True)
        parts = [self.value(each, is_moment=self._is_named_moment(each)) for each in names]
        shown = _shown(verbs["time"])
        if any(part.is_moment for part in parts):
            if len(parts) > 1 or "at" in verbs:
                self.mistakes.add(
                    verbs["time"].line, "a time that has a name is whole: nothing can be put to it but plus"
                )
            get = parts[0].get
        else:
            at = self._durations(verbs["at"], TIME_OF_DAY) if "at" in verbs else None
            get = moment_of(Value(joined(parts, " ", whole=True)), form, at, shown, bound)
        for verb, sign in (("plus", 1), ("minus", -1)):
            if verb in verbs:
                get = moved(get, self._durations(verbs[verb]), sign)
        return Value(get, is_moment=True)

    def _bound(self, verbs: dict[str, Node]) -> Value | None:
        """Compile ``fold: {not_before: ...}``: the time before which the one that is meant cannot be."""
        fold = verbs.get("fold")
        if fold is None or not isinstance(fold.value, dict):
            return None
        if [*fold.value] != ["not_before"]:
            self.mistakes.add(fold.line, f"fold is {', '.join(FOLDS)} or {{not_before: a time}}")
            return None
        return self.value(fold.value["not_before"], is_moment=True)

    def _is_named_moment(self, node: Node) -> bool:
        named = self.named.get(node.value) if isinstance(node.value, str) else None
        return named is not None and named.is_moment

    def _durations(self, node: Node, notation: str | None = None) -> Callable[[Scope], timedelta]:
        nodes = node.value if isinstance(node.value, list) else [node]
        parts = [self._duration(each, notation) for each in nodes]
        return lambda scope: sum((part(scope) for part in parts), timedelta())

    def _duration(self, node: Node, notation: str | None) -> Callable[[Scope], timedelta]:
        plain = node
        if isinstance(node.value, dict):
            verbs = dict(node.value)
            as_ = verbs.pop("as", None)
            if as_ is not None:
                notation = str(as_.value)
                if notation not in NOTATIONS:
                    self.mistakes.unknown(as_.line, "the notation", notation, NOTATIONS)
            plain = Node(verbs, node.line)
        return lasting(self.value(plain), notation, self.form.decimal, _shown(node))


def _shown(node: Node) -> str:
    """Return what a message calls a value: the columns it is made of."""
    if isinstance(node.value, list):
        return " and ".join(map(_shown, node.value))
    if isinstance(node.value, dict):
        base = next((node.value[verb] for verb in ("column", "time", "text") if verb in node.value), None)
        return "the value" if base is None else _shown(base)
    return str(node.value)
