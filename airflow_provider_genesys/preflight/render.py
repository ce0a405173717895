"""What was found as a table, and all reasons below it, for the task's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO

from airflow_provider_genesys.preflight.findings import Finding, Status, first_of

_MOST_REASONS = 1_000
_WIDTH = 160
_COLOURS: Mapping[Status, str] = {"ok": "green", "failed": "bold red", "unproven": "yellow", "skipped": "dim"}


def table(findings: Sequence[Finding]) -> str:
    """Return findings with the escape sequences of a terminal."""
    from rich.console import Console  # noqa: PLC0415 - imported when it is needed
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    rows = Table("check", "status", "found", box=None, pad_edge=False)
    for finding in findings:
        rows.add_row(Text(finding.name), Text(finding.status, _COLOURS[finding.status]), Text(finding.says))
    out = StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", legacy_windows=False, width=_WIDTH, highlight=False
    )
    console.print(rows)
    for reason in first_of([reason for finding in findings for reason in finding.reasons], _MOST_REASONS):
        console.print(Text(f"- {reason}", "red"), soft_wrap=True)
    return out.getvalue().rstrip("\n")
