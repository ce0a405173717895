"""Paths and queries, made from an operation's row and a caller's values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

_PLACEHOLDER = re.compile(r"{(\w+)}")


def path_of(operation: Operation, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of an operation's path, percent-encoding the values.

    :raises GenesysConfigError: a placeholder has no value, a value no placeholder, or a value would lead to another
        path.
    """
    names = set(_PLACEHOLDER.findall(operation.path))
    _refuse_unknown(operation, "path", values, names)
    for name in names:
        if str(values.get(name, "")) in {"", ".", "..", "None"}:
            raise GenesysConfigError(f"{operation.name} needs path_params[{name!r}], and {values.get(name)!r} is none")
    return _PLACEHOLDER.sub(lambda match: quote(str(values[match[1]]), safe=""), operation.path)


def query_of(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query parameters as the API spells them.

    That is ``true`` and ``false``, a list as a repeated parameter or, where the operation wants that, with commas, and
    nothing at all for ``None``.

    :raises GenesysConfigError: the operation has no such parameter.
    """
    _refuse_unknown(operation, "query", values, set(operation.query))
    spelt = {name: _spell(value) for name, value in values.items() if value is not None}
    for name in spelt.keys() & set(operation.comma_lists):
        if isinstance(spelt[name], list):
            spelt[name] = ",".join(map(str, spelt[name]))
    return spelt


def _refuse_unknown(operation: Operation, kind: str, values: Mapping[str, Any], names: set[str]) -> None:
    for name in values:
        if name not in names:
            similar = difflib.get_close_matches(name, names, n=1)
            known = f"did you mean {similar[0]!r}?" if similar else f"it has {', '.join(sorted(names)) or 'none'}"
            raise GenesysConfigError(f"{operation.name} has no {kind} parameter {name!r}; {known}")


def _spell(value: Any) -> Any:
    if isinstance(value, list | tuple | set):
        return [_spell(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value
