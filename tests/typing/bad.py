"""Uses that a strict type checker must refuse, each on a line of its own that ends with the code of the error."""

from __future__ import annotations

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.mapping.rules import PresenceMapRow
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator as Api
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator as Publish
from airflow_provider_genesys.operators.events import GenesysCloudShardEventsOperator as Shard
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator as Export
from airflow_provider_genesys.operators.exports import GenesysCloudExportWebchatSettingsOperator as ExportWebchat
from airflow_provider_genesys.operators.exports import GenesysCloudPlanWebMessagingMigrationOperator as Migrate
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator as Preflight
from airflow_provider_genesys.operators.presence import GenesysCloudApplyPresenceDefinitionsOperator as Apply
from airflow_provider_genesys.operators.presence import GenesysCloudPlanPresenceDefinitionsOperator as Plan
from airflow_provider_genesys.operators.presence import GenesysCloudSetUserPresencesOperator as SetPresences
from airflow_provider_genesys.operators.presence import GenesysCloudSyncPresenceDefinitionsOperator as Sync
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator as Convert
from airflow_provider_genesys.operators.vonage import VonageInteractionsOperator as Interactions
from airflow_provider_genesys.presence.definitions import DefinitionRow
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor as Changed
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor as InSync
from airflow_provider_genesys.sensors.presence import GenesysCloudUserPresenceSensor as UsersAre
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator as Records
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator as Transfer
from airflow_provider_genesys.triggers.genesys_cloud import (
    GenesysCloudConfigurationChangedTrigger,
    GenesysCloudLookTrigger,
    GenesysCloudWaitTrigger,
)

# --- events

Publish(task_id="t", stream="presences", source="/x")  # arg-type
Publish(task_id="t", stream=["conversations"], source="/x")  # arg-type
Publish(task_id="t", stream="conversations")  # call-arg
Publish(task_id="t", source="/x")  # call-arg
Publish("conversations", "/x", task_id="t")  # call-arg
Publish(task_id="t", stream="conversations", sources="/x")  # call-arg
Publish(task_id="t", stream="conversations", source=None)  # arg-type
Publish(task_id="t", stream="conversations", source=7)  # arg-type
Publish(task_id="t", stream="conversations", source=b"{}")  # arg-type
Publish(task_id="t", stream="conversations", source=[1])  # list-item
Publish(task_id="t", stream="conversations", source="/x", artifacts_path=7)  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_rejected=None)  # arg-type
Publish(task_id="t", stream="conversations", source="/x", on_unknown="retry")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_in_flight="12")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_in_flight=2.5)  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_in_flight="{{ params.lanes }}")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_attempts=None)  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_rate_limit_wait="900")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", requests_per_minute="300")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", max_wait="60")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", duplicate_window="all")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", republish="False")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", ledger_key=20261128)  # arg-type
Publish(task_id="t", stream="conversations", source="/x", dead_letter_fields="none")  # arg-type
Publish(task_id="t", stream="conversations", source="/x", genesys_cloud_conn_id=None)  # arg-type

# --- presence

