"""What is different between two snapshots: added, removed, and modified field by field.

Only what was read whole on both sides is compared. That a resource is gone is one change and not the removal of all
that was in it, and of what could not be read whole nothing is said but that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.manifest import is_comparable
from airflow_provider_genesys.files.canonical import canonical, pointer

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.manifest import Entry, Part

Comparison = Literal["compared", "first", "state_changed", "not_comparable", "damaged"]
ReadObjects: TypeAlias = Callable[[Sequence[str]], Iterable[Any]]
"""Returns what the objects of these digests hold, in their order."""


class _Nothing:
    """Stands where a field is not there, which is not the same as ``null``."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is different.

    :param path: keys and indices that lead to it.
    :param before: its value, or ``NOTHING``.
    :param after: the same now.
    """

    path: tuple[str | int, ...]
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: the path as a JSON pointer, and no ``before`` or ``after`` where there is nothing."""
        sides = {"before": self.before, "after": self.after}
        return {"path": pointer(self.path)} | {name: value for name, value in sides.items() if value is not NOTHING}


@dataclass(frozen=True, slots=True)
class Modified:
    """An entity that is different.

    :param before: how it was.
    :param after: how it is.
    :param fields: the differences; empty where nobody asked for them.
    """

    before: Entry
    after: Entry
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceDiff:
    """What is different in a resource.

    :param state: its state now.
    :param was: its state before; ``None`` if it was not in that snapshot.
    :param comparison: ``compared``; ``first``, where there is no snapshot before; ``state_changed`` between exported,
        gone and absent; ``not_comparable``; or ``damaged``, where a file of the snapshot before is.
    :param reason: why it could not be compared.
    :param added: entities that are new; where there was no snapshot before, all.
    :param removed: entities that are no more.
    :param modified: entities that are different.
    """

    state: str
    was: str | None
    comparison: Comparison
    reason: str = ""
    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    modified: tuple[Modified, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What is different.

    :param previous: name of the snapshot before; ``None`` if there is none.
    :param resources: by name.
    :param bases: by name, the snapshots that those were compared with that were compared with another.
    """

    previous: str | None
    resources: Mapping[str, ResourceDiff] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)

    @property
    def added(self) -> int:
        """How many entities are new."""
        return sum(len(one.added) for one in self.resources.values())

    @property
    def removed(self) -> int:
        """How many entities are no more."""
        return sum(len(one.removed) for one in self.resources.values())

    @property
    def modified(self) -> int:
        """How many entities are different."""
        return sum(len(one.modified) for one in self.resources.values())

    @property
    def state_changes(self) -> tuple[str, ...]:
        """The resources that are now in another of the states exported, gone and absent, each with both."""
        return tuple(
            f"{name}: {one.was} → {one.state}"
            for name, one in self.resources.items()
            if one.comparison == "state_changed"
        )

    @property
    def changed(self) -> bool:
        """Whether what is configured is different, as far as it could be compared.

        What a damaged file of the snapshot before hides is different: only of entities that are, files are read.
        """
        return bool(self.added or self.removed or self.modified or self.state_changes or self._hides_changes)

    @property
    def is_news(self) -> bool:
        """Whether there is something to tell: a change, or that a resource is no longer, or once more, comparable."""
        return self.changed or any(one.state != one.was for one in self.resources.values())

    @property
    def _hides_changes(self) -> bool:
        return any(one.comparison == "damaged" for one in self.resources.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "format": 1,
            "previous": self.previous,
            "bases": dict(self.bases),
            "changed": self.changed,
            "added": self.added,
            "removed": self.removed,
            "modified": self.modified,
            "resources": {name: _resource_json(one) for name, one in self.resources.items()},
        }


def compare(
    previous: str | None,
    before: Mapping[str, Part],
    after: Mapping[str, Part],
    *,
    bases: Mapping[str, str] = MappingProxyType({}),
) -> Diff:
    """Compare two snapshots by the digests of their entities, reading none of these.

    :param previous: name of the one before; ``None`` if there is none.
    :param before: its resources.
    :param after: the resources now.
    :param bases: by resource, names of the snapshots before, where there are several, of which ``previous`` is one.
    """
    if previous is None:
        return Diff(None, {name: _first(part) for name, part in after.items()})
    others = {name: base for name, base in bases.items() if base != previous}
    return Diff(previous, {name: _compare(before.get(name), part) for name, part in after.items()}, others)


def explained(diff: Diff, read_before: ReadObjects, read_after: ReadObjects) -> Diff:
    """Return a diff with the fields that are different.

    A resource of which something cannot be read as it was becomes ``damaged``.

    :param diff: the diff.
    :param read_before: reads entities as they were; or raises ``GenesysSourceError``, then or while they are taken.
    :param read_after: reads entities as they are; what it raises is raised.
    """
    return replace(
        diff, resources={name: _explained(one, read_before, read_after) for name, one in diff.resources.items()}
    )


def changes(before: Any, after: Any, path: tuple[str | int, ...] = ()) -> Iterator[FieldChange]:
    """Yield what is different between two JSON values, in the order of the keys.

    Lists of the same length are compared item by item, others as a whole: which item is which, nobody can know.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from changes(before.get(key, NOTHING), after.get(key, NOTHING), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changes(old, new, (*path, index))
    elif not _same(before, after):
        yield FieldChange(path, before, after)


def _same(before: Any, after: Any) -> bool:
    """Tell whether two values are the same JSON; to Python, ``1`` and ``true`` are equal."""
    if before is NOTHING or after is NOTHING:
        return before is after
    return canonical(before) == canonical(after)


def _first(part: Part) -> ResourceDiff:
    return ResourceDiff(part.state, None, "first", added=tuple(part.entities))


def _compare(before: Part | None, after: Part) -> ResourceDiff:
    if before is None:
        return ResourceDiff(after.state, None, "not_comparable", "it is not in the snapshot before")
    unseen = [f"{when} {part.state}" for when, part in (("was", before), ("is", after)) if not is_comparable(part)]
    if unseen:
        return ResourceDiff(after.state, before.state, "not_comparable", f"it {' and '.join(unseen)}")
    if before.state != after.state:
        return ResourceDiff(after.state, before.state, "state_changed")
    old = {entry.id: entry for entry in before.entities}
    new = {entry.id: entry for entry in after.entities}
    return ResourceDiff(
        after.state,
        before.state,
        "compared",
        added=tuple(entry for key, entry in new.items() if key not in old),
        removed=tuple(entry for key, entry in old.items() if key not in new),
        modified=tuple(
            Modified(old[key], entry) for key, entry in new.items() if key in old and entry.object != old[key].object
        ),
    )


def _explained(one: ResourceDiff, read_before: ReadObjects, read_after: ReadObjects) -> ResourceDiff:
    try:
        before = [*read_before([each.before.object for each in one.modified])]
    except GenesysSourceError as error:
        return ResourceDiff(one.state, one.was, "damaged", f"the snapshot before is damaged: {error}")
    after = read_after([each.after.object for each in one.modified])
    modified = tuple(
        replace(each, fields=tuple(changes(was, now)))
        for each, was, now in zip(one.modified, before, after, strict=True)
    )
    return replace(one, modified=modified)


def _resource_json(one: ResourceDiff) -> dict[str, Any]:
    return {
        "state": one.state,
        "was": one.was,
        "comparison": one.comparison,
        "reason": one.reason,
        "added": [_named(entry) for entry in one.added],
        "removed": [_named(entry) for entry in one.removed],
        "modified": [
            {**_named(each.after), "before": each.before.object, "fields": [change.as_json() for change in each.fields]}
            for each in one.modified
        ],
    }


def _named(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "name": entry.name, "object": entry.object}
