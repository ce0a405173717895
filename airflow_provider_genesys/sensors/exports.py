"""Sensor of job 3: whether what is configured is still what the last snapshot says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseSensorOperator

from airflow_provider_genesys.arguments import FLAG, FOLDER, AnyPath, ArgumentRule
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.tasks.deferring import DEFERRABLE
from airflow_provider_genesys.tasks.paths import output_path
from airflow_provider_genesys.tasks.waiting import WaitingMixin

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.looks import Seen
    from airflow_provider_genesys.exports.resources import Included, Resource
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.tasks.checked import Rendered, Template
    from airflow_provider_genesys.tasks.looks import Question, See


class GenesysCloudConfigurationChangedSensor(WaitingMixin, GenesysCloudHookMixin, BaseSensorOperator):
    """Wait until what is configured differs from the last snapshot, such as one that the same Dag exports afterwards.

    It reads what an export would and writes nothing. Where there is no snapshot yet, anything that is configured
    differs. What could be read in part only is looked at again the next time; a missing permission, or a resource of
    which the snapshot does not hold all, ends the waiting, since no change would ever be seen. With ``deferrable`` the
    trigger compares with the snapshot that was the last one when the worker was left; then the task looks what changed.

    .. seealso:: :ref:`howto/operator:GenesysCloudConfigurationChangedSensor`

    :param include: names of resources and groups, as in
        :class:`~airflow_provider_genesys.operators.exports.GenesysCloudExportOperator`. (templated)
    :param destination: folder of the snapshots, on any store. (templated)
    :param deferrable: whether to wait in the triggerer, without a worker's slot; by default Airflow's option
        ``[operators] default_deferrable``.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``previous, changed, added, removed, modified, state_changes, resources``, as they were when it ended;
        and XCom ``summary``, see :class:`~airflow_provider_genesys.tasks.waiting.WaitingMixin`.
    """

    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "include", "destination")
    template_fields_renderers: ClassVar[dict[str, str]] = {"include": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {"destination": FOLDER, "deferrable": FLAG}

    def __init__(
        self,
        *,
        include: Included | Template | XComArg,
        destination: AnyPath | XComArg,
        deferrable: bool = DEFERRABLE,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.include: Rendered = include
        self.destination: Rendered = destination
        self.deferrable = deferrable
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def prepare(self, context: Context) -> See:  # noqa: ARG002 - the rule of all sensors
        """Return what compares with the last snapshot."""
        from airflow_provider_genesys.exports.looks import look_at_configuration  # noqa: PLC0415 - not while parsed
        from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415

        root, resources = self._what_to_compare()

        def see(client: GenesysCloudClient) -> Seen:
            with named("destination", self.destination):
                return look_at_configuration(client, root, resources)

        return see

    def question(self, context: Context) -> Question:  # noqa: ARG002 - the rule of all sensors
        """Return the fingerprints of what the last snapshot holds: the store is not the trigger's to read."""
        from airflow_provider_genesys.exports.looks import known_fingerprints  # noqa: PLC0415
        from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415

        root, resources = self._what_to_compare()
        with named("destination", self.destination):
            known = known_fingerprints(root, resources)
        return "configuration", {"include": [resource.name for resource in resources], "known": known}

    def _what_to_compare(self) -> tuple[StoragePath, Sequence[Resource]]:
        from airflow_provider_genesys.exports.resources import select  # noqa: PLC0415

        resources = select(self.include)
        return output_path("destination", self.destination, FOLDER.wanted), resources