row: DefinitionRow = {"system_presence": "Break", "label": {"en": "Smoke"}}  # typeddict-item typeddict-unknown-key
Plan(task_id="t")  # call-arg
Plan(task_id="t", definition="x.yaml")  # call-arg
Plan(task_id="t", definitions=None)  # arg-type
Plan(task_id="t", definitions={"system_presence": "Break", "labels": {"en": "Smoke"}})  # arg-type
Plan(task_id="t", definitions=[{"system_presence": "Break"}])  # typeddict-item
Plan(task_id="t", definitions=[{"system_presence": "Break", "labels": "Smoke"}])  # typeddict-item
Plan(task_id="t", definitions=[{"system_presence": "Break", "labels": {}, "active": "no"}])  # typeddict-item
Plan(task_id="t", definitions=[{"presence": "Break", "labels": {}}])  # typeddict-item typeddict-unknown-key
Plan(task_id="t", definitions=["Break/Smoke"])  # list-item
Plan(task_id="t", definitions="x.yaml", prune="deactivated")  # arg-type
Plan(task_id="t", definitions="x.yaml", prune=True)  # arg-type
Plan(task_id="t", definitions="x.yaml", labels=True)  # arg-type
Plan(task_id="t", definitions="x.yaml", protected=7)  # arg-type
Plan(task_id="t", definitions="x.yaml", protected=[7])  # list-item
Plan(task_id="t", definitions="x.yaml", max_changes_percent="30")  # arg-type
Plan(task_id="t", definitions="x.yaml", max_deactivations=None)  # arg-type
Plan(task_id="t", definitions="x.yaml", in_use="keep")  # arg-type
Plan(task_id="t", definitions="x.yaml", on_changes="warn")  # arg-type
Plan(task_id="t", definitions="x.yaml", artifacts_path=True)  # arg-type
Sync(task_id="t")  # call-arg
Sync(task_id="t", definitions="x.yaml", prune="all")  # arg-type
Sync(task_id="t", definitions="x.yaml", labels="keep")  # arg-type
Sync(task_id="t", definitions="x.yaml", in_use=False)  # arg-type
Sync(task_id="t", definitions="x.yaml", force_checksum=True)  # arg-type
Sync(task_id="t", definitions="x.yaml", max_deactivations=2.5)  # arg-type
Apply(task_id="t")  # call-arg
Apply(task_id="t", plan=["plan.json"])  # arg-type
Apply(task_id="t", plan="plan.json", force_checksum=7)  # arg-type
SetPresences(task_id="t")  # call-arg
SetPresences(task_id="t", presences={"user_id": "u", "presence": "Break"})  # arg-type
SetPresences(task_id="t", presences=[{"user_id": "u"}])  # typeddict-item
SetPresences(task_id="t", presences=[{"user": "u", "presence": "Break"}])  # typeddict-item typeddict-unknown-key
SetPresences(task_id="t", presences=[{"user_id": "u", "presence": None}])  # typeddict-item
UsersAre(task_id="t", user_ids=["u"])  # call-arg
UsersAre(task_id="t", user_ids=[7], presences=["Break"])  # list-item
UsersAre(task_id="t", user_ids=None, presences=["Break"])  # arg-type
UsersAre(task_id="t", user_ids=["u"], presences=["Break"], match="some")  # arg-type
UsersAre(task_id="t", user_ids=["u"], presences=["Break"], source_id=7)  # arg-type
UsersAre(task_id="t", user_ids=["u"], presences=["Break"], deferrable="true")  # arg-type
InSync(task_id="t")  # call-arg
InSync(task_id="t", desired="x.yaml")  # call-arg
InSync(task_id="t", definitions="x.yaml", wait_for="insync")  # arg-type
InSync(task_id="t", definitions="x.yaml", prune="deactivated")  # arg-type
InSync(task_id="t", definitions="x.yaml", labels=True)  # arg-type
InSync(task_id="t", definitions=[], deferrable=None)  # arg-type

# --- exports

Export(task_id="t", destination="/x")  # call-arg
Export(task_id="t", include=["webchat"])  # call-arg
Export(task_id="t", include=["web_chat"], destination="/x")  # list-item
Export(task_id="t", include=None, destination="/x")  # arg-type
Export(task_id="t", include=["webchat"], destination=None)  # arg-type
Export(task_id="t", include=["webchat"], destination="/x", fail_on="gone")  # arg-type
Export(task_id="t", include=["webchat"], destination="/x", fail_on=["missing"])  # list-item
Export(task_id="t", include=["webchat"], destination="/x", fail_on={"webchat": ["gone"]})  # dict-item
Export(task_id="t", include=["webchat"], destination="/x", changed_asset=True)  # arg-type
ExportWebchat(task_id="t")  # call-arg
ExportWebchat(task_id="t", destination=7)  # arg-type
ExportWebchat(task_id="t", destination="/x", fail_on="forbidden")  # arg-type
ExportWebchat(task_id="t", destination="/x", changed_asset=["x"])  # arg-type
Changed(task_id="t", include=["webchat"])  # call-arg
Changed(task_id="t", include=["chats"], destination="/x")  # list-item
Changed(task_id="t", include=["webchat"], destination=None)  # arg-type
Changed(task_id="t", include=["all"], destination="/x", deferrable="{{ params.x }}")  # arg-type
Migrate(task_id="t", snapshot="/x")  # call-arg
Migrate(task_id="t", snapshot=None, destination="/x")  # arg-type
Migrate(task_id="t", snapshot="/x", destination="/x", flow_map=["a"])  # arg-type
Migrate(task_id="t", snapshot="/x", destination="/x", integration_map={"a": 1})  # dict-item
Migrate(task_id="t", snapshot="/x", destination="/x", languages=None)  # arg-type

