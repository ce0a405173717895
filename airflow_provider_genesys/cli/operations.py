"""``operations``: the table of operations."""

from __future__ import annotations

import shutil
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.operations import SUBJECTS, operation
from airflow_provider_genesys.api.operations.table import text
from airflow_provider_genesys.cli.commands import SUCCESS

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation
    from airflow_provider_genesys.cli.console import Console


def operations(arguments: Namespace, console: Console) -> int:
    """Print the table, or one row of it."""
    wanted = None if arguments.name is None else operation(arguments.name)
    subjects = {title: [row for row in rows if wanted is None or row is wanted] for title, rows in SUBJECTS.items()}
    there = {title: rows for title, rows in subjects.items() if rows}
    rows = [_as_json(title, row) for title, rows in there.items() for row in rows]
    console.result(text(there, width=shutil.get_terminal_size().columns), rows if wanted is None else rows[0])
    return SUCCESS


def _as_json(subject: str, row: Operation) -> dict[str, Any]:
    return {"subject": subject, **asdict(row), "writes": row.writes}
