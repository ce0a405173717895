"""Everything for an organisation whose calls are answered in Vonage Contact Center and planned for in Genesys Cloud.

[`calls_since` → `read_calls` →] `convert` → `preflight` → `sync_definitions` → `transfer_presences` →
`publish_conversations` → `export` → `check`

1. `convert` makes conversation events of the call records, by a mapping file; see call_records.py. They are those of a
   file; with the parameter `calls` set to `vonage`, those that Vonage has processed since the run before, which
   `calls_since` and `read_calls` see to, so that presences and calls come from one platform.
2. `preflight` looks whether all is there that the rest needs: the organisation, the permissions, the presence source,
   the users that the events name, and what the directory names. If not, the run ends here, and nothing was touched.
3. `sync_definitions` makes the presence definitions what the file says, by a plan that its guards have to let through.
   Where a person is to approve it, take the tasks of presence_definitions.py in its place.
4. `transfer_presences` publishes what has changed in Vonage since the run before: presences and routing statuses.
5. `publish_conversations` publishes the events of the calls, those of each file once: give every run a file of its own.
   The file of what was read from Vonage is each run's own already.
6. `export` takes a snapshot of all that is configured.
7. `check` adds up: it fails if anything is without a fate, or too many of the calls' lines could not be converted, and
   says what this run has done, and which agents could not be told of.

A run that fails is repeated by Airflow, and any task of it by you: each goes on where it was, and sends the same ids.
"""

from __future__ import annotations

import json
import logging
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    Asset,
    AssetAlias,
    Param,
    chain,
    dag,
    task,
)

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from airflow_provider_genesys.operators.presence import GenesysCloudSyncPresenceDefinitionsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.operators.vonage import VonageInteractionsOperator
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator

# Templated. The calls of a file are published once, so that every run needs a file of its own, such as
# "s3://my_aws@my-bucket/calls/{{ (dag_run.logical_date or dag_run.run_after) | ts_nodash }}.csv". A relative path
# begins at the folder of this file.
RECORDS = "data/calls.csv"
MAPPING = "{{ params.vonage_mapping if params.calls == 'vonage' else params.mapping }}"
FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")
RECORD_FATES = ("records", "converted", "skipped", "superseded", "held_back", "rejected")


# [START cloud_ex]
# [START calls_since]
def file_of_calls_told(folder: str) -> Any:
    """Return the file that says which calls the last run has told; the same in every run."""
    from airflow.providers.common.compat.sdk import ObjectStoragePath  # noqa: PLC0415 - not while it is parsed

    return ObjectStoragePath(f"{folder}/vonage_calls.json")


@task
def calls_since(params: dict[str, Any] | None = None, run_id: str | None = None) -> str:
    """Return from when on to read: up to where the last run had read that has told its calls."""
    assert params  # noqa: S101 - Airflow always gives them
    if params["calls"] == "file":
        raise AirflowSkipException("the calls are those of the file")
    try:
        told = json.loads(file_of_calls_told(params["folder"]).read_text())
    except FileNotFoundError:
        return str(params["vonage_since"])
    return str(told["since"] if told["run_id"] == run_id else told["up_to"])  # a cleared run reads its time again


def note_calls_told(params: dict[str, Any], run_id: str | None, ti: Any) -> None:
    """Say up to when calls are told, where the next run goes on; of a file there is nothing to say."""
    if params["calls"] == "vonage":
        since, up_to = ti.xcom_pull(task_ids="calls_since"), ti.xcom_pull(task_ids="read_calls", key="up_to")
        told = json.dumps({"run_id": run_id, "since": since, "up_to": up_to})
        file_of_calls_told(params["folder"]).write_text(told)


