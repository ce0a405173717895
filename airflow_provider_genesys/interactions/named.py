"""Names of queues, agents, codes, skills and languages that a mapping file says itself, whatever the records hold.

They are what can be held against a directory before there is a record: the texts of a table such as ``{Y: resolved}``,
and those that stand for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.files.documents import Node, tree_of_text
from airflow_provider_genesys.interactions.extending import extended
from airflow_provider_genesys.interactions.mapping_file import SHIPPED
from airflow_provider_genesys.interactions.mistakes import Mistakes

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTIES = {"queue": "queues", "agent": "users"}
_OF_LEGS = {"behalf_of": "queues", "skills": "skills", "language": "languages"}


class Named(NamedTuple):
    """A name in a mapping file.

    :param section: of the directory that has it, such as ``queues``.
    :param name: the name.
    :param place: where it stands.
    """

    section: str
    name: str
    place: str


def names_of_text(text: str, file: str) -> list[Named]:
    """Return the names in a mapping, each once.

    :param text: of the mapping; what is wrong with it is for who reads it as one.
    :param file: its name.
    :raises GenesysConfigError: it is no YAML.
    """
    root, _ = tree_of_text(text, file)
    parts = _members(extended(root, SHIPPED, Mistakes(file)).root)
    values = _members(parts.get("values"))
    found: dict[tuple[str, str], Named] = {}
    for section, node in _fields(parts.get("legs")):
        for name, line in _texts(node, values):
            found.setdefault((section, name), Named(section, name, f"{file}, line {line}"))
    return [*found.values()]


def _fields(legs: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield what names something, with the section that it is of."""
    for leg in _elements(legs):
        members = _members(leg)
        transfer = _members(members.get("left_by"))
        kind, target = (_word(each) for each in (members.get("kind"), transfer.get("target")))
        named: Iterable[tuple[str | None, Node | None]] = [
            (_PARTIES.get(kind), members.get("party")),
            *((section, members.get(field)) for field, section in _OF_LEGS.items()),
            ("wrap_up_codes", _members(members.get("wrap")).get("code")),
            (_PARTIES.get(target), transfer.get("to")),
        ]
        yield from ((section, node) for section, node in named if section is not None and node is not None)


def _texts(node: Node, values: Mapping[str, Node]) -> Iterator[tuple[str, int]]:
    """Yield the texts that a value may come to without a record's saying so, each with its line."""
    if isinstance(node.value, list):
        for each in node.value:
            yield from _texts(each, values)
    elif isinstance(node.value, dict):
        verbs = node.value
        table = _members(verbs.get("table"))
        said = [*table.values(), *(verbs[verb] for verb in ("text", "otherwise") if verb in verbs)]
        yield from ((each.value, each.line) for each in said if isinstance(each.value, str))
        if not table and "column" in verbs:
            yield from _texts(verbs["column"], values)
    elif node.value is not None and node.value in values:
        rest = {name: value for name, value in values.items() if name != node.value}
        yield from _texts(values[node.value], rest)


def _members(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _elements(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _word(node: Node | None) -> Any:
    return None if node is None or isinstance(node.value, list | dict) else node.value
