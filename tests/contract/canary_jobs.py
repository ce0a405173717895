"""A way to run each thing of ours that meets an API: operators, sensors, transfers, triggers, hooks, commands.

What there is to run is read from what Airflow is told; :data:`JOBS` says with which arguments.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_genesys.api.process import forget_tokens_and_limits
from airflow_provider_genesys.cli.commands import COMMANDS
from airflow_provider_genesys.cli.main import main
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.simulator.example_data import AGENTS, SOURCE
from tests.contract.canary_gateway import GUEST
from tests.contract.deferral import remade
from tests.contract.worlds import routing_status
from tests.harness.provider import TASKS, provider_classes
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

DATA = Path(__file__).parents[2] / "example_dags" / "data"
DEFINITIONS = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]
USER = next(iter(AGENTS.values()))
MESSAGES = {"conversationId": USER, "memberId": USER}


@dataclass
class Run:
    """What a job is run with, and what it leaves.

    :param folder: where all files go.
    :param ti: the task instance.
    :param left: what else came out of it: results, templates, triggers, events.
    """

    folder: Path
    ti: TaskInstance = field(default_factory=TaskInstance)
    left: list[Any] = field(default_factory=list)

    def path(self, name: str) -> str:
        """Return the path of a file in the folder."""
        return str(self.folder / name)

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder, and return its path."""
        (self.folder / name).write_text(text)
        return self.path(name)

    def events(self) -> str:
        """Write events, and return the path."""
        return self.write("events.jsonl", "".join(f"{json.dumps(routing_status(n))}\n" for n in range(1, 5)))

    def artifacts(self) -> dict[str, Any]:
        """Return what a publish is told beside its events."""
        return {"artifacts_path": self.path("artifacts"), "max_attempts": 2, "max_rate_limit_wait": 1, "max_wait": 1}

    def publish(self) -> dict[str, Any]:
        """Return the same for a publish by a hook, outside of a task."""
        return self.artifacts() | {"ledger_key": "canary"}

    def records(self) -> dict[str, Any]:
        """Return what records are and in whose names their events are told: the organisation's."""
        return {
            "records": str(DATA / "calls.csv"),
            "mapping": str(DATA / "calls.yaml"),
            "directory": "organization",
            "source_id": SOURCE["id"],
            "max_rejected": "100%",
        }


Job = Callable[[Run], Any]


def _task(cls: Any, arguments: Callable[[Run], dict[str, Any]], **more: Any) -> Job:
    """Render and run a task; where it leaves for the triggerer, run its trigger and go on."""

    def run(run: Run) -> None:
        given = context(run.ti, fileloc=run.path("dag.py"), outlet_events={})
        task = cls(task_id="task", **arguments(run), **more)
        task.render_template_fields(given)
        run.left += [getattr(task, name) for name in cls.template_fields]
        try:
            run.left.append(task.execute(given))
        except TaskDeferred as deferred:
            trigger = remade(deferred)
            run.left.append(trigger.serialize())
            event = asyncio.run(_first_event(trigger))
            run.left += [event, task.resume_execution("execute_complete", {"event": event}, given)]

    return run


async def _first_event(trigger: Any) -> Any:
    events = trigger.run()
    try:
        return (await asyncio.wait_for(anext(events), 20)).payload
    finally:
        await events.aclose()


