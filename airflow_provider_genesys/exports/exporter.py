"""From an organisation to a snapshot: read, compare with the one before, write; or compare only."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from airflow_provider_genesys import __version__
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.arguments import is_list
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysExportStateError,
    GenesysPartialExportError,
    GenesysSourceError,
)
from airflow_provider_genesys.exports.baseline import Arrived, BaselineStore, Bases, nobody_knows
from airflow_provider_genesys.exports.diff import Diff, compare, explained
from airflow_provider_genesys.exports.manifest import DiffFiles, Manifest, Part, is_comparable
from airflow_provider_genesys.exports.reading import read_configuration
from airflow_provider_genesys.exports.render import coloured, few_rows, markdown
from airflow_provider_genesys.exports.resources import RESOURCES, Resource, ResourceName
from airflow_provider_genesys.exports.snapshot import Destination
from airflow_provider_genesys.exports.written import Written, check_seen, in_states, states, written_form
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.canonical import canonical, digest
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

FailState: TypeAlias = Literal["absent", "forbidden", "gone", "partial"]
"""States for which an export may fail."""
FAIL_ON: Final[tuple[FailState, ...]] = ("forbidden", "partial")
"""States for which an export fails unless it is told otherwise."""
_MAY_FAIL_ON: Final = get_args(FailState)

FailOn: TypeAlias = Sequence[FailState] | Mapping[ResourceName, Sequence[FailState]]
"""States for which to fail, of all resources or by resource's name; a resource not named fails on the usual ones."""


