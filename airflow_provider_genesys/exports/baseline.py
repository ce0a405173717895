"""What a task was told last, so that it is told of each change once, whoever else exports to the same destination.

``told/<dag_id>/<task_id>[/<map_index>].json`` is moved on when all is told, as the last thing that a task does. Killed
before, its retry tells the same; killed after, too, for the file also says what its own run compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationError

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.manifest import Part, StrictModel, is_comparable, load
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.canonical import canonical

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.snapshot import Destination
    from airflow_provider_genesys.files.storage import StoragePath


class Told(StrictModel):
    """What the file says.

    :param format: how it is written.
    :param run: name of the task instance that was told last.
    :param told: name of the snapshot that each resource was told of up to.
    :param before: the same before that run; ``None`` where it was told nothing.
    """

    format: Literal[1] = 1
    run: str = ""
    told: dict[str, str] = Field(default_factory=dict)
    before: dict[str, str | None] = Field(default_factory=dict)

    def base(self, resource: str, run: str) -> str | None:
        """Return name of the snapshot that a run compares a resource with: a retry, with the same as its first try."""
        if run == self.run and resource in self.before:
            return self.before[resource]
        return self.told.get(resource)


@dataclass(frozen=True, slots=True)
class Bases:
    """What a snapshot is compared with.

    :param previous: name of the newest of the snapshots; ``None`` if there is none.
    :param snapshots: names of the snapshots by resource, of those in which it is.
    :param parts: by resource, what these say of it.
    """

    previous: str | None = None
    snapshots: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)


class Memory:
    """What a task was told last.

    :param destination: where the snapshots are.
    :param task: name of the task, as parts of a path; empty outside of Airflow, where nothing is remembered.
    :param run: name of the task instance.
    :param try_number: which try of it.
    """

    def __init__(self, destination: Destination, *, task: str, run: str, try_number: int) -> None:
        self._destination = destination
        self._task = task
        self._run = run
        self._try_number = try_number
        self._seen: Mapping[str, str] = {}  # what was told when the bases were looked up

    def bases(self, resources: Collection[str], *, before: str) -> Bases:
        """Find what to compare with: for each resource the snapshot that the task was told of last.

        A task that was told nothing yet, and one whose snapshot somebody removed, compares with the last snapshot that
        there is (see :meth:`~airflow_provider_genesys.exports.snapshot.Destination.previous`).

        :param resources: names of what is to be compared.
        :param before: name of the snapshot that is being made.
        :raises GenesysSourceError: a manifest or the file is damaged.
        """
        told = self._read()
        self._seen = told.told
        known = {name: base for name in resources if (base := told.base(name, self._run)) is not None}
        there = set(self._destination.names()) if known else set()
        lost = [name for name, base in known.items() if base not in there]
        snapshots = {name: base for name, base in known.items() if base in there}
        manifests = {base: self._destination.manifest(base) for base in set(snapshots.values())}
        previous = max(manifests, default=None)
        if lost or not known:
            found = self._destination.previous(
                lost or resources, before=before, run=self._run, try_number=self._try_number
            )
            if found:
                previous = max(found[0], previous or "")
                manifests[found[0]] = found[1]
                snapshots |= dict.fromkeys(lost or resources, found[0])
        parts = {
            name: part for name, base in snapshots.items() if (part := manifests[base].resources.get(name)) is not None
        }
        return Bases(previous, {name: snapshots[name] for name in parts}, parts)

    def advance(
        self, snapshot: str, parts: Mapping[str, Part], bases: Bases, *, only: Collection[str] | None = None
    ) -> None:
        """Remember that the task was told what is in a snapshot, as far as that says what is configured.

        :param snapshot: name of the snapshot.
        :param parts: its resources.
        :param bases: what they were compared with.
        :param only: names of resources; all others were not told.
        """
        path = self._path()
        if path is None:
            return
        was = self._read()
        told, before = dict(was.told), dict(was.before) if was.run == self._run else {}
        for name, part in parts.items():
            base = bases.snapshots[name] if is_comparable(bases.parts.get(name)) else None
            if only is None or name in only:
                before[name] = base
                if is_comparable(part):
                    held = told.get(name)
                    moved = held is not None and held != self._seen.get(name)  # by another run, meanwhile
                    told[name] = max(snapshot, held) if held is not None and moved else snapshot
            elif base is not None:
                told.setdefault(name, base)
        now = Told(run=self._run, told=told, before=before)
        storage.replace(path, canonical(now.model_dump(mode="json")))

    def _path(self) -> StoragePath | None:
        return self._destination.root / "told" / f"{self._task}.json" if self._task else None

    def _read(self) -> Told:
        path = self._path()
        data = storage.read(path) if path is not None else None
        if data is None:
            return Told()
        try:
            return Told.model_validate(load(data, file=str(path)))
        except ValidationError as error:
            raise GenesysSourceError("it is damaged: it does not say what was told", file=str(path)) from error
