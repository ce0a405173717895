"""A diff for people: as Markdown, and in colours for the task's log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from airflow_provider_genesys.exports.diff import NOTHING, Diff, FieldChange, ResourceDiff
from airflow_provider_genesys.exports.resources import RESOURCES
from airflow_provider_genesys.files.canonical import canonical
from airflow_provider_genesys.text import and_more, cut, escape, fitting, for_log, visible

_LONGEST_VALUE: Final = 300
_LOGGED_ROWS: Final = 200
_MOST_ROWS: Final = 50
_MOST_BYTES: Final = 20_000
_KEYS: Final = ("resource", "what", "which", "field", "before", "after")
_COLOURS: Final = {"added": "green", "removed": "red", "modified": "yellow", "state": "magenta", "not compared": "cyan"}
_NOT_COMPARED: Final = frozenset({"not_comparable", "damaged"})

_Row = tuple[str, str, str, str, str]
"""What happened, to which entity, in which field, the value before and after."""


def markdown(diff: Diff, *, snapshot: str) -> str:
    """Return a diff as Markdown: what changed, resource by resource.

    :param diff: the diff, with its fields.
    :param snapshot: name of the snapshot now.
    """
    blocks = [f"**{escape(summary(diff))}**"]
    for name, one in diff.resources.items():
        rows = [*_rows(one)]
        if rows:
            head = f"### {_title(name)}\n\n| | Which | Field | Before | After |\n| --- | --- | --- | --- | --- |"
            cells = (" | ".join(escape(cell) or "-" for cell in row) for row in rows)
            blocks.append("\n".join([head, *(f"| {line} |" for line in cells)]))
    against = f", compared with `{diff.previous}`" if diff.previous else ""
    others = "".join(f"; {_title(name)} with `{base}`" for name, base in diff.bases.items())
    blocks.append(f"Snapshot `{snapshot}`{against}{others}")
    return "\n\n".join(blocks) + "\n"


def coloured(diff: Diff) -> str:
    """Return a diff as a table with the escape sequences of a terminal, for the task's log: 200 rows at most."""
    from rich.table import Table  # noqa: PLC0415 - imported when it is needed
    from rich.text import Text  # noqa: PLC0415

    rows = [(_title(name), row) for name, one in diff.resources.items() for row in _rows(one)]
    table = Table("Resource", "", "Which", "Field", "Before", "After", title=summary(diff), title_justify="left")
    for title, row in rows[:_LOGGED_ROWS]:
        colour = _COLOURS[row[0]]
        table.add_row(title, *(Text(visible(cell), style=colour) for cell in row))
    more = len(rows) - _LOGGED_ROWS
    return for_log(
        table if rows else Text(summary(diff), style="bold"),
        *([f"{and_more(more)} rows, which the diff's files have"] if more > 0 else []),
    )


def few_rows(diff: Diff) -> dict[str, Any]:
    """Return ``rows`` for a summary, 50 and 20,000 bytes at most, and ``rows_left``, how many more there are."""
    rows = [
        dict(zip(_KEYS, (cut(cell, _LONGEST_VALUE) for cell in (name, *row)), strict=True))
        for name, one in diff.resources.items()
        for row in _rows(one)
    ]
    shown = fitting(rows, _MOST_ROWS, _MOST_BYTES)
    return {"rows": shown, "rows_left": len(rows) - len(shown)}


def summary(diff: Diff) -> str:
    """Return the line that says it all."""
    counts = [(diff.added, "added"), (diff.removed, "removed"), (diff.modified, "modified")]
    said = [f"{count} {what}" for count, what in counts if count] + [*diff.state_changes]
    text = ", ".join(said) or ("Something changed" if diff.changed else "Nothing changed")
    if diff.previous is None:
        return f"The first snapshot: {text}" if said else "The first snapshot: nothing is configured"
    blind = sum(one.comparison in _NOT_COMPARED for one in diff.resources.values())
    return f"{text}; {blind} of {len(diff.resources)} resources not compared" if blind else text


def _rows(one: ResourceDiff) -> Iterator[_Row]:
    if one.comparison == "state_changed":
        yield "state", "all of it", "", one.was or "", one.state
    elif one.comparison in _NOT_COMPARED:
        yield "not compared", one.reason, "", one.was or "", one.state
    elif one.comparison == "first":
        return  # all of it is new, and in the manifest
    for entry in one.added:
        yield "added", _called(entry.name, entry.id), "", "", ""
    for entry in one.removed:
        yield "removed", _called(entry.name, entry.id), "", "", ""
    for each in one.modified:
        for change in each.fields:
            yield "modified", _called(each.after.name, each.after.id), _dotted(change), *_sides(change)


def _called(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name and name != identity else identity


def _title(name: str) -> str:
    return RESOURCES[name].title if name in RESOURCES else escape(name)


def _dotted(change: FieldChange) -> str:
    """Return a path as people write it: ``messenger.styles.primaryColor``, ``allowedDomains[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in change.path)
    return text.removeprefix(".")


def _sides(change: FieldChange) -> tuple[str, str]:
    """Return both values; of two lists, how long they are and what only one of them has."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        return _short(_only_here(before, after)), _short(_only_here(after, before))
    return _short(_text(before)), _short(_text(after))


def _only_here(items: list[Any], others: list[Any]) -> str:
    elsewhere = {canonical(other) for other in others}
    only = [_text(item) for item in items if canonical(item) not in elsewhere]
    count = f"{len(items)} item{'s' * (len(items) != 1)}"
    return f"{count}, only here: {', '.join(only)}" if only else count


def _text(value: Any) -> str:
    if value is NOTHING:
        return "(not there)"
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 4]} ..."
