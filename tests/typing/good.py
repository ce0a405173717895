"""Uses that a strict type checker must let pass: each works, though some need a Dag that renders native objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from airflow.providers.common.compat.sdk import Asset, AssetAlias, ObjectStoragePath, task

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import operation
from airflow_provider_genesys.api.operations.names import (
    GenesysCloudListingName,
    GenesysCloudOperationName,
    GenesysCloudTokenOperationName,
    OperationName,
    VonageListingName,
    VonageOperationName,
)
from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown, StreamName
from airflow_provider_genesys.exports.resources import RESOURCES, Included, select
from airflow_provider_genesys.exports.snapshot import open_snapshot, verify
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.mapping.rules import PresenceMapRow
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import (
    GenesysCloudPublishEventsOperator,
    GenesysCloudShardEventsOperator,
)
from airflow_provider_genesys.operators.exports import (
    GenesysCloudExportOperator,
    GenesysCloudExportWebchatSettingsOperator,
    GenesysCloudPlanWebMessagingMigrationOperator,
)
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSetUserPresencesOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.operators.vonage import VonageInteractionsOperator
from airflow_provider_genesys.preflight.references import ReferenceRow
from airflow_provider_genesys.presence.definitions import DefinitionRow
from airflow_provider_genesys.presence.users import UserPresenceRow
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator
from airflow_provider_genesys.triggers.genesys_cloud import (
    GenesysCloudConfigurationChangedTrigger,
    GenesysCloudLookTrigger,
    GenesysCloudWaitTrigger,
)

PATH = Path("/data/{{ ds }}")
STORE = ObjectStoragePath("s3://bucket/{{ ds }}")


@task
def made() -> Any:
    """What only a run knows."""
    return []


later = made()

# --- events: every form of a source, path objects, results of tasks, and Airflow's own arguments

stream: StreamName = "conversations"
on_unknown: OnUnknown = "dead_letter"
fields: DeadLetterFields = "ids"
GenesysCloudPublishEventsOperator(task_id="t", stream=stream, source="/data/*.jsonl")
GenesysCloudPublishEventsOperator(task_id="t", stream="user_presences", source=PATH, artifacts_path=STORE)
GenesysCloudPublishEventsOperator(task_id="t", stream="user_routing_statuses", source=[PATH, "s3://bucket/x", STORE])
GenesysCloudPublishEventsOperator(task_id="t", stream="custom_kpi_attributions", source={"eventId": "x"})
GenesysCloudPublishEventsOperator(task_id="t", stream="conversations", source=[[{"eventId": "x"}], [{"eventId": "y"}]])
GenesysCloudPublishEventsOperator(task_id="t", stream="conversations", source=[later, made()])
GenesysCloudPublishEventsOperator(task_id="t", stream=later, source=later, on_unknown=later, max_rejected=later)
GenesysCloudPublishEventsOperator(task_id="t", stream=cast("StreamName", "{{ params.stream }}"), source=later)
publish = GenesysCloudPublishEventsOperator(
    task_id="t",
    stream="conversations",
    source="{{ params.source }}",
    artifacts_path="{{ params.folder }}",
    max_rejected="{{ params.allowed }}",
    on_unknown=on_unknown,
    max_in_flight=4,
    max_attempts=3,
    max_rate_limit_wait=60,
    requests_per_minute=120.5,
    max_wait=None,
    duplicate_window=10,
    republish=True,
    ledger_key="{{ ds }}",
    dead_letter_fields=fields,
    genesys_cloud_conn_id="{{ params.connection }}",
    retries=3,
    retry_delay=60.0,
    pool="genesys",
    outlets=[Asset("published")],
)
GenesysCloudPublishEventsOperator(task_id="t", stream="conversations", source=publish.output)

# --- presence

rows: list[DefinitionRow] = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]
rows.append({"system_presence": "Meal", "labels": {"de": "Kantine"}, "division": None, "active": False, "id": "x"})
plan = GenesysCloudPlanPresenceDefinitionsOperator(
    task_id="t",
    definitions=rows,
    prune="deactivate",
    labels="merge",
    protected={"Break/Smoke"},
    max_changes_percent=12.5,
    max_deactivations=0,
    in_use="refuse",
    on_changes="skip",
    artifacts_path=PATH,
    genesys_cloud_conn_id=later,
    retries=1,
)
GenesysCloudPlanPresenceDefinitionsOperator(task_id="t", definitions="definitions.yaml", protected=["Break/Smoke"])
GenesysCloudPlanPresenceDefinitionsOperator(task_id="t", definitions=later, protected=later, artifacts_path=later)
GenesysCloudPlanPresenceDefinitionsOperator(
    task_id="t",
    definitions=[{"system_presence": "Break", "labels": {"en_US": "Smoke"}, "active": True}],
    protected="{{ params.protected }}",
)
GenesysCloudApplyPresenceDefinitionsOperator(task_id="t", plan=plan.output, force_checksum="{{ params.checksum }}")
GenesysCloudApplyPresenceDefinitionsOperator(task_id="t", plan=PATH / "plan.json", force_checksum=None)
GenesysCloudApplyPresenceDefinitionsOperator(task_id="t", plan={"plan_inline": "{}"})
GenesysCloudSyncPresenceDefinitionsOperator(
    task_id="t", definitions=STORE, prune="none", labels="replace", in_use="ignore", force_checksum=later, queue="q"
)
presences: list[UserPresenceRow] = [{"user_id": "u", "presence": "Break", "source_id": None, "message": "back at 2"}]
GenesysCloudSetUserPresencesOperator(task_id="t", presences=presences)
GenesysCloudSetUserPresencesOperator(task_id="t", presences=[{"user_id": "{{ params.user }}", "presence": "Meal"}])
GenesysCloudSetUserPresencesOperator(task_id="t", presences="{{ params.presences }}", genesys_cloud_conn_id="other")
GenesysCloudSetUserPresencesOperator(task_id="t", presences=later)
GenesysCloudUserPresenceSensor(task_id="t", user_ids=["u", later], presences=["Break"], match="any", source_id=later)
GenesysCloudUserPresenceSensor(task_id="t", user_ids=later, presences="{{ params.presences }}", poke_interval=60.0)
GenesysCloudPresenceDefinitionsSensor(task_id="t", definitions=rows, wait_for="drift", prune="deactivate")
GenesysCloudUserPresenceSensor(task_id="t", user_ids=later, presences=later, deferrable=True, soft_fail=True)
GenesysCloudPresenceDefinitionsSensor(task_id="t", definitions=PATH, deferrable=False)
GenesysCloudConfigurationChangedSensor(task_id="t", include=["all"], destination=PATH, deferrable=True, timeout=60.0)
GenesysCloudPresenceDefinitionsSensor(task_id="t", definitions=later, wait_for="in_sync", labels="merge", timeout=60)

# --- exports

include: Included = ["webchat", "presence_sources"]
export = GenesysCloudExportOperator(task_id="t", include=include, destination=STORE, fail_on=["gone"])
GenesysCloudExportOperator(
    task_id="t",
    include=("all",),
    destination="{{ params.folder }}",
    changed_asset=Asset("configuration"),
    fail_on={"webchat_settings": ["absent", "gone"], "presence_sources": ()},
    genesys_cloud_conn_id=later,
    outlets=[AssetAlias("configuration")],
)
GenesysCloudExportOperator(task_id="t", include="{{ params.include }}", destination=later, fail_on=())
GenesysCloudExportWebchatSettingsOperator(task_id="t", destination=PATH, changed_asset="x-configuration://webchat")
GenesysCloudConfigurationChangedSensor(task_id="t", include=["web_messaging"], destination=later, mode="reschedule")
GenesysCloudPlanWebMessagingMigrationOperator(
    task_id="t",
    snapshot=export.output,
    destination=PATH,
    flow_map={"a": "b"},
    integration_map=None,
    languages=["de-de"],
)
GenesysCloudPlanWebMessagingMigrationOperator(
    task_id="t", snapshot=PATH, destination=later, flow_map="{{ params.flows }}", integration_map=later, languages=later
)

webchat = [resource.title for resource in select(["webchat"]) if RESOURCES[resource.name].is_listing]
verified: str = verify(STORE).snapshot
deployments = open_snapshot(STORE).entities("webchat_deployments")

# --- any operation, preflight

GenesysCloudApiOperator(task_id="t", operation="getUsers", query={"id": ["a", "b"]}, all_pages=True, destination=PATH)
GenesysCloudApiOperator(
    task_id="t", operation="patchUserPresence", path_params="{{ params.p }}", body="{{ params.b }}", query=later
)
GenesysCloudApiOperator(task_id="t", operation=cast("GenesysCloudTokenOperationName", "{{ params.operation }}"))
GenesysCloudApiOperator(task_id="t", operation=later, path_params={"userId": later}, body=[later], destination=later)
references: list[ReferenceRow] = [{"sourceId": "s"}, {"userId": "u", "presence": "Break/Smoke"}]
GenesysCloudPreflightOperator(task_id="t")
GenesysCloudPreflightOperator(task_id="t", operations=["getUsers"], source=[PATH], stream=stream, references=references)
GenesysCloudPreflightOperator(task_id="t", operations=["getPresenceDefinitions0", later])
GenesysCloudPreflightOperator(task_id="t", operations=later, source=later, stream=later, references=later)
GenesysCloudPreflightOperator(task_id="t", operations="{{ params.operations }}", references="{{ params.references }}")

GenesysCloudShardEventsOperator(task_id="t", stream="conversations", source=PATH, shards=4, destination=STORE)
GenesysCloudShardEventsOperator(task_id="t", stream=later, source=PATH, shards="{{ params.shards }}", destination=STORE)
GenesysCloudShardEventsOperator(task_id="t", stream=later, source=later, shards=later, destination=later)

# --- records

GenesysCloudConvertRecordsOperator(task_id="t", records=PATH, mapping=PATH, destination=PATH)
GenesysCloudConvertRecordsOperator(
    task_id="t", records=[PATH, "b"], mapping="m.yaml", directory=PATH, destination=later, max_rejected="1%"
)
GenesysCloudConvertRecordsOperator(
    task_id="t", records=[{"Id": "c1"}], mapping=later, source_id=later, destination=PATH, max_rejected=2
)

GenesysCloudConvertRecordsOperator(
    task_id="t", records=PATH, mapping=PATH, destination=PATH, settle=timedelta(hours=2), state_path=STORE
)
RecordsToGenesysCloudOperator(task_id="t", records=later, mapping=PATH, directory=later, settle=later, state_path=later)
RecordsToGenesysCloudOperator(task_id="t", records="s", mapping="m", presence_map=[{"state": "a", "presence": "Busy"}])
RecordsToGenesysCloudOperator(
    task_id="t",
    records=[{"Id": "c1"}],
    mapping="amazon_connect",
    source_id="s",
    settle="2h",
    artifacts_path=None,
    on_unknown="dead_letter",
    deferrable=True,
    republish=True,
)
VonageInteractionsOperator(task_id="t", since="2026-11-16T08:00:00Z", destination=PATH)
VonageInteractionsOperator(task_id="t", since=datetime.now(UTC), until=later, destination=later)

# --- transfer

rules: list[PresenceMapRow] = [
    {"category": "Away", "description": None, "presence": "Meal/Canteen", "routing_status": "OffQueue"},
    {"sub_category": "x", "presence_id": "y", "presence": "{{ params.presence }}"},
]
VonagePresenceToGenesysCloudOperator(
    task_id="t",
    user_map={"{{ params.agent }}": "b"},
    presence_map=rules,
    source_id="{{ params.source_id }}",
    state_path=STORE,
    artifacts_path=None,
    max_rejected="0.5%",
    on_unknown="resend",
    dead_letter_fields="all",
    vonage_contact_center_conn_id="vonage",
)
VonagePresenceToGenesysCloudOperator(
    task_id="t", user_map=later, presence_map=later, source_id=later, state_path=later, max_rejected=later
)
VonagePresenceToGenesysCloudOperator(
    task_id="t", user_map=PATH, presence_map="presences.yaml", source_id="s", state_path="/state.json", max_in_flight=2
)

# --- hooks

hook = GenesysCloudHook("genesys_cloud_default")
hook.call("getUsers", query={"id": ["a"]})
for user in hook.iterate("getUsers", max_pages=3):
    hook.call("patchUserPresencesPurecloud", path_params={"userId": user["id"]}, body={})
name: GenesysCloudOperationName = "postPresenceDefinitions0"
hook.call(name, body={})
hook.call("postWebchatGuestConversations", body={})
listing: GenesysCloudListingName = "getPresenceDefinitions0"
hook.call(listing)
names: list[OperationName] = [name, listing, "getStatsInteraction"]
hook.get_conn().call(operation(names[0]), body={})
hook.get_conn().iterate(operation("getUsers"))
of_a_chat = list(hook.iterate("getWebchatGuestConversationMessages", path_params={"conversationId": "c"}))
hook.convert_records(PATH, "m.yaml", STORE, directory=PATH, settle=timedelta(hours=2), state_path=STORE)
hook.convert_records([{"Id": "c1"}], PATH, "/out", source_id="s", settle="90m", max_rejected="1%")
hook.publish_events("conversations", [{"eventId": "x"}], artifacts_path=None, max_rejected="0.5%", ledger_key="k")
hook.publish_events(
    stream, PATH, artifacts_path=STORE, on_unknown="dead_letter", dead_letter_fields="ids", max_wait=9.5
)
hook.get_publisher("user_presences", artifacts_path="/x", context=None, republish=True).publish([["/a", "/b"], PATH])
made_plan, existing = hook.plan_presence_definitions(PATH, prune="deactivate", protected={"Break"}, applied_later=False)
hook.plan_presence_definitions(rows, labels="merge", in_use="refuse", max_changes_percent=0, max_deactivations=1)
vonage = VonageContactCenterHook()
vonage.call("getAgentsPresenceDefinitions")
vonage_name: VonageOperationName = "patchAgentsUserPresence"
vonage.call(vonage_name, path_params={"userId": "u"}, body={})
vonage_listing: VonageListingName = "getStatsQueueTimes"
queue_times = list(vonage.get_conn().iterate(vonage_listing, query={"start": "2026-11-16T08:00:00Z"}))
client = hook.get_conn().view(wait=lambda seconds, reason: None, meter=Meter())
client.view(meter=client.meter).call("getPresenceSources")
client.wait(client.meter.rate_limited_seconds, "a while")
dict(VonageContactCenterHook().get_conn().view(wait=client.wait).read_presences(["u"]))

# --- triggers

GenesysCloudConfigurationChangedTrigger(include=["presence_definitions", "webchat"], interval=60)
GenesysCloudLookTrigger(
    look="users", arguments={"user_ids": ["u"]}, genesys_cloud_conn_id="c", interval=30.0, deadline=1.8e9
)
GenesysCloudWaitTrigger(until=1.8e9)
