"""Figures, what they should be, and the table of both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

_VERDICTS = {True: "[green]met[/]", False: "[red]not met[/]", None: ""}


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    :param group: name of the benchmark.
    :param what: what was measured.
    :param value: the figure as a person reads it.
    :param number: the figure itself; ``None`` where there is none, and ``value`` says why.
    :param target: what it should be, empty where it only informs.
    :param met: whether it is so; ``None`` where there is no target or no figure.
    """

    group: str
    what: str
    value: str
    number: float | None = None
    target: str = ""
    met: bool | None = None


def at_most(group: str, what: str, number: float, limit: float, unit: str) -> Figure:
    """Return a figure that should not be above ``limit``."""
    return Figure(group, what, f"{number:,.2f} {unit}", number, f"<= {limit:g} {unit}", number <= limit)


def at_least(group: str, what: str, number: float, limit: float, unit: str) -> Figure:
    """Return a figure that should not be below ``limit``."""
    return Figure(group, what, f"{number:,.2f} {unit}", number, f">= {limit:g} {unit}", number >= limit)


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table(title="make bench")
    for name in ("", "measured", "figure", "target", ""):
        table.add_column(name, justify="right" if name == "figure" else "left")
    group = None
    for figure in figures:
        if group is not None and figure.group != group:
            table.add_section()
        table.add_row(
            "" if figure.group == group else figure.group,
            figure.what,
            figure.value,
            figure.target,
            _VERDICTS[figure.met],
        )
        group = figure.group
    Console(width=120).print(table)


def as_json(figures: list[Figure]) -> list[dict[str, Any]]:
    """Return the table for a program."""
    return [asdict(figure) for figure in figures]
