"""What a task compares with, so that each change is reported at least once, whoever else exports to the destination.

``baselines/<dag_id>/<task_id>[/<map_index>].json`` holds, by resource, the *baseline*: the snapshot up to which
the task's changes were reported, and with which its next run compares; and the *reports* of runs of which it is not yet
known whether they arrived. Airflow takes in the success and the events of Assets together, after ``execute`` has
returned, and may yet fail the task. So a run only notes what it reports, as the last thing that it does, and a later
one that learns from Airflow that it succeeded moves the baseline. What a run reported that did not, or of which Airflow
knows nothing, is reported again: twice is better than never. Killed at any point, a run moves nothing that did not
arrive.
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
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.snapshot import Destination
    from airflow_provider_genesys.files.storage import StoragePath

Arrived: TypeAlias = Callable[[Collection[str]], Collection[str]]
"""Takes names of task instances and returns those whose report has certainly reached Airflow."""


def nobody_knows(runs: Collection[str]) -> Collection[str]:  # noqa: ARG001 - an ``Arrived``
    """Return none: there is nobody to ask."""
    return ()


class Report(StrictModel):
    """What a run reports.

    :param up_to: name of the snapshot up to which it reports changes, by resource.
    :param since: the baseline when the run began.
    """

    up_to: dict[str, str]
    since: dict[str, str | None]


class Baseline(StrictModel):
    """What the file says.

    :param format: how it is written.
    :param snapshots: by resource, name of the snapshot up to which changes were reported; ``None`` where none were yet
        and there was nothing to compare with.
    :param reports: by name of the task instance, what may have been reported since.
    """

    format: Literal[1] = 1
    snapshots: dict[str, str | None] = Field(default_factory=dict)
    reports: dict[str, Report] = Field(default_factory=dict)

    def moved_on(self, arrived: Iterable[Report]) -> dict[str, str | None]:
        """Return the snapshots with what has arrived since: forward only.

        A run that began with the baseline that is there now came after that, whatever the clocks of the workers say.
        Of runs at the same time, the one that began last has the last word.
        """
        snapshots = dict(self.snapshots)
        for report in arrived:
            for name, snapshot in report.up_to.items():
                held, moved = self.snapshots.get(name), snapshots.get(name)
                came_after = report.since.get(name) == held and moved == held
                if came_after or moved is None or snapshot > moved:
                    snapshots[name] = snapshot
        return snapshots


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


class BaselineStore:
    """The baseline of a task, as one run of it knows and changes it.

    In this order: :meth:`begin` before anything is read, :meth:`bases` and :meth:`settle` before anything is written,
    and :meth:`mark_reported` at the end.

    :param destination: where the snapshots are.
    :param task: name of the task, as parts of a path; empty outside of Airflow, where no baseline is kept.
    :param run: name of the task instance.
    :param try_number: which try of it.
    :param arrived: tells which runs' reports have arrived.
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
        self._found = Baseline()  # what the file said then
        self._arrived: frozenset[str] = frozenset()
        self._since: Mapping[str, str | None] = {}  # up to what had been reported then
        self._anew: Collection[str] = ()  # resources compared with something up to which nothing was reported

    def begin(self) -> None:
        """Find the baseline, before anything is read: what is read is then newer than that.

        The snapshots are listed first, so that one of a run of this task that began meanwhile is not taken for one that
        was reported: such a run writes the file before its snapshot.

        :raises GenesysSourceError: the file is damaged.
        """
        self._there = self._destination.names()
        self._found = self._read()
        others = sorted(self._found.reports.keys() - {self._run})
        self._arrived = frozenset(self._asks(others)) if others else frozenset()
        self._since = self._found.moved_on(self._found.reports[run] for run in others if run in self._arrived)

    def bases(self, resources: Collection[str], *, before: str) -> Bases:
        """Find what to compare with: for each resource the snapshot up to which changes were reported.

        A task that has reported nothing yet compares with what there was when it first ran; one whose snapshot somebody
        removed, with the last there is (see :meth:`~airflow_provider_genesys.exports.snapshot.Destination.previous`).

        :param resources: names of what is to be compared.
        :param before: name of the snapshot that is being made.
        :raises GenesysSourceError: a manifest is damaged.
        """
        known = {name: base for name in resources if (base := self._since.get(name)) is not None}
        there = {base for base in set(known.values()) if base in self._there or self._destination.has(base)}
        lost = [name for name, base in known.items() if base not in there]
        snapshots = {name: base for name, base in known.items() if base in there}
        manifests = {base: self._destination.manifest(base) for base in set(snapshots.values())}
        previous = max(manifests, default=None)
        is_first = not any(name in self._since for name in resources)
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
        """Write down what is known to have been reported, before the snapshot is made.

        Where the task has reported nothing, that is what this run compares with: should its report not arrive, the next
        one must not take the snapshot that is about to be made for something reported. What a run that did not succeed
        reported is forgotten.

        :param bases: what the run compares with.
        """
        was = self._read()
        snapshots = was.moved_on(report for run, report in was.reports.items() if run in self._arrived)
        for name in self._anew:
            if snapshots.get(name) == self._since.get(name):  # and no run at the same time knew better
                snapshots[name] = _base(name, bases)
        reports = {run: each for run, each in was.reports.items() if self._found.reports.get(run) != each}
        self._write(was, Baseline(snapshots=snapshots, reports=reports))

    def mark_reported(self, snapshot: str, parts: Mapping[str, Part]) -> None:
        """Note that this run reports what is in a snapshot, as far as that says what is configured.

        :param snapshot: name of the snapshot.
        :param parts: its resources.
        """
        was = self._read()
        reports = {**was.reports, self._run: self._report(snapshot, parts, parts)}
        self._write(was, Baseline(snapshots=was.snapshots, reports=reports))

    def pass_over(self, snapshot: str, parts: Mapping[str, Part], only: Collection[str]) -> None:
        """Move the baseline of some resources at once: what changed in them can be reported to nobody.

        :param snapshot: name of the snapshot.
        :param parts: its resources.
        :param only: names of these.
        """
        was = self._read()
        self._write(was, was.model_copy(update={"snapshots": was.moved_on([self._report(snapshot, parts, only)])}))

    def _report(self, snapshot: str, parts: Mapping[str, Part], only: Collection[str]) -> Report:
        up_to = {name: snapshot for name, part in parts.items() if name in only and is_comparable(part)}
        return Report(up_to=up_to, since={name: self._since.get(name) for name in up_to})

    def _path(self) -> StoragePath | None:
        return self._destination.root / "baselines" / f"{self._task}.json" if self._task else None

    def _read(self) -> Baseline:
        path = self._path()
        data = storage.read(path) if path is not None else None
        if data is None:
            return Baseline()
        try:
            return Baseline.model_validate(load(data, file=visible_path(path)))
        except ValidationError as error:
            raise GenesysSourceError("it is damaged: it is no baseline", file=visible_path(path)) from error

    def _write(self, was: Baseline, now: Baseline) -> None:
        path = self._path()
        if path is not None and now != was:
            storage.replace(path, canonical(now.model_dump(mode="json")))


def _base(name: str, bases: Bases) -> str | None:
    """Return name of the snapshot that a resource can be compared with."""
    return bases.snapshots[name] if is_comparable(bases.parts.get(name)) else None
