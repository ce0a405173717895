"""Where the ledgers, dead letters and plans of a task instance are kept: in the same folder for each of its tries."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import conf

from airflow_provider_genesys.arguments import FOLDER
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.storage import is_local
from airflow_provider_genesys.tasks.paths import output_path
from airflow_provider_genesys.text import cut

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

_LONGEST_NAME = 255  # of a file or a folder, with every usual file system
_SHOWN = 80


def artifacts_folder(artifacts_path: AnyPath | None, context: Mapping[str, Any] | None, key: str | None) -> StoragePath:
    """Return ``<artifacts_path>/<dag_id>/<run_id>/<task_id>[/<map_index>]``, each part percent-encoded.

    :param artifacts_path: a folder on any store. ``None`` takes the option ``[genesys] artifacts_path``, else a folder
        under ``AIRFLOW_HOME``, with a warning.
    :param context: context of the running task; needed unless there is a key.
    :param key: takes the place of all that follows ``artifacts_path``.
    :raises GenesysConfigError: if the key, or an id, is no name for a folder, there is neither key nor context, or the
        path is relative or cannot be opened.
    """
    root = output_path(artifacts_argument(artifacts_path), artifacts_path or _by_default(), FOLDER.wanted)
    longest = _LONGEST_NAME if is_local(root) else None
    for argument, part in [("ledger_key", key)] if key is not None else _ids(context):
        root /= _folder_name(argument, part, longest)
    return root


def _folder_name(argument: str, text: str, longest: int | None) -> str:
    """Return an id as the name of a folder, percent-encoded.

    :param argument: what it was given as, for messages.
    :param longest: how many characters such a name may have; ``None`` where there is no saying.
    """
    if not text.strip("."):
        raise GenesysConfigError(f"{argument} must be a name, not {text!r}")
    try:
        name = quote(text, safe="")
    except UnicodeEncodeError:
        raise GenesysConfigError(
            f"{argument} must be text that can be written to a file, not {text[:_SHOWN]!a}, which has half of a "
            "character in it"
        ) from None
    if longest is not None and len(name) > longest:
        raise GenesysConfigError(
            f"{argument}: {cut(text, _SHOWN)!r} would be a folder with a name of {len(name):,} characters, of which a "
            f"file system takes {longest}: those that are no letter or digit of ASCII are written as %XX for each of "
            "their bytes"
        )
    return name


def artifacts_argument(artifacts_path: AnyPath | None) -> str:
    """Return what to change where the folder for artifacts cannot be used, for messages."""
    if artifacts_path:
        return "artifacts_path"
    if conf.get("genesys", "artifacts_path", fallback=None):
        return "the option [genesys] artifacts_path"
    return "artifacts_path, which is not set,"


def describe_task(context: Mapping[str, Any] | None) -> tuple[str, int]:
    """Return a name for the running task instance, and its try, for messages."""
    if context is None:
        return "no task", 1
    return "/".join(_parts(context)), int(context["ti"].try_number)


def name_task(context: Mapping[str, Any]) -> str:
    """Return ``<dag_id>/<task_id>[/<map_index>]``, each part percent-encoded: the same in all runs of a task."""
    dag_id, _, *task = _parts(context)
    return "/".join(quote(part, safe="") for part in [dag_id, *task])


def arrived(context: Mapping[str, Any], names: Collection[str]) -> frozenset[str]:
    """Return those of some instances of the running task that Airflow knows to have succeeded.

    Airflow commits the success and the events of Assets as one, after ``execute``: where the first is, the second are.
    The same is true of a success that a person has set, who then answers for it. Where nobody can be asked, none has.

    :param context: context of the running task.
    :param names: their names, as :func:`describe_task` returns them.
    """
    ti = context["ti"]
    dag_id, own_run_id, *task = _parts(context)
    runs = {name: name.removeprefix(f"{dag_id}/").removesuffix("/" + "/".join(task)) for name in names}
    if hasattr(ti, "get_task_states"):  # Airflow 3: the API server is asked
        states = ti.get_task_states(
            dag_id=dag_id, task_ids=[ti.task_id], run_ids=[*runs.values()], map_index=ti.map_index
        )
        found = {run_id: state for run_id, by_task in states.items() for state in by_task.values()}
    elif hasattr(ti, "get_dagrun"):  # Airflow 2: the database is
        found = {run_id: _state(ti, run_id) for run_id in runs.values()}
    else:
        found = {}
    return frozenset(name for name, run_id in runs.items() if found.get(run_id) == "success" and run_id != own_run_id)


def _state(ti: Any, run_id: str) -> str | None:
    """Return the state of the same task in another run, on Airflow 2."""
    other = ti.get_dagrun().fetch_task_instance(
        dag_id=ti.dag_id, dag_run_id=run_id, task_id=ti.task_id, map_index=ti.map_index
    )
    return None if other is None else other.state


def _ids(context: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what names the running task instance, each with its own name."""
    if context is None:
        raise GenesysConfigError(
            "outside of a running task ledger_key is needed, which names the account of this publish"
        )
    ti = context["ti"]
    mapped = [("map_index", str(ti.map_index))] if ti.map_index is not None and ti.map_index >= 0 else []
    return [("dag_id", ti.dag_id), ("run_id", ti.run_id), ("task_id", ti.task_id), *mapped]


def _parts(context: Mapping[str, Any] | None) -> list[str]:
    return [part for _, part in _ids(context)]


def _by_default() -> str:
    """Return the folder for artifacts where a task names none."""
    option: str | None = conf.get("genesys", "artifacts_path", fallback=None)
    return option or _beside_airflow()


def _beside_airflow() -> str:
    folder = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser().absolute() / "genesys"
    log.warning(
        "Neither artifacts_path nor the option [genesys] artifacts_path is set: the account of what was sent is kept "
        "in %s on this worker. Should the worker be lost, or a retry run on another, everything is sent again.",
        folder,
    )
    return f"file://{folder}"
