"""The fields of which an interaction is made, as a mapping file may name them, and what compiles them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args

from airflow_provider_genesys.interactions import model
from airflow_provider_genesys.interactions.model import Leg, Span, Transfer, Wrap
from airflow_provider_genesys.interactions.scope import BadValueError, Scope
from airflow_provider_genesys.spelling import similar

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node
    from airflow_provider_genesys.interactions.mistakes import Mistakes
    from airflow_provider_genesys.interactions.values import Compiler

_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
TEXT, TIME, FLAG, TEXTS, _SPANS, _VERSION = "text", "time", "flag", "texts", "spans", "version"
Type: TypeAlias = str | tuple[str, ...]
INTERACTION: Mapping[str, Type] = {
    "id": TEXT,
    "conversation": TEXT,
    "version": _VERSION,
    "next": TEXT,
    "previous": TEXT,
    "direction": get_args(model.Direction),
    "medium": get_args(model.Medium),
    "started": TIME,
    "ended": TIME,
    "ended_by": get_args(model.EndedBy),
    "subject": TEXT,
    "tag": TEXT,
}
CUSTOMER: Mapping[str, Type] = {"address": TEXT, "name": TEXT, "answered": TIME}
SERVICE: Mapping[str, Type] = {"address": TEXT, "name": TEXT}
LEG: Mapping[str, Type] = {
    "kind": get_args(model.LegKind),
    "key": TEXT,
    "shared": FLAG,
    "started": TIME,
    "party": TEXT,
    "interaction": TEXT,
    "skills": TEXTS,
    "language": TEXT,
    "behalf_of": TEXT,
    "invited_by": TEXT,
    "answered": TIME,
    "ended": TIME,
    "outcome": get_args(model.Outcome),
    "holds": _SPANS,
    "muted": _SPANS,
    "recording": FLAG,
    "after_call_work": FLAG,
}
WRAP: Mapping[str, Type] = {"ended": TIME, "code": TEXT, "notes": TEXT, "tags": TEXTS}
TRANSFER: Mapping[str, Type] = {
    "kind": get_args(model.TransferKind),
    "target": get_args(model.TransferTarget),
    "to": TEXT,
    "at": TIME,
    "to_leg": TEXT,
    "joined": TIME,
    "done": TIME,
    "result": get_args(model.TransferResult),
}
_SPAN: Mapping[str, Type] = {"since": TIME, "until": TIME}
NEEDED = {
    "interaction": ("id", "direction", "started"),
    "leg": ("kind", "started"),
    "transfer": ("kind", "target"),
} | {"span": ("since",)}

_Word = TypeVar("_Word", bound=str)
Fields: TypeAlias = Callable[[Scope], dict[str, Any]]
LegMaker: TypeAlias = Callable[[Scope], Iterable[Leg]]


def members_of(
    mistakes: Mistakes,
    node: Node | None,
    known: Sequence[str] | Mapping[str, Any] | None,
    what: str,
    *,
    if_there: str = "",
) -> dict[str, Node]:
    """Return what is in a mapping, without what is unknown there.

    What is mistyped is noted, and taken for what was meant, so that nothing is missing because of it and what is in it
    is looked at too.

    :param if_there: name of the row of fields that it needs, if the mapping is there at all.
    """
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        mistakes.add(node.line, f"{what} must be a mapping of names to values")
        return {}
    found = {name: each for name, each in node.value.items() if known is None or name in known}
    for name, each in node.value.items():
        if known is not None and name not in known:
            mistakes.unknown(each.line, f"in {what} the name", name, known)
            found |= {meant: each for meant in similar(name, known) if meant not in found}
    for name in NEEDED.get(if_there, ()):
        if name not in found:
            mistakes.add(node.line, f"{what} needs {name}")
    return found


class Reader:
    """Reads the parts of a mapping file.

    :param mistakes: where what is wrong is noted.
    :param compiler: makes the values in them.
    """

    def __init__(self, mistakes: Mistakes, compiler: Compiler) -> None:
        self._mistakes = mistakes
        self._compiler = compiler

    def word(self, node: Node | None, words: Sequence[_Word], what: str) -> _Word:
        """Return one of some words, by default the first; what is mistyped is taken for what was meant."""
        word = words[0] if node is None else node.value
        if node is not None and word not in words:
            self._mistakes.unknown(node.line, what, str(word), words)
            word = next(iter(similar(str(word), words)), None)
        return next((each for each in words if each == word), words[0])

    def fields(self, members: Mapping[str, Node], types: Mapping[str, Type]) -> Fields:
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

    def _getter(self, node: Node, type_: Type) -> Callable[[Scope], Any]:
        if type_ == TEXTS:
            nodes = node.value if isinstance(node.value, list) else [node]
            texts = [self._compiler.value(each).get for each in nodes]
            return lambda scope: tuple(text for each in texts if (text := each(scope)) is not None) or None
        if type_ == _SPANS:
            nodes = node.value if isinstance(node.value, list) else [node]
            spans = [
                self.fields(members_of(self._mistakes, each, _SPAN, "a span", if_there="span"), _SPAN) for each in nodes
            ]
            return lambda scope: tuple(Span(**found) for each in spans if "since" in (found := each(scope))) or None
        if type_ == _VERSION:
            return self._version(node)
        if type_ == FLAG:
            flag = self._compiler.value(node)
            self._compiler.check_words([(word.casefold(), line) for word, line in flag.words], _FLAGS)
            return _flag(flag.get)
        choices = type_ if isinstance(type_, tuple) else ()
        return self._compiler.value(node, is_moment=type_ == TIME, choices=choices).get

    def _version(self, node: Node) -> Callable[[Scope], str | None]:
        """Compile a version, which is a text, or a time: then in UTC as ISO writes it, so that any two are in order."""
        if not self._compiler.is_time(node):
            return self._compiler.value(node).get
        get = self._compiler.value(node, is_moment=True).get

        def version(scope: Scope) -> str | None:
            found = get(scope)
            return None if found is None else str(found.isoformat())

        return version

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
        members = members_of(self._mistakes, node, (*LEG, "each", "when", "wrap", "left_by"), "a leg", if_there="leg")
        kind = members["kind"].value if "kind" in members else None
        if "key" not in members and twice.count(kind) > 1:
            self._mistakes.add(node.line, f"several legs are of kind {kind}: each needs a key, such as {{text: first}}")
        elif "key" not in members and "each" in members:
            self._mistakes.add(node.line, "a leg for each element of a list needs a key, which is the element's")
        each = self._compiler.each_of(members["each"]) if "each" in members else None
        condition = self._compiler.condition(members["when"]) if "when" in members else None
        fields = self.fields({name: each for name, each in members.items() if name in LEG}, LEG)
        wrap = self.part(members.get("wrap"), WRAP, "wrap", Wrap, ())
        left_by = self.part(members.get("left_by"), TRANSFER, "left_by", Transfer, ("at", "to"))

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
        self, node: Node | None, types: Mapping[str, Type], what: str, make: Callable[..., Any], needs: Sequence[str]
    ) -> Callable[[Scope], Any]:
        """Compile a part of a leg, which there is only where a record has something for it.

        :param needs: what it has to have for that; by default anything.
        """
        if node is None:
            return lambda _: None
        members = members_of(self._mistakes, node, (*types, "when"), what, if_there="transfer" if needs else "")
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
