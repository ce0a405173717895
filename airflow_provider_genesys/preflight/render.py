"""What was found as a table, and all reasons below it, for the task's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.text import first_of, for_log

if TYPE_CHECKING:
    from airflow_provider_genesys.preflight.findings import Finding, Status

_MOST_REASONS = 1_000
_COLOURS: Mapping[Status, str] = {"ok": "green", "failed": "bold red", "unproven": "yellow", "skipped": "dim"}


def plain(findings: Sequence[Finding]) -> str:
    """Return findings without colours, and all reasons below them."""
    width = max((len(finding.name) for finding in findings), default=0)
    lines = [f"{finding.name:<{width}}  {finding.status:<8}  {finding.says}" for finding in findings]
    reasons = first_of([reason for finding in findings for reason in finding.reasons], _MOST_REASONS)
    return "\n".join([*lines, *(f"- {reason}" for reason in reasons)])


def table(findings: Sequence[Finding]) -> str:
    """Return findings with the escape sequences of a terminal."""
    from rich.table import Table  # noqa: PLC0415 - imported when it is needed
    from rich.text import Text  # noqa: PLC0415

    rows = Table("check", "status", "found", box=None, pad_edge=False)
    for finding in findings:
        rows.add_row(Text(finding.name), Text(finding.status, _COLOURS[finding.status]), Text(finding.says))
    reasons = first_of([reason for finding in findings for reason in finding.reasons], _MOST_REASONS)
    return for_log(rows, *(Text(f"- {reason}", "red") for reason in reasons))