def _trigger(name: str, arguments: dict[str, Any]) -> Job:
    """Run a trigger until its time is over, or, where it has none, until it pauses: a slow machine looks late."""

    def run(run: Run) -> None:
        cls = {each.__name__: each for each in provider_classes("triggers")}[name]
        trigger = cls(**arguments, **({"deadline": time.time() + 1.0} if name.endswith("LookTrigger") else {}))
        run.left += [trigger.serialize(), repr(trigger), vars(trigger)]

        async def told() -> None:
            async for event in trigger.run():
                run.left.append(event.payload)

        async def listen() -> None:
            pausing, pause, ends = asyncio.Event(), cls._pause, [asyncio.create_task(told())]

            def paused(*of: Any) -> float:
                pausing.set()
                return pause(*of)

            with ExitStack() as stack:
                if "deadline" not in trigger.serialize()[1]:
                    stack.enter_context(patch.object(cls, "_pause", staticmethod(paused)))
                    ends.append(asyncio.create_task(pausing.wait()))
                await asyncio.wait(ends, timeout=60, return_when=asyncio.FIRST_COMPLETED)
                for each in ends:
                    each.cancel()
                failure, *_ = await asyncio.gather(*ends, return_exceptions=True)
            if isinstance(failure, Exception):
                raise failure

        asyncio.run(listen())
        run.left.append(vars(trigger))

    return run


def _hook(hook: Any, call: Callable[[Any, Run], Any]) -> Job:
    def run(run: Run) -> None:
        one = hook()
        try:
            result = call(one, run)
            run.left.append([*result] if isinstance(result, Iterator) else result)
        finally:
            run.left += [repr(one), repr(vars(one))]

    return run


def _command(*arguments: str, before: Callable[[Run], Any] | None = None) -> Job:
    def run(run: Run) -> None:
        if before:
            before(run)
        given = [each.format(folder=run.folder, data=DATA) for each in arguments]
        run.left.append(main([*given, "--conn-id", "genesys_cloud_default"]))

    return run


def _plan(run: Run) -> Any:
    plan = GenesysCloudHook("plans").plan_presence_definitions(
        [*DEFINITIONS, {"system_presence": "Meal", "labels": {"en_US": "Soup"}}]
    )
    forget_tokens_and_limits()  # else the job has this one's token, and asks for none
    return run.write("plan.json", plan[0].to_json())


def _sensor(cls: Any, arguments: Callable[[Run], dict[str, Any]], *, deferrable: bool) -> Job:
    return _task(cls, arguments, deferrable=deferrable, poke_interval=0.2, timeout=1.5)


def _snapshot(run: Run) -> dict[str, Any]:
    """Write a snapshot, by a connection that goes through no proxy."""
    GenesysCloudExportOperator(
        task_id="before",
        include=["presence_definitions"],
        destination=run.path("snapshots"),
        genesys_cloud_conn_id="plans",
    ).execute(context(TaskInstance("before")))
    forget_tokens_and_limits()
    return {"include": ["presence_definitions"], "destination": run.path("snapshots")}


TASK_ARGUMENTS: dict[str, Callable[[Run], dict[str, Any]]] = {
    "GenesysCloudApiOperator": lambda run: {
        "operation": "getPresenceDefinitions",
        "destination": run.path("answers.jsonl"),
        "all_pages": True,
    },
    "GenesysCloudPublishEventsOperator": lambda run: (
        {"stream": "user_routing_statuses", "source": run.events()} | run.artifacts()
    ),
    "GenesysCloudExportWebchatSettingsOperator": lambda run: {"destination": run.path("snapshots")},
    "GenesysCloudExportOperator": lambda run: {"include": ["all"], "destination": run.path("snapshots")},
    "GenesysCloudPreflightOperator": lambda run: {
        "operations": ["postEventsUsersRoutingstatus"],
        "references": [{"presence": "Break/Smoke", "userId": USER}],
    },
    "GenesysCloudPlanPresenceDefinitionsOperator": lambda run: {
        "definitions": DEFINITIONS,
        "artifacts_path": run.path("artifacts"),
    },
    "GenesysCloudApplyPresenceDefinitionsOperator": lambda run: {"plan": _plan(run)},
    "GenesysCloudSyncPresenceDefinitionsOperator": lambda run: {
        "definitions": [*DEFINITIONS, {"system_presence": "Meal", "labels": {"en_US": "Soup"}}],
        "artifacts_path": run.path("artifacts"),
    },
    "GenesysCloudSetUserPresencesOperator": lambda run: {
        "presences": [{"user_id": USER, "presence": "Break", "source_id": SOURCE["id"]}]
    },
    "GenesysCloudConvertRecordsOperator": lambda run: run.records() | {"destination": run.path("converted")},
    "VonageInteractionsOperator": lambda run: {
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-11-20T00:00:00Z",
        "destination": run.path("interactions.jsonl"),
    },
    "GenesysCloudUserPresenceSensor": lambda run: {"user_ids": [USER], "presences": ["Meal"]},
    "GenesysCloudPresenceDefinitionsSensor": lambda run: {
        "definitions": [{"system_presence": "Meal", "labels": {"en_US": "Soup"}}]
    },
    "GenesysCloudConfigurationChangedSensor": _snapshot,
    "RecordsToGenesysCloudOperator": lambda run: (
        run.records() | run.artifacts() | {"state_path": run.path("state.db"), "deferrable": False}
    ),
    "VonagePresenceToGenesysCloudOperator": lambda run: (
        run.artifacts()
        | {
            "user_map": str(DATA / "vonage_users.csv"),
            "presence_map": str(DATA / "vonage_presences.yaml"),
            "source_id": SOURCE["id"],
            "state_path": run.path("watermarks.json"),
            "max_rejected": "100%",
        }
    ),
}
_LOOK = {
    "look": "users",
    "arguments": {"user_ids": [USER], "presences": ["Meal"], "match": "all", "source_id": None, "wanted": None},
    "genesys_cloud_conn_id": "genesys_cloud_default",
    "interval": 0.2,
}


