"""A plan on its way from one task to the next, as an XCom with its JSON in it or in a file; and applied at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.common.compat.sdk import conf

from airflow_provider_genesys.arguments import PATH, AnyPath
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.tasks.lineage import Lineage, in_genesys_cloud, of_paths
from airflow_provider_genesys.tasks.paths import input_opener

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.plan.planner import Basis
    from airflow_provider_genesys.tasks.lineage import LineageMixin

DEFINITIONS = "presence/definitions"
"""What a plan is about, as an asset."""
PLAN_FILE = "plan.json"
_NO_EFFECT = "; nothing was changed in the organisation"
WANTED = (
    "the XCom of the plan operator, such as its task's .output (not a template, which makes text of it), or the path "
    "of the JSON it wrote"
)
"""What :func:`read_plan` takes, in words."""


def plan_folder(artifacts_path: AnyPath | None, context: Context) -> StoragePath | None:
    """Return the folder for a plan's JSON, if there is one; called before anything is asked of the organisation.

    A file is put there and removed, since nothing else tells whether the plan can be kept when it is made.

    :param artifacts_path: where it begins; without it with the option ``[genesys] artifacts_path``.
    :param context: of the task.
    :raises GenesysConfigError: it is no folder that all workers could see, or it cannot be written to, and never will;
        or ``GenesysStorageError``, where it may be another time.
    """
    from airflow_provider_genesys.files import storage  # noqa: PLC0415 - not while Dags are parsed
    from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415
    from airflow_provider_genesys.tasks.artifacts import artifacts_argument, artifacts_folder  # noqa: PLC0415

    if not (artifacts_path or conf.get("genesys", "artifacts_path", fallback=None)):
        return None
    folder = artifacts_folder(artifacts_path, context, None)
    trial = folder / ".trial"
    with named(artifacts_argument(artifacts_path), folder, effect=_NO_EFFECT), storage.writing(trial):
        pass
    with suppress(OSError):  # a store may take what it does not let go of
        storage.remove(trial)
    return folder


def describe_plan(plan: Plan, folder: StoragePath | None, argument: str) -> dict[str, Any]:
    """Return a plan as an XCom, its JSON in a file where there is a folder for it.

    :param plan: the plan.
    :param folder: what :func:`plan_folder` returned.
    :param argument: what it was given as, for messages.
    :raises GenesysConfigError: the file cannot be written, and never will; or ``GenesysStorageError``, where it may be
        another time.
    """
    from airflow_provider_genesys.files import storage  # noqa: PLC0415 - not while Dags are parsed
    from airflow_provider_genesys.files.canonical import utf_8  # noqa: PLC0415
    from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415
    from airflow_provider_genesys.presence.plan.render import described  # noqa: PLC0415

    content = described(plan)
    if folder is None:
        return {**content, "plan_inline": plan.to_json()}
    path = folder / PLAN_FILE
    with named(argument, path, effect=_NO_EFFECT):
        storage.replace(path, utf_8(plan.to_json()))
    return {**content, "plan": storage.address(path)}


def read_plan(plan: AnyPath | Mapping[str, Any], context: Context) -> Plan:
    """Return the plan that was described.

    :param plan: what :func:`describe_plan` returned, or the path of the file that it wrote.
    :param context: of the task.
    :raises GenesysConfigError: it is neither, there is no such file, or the file holds another plan.
    """
    from airflow_provider_genesys.files import storage  # noqa: PLC0415 - not while Dags are parsed
    from airflow_provider_genesys.files.refusals import named, visible_path  # noqa: PLC0415
    from airflow_provider_genesys.presence.plan.plan import Plan  # noqa: PLC0415

    summary: Mapping[str, Any] = plan if isinstance(plan, Mapping) else {"plan": plan}
    text: str | bytes | None = summary.get("plan_inline")
    if text is None:
        path: Any = summary.get("plan")
        if not PATH.accepts(path) or str(path).lstrip().startswith("{"):
            raise GenesysConfigError(f"plan must be {WANTED}")
        with named("plan", path):
            opened = input_opener("plan", context)(path)
            text = storage.read(opened)
        if text is None:
            raise GenesysConfigError(f"plan: there is no file {visible_path(opened).removeprefix('file://')}")
    found = Plan.from_json(text)
    if summary.get("checksum", found.checksum) != found.checksum:
        raise GenesysConfigError(
            f"plan: its file holds the plan {found.checksum}, and the XCom is about the plan {summary['checksum']}"
        )
    return found


def for_people(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary with as much of its Markdown as Airflow's database is meant to hold."""
    from airflow_provider_genesys.presence.plan.render import bounded  # noqa: PLC0415 - not while Dags are parsed

    return {**summary, "markdown": bounded(summary["markdown"])}


def nothing_applied_yet(kind: Literal["apply", "sync"]) -> dict[str, Any]:
    """Return the summary of a task that has no plan yet.

    :param kind: what it is of.
    """
    from airflow_provider_genesys.presence.apply.applier import nothing_applied  # noqa: PLC0415 - not while parsed

    return {**nothing_applied(), "markdown": "", "kind": kind, "applied": False}


def apply_and_tell(
    task: LineageMixin,
    told: dict[str, Any],
    plan: Plan,
    context: Context,
    *,
    files: Iterable[object],
    force_checksum: str | None,
    basis: Basis | None = None,
    requests: int = 0,
) -> dict[str, Any]:
    """Apply a plan; put what was done into the summary, however it ends, and return that.

    :param task: the task that does.
    :param told: the summary, as :func:`nothing_applied_yet` returns it.
    :param files: where the plan, or what it is made of, was read.
    :param basis: what the plan was just made from.
    :param requests: what making the plan took, which then is in ``requests`` too.
    """
    from airflow_provider_genesys.api.meter import Meter  # noqa: PLC0415 - not while Dags are parsed
    from airflow_provider_genesys.presence.apply.applier import Applier  # noqa: PLC0415
    from airflow_provider_genesys.presence.plan.render import markdown  # noqa: PLC0415

    told |= {"checksum": plan.checksum, "markdown": markdown(plan), "requests": requests}
    client = task.hook.get_conn().view(meter=Meter())
    applier = Applier(client, plan, settle=context["ti"].try_number > 1)
    try:
        client.check_organization()
        applier.apply(force_checksum=force_checksum, basis=basis)
        told["applied"] = True
    finally:
        done = applier.summary
        told |= {**done, "requests": requests + done["requests"]}
        task.tell_lineage(
            lambda: Lineage(
                of_paths(files),
                (in_genesys_cloud(client.settings, DEFINITIONS),),
                {key: told[key] for key in ("creates", "updates", "reactivates", "deactivates", "unchanged")},
            )
        )
    return told
