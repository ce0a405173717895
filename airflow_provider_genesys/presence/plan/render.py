"""A plan for people: as Markdown for approval, and in colours for the task's log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.presence.plan.changes import KINDS, Change, Kind
from airflow_provider_genesys.presence.vocabulary import ALL_DIVISIONS, in_order
from airflow_provider_genesys.text import escape, for_log, visible, whole_lines

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.state import Definition

_HEADINGS: dict[Kind, str] = {
    "deactivate": "To deactivate",
    "reactivate": "To reactivate",
    "update": "To update",
    "create": "To create",
}
_SIGNS: dict[Kind, tuple[str, str]] = {
    "deactivate": ("-", "red"),
    "reactivate": ("+", "cyan"),
    "update": ("~", "yellow"),
    "create": ("+", "green"),
}

MOST_BYTES = 20_000


def markdown(plan: Plan) -> str:
    """Return a plan as Markdown with tables, for Airflow's pages and human-in-the-loop requests.

    An unsafe plan begins with ``**UNSAFE**`` and the reasons.
    """
    blocks = [_warning(plan)] if plan.reasons else []
    if plan.warnings:
        blocks.append("\n".join(f"- Warning: {escape(warning)}" for warning in plan.warnings))
    blocks.append(f"**{summary(plan)}**")
    blocks += [_table(plan, kind) for kind in KINDS if any(change.kind == kind for change in plan.changes)]
    organization = f"Organisation `{plan.organization_id}`, plan" if plan.organization_id else "Plan"
    blocks.append(f"{organization} `{plan.checksum}`")
    return "\n\n".join(blocks) + "\n"


def bounded(markdown: str) -> str:
    """Return a plan's Markdown, or as much of its beginning as goes into a summary: 20,000 bytes."""
    return whole_lines(markdown, MOST_BYTES, "in the task's log")


def coloured(plan: Plan) -> str:
    """Return a plan with the escape sequences of a terminal, one line for each change, for the task's log."""
    from rich.text import Text  # noqa: PLC0415 - imported when it is needed

    text = Text()
    for reason in plan.reasons:
        text.append("UNSAFE: ", "bold red").append(f"{visible(reason)}\n", "red")
    text.append(f"{summary(plan)}\n", "bold")
    for change in plan.changes:
        sign, colour = _SIGNS[change.kind]
        text.append(f"{sign} {change.kind} {visible(change.label)}", colour)
        if change.id:
            text.append(f" {change.id}", "dim")
        details = [*_differences(change), change.reason]
        text.append(f" {'; '.join(visible(detail) for detail in details)}\n")
    text.append(f"plan {plan.checksum}", "dim")
    return for_log(text)


def described(plan: Plan) -> dict[str, Any]:
    """Return a plan for programs that do not apply it: what it comes to, and how to show it."""
    return {
        "checksum": plan.checksum,
        "creates": plan.creates,
        "updates": plan.updates,
        "reactivates": plan.reactivates,
        "deactivates": plan.deactivates,
        "unchanged": plan.unchanged,
        "safe": plan.safe,
        "reasons": list(plan.reasons),
        "markdown": markdown(plan),
        "kind": "plan",
    }


def nothing_planned() -> dict[str, Any]:
    """Return what :func:`described` would of a plan that was not made: without a checksum, and not to be applied."""
    return {
        "checksum": None,
        "creates": 0,
        "updates": 0,
        "reactivates": 0,
        "deactivates": 0,
        "unchanged": 0,
        "safe": False,
        "reasons": [],
        "markdown": "",
        "kind": "plan",
    }


def summary(plan: Plan) -> str:
    """Return the line that says it all: how many of what."""
    if not plan.changes:
        return f"Nothing to change; {plan.unchanged} unchanged."
    counts = ", ".join(
        f"{count} to {kind}" for kind in KINDS if (count := sum(change.kind == kind for change in plan.changes))
    )
    return f"{counts}; {plan.unchanged} unchanged."


def _warning(plan: Plan) -> str:
    reasons = "\n".join(f"- {escape(reason)}" for reason in plan.reasons)
    return f"**UNSAFE**: this plan is not applied unless it is forced.\n\n{reasons}"


def _table(plan: Plan, kind: Kind) -> str:
    changes = [change for change in plan.changes if change.kind == kind]
    rows = [
        f"| {escape(change.label)} | {'; '.join(map(escape, _differences(change))) or '-'} "
        f"| {escape(change.reason)} | {f'`{change.id}`' if change.id else '-'} |"
        for change in changes
    ]
    head = [
        f"### {_HEADINGS[kind]}: {len(changes)}",
        "",
        "| Definition | Changes | Why | Id |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows])


def _differences(change: Change) -> Iterator[str]:
    """Describe what is different afterwards, labels first; for one to create, all it has."""
    before: Definition | None = change.before
    old = before.labels if before else {}
    new = change.after.labels
    for locale in in_order({**old, **new}):
        if locale not in old:
            yield f"{locale}: {new[locale]}" if before is None else f"{locale}: (none) → {new[locale]}"
        elif locale not in new:
            yield f"{locale}: {old[locale]} → (none)"
        elif old[locale] != new[locale]:
            yield f"{locale}: {old[locale]} → {new[locale]}"
    if before and before.division != change.after.division:
        yield f"division: {before.division} → {change.after.division}"
    if before is None and change.after.division != ALL_DIVISIONS:
        yield f"division: {change.after.division}"
