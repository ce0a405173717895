"""What the simulator needs besides the provider, and what to say where it is not installed."""

from __future__ import annotations

import importlib.util

MODULES = ("fastapi", "uvicorn")


def complaint() -> str | None:
    """Return what is missing and what to install; ``None`` if all is there. Nothing is imported for it."""
    missing = [name for name in MODULES if not _is_there(name)]
    if not missing:
        return None
    return f"it needs {' and '.join(missing)}: pip install 'airflow-provider-genesys[simulator]'"


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # somebody's import hook forbids it, or left half of it behind
        return False
