"""What people write in YAML (or JSON, which is YAML too), with the line on which everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import yaml

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.files.refusals import named, visible_name
from airflow_provider_genesys.files.storage import StoragePath, read

_Path = tuple[str, ...]
_RESOLVED = frozenset({"tag:yaml.org,2002:merge", "tag:yaml.org,2002:null"})
_MOST_REPEATED = 10_000
_NAMES = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"})


class _Loader(yaml.SafeLoader):
    """Leaves plain words as they are written.

    In YAML 1.1 the locale ``no`` (Norwegian) is a boolean, and so are labels such as ``Off`` or ``Yes``; ``12:30`` is
    a number.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute, and it is not written to
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _RESOLVED]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of the list.

    :param value: the element; every plain word in it is text, but for ``null``.
    :param file: name of the file, without its folder, which may differ from worker to worker; empty for data.
    :param line: its line, counted from 1; for data its number in the list.
    :param lines: line of each key, by its path from the element, such as ``("labels", "de")``.
    :param mistakes: line, and what is wrong there.
    """

    value: Any
    file: str
    line: int
    lines: Mapping[_Path, int] = field(default_factory=dict)
    mistakes: Sequence[tuple[int, str]] = ()

    def line_of(self, path: _Path) -> int:
        """Return the line of a key, or of the innermost thing around it that is written anywhere."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)

    def place(self, line: int) -> str:
        """Return the name of a line."""
        return f"{self.file}, line {line}" if self.file else f"definition {line}"


class Pair(NamedTuple):
    """One key of a mapping and its value.

    :param key: every plain word is text, but for ``null``.
    :param value: as the key.
    :param line: the key's line, counted from 1.
    """

    key: Any
    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in a document, however deep it is.

    :param value: text (every plain word is), ``None``, a list of nodes or a mapping of names to nodes.
    :param line: its line, counted from 1; of what stands in a mapping, the line of its key.
    """

    value: str | list[Node] | dict[str, Node] | None
    line: int


def entries_of_list(values: Sequence[Any]) -> list[Entry]:
    """Return the elements of a list that was not read from a file."""
    return [Entry(value, file="", line=number) for number, value in enumerate(values, start=1)]


def entries_of_file(path: StoragePath, argument: str = "definitions") -> list[Entry]:
    """Read the list in a file.

    :param argument: what the file was given as, for messages.
    :raises GenesysSourceError: as :func:`read_text` does, and so are the others.
    :raises GenesysConfigError: it is not YAML, or not a list.
    """
    return entries_of_text(read_text(path, argument), path.name)


def entries_of_text(text: str, name: str, *, things: str = "definitions") -> list[Entry]:
    """Read the list in a text.

    :param text: YAML or JSON; nothing at all is an empty list.
    :param name: the text's name for messages.
    :param things: what it is a list of, for messages.
    :raises GenesysConfigError: it is not YAML, or not a list.
    """
    with _parsing(name):
        loader = _Loader(_without_tabs(text))
        root = _root_of(loader, name)
        if root is None:
            return []
        if not isinstance(root, yaml.SequenceNode):
            raise GenesysConfigError(f"{name}: is not a list of {things}, each beginning with a hyphen")
        # Making values unfolds merged mappings, whose keys may be written again: look for repeated keys before.
        mistakes = [tuple(chain.from_iterable(map(_repeated_keys, _mappings(node)))) for node in root.value]
        return [_entry(loader, node, name, wrong) for node, wrong in zip(root.value, mistakes, strict=True)]


def pairs_of_text(text: str, name: str) -> list[Pair]:
    """Read the mapping in a text.

    :param text: YAML or JSON; nothing at all is an empty mapping.
    :param name: the text's name for messages.
    :return: its keys and values in their order, also those of keys that are there twice.
    :raises GenesysConfigError: it is not YAML, or not a mapping.
    """
    with _parsing(name):
        loader = _Loader(_without_tabs(text))
        root = _root_of(loader, name)
        if root is None:
            return []
        if not isinstance(root, yaml.MappingNode):
            raise GenesysConfigError(f"{name}: is not a mapping of keys to values")
        return [
            Pair(loader.construct_document(key), loader.construct_document(value), key.start_mark.line + 1)
            for key, value in root.value
        ]


def mapping_of_text(text: str, name: str) -> dict[str, Any]:
    """Read the mapping in a text, whose keys are names of things, as those of the mappings in it are.

    :param text: YAML or JSON; nothing at all is an empty mapping.
    :param name: the text's name for messages.
    :return: the mapping; every plain word in it, ``0042``, ``No`` and ``on`` too, is text, but for ``null`` as a value.
    :raises GenesysConfigError: it is not YAML, or not a mapping, or it has a key twice, or one that is no text; the
        message lists all such keys, each with its line.
    """
    with _parsing(name):
        loader = _Loader(_without_tabs(text))
        root = _root_of(loader, name)
        if root is None:
            return {}
        if not isinstance(root, yaml.MappingNode):
            raise GenesysConfigError(f"{name}: is not a mapping of keys to values")
        found = ([*_keys_without_text(each), *_repeated_keys(each)] for each in _mappings(root))
        if mistakes := sorted(chain.from_iterable(found)):
            raise GenesysConfigError("; ".join(f"{name}, line {line}: {mistake}" for line, mistake in mistakes))
        mapping: dict[str, Any] = loader.construct_document(root)
        return mapping


def tree_of_text(text: str, name: str) -> tuple[Node, list[tuple[int, str]]]:
    """Read a whole document with the line of everything in it.

    :param text: YAML or JSON; nothing at all is an empty mapping.
    :param name: the text's name for messages.
    :return: the document, and line and words of each key that is there twice or is no text.
    :raises GenesysConfigError: it is not YAML.
    """
    with _parsing(name):
        loader = _Loader(_without_tabs(text))
        root = _root_of(loader, name)
        if root is None:
            return Node({}, 1), []
        mistakes: list[tuple[int, str]] = []
        return _node(loader, root, root.start_mark.line + 1, mistakes), sorted(set(mistakes))


def _root_of(loader: _Loader, name: str) -> yaml.Node | None:
    """Return what a document is made of; nothing that is short stands for more than anybody could read.

    :raises GenesysConfigError: its aliases repeat more than 10,000 values, as of lists in lists of the same.
    """
    root: yaml.Node | None = loader.get_single_node()
    sizes: dict[int, int] = {}
    if root is not None and _size(root, sizes) - len(sizes) > _MOST_REPEATED:
        raise GenesysConfigError(f"{name}: its aliases (*name) repeat more than {_MOST_REPEATED:,} values")
    return root


def _size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Return how many values there are in one, each as often as aliases repeat it."""
    if id(node) not in sizes:
        sizes[id(node)] = 0  # as long as it is looked at: what is in itself is told as nested too deeply
        within = chain.from_iterable(node.value) if isinstance(node, yaml.MappingNode) else node.value
        inner = () if isinstance(node, yaml.ScalarNode) else within
        sizes[id(node)] = 1 + sum(_size(each, sizes) for each in inner)
    return sizes[id(node)]