def _task_jobs() -> dict[str, Job]:
    jobs: dict[str, Job] = {}
    for cls in provider_classes(*TASKS):
        arguments = TASK_ARGUMENTS.get(cls.__name__)
        if arguments is None:
            continue
        if cls.__name__.endswith("Sensor"):
            jobs[cls.__name__] = _sensor(cls, arguments, deferrable=False)
            jobs[f"{cls.__name__} deferred"] = _sensor(cls, arguments, deferrable=True)
        else:
            jobs[cls.__name__] = _task(cls, arguments)
    return jobs


JOBS: dict[str, Job] = {
    **_task_jobs(),
    "GenesysCloudLookTrigger": _trigger("GenesysCloudLookTrigger", _LOOK),
    "GenesysCloudConfigurationChangedTrigger": _trigger(
        "GenesysCloudConfigurationChangedTrigger", {"include": ["presence_definitions"], "interval": 60.0}
    ),
    "GenesysCloudHook.call": _hook(
        GenesysCloudHook, lambda hook, _: hook.call("postPresenceSources", body={"name": "x"})
    ),
    "GenesysCloudHook.call as a guest": _hook(
        GenesysCloudHook,
        lambda hook, _: hook.call("getWebchatGuestConversationMember", path_params=MESSAGES, guest_token=GUEST),
    ),
    "GenesysCloudHook.iterate": _hook(GenesysCloudHook, lambda hook, _: hook.iterate("getUsers")),
    "GenesysCloudHook.iterate as a guest": _hook(
        GenesysCloudHook,
        lambda hook, _: hook.iterate(
            "getWebchatGuestConversationMessages", path_params={"conversationId": USER}, guest_token=GUEST
        ),
    ),
    "GenesysCloudHook.get_conn": _hook(GenesysCloudHook, lambda hook, _: hook.get_conn().call("getOrganizationsMe")),
    "GenesysCloudHook.get_publisher": _hook(
        GenesysCloudHook,
        lambda hook, run: hook.get_publisher(
            "user_routing_statuses", context=None, ledger_key="canary", **run.artifacts()
        ).publish(run.events()),
    ),
    "GenesysCloudHook.publish_events": _hook(
        GenesysCloudHook,
        lambda hook, run: hook.publish_events(
            "user_routing_statuses", run.events(), ledger_key="canary", **run.artifacts()
        ),
    ),
    "GenesysCloudHook.get_presence_resolver": _hook(
        GenesysCloudHook, lambda hook, _: hook.get_presence_resolver()("Break/Smoke")
    ),
    "GenesysCloudHook.plan_presence_definitions": _hook(
        GenesysCloudHook, lambda hook, _: hook.plan_presence_definitions(DEFINITIONS)
    ),
    "GenesysCloudHook.convert_records": _hook(
        GenesysCloudHook, lambda hook, run: hook.convert_records(**run.records(), destination=run.path("converted"))
    ),
    "GenesysCloudHook.test_connection": _hook(GenesysCloudHook, lambda hook, _: hook.test_connection()),
    "GenesysCloudHook.get_connection_settings": _hook(GenesysCloudHook, lambda hook, _: hook.get_connection_settings()),
    "VonageContactCenterHook.call": _hook(
        VonageContactCenterHook, lambda hook, _: hook.call("getAgentsPresenceDefinitions")
    ),
    "VonageContactCenterHook.iterate": _hook(
        VonageContactCenterHook, lambda hook, _: hook.iterate("getAgentsPresenceDefinitions")
    ),
    "VonageContactCenterHook.get_conn": _hook(
        VonageContactCenterHook, lambda hook, _: [*hook.get_conn().read_presences(list(AGENTS))]
    ),
    "VonageContactCenterHook.test_connection": _hook(VonageContactCenterHook, lambda hook, _: hook.test_connection()),
    "VonageContactCenterHook.get_connection_settings": _hook(
        VonageContactCenterHook, lambda hook, _: hook.get_connection_settings()
    ),
    "command plan": _command("plan", "{data}/presence_definitions.yaml", "--out", "{folder}/plan.json"),
    "command apply": _command("apply", "{folder}/plan.json", before=_plan),
    "command publish": _command(
        *("publish", "{folder}/events.jsonl", "--stream", "user_routing_statuses"),
        *("--artifacts-path", "{folder}/artifacts"),
        before=Run.events,
    ),
    "command convert": _command(
        *("convert", "{data}/calls.csv", "--mapping", "{data}/calls.yaml", "--directory", "organization"),
        *("--source-id", SOURCE["id"], "--destination", "{folder}/converted", "--max-rejected", "100%"),
    ),
    "command make-directory": _command("make-directory", "{folder}/directory.yaml"),
    "command export": _command("export", "{folder}/snapshots"),
    "command preflight": _command("preflight", "--operation", "postEventsUsersRoutingstatus"),
}
"""Each job by the name of what it is of; further ways to run the same have a blank and more behind it."""

