"""A mapping file of a few lines: all else is as in one that comes with the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from airflow_provider_genesys.files.documents import Node, tree_of_text
from airflow_provider_genesys.spelling import similar

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.interactions.mistakes import Mistakes

PARTS = ("extends", "reads", "times", "record", "values", "interaction", "legs", "happenings", "state", "presence_map")
"""What a mapping file may have."""


class Extended(NamedTuple):
    """A mapping with what it takes over.

    :param rules: the presence map that comes after its own, where it has one itself.
    :param is_extended: whether it takes over anything.
    :param own_values: names of the values that are its own.
    """

    root: Node
    rules: Node | None
    is_extended: bool
    own_values: frozenset[str]


def extended(root: Node, folder: Path, mistakes: Mistakes) -> Extended:
    """Return a mapping with what it takes over from the one that its ``extends`` names, if it has that.

    Of each part, a name that it has itself takes the place of the same name there; ``legs`` are taken as a whole, and
    the rules of its ``presence_map`` come before those there.

    :param root: the mapping.
    :param folder: where those files are that may be named.
    :raises GenesysConfigError: there is no such file, and none that may be meant: then all else would be wrong.
    """
    if not isinstance(root.value, dict):
        return Extended(root, None, is_extended=False, own_values=frozenset())
    values = root.value.get("values")
    own_values = frozenset(values.value if values is not None and isinstance(values.value, dict) else ())
    key = next((each for each in root.value if each == "extends" or _means_extends(each)), None)
    if key is None:
        return Extended(root, None, is_extended=False, own_values=own_values)
    own = dict(root.value)
    name = own.pop(key)
    if key != "extends":
        mistakes.unknown(name.line, "in the mapping the name", key, PARTS)
    known = sorted(each.stem for each in folder.glob("*.yaml"))
    shown = name.value if isinstance(name.value, str) else ""
    if shown not in known:
        mistakes.unknown(name.line, "the mapping", shown, known)
        if not similar(shown, known):
            mistakes.raise_all()
        shown = similar(shown, known)[0]
    file = folder / f"{shown}.yaml"
    # A mistake in what is taken over comes of taking it over: its line is that of extends.
    theirs = _on_line(tree_of_text(file.read_text("utf-8"), file.name)[0], name.line).value
    taken: dict[str, Node] = theirs if isinstance(theirs, dict) else {}
    merged = {**taken, **{part: _merged(taken.get(part), node) for part, node in own.items()}}
    rules = taken.get("presence_map") if "presence_map" in own else None
    return Extended(Node(merged, root.line), rules, is_extended=True, own_values=own_values)


def _means_extends(name: str) -> bool:
    return name not in PARTS and similar(name, PARTS) == ["extends"]


def _merged(taken: Node | None, own: Node) -> Node:
    if taken is None or not isinstance(taken.value, dict) or not isinstance(own.value, dict):
        return own
    return Node({**taken.value, **own.value}, own.line)


def _on_line(node: Node, line: int) -> Node:
    """Return a node, and all that is in it, as if it stood on one line."""
    if isinstance(node.value, dict):
        return Node({name: _on_line(each, line) for name, each in node.value.items()}, line)
    if isinstance(node.value, list):
        return Node([_on_line(each, line) for each in node.value], line)
    return Node(node.value, line)
