"""Any operation of the API, by its name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import FILE, FLAG, JSON_TEXT, MAPPING, TEXT, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.tasks.failures import fail_if_maybe_done, fail_without_retry
from airflow_provider_genesys.tasks.paths import output_path
from airflow_provider_genesys.tasks.summaries import at_every_end
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.meter import Meter
    from airflow_provider_genesys.api.operations import Operation
    from airflow_provider_genesys.api.operations.names import GenesysCloudTokenOperationName
    from airflow_provider_genesys.tasks.checked import Rendered

LARGEST_XCOM = 48_000
"""Bytes of JSON that go into an XCom; a little less than Airflow's own ``MAX_XCOM_SIZE``."""


class GenesysCloudApiOperator(GenesysCloudHookMixin, BaseOperator):
    """Call an operation of the Platform API by its name.

    ``python -m airflow_provider_genesys.api.operations`` prints all there are. Arguments are held against that table
    before anything is sent, and so is, before an operation that writes, the connection's ``expected_organization_id``
    against the organisation. An operation that is not safe to repeat, and that the server may have carried out although
    it failed, fails the task without Airflow's retries.

    What a guest of a web chat does cannot be called: tokens have no place in templates and XComs, where everyone who
    may see the task reads them. :meth:`GenesysCloudHook.call` takes a ``guest_token``.

    .. seealso:: :ref:`howto/operator:GenesysCloudApiOperator`

    :param operation: name in the API description, such as ``getPresenceSources``. (templated)
    :param path_params: value of each placeholder of its path; a mapping or its JSON text. (templated)
    :param query: value, or list of values, of query parameters; a mapping or its JSON text. (templated)
    :param body: what to send as JSON; a mapping, a list or its JSON text. (templated)
    :param all_pages: read a listing to its end, and take its entities for the answer. Without it a listing's first
        page is the answer, with a warning if there are more.
    :param destination: file, on any store, to write what was read to, whole or not at all: JSON, or with ``all_pages``
        JSON Lines, an entity a line. For operations that read, and needed where they read more than 48,000 bytes.
        (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: the JSON answered, or with ``destination`` the summary: ``operation, count`` (entities or items read, 1 for
        a single thing), ``destination`` and ``requests``. The summary is pushed as XCom ``summary`` in any case, also
        before the task fails.
    """

    template_fields: Sequence[str] = (
        "genesys_cloud_conn_id",
        "operation",
        "path_params",
        "query",
        "body",
        "destination",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"path_params": "json", "query": "json", "body": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "operation": TEXT,
        "path_params": optional(MAPPING | JSON_TEXT),
        "query": optional(MAPPING | JSON_TEXT),
        "all_pages": FLAG,
        "destination": optional(FILE),
    }

    def __init__(
        self,
        *,
        operation: GenesysCloudTokenOperationName | XComArg,
        path_params: str | Mapping[str, Any] | XComArg | None = None,
        query: str | Mapping[str, Any] | XComArg | None = None,
        body: Any = None,
        all_pages: bool = False,
        destination: AnyPath | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.operation: Rendered = operation
        self.path_params: Rendered = path_params
        self.query: Rendered = query
        self.body = body
        self.all_pages = all_pages
        self.destination: Rendered = destination
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def execute(self, context: Context) -> Any:
        """Call the operation."""
        from airflow_provider_genesys.api.meter import Meter  # noqa: PLC0415 - not while Dags are parsed

        self.push_link(context)

        meter = Meter()
        summary = {"operation": str(self.operation), "count": None, "destination": None, "requests": 0}
        with at_every_end(context, lambda: summary), fail_without_retry(self.genesys_cloud_conn_id):
            try:
                self.read_arguments()
                row = self._row()
                with fail_if_maybe_done(row):
                    answer = self._ask(row, meter)
                summary["count"] = _count(answer)
                if self.destination is None:
                    self._check_size(row, answer)
                else:
                    self._write(answer, self.destination)
                    summary["destination"] = visible_path(self.destination)
            finally:
                summary["requests"] = meter.requests
        return answer if self.destination is None else summary

    def _row(self) -> Operation:
        """Return the operation, if this operator may call it."""
        from airflow_provider_genesys.api import operations  # noqa: PLC0415

        row = operations.operation(self.operation)
        if row.authentication != "bearer":
            raise GenesysConfigError(
                f"{row.name} takes or answers the token of a guest, which has no place in templates and XComs: "
                "call it in a @task, with GenesysCloudHook.call"
            )
        if self.destination is not None:
            if row.writes:
                raise GenesysConfigError(f"destination is for operations that read, and {row.name} writes")
            output_path("destination", self.destination)  # before anything is asked for
        return row

    def _ask(self, row: Operation, meter: Meter) -> Any:
        """Return the answer; of a listing with all pages, its entities."""
        from airflow_provider_genesys.api.paging import has_more  # noqa: PLC0415
        from airflow_provider_genesys.api.urls import check  # noqa: PLC0415

        path_params = _mapping("path_params", self.path_params)
        query = _mapping("query", self.query)
        body = _json("body", self.body)
        check(row, path_params=path_params, query=query, body=body)
        client = self.hook.get_conn().view(meter=meter)
        row = client.operation(row)
        if self.all_pages:
            return self._collect(row, client.iterate(row, path_params=path_params, query=query))
        answer = client.call(row, path_params=path_params, query=query, body=body)
        if has_more(answer):
            self.log.warning("%s has more pages than this one: all_pages=True reads all", row.name)
        return answer

    def _collect(self, row: Operation, entities: Iterable[Any]) -> list[Any]:
        """Read a listing; if it is bound for an XCom only as long as it may fit in."""
        collected: list[Any] = []
        size = 0
        for entity in entities:
            collected.append(entity)
            size += len(json.dumps(entity))
            if self.destination is None and size > LARGEST_XCOM:
                raise _too_large(row)
        return collected

    def _check_size(self, row: Operation, answer: Any) -> None:
        """Refuse what is too large for an XCom, unless it is too late: a write that fails would be done again."""
        size = len(json.dumps(answer))
        if size > LARGEST_XCOM and not row.writes:
            raise _too_large(row)
        if size > LARGEST_XCOM:
            self.log.warning("%s answered %d bytes, which all go into the XCom", row.name, size)

    def _write(self, answer: Any, destination: AnyPath) -> None:
        from airflow_provider_genesys.files import storage  # noqa: PLC0415
        from airflow_provider_genesys.files.canonical import utf_8  # noqa: PLC0415
        from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415

        documents = answer if self.all_pages else [answer]
        lines = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in documents)
        with named("destination", destination):
            storage.replace(output_path("destination", destination), utf_8("".join(lines)))


def _too_large(row: Operation) -> GenesysConfigError:
    return GenesysConfigError(
        f"{row.name} answers more than the {LARGEST_XCOM:,} bytes that an XCom shall hold: name a file as destination"
    )


def _count(answer: Any) -> int:
    listed = answer.get("entities", answer) if isinstance(answer, dict) else answer
    return len(listed) if isinstance(listed, list) else int(answer is not None)


def _mapping(name: str, value: Any) -> Mapping[str, Any] | None:
    """Return an argument that is a mapping or its JSON text."""
    value = _json(name, value)
    if value is not None and not isinstance(value, Mapping):
        raise GenesysConfigError(f"{name} must be a mapping or its JSON text, not {type(value).__name__}")
    return value


def _json(name: str, value: Any) -> Any:
    """Return an argument, read if it is text: templates make text of what they are given."""
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value)
    except ValueError as error:
        raise GenesysConfigError(f"{name} is text, but no JSON: {error}") from None
