"""Airflow's part in a task: the task instance, and the context that ``execute`` and ``poke`` are given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

LARGEST_XCOM = 65_535
"""Bytes that the smallest of Airflow's databases keeps of a value."""


class TaskInstance:
    """As much of Airflow's as this provider uses; a value that an XCom cannot hold fails where it is pushed.

    :param xcoms: what ``xcom_pull`` finds, by task and key.
    :param first_reschedule: when a sensor in the mode ``reschedule`` was first put off.
    :ivar pushed: what was pushed, by key, as it comes back out of a database.
    :ivar links: the same of where links lead, which tasks push first of all.
    """

    def __init__(
        self,
        task_id: str = "task",
        *,
        dag_id: str = "dag",
        run_id: str = "manual__1",
        map_index: int = -1,
        try_number: int = 1,
        max_tries: int = 0,
        xcoms: Mapping[tuple[str, str], Any] | None = None,
        first_reschedule: datetime | None = None,
    ) -> None:
        self.task_id, self.dag_id, self.run_id, self.map_index = task_id, dag_id, run_id, map_index
        self.try_number, self.max_tries = try_number, max_tries
        self.pushed: dict[str, Any] = {}
        self.links: dict[str, Any] = {}
        self.first_reschedule = first_reschedule
        self._xcoms = dict(xcoms or {})

    def xcom_push(self, key: str, value: Any) -> None:
        text = json.dumps(value)
        size = len(text.encode())
        assert size <= LARGEST_XCOM, f"the XCom {key!r} has {size} bytes"
        (self.links if key.endswith("_link") else self.pushed)[key] = json.loads(text)

    def xcom_pull(self, task_ids: str | None = None, key: str = "return_value") -> Any:
        if task_ids is None or task_ids == self.task_id:
            return self.pushed.get(key)
        return self._xcoms.get((task_ids, key))

    def get_first_reschedule_date(self, context: Mapping[str, Any]) -> datetime | None:
        return self.first_reschedule


def context(ti: Any = None, *, fileloc: str = "/dags/statuses.py", **more: Any) -> Any:
    """Return what a task is given: its task instance, its Dag, and ``more``.

    :param ti: the task instance; else one of its own.
    :param fileloc: where the Dag's file is, beside which relative paths lead.
    """
    ti = TaskInstance() if ti is None else ti
    return {"ti": ti, "task_instance": ti, "dag": SimpleNamespace(fileloc=fileloc), **more}
