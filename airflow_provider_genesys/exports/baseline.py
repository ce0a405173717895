"""What a task was told last, so that it is told of each change at least once, whoever else exports to the destination.

``told/<dag_id>/<task_id>[/<map_index>].json`` holds what the task *was told*, which the next run compares with, and
what runs *are telling*: Airflow takes in the success and the events of Assets together, after ``execute`` has returned,
and may yet fail the task. So a run only says what it tells, as the last thing that it does, and a later one that learns
from Airflow that it succeeded moves on what was told. What a run told that did not, or of which Airflow knows nothing,
is told again: twice is better than never. Killed at any point, a run moves nothing that did not arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field, ValidationError

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.manifest import Part, StrictModel, is_comparable, load
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.canonical import canonical

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.snapshot import Destination
    from airflow_provider_genesys.files.storage import StoragePath

Arrived: TypeAlias = Callable[[Collection[str]], Collection[str]]
"""Takes names of task instances and returns those whose telling has certainly reached Airflow."""


def nobody_knows(runs: Collection[str]) -> Collection[str]:  # noqa: ARG001 - an ``Arrived``
    """Return none: there is nobody to ask."""
    return ()


class Telling(StrictModel):
    """What a run tells.

    :param told: name of the snapshot up to which it tells of each resource.
    :param seen: what the task had been told when the run began.
    """

    told: dict[str, str]
    seen: dict[str, str | None]


class Told(StrictModel):
    """What the file says.

    :param format: how it is written.
    :param told: name of the snapshot that the task was told of each resource up to; ``None`` where it was told nothing
        yet and there was nothing to compare with.
    :param telling: by name of the task instance, what may have been told since.
    """

    format: Literal[1] = 1
    told: dict[str, str | None] = Field(default_factory=dict)
    telling: dict[str, Telling] = Field(default_factory=dict)

    def moved_on(self, arrived: Iterable[Telling]) -> dict[str, str | None]:
        """Return what the task was told, with what has arrived since: forward only.

        A run that began when what was told was what it is now came after that, whatever the clocks of the workers say.
        Of runs at the same time, the one that began last has the last word.
        """
        told = dict(self.told)
        for telling in arrived:
            for name, snapshot in telling.told.items():
                held, moved = self.told.get(name), told.get(name)
                came_after = telling.seen.get(name) == held and moved == held
                if came_after or moved is None or snapshot > moved:
                    told[name] = snapshot
        return told


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
    """What a task was told last, as one run of it knows and changes it.

    In this order: :meth:`begin` before anything is read, :meth:`bases` and :meth:`settle` before anything is written,
    and :meth:`tell` at the end.

    :param destination: where the snapshots are.
    :param task: name of the task, as parts of a path; empty outside of Airflow, where nothing is remembered.
    :param run: name of the task instance.
    :param try_number: which try of it.
    :param arrived: tells which runs' tellings have arrived.
    """

    def __init__(
        self, destination: Destination, *, task: str, run: str, try_number: int, arrived: Arrived = nobody_knows
    ) -> None:
        self._destination = destination
        self._task = task
        self._run = run
        self._try_number = try_number
        self._asks = arrived
        self._there: Sequence[str] = ()  # the snapshots that were there when the run began
        self._found = Told()  # what the file said then
        self._arrived: frozenset[str] = frozenset()
        self._told: Mapping[str, str | None] = {}  # what the task had been told then
        self._anew: Collection[str] = ()  # resources compared with something that the task was not told

    def begin(self) -> None:
        """Find out what the task was told, before anything is read: what is read is then newer than that.

        The snapshots are listed first, so that one of a run of this task that began meanwhile is not taken for one that
        was told: such a run writes the file before its snapshot.

        :raises GenesysSourceError: the file is damaged.
        """
        self._there = self._destination.names()
        self._found = self._read()
        others = sorted(self._found.telling.keys() - {self._run})
        self._arrived = frozenset(self._asks(others)) if others else frozenset()
        self._told = self._found.moved_on(self._found.telling[run] for run in others if run in self._arrived)

    def bases(self, resources: Collection[str], *, before: str) -> Bases:
        """Find what to compare with: for each resource the snapshot that the task was told of last.

        A task that was told nothing yet compares with what there was when it first ran; one whose snapshot somebody
        removed, with the last there is (see :meth:`~airflow_provider_genesys.exports.snapshot.Destination.previous`).

        :param resources: names of what is to be compared.
        :param before: name of the snapshot that is being made.
        :raises GenesysSourceError: a manifest is damaged.
        """
        known = {name: base for name in resources if (base := self._told.get(name)) is not None}
        lost = [name for name, base in known.items() if base not in self._there]
        snapshots = {name: base for name, base in known.items() if base in self._there}
        manifests = {base: self._destination.manifest(base) for base in set(snapshots.values())}
        previous = max(manifests, default=None)
        is_first = not any(name in self._told for name in resources)
        self._anew = resources if is_first else lost
        if self._anew:
            among = [name for name in self._there if name < before]
            found = self._destination.previous(self._anew, among=among, run=self._run, try_number=self._try_number)
            if found:
                previous = max(found[0], previous or "")
                manifests[found[0]] = found[1]
                snapshots |= dict.fromkeys(self._anew, found[0])
        parts = {
            name: part for name, base in snapshots.items() if (part := manifests[base].resources.get(name)) is not None
        }
        return Bases(previous, {name: snapshots[name] for name in parts}, parts)

    def settle(self, bases: Bases) -> None:
        """Write down what is known to have been told, before the snapshot is made.

        Where the task was told nothing, that is what this run compares with: should it not arrive, the next one must
        not take the snapshot that is about to be made for something that was told. What a run that did not succeed was
        telling is forgotten.

        :param bases: what the run compares with.
        """
        was = self._read()
        told = was.moved_on(telling for run, telling in was.telling.items() if run in self._arrived)
        for name in self._anew:
            if told.get(name) == self._told.get(name):  # and no run at the same time knew better
                told[name] = _base(name, bases)
        telling = {run: each for run, each in was.telling.items() if self._found.telling.get(run) != each}
        self._write(was, Told(told=told, telling=telling))

    def tell(self, snapshot: str, parts: Mapping[str, Part]) -> None:
        """Say that this run tells what is in a snapshot, as far as that says what is configured.

        :param snapshot: name of the snapshot.
        :param parts: its resources.
        """
        was = self._read()
        telling = {**was.telling, self._run: self._telling(snapshot, parts, parts)}
        self._write(was, Told(told=was.told, telling=telling))

    def pass_over(self, snapshot: str, parts: Mapping[str, Part], only: Collection[str]) -> None:
        """Count some resources as told up to a snapshot, at once: what changed in them can be told to nobody.

        :param snapshot: name of the snapshot.
        :param parts: its resources.
        :param only: names of these.
        """
        was = self._read()
        self._write(was, was.model_copy(update={"told": was.moved_on([self._telling(snapshot, parts, only)])}))

    def _telling(self, snapshot: str, parts: Mapping[str, Part], only: Collection[str]) -> Telling:
        told = {name: snapshot for name, part in parts.items() if name in only and is_comparable(part)}
        return Telling(told=told, seen={name: self._told.get(name) for name in told})

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

    def _write(self, was: Told, now: Told) -> None:
        path = self._path()
        if path is not None and now != was:
            storage.replace(path, canonical(now.model_dump(mode="json")))


def _base(name: str, bases: Bases) -> str | None:
    """Return name of the snapshot that a resource can be compared with."""
    return bases.snapshots[name] if is_comparable(bases.parts.get(name)) else None