# [END calls_since]
@dag(
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # the transfer's state is for one run at a time
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "calls": Param("file", enum=["file", "vonage"], description="Where the calls come from"),
        "mapping": Param("data/calls.yaml", type="string", description="What the columns of the file's calls mean"),
        "vonage_mapping": Param("vonage_interactions", type="string", description="What Vonage's calls mean"),
        "vonage_since": Param(
            "2026-11-16T00:00:00Z", type="string", description="From when on the first run reads Vonage's calls"
        ),
        "directory": Param("data/directory.yaml", type="string", description="Names to Genesys Cloud ids"),
        "definitions": Param("data/presence_definitions.yaml", type="string", description="The desired definitions"),
        "user_map": Param("data/vonage_users.csv", type="string", description="Vonage users to Genesys Cloud users"),
        "presence_map": Param("data/vonage_presences.yaml", type="string", description="The rules of the transfer"),
        "max_bad_percent": Param(5, type="number", description="Fail when more of the calls' lines are no calls"),
        "source_id": Param(
            "a2ac77fd-36c6-4c2a-b238-f89b35daa570", type="string", description="Id of the presence source"
        ),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def cloud_ex() -> None:
    """Feed Genesys Cloud's workforce tools."""
    # [START read]
    read_calls = VonageInteractionsOperator(
        task_id="read_calls",
        since=calls_since(),
        destination="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id | urlencode }}/calls.jsonl",
    )
    # [END read]
    # [START convert]
    convert = GenesysCloudConvertRecordsOperator(
        task_id="convert",
        records="{% if params.calls == 'vonage' %}{{ ti.xcom_pull(task_ids='read_calls', key='interactions') }}"
        f"{{% else %}}{RECORDS}{{% endif %}}",
        mapping=MAPPING,
        directory="{{ params.directory }}",
        destination="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id | urlencode }}/convert",
        max_rejected="100%",  # what is too many is for the last task, so that presences do not wait for calls
        trigger_rule="none_failed",  # the calls of a file are not read first
    )
    # [END convert]

    # [START preflight]
    preflight = GenesysCloudPreflightOperator(
        task_id="preflight",
        operations=[
            "postEventsConversations",
            "postEventsUsersPresence",
            "postEventsUsersRoutingstatus",
            "getPresenceDefinitions",
            "postPresenceDefinitions",
            "putPresenceDefinition",
            "deletePresenceDefinition",
        ],
        source=convert.output["events"],
        stream="conversations",
        mapping=MAPPING,
        directory="{{ params.directory }}",
        references=[{"sourceId": "{{ params.source_id }}"}],  # what the transfer will refer to
    )
    # [END preflight]
    sync_definitions = GenesysCloudSyncPresenceDefinitionsOperator(
        task_id="sync_definitions",
        definitions="{{ params.definitions }}",
        in_use="refuse",
        artifacts_path="{{ params.folder }}",
    )
    # [START transfer]
    transfer_presences = VonagePresenceToGenesysCloudOperator(
        task_id="transfer_presences",
        user_map="{{ params.user_map }}",
        presence_map="{{ params.presence_map }}",
        source_id="{{ params.source_id }}",
        state_path="{{ params.folder }}/vonage_presences.json",  # the same in every run
        artifacts_path="{{ params.folder }}",
    )
    # [END transfer]
    # [START publish]
    publish_conversations = GenesysCloudPublishEventsOperator(
        task_id="publish_conversations",
        stream="conversations",
        source=convert.output["events"],
        artifacts_path="{{ params.folder }}",
        # An account for each file: no run publishes it once more. What was read is told by up to when that was, so that
        # a run that is cleared and reads more publishes that too.
        ledger_key="cloud_ex-{% if params.calls == 'vonage' %}{{ run_id }}-"
        "{{ ti.xcom_pull(task_ids='read_calls', key='up_to') }}"
        f"{{% else %}}{RECORDS}{{% endif %}}",
        max_rejected="5%",
    )
    # [END publish]
    export = GenesysCloudExportOperator(
        task_id="export",
        include=["all"],
        destination="{{ params.folder }}/configuration",
        changed_asset=Asset("genesys-cloud://configuration"),
        outlets=[AssetAlias("genesys-configuration")],
    )

    # [START check]
    @task
    def check(
        lines: dict[str, Any],
        presences: dict[str, Any],
        conversations: dict[str, Any],
        snapshot: dict[str, Any],
        *,
        params: dict[str, Any] | None = None,
        ti: Any = None,
        run_id: str | None = None,
    ) -> dict[str, Any]:
        """Add up what the tasks before have said."""
        assert params  # noqa: S101 - Airflow always gives them
        log = logging.getLogger(__name__)
        publishes = {"presences": presences, "conversations": conversations}
        if presences["routing_statuses"]:
            publishes["routing statuses"] = presences["routing_statuses"]
        problems = [
            f"the account of the {name} does not add up: {each}"
            for name, each in publishes.items()
            if not each["complete"] or each["pending"] or each["read"] != sum(each[fate] for fate in FATES)
        ]
        rejected, records = lines["rejected"], lines["records"]
        if rejected * 100 > records * params["max_bad_percent"] or 0 < rejected == records:
            most = "".join(f" ({each['count']} times: {each['rule']})" for each in lines["reasons"][:1])
            problems.append(f"{rejected} of {records} lines are no calls{most}: see {lines['rejects']}")
        elif records and not lines["converted"] + lines["held_back"]:
            none = f"none of {records} lines became events: {lines['skipped']} are skipped by the mapping"
            # Vonage may have nothing but e-mails for a while.
            problems.append(none) if params["calls"] == "file" else log.warning(none)
        seen = presences["read"] + presences["unchanged"] + presences["unmapped"] + presences["missing"]
        if seen != presences["users"]:
            problems.append(f"the account of the users does not add up: {presences}")
        incomplete = [name for name, each in snapshot["resources"].items() if each["state"] == "partial"]
        if incomplete:
            problems.append(f"the snapshot is not complete: {', '.join(incomplete)}")
        if problems:
            raise AirflowFailException("; ".join(problems))
        note_calls_told(params, run_id, ti)
        for name in ("unmapped", "missing"):
            if presences[name]:
                log.warning("%d users are %s: see the log of transfer_presences", presences[name], name)
        return {
            "lines": {name: lines[name] for name in RECORD_FATES},
            # What this run has sent is not what the account of a file that an earlier run has published holds over all.
            "accepted": {name: each["accepted"] - each["accepted_before"] for name, each in publishes.items()},
            "accepted_over_all": {name: each["accepted"] for name, each in publishes.items()},
            "users": {name: presences[name] for name in ("users", "read", "unchanged", "unmapped", "missing")},
            "configuration_changed": snapshot["changed"],
        }

    # [END check]

    chain(
        read_calls,
        convert,
        preflight,
        sync_definitions,
        transfer_presences,
        publish_conversations,
        export,
        check(convert.output, transfer_presences.output, publish_conversations.output, export.output),
    )


cloud_ex()
# [END cloud_ex]