# --- any operation, preflight

Api(task_id="t")  # call-arg
Api(task_id="t", operation=None)  # arg-type
Api(task_id="t", operation="getUser")  # arg-type
Api(task_id="t", operation="getAgentsPresenceDefinitions")  # arg-type
Api(task_id="t", operation="postWebchatGuestConversations")  # arg-type
Api(task_id="t", operation="getWebchatGuestConversationMessages", all_pages=True)  # arg-type
Api(task_id="t", operation="getUsers", query=["a"])  # arg-type
Api(task_id="t", operation="getUsers", path_params=7)  # arg-type
Api(task_id="t", operation="getUsers", all_pages="yes")  # arg-type
Api(task_id="t", operation="getUsers", destination=True)  # arg-type
Preflight(task_id="t", operations=[7])  # list-item
Preflight(task_id="t", operations=["getUsers", "postEventsConversation"])  # list-item
Preflight(task_id="t", operations=["getAgentsPresenceDefinitions"])  # list-item
Preflight(task_id="t", source="/x", stream="conversation")  # arg-type
Preflight(task_id="t", source=7, stream="conversations")  # arg-type
Preflight(task_id="t", references=[{"source_id": "s"}])  # typeddict-unknown-key
Preflight(task_id="t", references={"sourceId": "s"})  # arg-type
Preflight(task_id="t", references=[{"sourceId": None}])  # typeddict-item

# --- records

Convert(task_id="t", records="/x", destination="/x")  # call-arg
Convert(task_id="t", records=7, mapping="/x", destination="/x")  # arg-type
Shard(task_id="t", stream="conversations", source="/x", destination="/x")  # call-arg
Shard(task_id="t", stream="calls", source="/x", shards=2, destination="/x")  # arg-type
Shard(task_id="t", stream="conversations", source="/x", shards=2.5, destination="/x")  # arg-type
Convert(task_id="t", records="/x", mapping=["/x"], destination="/x")  # arg-type
Convert(task_id="t", records="/x", mapping="/x", destination=None)  # arg-type
Convert(task_id="t", records="/x", mapping="/x", destination="/x", directory={"users": "x"})  # arg-type
Convert(task_id="t", records="/x", mapping="/x", destination="/x", max_rejected=None)  # arg-type

Interactions(task_id="t", since="2026-11-16T08:00:00Z")  # call-arg
Interactions(task_id="t", since=7, destination="/x")  # arg-type
Interactions(task_id="t", since="2026-11-16T08:00:00Z", destination=None)  # arg-type
Convert(task_id="t", records="/x", mapping="m", destination="/y", settle=7200)  # arg-type
Convert(task_id="t", records="/x", mapping="m", destination="/y", presence_map=[{"state": "Free"}])  # typeddict-item
Records(task_id="t", records="/x")  # call-arg
Records(task_id="t", records="/x", mapping="m", on_unknown="give up")  # arg-type
Records(task_id="t", records="/x", mapping="m", republish="yes")  # arg-type

# --- transfer

ids, rules, path = "users.csv", "presences.yaml", "/state.json"
rule: PresenceMapRow = {"category": "Lunch", "presence": "Meal"}  # typeddict-item
rule = {"catgory": "Away", "presence": "Meal"}  # typeddict-unknown-key
rule = {"description": 7, "presence": "Meal"}  # typeddict-item
rule = {"presence": "Meal", "routing_status": "Off"}  # typeddict-item
rule = {"category": "Away"}  # typeddict-item
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s")  # call-arg
Transfer(task_id="t", user_map=["u"], presence_map=rules, source_id="s", state_path=path)  # arg-type
Transfer(task_id="t", user_map={"u": 7}, presence_map=rules, source_id="s", state_path=path)  # dict-item
Transfer(task_id="t", user_map=ids, presence_map={"a": "b"}, source_id="s", state_path=path)  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=[{}], source_id="s", state_path=path)  # typeddict-item
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id=7.5, state_path=path)  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s", state_path=None)  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s", state_path=path, on_unknown="x")  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s", state_path=path, max_rejected=())  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s", state_path=path, max_in_flight="2")  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="s", state_path=path, max_wait="60")  # arg-type
Transfer(task_id="t", user_map=ids, presence_map=rules, source_id="", state_path=path, dead_letter_fields=1)  # arg-type

