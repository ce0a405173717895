"""What a task read and wrote, told to Airflow's lineage and, as facets with the account, to OpenLineage."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_genesys.assets import SCHEME

if TYPE_CHECKING:
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.tasks.converting import Conversion

log = logging.getLogger(__name__)

_LOCAL = ("file", "local", "")
_WEB = ("http", "https")
_ACCOUNT = (
    "stream",
    "read",
    "accepted",
    "rejected",
    "invalid",
    "duplicate",
    "unknown",
    "pending",
    "complete",
    "tries",
    "requests",
    "retries",
    "rate_limited_seconds",
    "duration_seconds",
)


@dataclass(frozen=True)
class Dataset:
    """A thing that is read or written, by OpenLineage's naming.

    :param namespace: such as ``genesys://<organisation>``, ``s3://<bucket>`` or ``file``.
    :param name: its name in there.
    """

    namespace: str
    name: str

    @property
    def uri(self) -> str:
        """The URI of the asset that it is."""
        return f"file://{self.name}" if self.namespace == "file" else f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Lineage:
    """What one task read and wrote.

    :param inputs: what it read.
    :param outputs: what it wrote.
    :param account: what became of it: text and numbers, as in the summary; neither paths nor values.
    :param rows: how many records of the first output were written, where that is known.
    """

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None


def in_genesys_cloud(settings: ClientSettings, name: str) -> Dataset:
    """Return the dataset of something in a connection's organisation; see :mod:`airflow_provider_genesys.assets`."""
    organization = settings.expected_organization_id or urlsplit(settings.api_url).netloc
    return Dataset(f"{SCHEME}://{organization.lower()}", name)


def of_paths(paths: Iterable[object]) -> tuple[Dataset, ...]:
    """Return the datasets of paths, on this machine or on a store.

    They are without the connection's id, a password, and what follows ``?`` in a web address, which may sign it.
    """
    return tuple(_of_path(str(path)) for path in paths)


def _of_path(path: str) -> Dataset:
    scheme, separator, rest = path.rpartition("://")
    if not separator or scheme in _LOCAL:
        return Dataset("file", f"/{rest.lstrip('/')}")
    if scheme in _WEB:
        rest = rest.partition("?")[0]
    bucket, _, key = re.sub(r"^[^/]*@", "", rest).partition("/")
    return Dataset(f"{scheme}://{bucket}", key or "/")


def of_publish(publisher: Publisher) -> Lineage:
    """Return what a publish has read and written so far."""
    summary = publisher.summary()
    return Lineage(
        of_paths(publisher.inputs),
        (in_genesys_cloud(publisher.connection, f"events/{summary['stream']}"),),
        {key: summary[key] for key in _ACCOUNT},
        rows=summary["accepted"],
    )


def of_conversion(conversion: Conversion) -> Lineage:
    """Return what a conversion has read and written."""
    summary = conversion.summary
    paths = (summary.get(key) for key in ("events", "user_presences", "user_routing_statuses"))
    written = [path for path in paths if path]
    return Lineage(
        of_paths(conversion.inputs),
        of_paths(written),
        account_of_records(summary),
        rows=summary["events_written"] if written else None,
    )


def account_of_records(summary: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a conversion's summary, without its paths."""
    return {key: value for key, value in summary.items() if isinstance(value, int)}


def tell(hook: Any, find: Callable[[], Lineage]) -> Lineage | None:
    """Tell Airflow's collector of lineage what a hook read and wrote; it costs little where nobody listens.

    A failure there is not the task's, which may have failed for a reason of its own.

    :param find: returns what was read and written.
    :return: what it returned; ``None`` where it failed.
    """
    from airflow.providers.common.compat.lineage.hook import get_hook_lineage_collector  # noqa: PLC0415 - not while parsed

    lineage = None
    try:
        lineage = find()
        collector = get_hook_lineage_collector()  # type: ignore[no-untyped-call]
        for dataset in lineage.inputs:
            collector.add_input_asset(context=hook, uri=dataset.uri)
        for dataset in lineage.outputs:
            collector.add_output_asset(context=hook, uri=dataset.uri)
    except Exception as error:  # noqa: BLE001 - whatever a reader of lineage raises
        log.debug("No lineage was told: %s", error)
    return lineage


class LineageMixin:
    """The part of an operator that tells what it read and wrote; it comes before Airflow's class among the bases."""

    hook: Any
    _lineage: Lineage | None = None

    def tell_lineage(self, find: Callable[[], Lineage]) -> None:
        """Tell what was read and written so far; at each end, good or bad. Arguments as those of :func:`tell`."""
        self._lineage = tell(getattr(self, "hook", self), find)  # an operator that speaks to no system has none

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 - OpenLineage's signature
        """Return OpenLineage's ``OperatorLineage`` of what was read and written, after a failure as well.

        The run's facet ``genesys_account`` has the account. ``None`` where the task did not come so far.
        """
        return None if self._lineage is None else _facets(self._lineage)


def _facets(lineage: Lineage) -> Any:
    from airflow.providers.common.compat.openlineage.facet import (  # noqa: PLC0415 - only where it is wanted
        Dataset as OpenLineageDataset,
    )
    from airflow.providers.common.compat.openlineage.facet import (  # noqa: PLC0415
        OutputDataset,
        OutputStatisticsOutputDatasetFacet,
        RunFacet,
    )
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415

    outputs = [OutputDataset(namespace=each.namespace, name=each.name) for each in lineage.outputs]
    if outputs and lineage.rows is not None:
        outputs[0].outputFacets = {"outputStatistics": OutputStatisticsOutputDatasetFacet(rowCount=lineage.rows)}
    account = RunFacet().with_additional_properties(**lineage.account)
    return OperatorLineage(
        inputs=[OpenLineageDataset(namespace=each.namespace, name=each.name) for each in lineage.inputs],
        outputs=outputs,
        run_facets={"genesys_account": account} if lineage.account else {},
    )