NEVER_ASK = {"GenesysCloudHook.add_up_summaries", "GenesysCloudWaitTrigger"}
"""What has a hook or a trigger around it and meets nobody."""
LOOK_ONLY = {"GenesysCloudHook.get_connection_settings", "VonageContactCenterHook.get_connection_settings"}
"""What knows secrets and sends nothing."""


def meets_an_api() -> set[str]:
    """Return the names of all that meets an API, from what Airflow is told and what the command line has."""
    tasks = {cls.__name__ for cls in provider_classes(*TASKS) if _has_connection(cls)}
    triggers = {cls.__name__ for cls in provider_classes("triggers")}
    methods = {
        f"{cls.__name__}.{name}"
        for cls in provider_classes("hooks")
        for name, found in inspect.getmembers(cls, inspect.isfunction)
        if not name.startswith("_") and found.__module__.startswith("airflow_provider_genesys")
    }
    commands = {
        f"command {command.name}"
        for command in COMMANDS
        if any("--conn-id" in argument.flags for argument in command.arguments)
    }
    return (tasks | triggers | methods | commands) - NEVER_ASK


def _has_connection(cls: type) -> bool:
    return any(name.endswith("_conn_id") for name in inspect.signature(cls).parameters)


def load(simulator: SimulatorHandle) -> None:
    """Put there what jobs read and the example data do not have."""
    simulator.load_vonage(
        statistics={"interactions": [{"guid": "i1", "start": "2026-11-10T08:00:00.000Z", "status": "Completed"}]}
    )