# --- hooks

GenesysCloudHook(7)  # arg-type
GenesysCloudHook(conn_id="genesys_cloud_default")  # call-arg
GenesysCloudHook().call(7)  # arg-type
GenesysCloudHook().call("getUser")  # arg-type
GenesysCloudHook().call("getAgentsPresenceDefinitions")  # arg-type
GenesysCloudHook().iterate("getRoutingQueue")  # arg-type
GenesysCloudHook().iterate("getStatsInteractions")  # arg-type
GenesysCloudHook().iterate("postPresenceDefinitions")  # arg-type
GenesysCloudHook().iterate("getPresenceDefinition", path_params={"definitionId": "d"})  # arg-type
GenesysCloudHook().call("getUsers", params={"id": "a"})  # call-arg
GenesysCloudHook().call("getUsers", query="id=a")  # arg-type
GenesysCloudHook().iterate("getUsers", max_page=3)  # call-arg
GenesysCloudHook().iterate("getUsers", max_pages="3")  # arg-type
GenesysCloudHook().publish_events("conversation", [], artifacts_path=None)  # arg-type
GenesysCloudHook().publish_events("conversations", [])  # call-arg
GenesysCloudHook().publish_events("conversations", [7], artifacts_path=None)  # list-item
GenesysCloudHook().publish_events("conversations", [], artifacts_path=None, max_reject=5)  # call-arg
GenesysCloudHook().publish_events("conversations", [], artifacts_path=None, on_unknown="retry")  # arg-type
GenesysCloudHook().publish_events("conversations", [], artifacts_path=None, max_in_flight="12")  # arg-type
GenesysCloudHook().publish_events("conversations", [], artifacts_path=None, dead_letter_fields="some")  # arg-type
GenesysCloudHook().get_publisher("chats", artifacts_path=None, context=None)  # arg-type
GenesysCloudHook().get_publisher("conversations", artifacts_path=None, context=None, max_waits=5)  # call-arg
GenesysCloudHook().get_publisher("conversations", artifacts_path=None, context=None, republish="no")  # arg-type
GenesysCloudHook().get_conn().call("getUsers", wait=print)  # call-arg
GenesysCloudHook().get_conn().call("getAgentsUserPresence")  # arg-type
GenesysCloudHook().get_conn().view().iterate("postPresenceDefinitions")  # arg-type
GenesysCloudHook().get_conn().operation("getStatsInteraction")  # arg-type
GenesysCloudHook().get_conn().view(wait=5.0)  # arg-type
GenesysCloudHook().get_conn().view(meters=None)  # call-arg
GenesysCloudHook().plan_presence_definitions()  # call-arg
GenesysCloudHook().plan_presence_definitions(None)  # arg-type
GenesysCloudHook().plan_presence_definitions("x.yaml", prune="deactivated")  # arg-type
GenesysCloudHook().plan_presence_definitions("x.yaml", labels=True)  # arg-type
GenesysCloudHook().plan_presence_definitions("x.yaml", in_used="refuse")  # call-arg
GenesysCloudHook().plan_presence_definitions("x.yaml", applied_later="no")  # arg-type
VonageContactCenterHook(None)  # arg-type
VonageContactCenterHook().call("getAgentsPresenceDefinition")  # arg-type
VonageContactCenterHook().call("getUsers")  # arg-type
VonageContactCenterHook().iterate("getUsers")  # arg-type
VonageContactCenterHook().iterate("getStatsInteraction", path_params={"guid": "g"})  # arg-type
VonageContactCenterHook().get_conn().read_only().call("getUsers")  # arg-type
VonageContactCenterHook().call("getAgentsPresenceDefinitions", guest="x")  # call-arg

# --- triggers

GenesysCloudConfigurationChangedTrigger(resources=["presence_definitions"])  # call-arg
GenesysCloudConfigurationChangedTrigger(include="presence_definitions")  # arg-type
GenesysCloudConfigurationChangedTrigger(interval="5 minutes")  # arg-type
GenesysCloudLookTrigger(look="users", arguments={}, genesys_cloud_conn_id="c", interval=30.0)  # call-arg
GenesysCloudWaitTrigger(seconds=60)  # call-arg
