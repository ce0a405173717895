"""Files that are kept under version control beside the Dags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


def beside_dag(source: Any, context: Context) -> Any:
    """Return where something written for a Dag is; a relative path is one beside its file, wherever the worker runs.

    Data, JSON text, an address on a store, and a path that was rendered to nothing are no such path.
    """
    if not isinstance(source, str) or "://" in source or source.lstrip()[:1] in {"", "[", "{"}:
        return source
    return str(Path(context["dag"].fileloc).parent / source)
