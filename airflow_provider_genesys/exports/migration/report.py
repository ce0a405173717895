"""A migration to web messaging in files: the drafts for the API, a report for programs and one for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.canonical import utf_8
from airflow_provider_genesys.text import escape, for_log, visible

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.migration.drafts import Finding, MigrationPlan
    from airflow_provider_genesys.exports.migration.fields import Verdict
    from airflow_provider_genesys.files.storage import StoragePath

DRAFTS = "drafts"
CONFIGURATIONS = "configurations"
DEPLOYMENTS = "deployments"
REPORT = "report.md"
REPORT_JSON = "report.json"

_FORMAT = 1
_SHOWN = 120
_WORDS: dict[Verdict, tuple[str, str]] = {
    "impossible": ("impossible", "red"),
    "choice": ("with a choice to make", "yellow"),
    "carried": ("carried over", "green"),
}
"""Each verdict in words and in its colour, in the order in which people want to read of them."""
_Path = TypeVar("_Path", bound="StoragePath")


def write(plan: MigrationPlan, folder: _Path, *, snapshot: str) -> _Path:
    """Write ``drafts/``, ``report.json`` and ``report.md``; the same plan gives the same bytes.

    The reports come last. Drafts of an earlier plan that are not in this one are removed, lest they be passed on.

    :param folder: a folder on any store.
    :param snapshot: where the plan was made from, for people.
    :return: the path of the report for people.
    :raises OSError: if something cannot be written.
    """
    _write_drafts(folder / DRAFTS / CONFIGURATIONS, {draft.file: draft.body for draft in plan.configurations})
    _write_drafts(folder / DRAFTS / DEPLOYMENTS, {draft.file: draft.body for draft in plan.deployments})
    storage.replace(folder / REPORT_JSON, _json(_content(plan, snapshot)))
    storage.replace(folder / REPORT, markdown(plan, snapshot=snapshot).encode())
    return folder / REPORT


def summary(plan: MigrationPlan) -> str:
    """Return the line that says it all: how many of what."""
    counts = ", ".join(f"{plan.count(verdict)} {word}" for verdict, (word, _) in _WORDS.items())
    drafted = f"{_number(plan.deployments, 'deployment')} and {_number(plan.configurations, 'configuration')} drafted"
    return f"{drafted}; of {_number(plan.findings, 'field')}: {counts}."


def markdown(plan: MigrationPlan, *, snapshot: str) -> str:
    """Return the report as Markdown: what to do first, deployment by deployment."""
    blocks = ["# From web chat to web messaging", f"**{summary(plan)}**", f"Snapshot: {escape(snapshot)}"]
    if plan.notes:
        blocks.append("\n".join(f"- **Note**: {escape(text)}" for text in plan.notes))
    if plan.unused:
        blocks.append("\n".join(f"- **Unused**: {escape(text)}" for text in plan.unused))
    about_settings = [finding for finding in plan.findings if finding.deployment_id is None]
    if about_settings:
        blocks += ["## Settings", _table(about_settings)]
    for draft in plan.deployments:
        findings = [finding for finding in plan.findings if finding.deployment_id == draft.deployment_id]
        what = "Widget's deployment" if draft.is_widget else "Web chat's deployment"
        where = (
            f"{what} {escape(draft.deployment_id)}. Its draft `{_address(DEPLOYMENTS, draft.file)}` is "
            f"{draft.body['status'].lower()} and uses `{_address(CONFIGURATIONS, draft.configuration)}`."
        )
        blocks += [f"## {escape(draft.body['name'])}", where, _table(findings)]
    if plan.configurations:
        blocks += ["## Configurations", _configurations(plan)]
    return "\n\n".join(blocks) + "\n"


def coloured(plan: MigrationPlan) -> str:
    """Return what there is to do as a table with the escape sequences of a terminal, for the task's log.

    Without the values of fields, and without what is carried over.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - imported when it is needed
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table("Deployment", "Field", "Verdict", "Why, and what to do", box=SIMPLE_HEAD)
    before: str | None = ""
    for finding in _in_order(plan.findings):
        if finding.verdict == "carried":
            continue
        _, colour = _WORDS[finding.verdict]
        owner = "(settings)" if finding.deployment_id is None else finding.deployment_name or finding.deployment_id
        cells = ("" if finding.deployment_id == before else owner, finding.field, finding.verdict, finding.reason)
        before = finding.deployment_id
        table.add_row(*(Text(visible(cell), colour if cell is finding.verdict else "") for cell in cells))
    return for_log(Text(summary(plan), "bold"), *([table] if table.row_count else []))


def _write_drafts(folder: StoragePath, drafts: dict[str, Any]) -> None:
    names = {f"{file}.json": body for file, body in drafts.items()}
    for name, body in names.items():
        storage.replace(folder / name, _json(body))
    for name in storage.list_names(folder, "*.json"):
        if name not in names:
            storage.remove(folder / name)


def _content(plan: MigrationPlan, snapshot: str) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "snapshot": snapshot,
        "counts": {verdict: plan.count(verdict) for verdict in _WORDS},
        "configurations": [
            {"draft": _address(CONFIGURATIONS, draft.file), "name": draft.body["name"]} for draft in plan.configurations
        ],
        "deployments": [
            {
                "draft": _address(DEPLOYMENTS, draft.file),
                "name": draft.body["name"],
                "configuration": _address(CONFIGURATIONS, draft.configuration),
                "webchat_deployment_id": draft.deployment_id,
            }
            for draft in plan.deployments
        ],
        "findings": [asdict(finding) for finding in plan.findings],
        "unused": plan.unused,
        "notes": plan.notes,
    }


def _json(value: Any) -> bytes:
    """Return JSON that people can read, the same for the same value."""
    return utf_8(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2) + "\n")


def _address(kind: str, file: str) -> str:
    return f"{DRAFTS}/{kind}/{file}.json"


def _in_order(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Return the findings deployment by deployment, in each the worst first."""
    owners = list(dict.fromkeys(finding.deployment_id for finding in findings))
    verdicts = list(_WORDS)
    yield from sorted(
        findings, key=lambda finding: (owners.index(finding.deployment_id), verdicts.index(finding.verdict))
    )


def _table(findings: Sequence[Finding]) -> str:
    rows = [
        f"| {escape(finding.field)} | {escape(_shown(finding.value))} | {finding.verdict} "
        f"| {escape(finding.target or '-')} | {escape(finding.reason)} |"
        for finding in _in_order(findings)
    ]
    head = ["| Field | Value | Verdict | In web messaging | Why, and what to do |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _configurations(plan: MigrationPlan) -> str:
    rows = []
    for draft in plan.configurations:
        users = [one.body["name"] for one in plan.deployments if one.configuration == draft.file]
        languages = ", ".join(draft.body["languages"])
        rows.append(
            f"| {escape(draft.body['name'])} | `{_address(CONFIGURATIONS, draft.file)}` | {escape(languages)} "
            f"| {escape(', '.join(users))} |"
        )
    head = ["| Name | Draft | Languages | Used by |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _shown(value: Any) -> str:
    """Return a value for a cell, shortened where it is long."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _number(things: Sequence[Any], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