class Exporter:
    """Makes one snapshot. What became of it is in ``summary`` at every end, good or bad.

    What is different from before is what :meth:`export` returns; when it has been handed on, :meth:`mark_reported` must
    be called, or it is reported again.

    :param client: the client.
    :param root: folder of the snapshots, on any store.
    :param resources: what to export.
    :param fail_on: states for which :meth:`export` fails, when the snapshot is written.
    :param task: name of the task, as parts of a path, which its baseline is kept under; empty outside of
        Airflow, where a snapshot is compared with the last one there is.
    :param run: name of the task instance, empty outside of Airflow.
    :param try_number: which try of it.
    :param arrived: tells which task instances' reports have certainly arrived; what others reported is reported again.
    :raises GenesysConfigError: ``fail_on`` is wrong.
    """

    def __init__(
        self,
        client: GenesysCloudClient,
        root: StoragePath,
        resources: Sequence[Resource],
        *,
        fail_on: FailOn = FAIL_ON,
        task: str = "",
        run: str = "",
        try_number: int = 1,
        arrived: Arrived = nobody_knows,
    ) -> None:
        self._client = client.view(meter=Meter())
        self._destination = Destination(root)
        self._resources = resources
        self._fail_on = _checked(fail_on)
        self._run = run
        self._try_number = try_number
        self._baseline = BaselineStore(self._destination, task=task, run=run, try_number=try_number, arrived=arrived)
        self._made: tuple[str, Mapping[str, Part]] | None = None
        self._summary = nothing_yet()

    @property
    def summary(self) -> dict[str, Any]:
        """What was done until now.

        ``snapshot`` and ``previous``: paths of the manifests, ``None`` where there is none; ``changed``: whether what
        is configured is different from ``previous``, ``None`` while that is not known; ``added``, ``removed``,
        ``modified``: entities; ``state_changes``: resources that went or came, such as ``webchat_settings: exported →
        gone``; ``resources``: state and count of each; ``diff``: path of the Markdown, ``None`` where there is nothing
        to tell; ``bytes_written``; ``requests``; and for people ``rows`` and ``rows_left``, as
        :func:`~airflow_provider_genesys.exports.render.few_rows` returns them.
        """
        return self._summary | {"requests": self._client.meter.requests}

    def export(self) -> dict[str, Any]:
        """Read, compare, write, and return the summary.

        :raises GenesysConfigError: the destination holds snapshots of another organisation.
        :raises GenesysSourceError: the manifest of the snapshot before is damaged, and nothing is written; or an object
            of it that changed since is, and the snapshot is written: the next run compares with it.
        :raises GenesysPartialExportError: the snapshot is written, and something could be read in part only.
        :raises GenesysExportStateError: the snapshot is written, and something is in another state of ``fail_on``.
        :raises GenesysError: a resource cannot be read for another reason; nothing is written.
        """
        started = datetime.now(UTC)
        name = f"{started:%Y%m%dT%H%M%S.%f}Z-{secrets.token_hex(2)}"
        self._baseline.begin()
        configuration = read_configuration(self._client, self._resources)
        written = written_form(configuration)
        self._summary["resources"] = states(written.parts)
        host = api_host(self._client)
        owner = check_owner(self._destination, configuration.organization_id, host)
        failures = in_states(written.parts, self._fail_on)
        bases = self._baseline.bases(written.parts, before=name)
        diff = self._compare(written, bases)
        self._baseline.settle(bases)
        files = self._write_contents(name, written, diff)
        manifest = Manifest(
            provider=f"airflow-provider-genesys {__version__}",
            api_host=host,
            organization_id=configuration.organization_id,
            destination_organization_id=owner,
            started=started.isoformat(timespec="microseconds"),
            ended=datetime.now(UTC).isoformat(timespec="microseconds"),
            run=self._run,
            try_number=self._try_number,
            failed=[reason for _, reason in failures],
            diff=files,
            resources=dict(written.parts),
        )
        self._summary["bytes_written"] += self._destination.write_manifest(name, manifest)
        self._summary["snapshot"] = visible_path(self._destination.path(name))
        if files is not None:
            self._summary["diff"] = visible_path(self._destination.diff_path(name, "md"))
        self._summary["bytes_written"] += self._destination.advance_latest(name)
        for key, part in written.parts.items():
            if part.state != "exported":
                log.warning("%s is %s: %s", key, part.state, "; ".join(part.reasons))
        log.info("Snapshot %s is written:\n%s", self._summary["snapshot"], coloured(diff))
        damages = {key: one.reason for key, one in diff.resources.items() if one.comparison == "damaged"}
        for key, reason in damages.items():
            log.error("Not compared: %s: %s", key, reason)
        if damages:  # nobody can be told what changed; the next run compares with this snapshot
            self._baseline.pass_over(name, written.parts, damages)
        if failures:
            raise _error(failures, self._summary["snapshot"])
        if damages:
            reasons = "; ".join(f"{key}: {reason}" for key, reason in damages.items())
            raise GenesysSourceError(f"not compared: {reasons}. What is now is in {self._summary['snapshot']}")
        self._made = (name, written.parts)
        return self.summary

    def mark_reported(self) -> None:
        """Note that this run reports what :meth:`export` found: once that has arrived, it is not reported again.

        :raises GenesysSourceError: the file that says so is damaged.
        """
        if self._made is not None:
            self._baseline.mark_reported(*self._made)

    def _compare(self, written: Written, bases: Bases) -> Diff:
        """Compare with what was before, field by field."""
        diff = compare(bases.previous, bases.parts, written.parts, bases=bases.snapshots)
        if bases.previous is not None:
            self._summary["previous"] = visible_path(self._destination.path(bases.previous))
        diff = explained(
            diff, self._destination.entities, lambda keys: [json.loads(written.objects[key]) for key in keys]
        )
        self._summary |= {**counts(diff), **few_rows(diff)}
        return diff

    def _write_contents(self, name: str, written: Written, diff: Diff) -> DiffFiles | None:
        """Write the objects that are new, and the diff if there is something to tell."""
        self._summary["bytes_written"] += self._destination.write_objects(written.objects)
        if diff.previous is None or not diff.is_news:
            return None
        files = {
            "json": canonical({"snapshot": name, **diff.as_json()}),
            "md": markdown(diff, snapshot=name).encode("utf-8", "replace"),
        }
        for kind, data in files.items():
            storage.replace(self._destination.diff_path(name, kind), data)
            self._summary["bytes_written"] += len(data)
        return DiffFiles(previous=diff.previous, json_digest=digest(files["json"]), markdown_digest=digest(files["md"]))


