"""The table of operations for people to read: in a terminal, or as Markdown for the documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations.row import Operation

_PAGING = {"page": "by page number", "numbered": "by page number", "cursor": "by cursor"}
_TOKEN = {"guest": "the guest's token", "none": "no token"}
_INDENT = " " * 4


def text(subjects: Mapping[str, Sequence[Operation]], *, width: int) -> str:
    """Return the table for a terminal: a name to a line, and below it all that is to be said of it.

    :param subjects: the operations by subject.
    :param width: columns of the terminal.
    """
    return "\n".join(line for title, rows in subjects.items() for line in _paragraphs(title, rows, width))


def markdown(subjects: Mapping[str, Sequence[Operation]]) -> str:
    """Return the table as Markdown: a heading and a table for each subject.

    :param subjects: the operations by subject.
    """
    return "\n".join(line for title, rows in subjects.items() for line in _section(title, rows))


def _paragraphs(title: str, rows: Sequence[Operation], width: int) -> Iterator[str]:
    yield from (f"{title} ({len(rows)})", "")
    for row in rows:
        yield row.name
        for line in (f"{row.method} {row.path}", *_facts(row, str)):
            yield from textwrap.wrap(
                line, width, initial_indent=_INDENT, subsequent_indent=2 * _INDENT, break_on_hyphens=False
            )
    yield ""


def _section(title: str, rows: Sequence[Operation]) -> Iterator[str]:
    yield from (f"### {title}", "", "| Operation | Request | Notes |", "| --- | --- | --- |")
    for row in rows:
        yield f"| `{row.name}` | `{row.method} {row.path}` | {'<br>'.join(_facts(row, _code))} |"
    yield ""


def _facts(row: Operation, mark: Callable[[str], str]) -> Iterator[str]:
    """Yield what is to be said of an operation beside its name and request; ``mark`` marks what the API calls so."""
    if row.query:
        needed = dict.fromkeys(row.required_query, " (needed)")
        yield f"query: {', '.join(mark(name) + needed.get(name, '') for name in row.query)}"
    if row.ids:
        yield f"at most {row.most} of {mark(row.ids)} in one request"
    if row.needs_body:
        yield "needs a body" + (f" of at most {row.most} things" if row.most else "")
    if row.paging != "none":
        yield f"paged {_PAGING[row.paging]}"
    if row.authentication != "bearer":
        yield f"authorised by {_TOKEN[row.authentication]}"
    if row.permissions:
        kind = "permission" if row.system == "Genesys Cloud" else "scope"
        yield f"{kind}: {(' or ' if row.any_permission else ' and ').join(map(mark, row.permissions))}"
    if row.repeat != "client":
        yield "not safe to repeat"
    if row.deprecated is not None:
        yield f"deprecated since {row.deprecated}" + (f", use {mark(row.successor)}" if row.successor else "")
    if row.aliases:
        yield f"also {', '.join(map(mark, row.aliases))}"


def _code(name: str) -> str:
    return f"`{name}`"
