"""``plan`` and ``apply``: job 2."""

from __future__ import annotations

from argparse import Namespace

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.cli.access import client_settings, open_path, opener
from airflow_provider_genesys.cli.commands import FOUND, SUCCESS
from airflow_provider_genesys.cli.console import Console, elapsed
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.canonical import utf_8
from airflow_provider_genesys.files.overwriting import refuse_overwriting
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.plan.planner import plan_definitions
from airflow_provider_genesys.presence.plan.render import described, markdown
from airflow_provider_genesys.presence.plan.settings import PlanSettings


def plan(arguments: Namespace, console: Console) -> int:
    """Print what would have to change, and write the plan if a file is named for it."""
    settings = PlanSettings(
        prune=arguments.prune,
        labels=arguments.labels,
        protected=arguments.protected or (),
        max_changes_percent=arguments.max_changes_percent,
        max_deactivations=arguments.max_deactivations,
        in_use=arguments.in_use,
    )
    settings.validate()
    if arguments.out is not None:
        with named("--out", arguments.out):
            refuse_overwriting(
                "definitions",
                [open_path(arguments.definitions, "definitions")],
                [open_path(arguments.out, "--out")],
                "--out",
            )
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    with console.progress(elapsed("reading the organisation's definitions")):
        made, _ = plan_definitions(client, arguments.definitions, settings, open_path=opener("definitions"))
    value = described(made)
    if arguments.out is None:
        value["plan_inline"] = made.to_json()
    else:
        path = open_path(arguments.out, "--out")
        with named("--out", arguments.out):
            storage.replace(path, utf_8(made.to_json()))
        value["plan"] = str(path)
    console.result(markdown(made), value)
    return FOUND if made.changes or made.reasons else SUCCESS


def apply(arguments: Namespace, console: Console) -> int:
    """Apply a plan and print what was done."""
    made = _read_plan(arguments.plan)
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    applier = Applier(client, made)
    done = False
    try:
        with console.progress(elapsed("applying the plan")):
            client.check_organization()
            applier.apply(force_checksum=arguments.force_checksum)
        done = True
    finally:
        console.result(_in_words(applier, done=done), applier.summary)
    return SUCCESS


def _read_plan(path: str) -> Plan:
    """Read a plan's file; what is wrong with it names it."""
    with named("plan", path):
        text = storage.read(open_path(path, "plan"))
    if text is None:
        raise GenesysConfigError(f"plan: there is no file {path}")
    try:
        return Plan.from_json(text)
    except GenesysConfigError as error:
        raise GenesysConfigError(f"{path}: {error} (plan --out writes one)") from error


def _in_words(applier: Applier, *, done: bool) -> str:
    summary = applier.summary
    written = [
        f"{summary[key]} {what}"
        for key, what in (
            ("creates", "created"),
            ("updates", "updated"),
            ("reactivates", "reactivated"),
            ("deactivates", "deactivated"),
            ("already", "that were so already"),
            ("twins", "twins deactivated"),
        )
        if summary[key]
    ]
    how = "is applied" if done else "is not applied, or in part"
    said = ", ".join(written) or "nothing was written"
    return f"Plan {summary['checksum']} {how}: {said}; {summary['unchanged']} unchanged."