def compare_with_latest(
    client: GenesysCloudClient, root: StoragePath, resources: Sequence[Resource]
) -> tuple[Diff, dict[str, Any]]:
    """Compare what is configured now with the last snapshot, writing nothing.

    :param client: the client.
    :param root: folder of the snapshots.
    :param resources: what to compare.
    :return: the diff, without fields, and a summary with ``previous``, ``changed``, the counts and ``resources``.
    :raises GenesysExportStateError: a permission is missing, so that a change would not be seen.
    :raises GenesysConfigError: the last snapshot does not hold a resource, or is of another organisation.
    :raises GenesysSourceError: its manifest is damaged.
    :raises GenesysError: a resource cannot be read.
    """
    destination = Destination(root)
    configuration = read_configuration(client, resources)
    written = written_form(configuration)
    check_owner(destination, configuration.organization_id, api_host(client))
    check_seen(written.parts)
    previous = destination.previous(written.parts)
    before = previous[1].resources if previous else {}
    blind = [name for name in written.parts if not is_comparable(before.get(name))]
    if previous and blind:
        raise GenesysConfigError(
            f"the last snapshot, {visible_path(destination.path(previous[0]))}, does not hold all of "
            f"{', '.join(blind)}; export anew"
        )
    diff = compare(previous[0] if previous else None, before, written.parts)
    return diff, {
        "previous": visible_path(destination.path(previous[0])) if previous else None,
        **counts(diff),
        "resources": states(written.parts),
    }


def nothing_yet() -> dict[str, Any]:
    """Return the summary of an export that did nothing."""
    return {
        "snapshot": None,
        "previous": None,
        "changed": None,
        "added": 0,
        "removed": 0,
        "modified": 0,
        "state_changes": [],
        "resources": {},
        "diff": None,
        "bytes_written": 0,
        "requests": 0,
        "kind": "export",
        "rows": [],
        "rows_left": 0,
    }


def check_owner(destination: Destination, organization_id: str | None, host: str) -> str | None:
    """Make sure that a destination is not another organisation's, and return whose it is, as far as that is known.

    :raises GenesysConfigError: it is, or may be: nobody knows, and the snapshots are from another host.
    :raises GenesysSourceError: its newest manifest is damaged.
    """
    newest = destination.newest()
    if newest is None:
        return organization_id
    owner, shown = newest.destination_organization_id, visible_path(destination.root)
    if organization_id and owner:
        if organization_id != owner:
            raise GenesysConfigError(
                f"destination {shown} holds snapshots of organisation {owner}, and the client belongs to "
                f"{organization_id}; give each organisation a destination of its own"
            )
    elif newest.api_host != host:
        raise GenesysConfigError(
            f"destination {shown} holds snapshots from {newest.api_host}, not from {host}, and whether they "
            "are of the same organisation is not known; give each a destination of its own"
        )
    elif organization_id:
        log.warning("The snapshots in %s do not say whose they are; from now on: %s", shown, organization_id)
    elif owner:
        log.warning("Whether %s is of this organisation is not known: the client may not read it", shown)
    return organization_id or owner


def api_host(client: GenesysCloudClient) -> str:
    """Return the host that a client speaks to."""
    return urlsplit(client.settings.api_url).hostname or client.settings.api_url


def counts(diff: Diff) -> dict[str, Any]:
    """Return a diff's part of a summary."""
    return {
        "changed": diff.changed,
        "added": diff.added,
        "removed": diff.removed,
        "modified": diff.modified,
        "state_changes": [*diff.state_changes],
    }


def _checked(fail_on: FailOn) -> Mapping[str, Sequence[str]]:
    """Return the states to fail for, by resource.

    :raises GenesysConfigError: it is no list of states, nor such lists by resource.
    """
    by_name: Mapping[Any, Sequence[str]] = (
        fail_on if isinstance(fail_on, Mapping) else dict.fromkeys(RESOURCES, fail_on)
    )
    for name, each in by_name.items():
        if name not in RESOURCES:
            raise GenesysConfigError(f"fail_on: {name!r} is no resource; there are {', '.join(RESOURCES)}")
        if not is_list(each) or any(not isinstance(state, str) or state not in _MAY_FAIL_ON for state in each):
            raise GenesysConfigError(f"fail_on must be a list of {', '.join(_MAY_FAIL_ON)}, not {each!r}")
    return {**dict.fromkeys(RESOURCES, FAIL_ON), **by_name}


def _error(failures: Sequence[tuple[str, str]], snapshot: str) -> GenesysPartialExportError | GenesysExportStateError:
    reasons = "; ".join(reason for _, reason in failures)
    kind = GenesysPartialExportError if {state for state, _ in failures} == {"partial"} else GenesysExportStateError
    return kind(f"{reasons}. All that could be read is in {snapshot}")