def _node(loader: _Loader, node: yaml.Node, line: int, mistakes: list[tuple[int, str]]) -> Node:
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(loader, each, each.start_mark.line + 1, mistakes) for each in node.value], line)
    if not isinstance(node, yaml.MappingNode):
        return Node(loader.construct_object(node), line)
    mistakes += [*_keys_without_text(node), *_repeated_keys(node)]
    loader.flatten_mapping(node)
    members = {
        str(key.value): _node(loader, each, key.start_mark.line + 1, mistakes)
        for key, each in node.value
        if isinstance(key, yaml.ScalarNode)
    }
    return Node(members, line)


def read_text(path: StoragePath, argument: str = "the file") -> str:
    """Read a file of text.

    :param argument: what the file was given as, for messages.
    :return: its text, without the byte order mark that some programs begin one with.
    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: it may not be read; or ``GenesysStorageError``, where it may be another time.
    """
    with named(argument, path):
        try:
            data = read(path)
        except (IsADirectoryError, NotADirectoryError):
            data = None
    if data is None:
        raise GenesysSourceError("there is no such file", file=visible_name(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GenesysSourceError("is not UTF-8 text", file=path.name, line=line) from error


def _without_tabs(text: str) -> str:
    """Return JSON without the tabs that may stand between its values, which YAML does not allow; in texts none may."""
    return text.replace("\t", " ") if text.lstrip().startswith(("[", "{")) else text


@contextmanager
def _parsing(name: str) -> Iterator[None]:
    """Tell what is wrong with a text that is not YAML."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}, line {mark.line + 1}" if mark else name
        hint = '; write "*" in quotes' if error.context == "while scanning an alias" else ""
        raise GenesysConfigError(f"{place}: is not YAML: {error.problem or error.context}{hint}") from error
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise GenesysConfigError(f"{name}: is not YAML: {error}") from error
    except RecursionError as error:
        raise GenesysConfigError(f"{name}: is nested too deeply") from error


def _entry(loader: _Loader, node: yaml.Node, file: str, mistakes: Sequence[tuple[int, str]]) -> Entry:
    value = loader.construct_document(node)
    return Entry(value, file, node.start_mark.line + 1, dict(_lines(node)), mistakes)


def _repeated_keys(mapping: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    """Find keys that a mapping has twice; YAML itself would let the last one win."""
    seen: set[str] = set()
    for key, _ in mapping.value:
        name = str(key.value)
        if name in seen:
            yield key.start_mark.line + 1, f"the key {name!r} is there twice"
        seen.add(name)


def _keys_without_text(mapping: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    """Find keys such as ``null``, which are no names unless they are in quotes."""
    for key, _ in mapping.value:
        if key.tag not in _NAMES:
            written = repr(key.value) if isinstance(key, yaml.ScalarNode) and key.value else "here"
            yield key.start_mark.line + 1, f"the key {written} is no text; write it in quotes if it is a name"


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Return an element and the mappings that are values in it; nothing deeper belongs into a definition."""
    if isinstance(node, yaml.MappingNode):
        yield node
        yield from (value for _, value in node.value if isinstance(value, yaml.MappingNode))


def _lines(node: yaml.Node) -> Iterator[tuple[_Path, int]]:
    """Return the line of every key of an element and of the mappings in it."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        yield (str(key.value),), key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            yield from (((str(key.value), str(inner.value)), inner.start_mark.line + 1) for inner, _ in value.value)
