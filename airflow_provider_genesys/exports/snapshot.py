"""Snapshots at a destination: written so that each is complete or absent, and believed only as far as digests go.

::

    objects/<sha256>.json                                what is configured, each entity once for each content it had
    diffs/<snapshot>.json, diffs/<snapshot>.md           what is different from the snapshot before
    snapshots/<UTC time of the start>-<4 digits>.json    the manifests
    latest.json                                          the newest one's name
    baselines/<dag_id>/<task_id>.json                    what a task compares with, see exports.baseline

A snapshot is there when its manifest is, which is written when all it refers to is: killed before, it left objects that
the next one uses or nobody, and nothing refers to. Files are written whole or not at all, and none but ``latest.json``
and what is below ``baselines`` is ever written anew with other content, so that runs may overlap.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.exports.manifest import NAME, Latest, Manifest, is_comparable
from airflow_provider_genesys.files import side_by_side, storage
from airflow_provider_genesys.files.canonical import digest
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

_LOOK_BACK: Final = 20
"""How many snapshots at most are read to find the one to compare with."""
_ADVANCES: Final = 100
"""How often at most ``latest.json`` is written anew because another run was faster."""


class Destination:
    """A folder of snapshots.

    :param root: the folder, on any store; it need not exist.
    """

    def __init__(self, root: StoragePath) -> None:
        self.root = root
        self._objects = root / "objects"
        self._snapshots = root / "snapshots"
        self._diffs = root / "diffs"
        self.latest_path = root / "latest.json"

    def names(self) -> list[str]:
        """Return the names of all complete snapshots, the newest last."""
        found = (name.removesuffix(".json") for name in storage.list_names(self._snapshots, "*.json"))
        return [name for name in found if NAME.fullmatch(name)]

    def has(self, name: str) -> bool:
        """Tell whether a snapshot is there, also where a store lists what was written a moment later."""
        return storage.kind_of(self.path(name)) == "file"

    def path(self, name: str) -> StoragePath:
        """Return the path of a snapshot's manifest."""
        return self._snapshots / f"{name}.json"

    def diff_path(self, name: str, kind: str) -> StoragePath:
        """Return the path of the comparison that is kept with a snapshot: its ``json`` or its ``md``."""
        return self._diffs / f"{name}.{kind}"

    def manifest(self, name: str) -> Manifest:
        """Read a manifest.

        :raises GenesysSourceError: it is damaged or missing.
        """
        path = self.path(name)
        return Manifest.from_bytes(_read(path), file=visible_path(path))

    def entities(self, digests: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield what objects hold, in their order; on a store they are read side by side.

        :param digests: the objects' digests.
        :raises GenesysSourceError: one is damaged or missing.
        """
        return (json.loads(data) for data in self._contents(digests))

    def previous(
        self, resources: Collection[str], *, among: Sequence[str] | None = None, run: str = "", try_number: int = 1
    ) -> tuple[str, Manifest] | None:
        """Find the snapshot to compare with: the last one in which all of these resources can be compared.

        If there is none, it is the one in which most of them can, of several the last. One for which its task failed is
        taken only if there are no others, and one of an earlier try of the same task instance never: what these found
        was not told to anybody.

        :param resources: names of what is to be compared.
        :param among: names of those that are looked at, the newest last; ``None`` for all that are there.
        :param run: name of the task instance that asks.
        :param try_number: which try of it.
        :return: its name and manifest; ``None`` if there is none.
        :raises GenesysSourceError: a manifest is damaged.
        """
        best, best_rank = None, (False, -1)
        names = self.names() if among is None else among
        for name in reversed(names[-_LOOK_BACK:]):
            manifest = self.manifest(name)
            if run and manifest.run == run and manifest.try_number < try_number:
                continue
            comparable = sum(is_comparable(manifest.resources.get(resource)) for resource in resources)
            rank = (not manifest.failed, comparable)
            if rank > best_rank:
                best, best_rank = (name, manifest), rank
            if rank == (True, len(resources)):
                break
        return best

    def newest(self) -> Manifest | None:
        """Read the newest manifest, if there is one.

        :raises GenesysSourceError: it is damaged.
        """
        names = self.names()
        return self.manifest(names[-1]) if names else None

    def write_objects(self, contents: Mapping[str, bytes]) -> int:
        """Write those of some objects that are not there, and return how many bytes these are.

        One that is there and of another size is damaged: it is written anew, while what it should hold is at hand.

        :param contents: the objects by digest.
        """
        there = storage.list_sizes(self._objects)
        missing = []
        for name, data in contents.items():
            size = there.get(f"{name}.json", -1)
            if size is not None and size != len(data):
                missing.append(name)
                if size >= 0:
                    shown = visible_path(self._object_path(name))
                    log.warning("%s is damaged: it has %d bytes; it is written anew", shown, size)
        side_by_side.replace_all([(self._object_path(name), contents[name]) for name in missing])
        return sum(len(contents[name]) for name in missing)

    def write_manifest(self, name: str, manifest: Manifest) -> int:
        """Make a snapshot be there, all it refers to being written, and return how many bytes its manifest has."""
        path, data = self.path(name), manifest.to_bytes()
        try:
            storage.put_new(path, data)
        except FileExistsError:  # a client of the store's that repeats a PUT whose answer was lost finds its own work
            if storage.read(path) != data:
                raise
        return len(data)

    def advance_latest(self, name: str) -> int:
        """Make ``latest.json`` name the newest snapshot, and return how many bytes were written.

        It looks once more when it has written, since a run that began later may have written meanwhile: whoever writes
        last has seen the newest.

        :param name: name of a snapshot that is there.
        """
        written = 0
        for _ in range(_ADVANCES):
            newest = max([name, *self.names()])  # of itself alone too: a listing may be late
            if self._latest_name() == newest:
                return written
            data = Latest(snapshot=newest, manifest_digest=digest(_read(self.path(newest)))).to_bytes()
            storage.replace(self.latest_path, data)
            written += len(data)
        log.warning(
            "%s: other runs write it without end; it may not name the newest snapshot", visible_path(self.latest_path)
        )
        return written

    def verify_entities(self, manifest: Manifest) -> int:
        """Read all objects of a snapshot, and return how many bytes they have.

        :raises GenesysSourceError: one is damaged or missing.
        """
        digests = {entry.object for part in manifest.resources.values() for entry in part.entities}
        return sum(map(len, self._contents(sorted(digests))))

    def _contents(self, digests: Sequence[str]) -> Iterator[bytes]:
        paths = [self._object_path(each) for each in digests]
        for path, stated, found in zip(paths, digests, side_by_side.read_all(paths), strict=True):
            data = _there(found, path)
            if digest(data) != stated:
                raise GenesysSourceError("the object is damaged: its digest is not its name", file=visible_path(path))
            yield data

    def _object_path(self, object_digest: str) -> StoragePath:
        return self._objects / f"{object_digest}.json"

    def _latest_name(self) -> str | None:
        """Return what ``latest.json`` names; nothing if it is missing or damaged, for then it is written anew."""
        data = storage.read(self.latest_path)
        if data is None:
            return None
        try:
            return Latest.from_bytes(data, file=visible_path(self.latest_path)).snapshot
        except GenesysSourceError as error:
            log.warning("%s; it is written anew", error)
            return None


class Snapshot:
    """A snapshot that was written.

    :param destination: where it is.
    :param name: its name.
    :raises GenesysSourceError: its manifest is damaged or missing.
    """

    def __init__(self, destination: Destination, name: str) -> None:
        self.name = name
        self.path = str(destination.path(name))
        self.manifest = destination.manifest(name)
        self._destination = destination

    def state(self, resource: str) -> str | None:
        """Return a resource's state, ``exported`` or why it is not; ``None`` for what nobody asked to export."""
        part = self.manifest.resources.get(resource)
        return part.state if part else None

    def entities(self, resource: str) -> Sequence[dict[str, Any]]:
        """Read a resource's entities, without their volatile fields, in the order of their ids.

        :raises GenesysSourceError: an object is damaged or missing.
        """
        part = self.manifest.resources.get(resource)
        return [*self._destination.entities([entry.object for entry in part.entities])] if part else []

    def contents(self, digests: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Read what objects of it hold, in their order.

        :raises GenesysSourceError: one is damaged or missing, when its turn comes.
        """
        return self._destination.entities(digests)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read, and found to be as it was written.

    :param snapshot: path of the manifest.
    :param organization_id: whose configuration it is, if that was known.
    :param resources: by name, state and count.
    :param size: bytes of all objects of the snapshot.
    :param latest: whether ``latest.json`` names this snapshot; ``None`` if it was not looked at, or is missing.
    """

    snapshot: str
    organization_id: str | None
    resources: Mapping[str, Mapping[str, Any]]
    size: int
    latest: bool | None


def open_snapshot(path: StoragePath) -> Snapshot:
    """Open a snapshot for reading.

    :param path: path of its manifest, or a destination, which stands for the newest one there.
    :raises GenesysConfigError: there is no snapshot, or the path is that of another file.
    :raises GenesysSourceError: its manifest is damaged or missing.
    """
    name = path.name.removesuffix(".json")
    if NAME.fullmatch(name):
        return Snapshot(Destination(path.parent.parent), name)
    destination = Destination(path.parent if path.name == "latest.json" else path)
    try:
        names = destination.names()
    except NotADirectoryError as error:
        raise GenesysConfigError(
            f"{visible_path(path)} is a file, and no manifest of a snapshot: give one, which is below snapshots/ and "
            "has the time in its name, or the folder of the snapshots"
        ) from error
    if not names:
        raise GenesysConfigError(f"there is no snapshot in {visible_path(destination.root)}")
    return Snapshot(destination, names[-1])


def verify(path: StoragePath) -> Verified:
    """Read a snapshot again: its manifest, all its objects, its comparison with the one before, and ``latest.json``.

    :param path: path of its manifest, or a destination, which stands for the newest one there; only with the latter
        ``latest.json`` is looked at.
    :raises GenesysConfigError: there is no snapshot.
    :raises GenesysSourceError: a file is damaged or missing; the error names it.
    """
    snapshot = open_snapshot(path)
    manifest, by_name = snapshot.manifest, bool(NAME.fullmatch(path.name.removesuffix(".json")))
    root = path.parent.parent if by_name else path.parent if path.name == "latest.json" else path
    destination = Destination(root)
    size = destination.verify_entities(manifest)
    for name, part in manifest.resources.items():
        if part.count != len(part.entities):
            raise GenesysSourceError(f"{name}: it has {len(part.entities)} and says {part.count}", file=snapshot.path)
    if manifest.diff is not None:
        for kind, stated in (("json", manifest.diff.json_digest), ("md", manifest.diff.markdown_digest)):
            file = destination.diff_path(snapshot.name, kind)
            if digest(_read(file)) != stated:
                raise GenesysSourceError("the comparison is damaged: its digest is another", file=visible_path(file))
    return Verified(
        snapshot=snapshot.path,
        organization_id=manifest.organization_id,
        resources={name: {"state": part.state, "count": part.count} for name, part in manifest.resources.items()},
        size=size,
        latest=None if by_name else _verify_latest(destination, snapshot.name),
    )


def _verify_latest(destination: Destination, newest: str) -> bool | None:
    """Tell whether ``latest.json`` names the newest snapshot; a run that was killed may have left it behind."""
    data = storage.read(destination.latest_path)
    if data is None:
        return None
    file = visible_path(destination.latest_path)
    latest = Latest.from_bytes(data, file=file)
    manifest = storage.read(destination.path(latest.snapshot)) if NAME.fullmatch(latest.snapshot) else None
    if manifest is None or digest(manifest) != latest.manifest_digest:
        raise GenesysSourceError("it is damaged: there is no such snapshot as it names", file=file)
    return latest.snapshot == newest


def _read(path: StoragePath) -> bytes:
    return _there(storage.read(path), path)


def _there(data: bytes | None, path: StoragePath) -> bytes:
    if data is None:
        raise GenesysSourceError("it is missing, and the snapshot is not whole without it", file=visible_path(path))
    return data
