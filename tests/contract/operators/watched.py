"""A task instance that keeps all that a publish tells, and a publish to watch."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from tests.harness.tasks import TaskInstance

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+49 170 1234567"
CUSTOMER = "Müller-Lüdenscheidt"


class Watched(TaskInstance):
    """A task instance that keeps all that is ever pushed as a summary.

    :param broken: how many pushes fail before one does not.
    """

    def __init__(self, *, broken: int = 0, **more: Any) -> None:
        super().__init__(**more)
        self.broken = broken
        self.history: list[dict[str, Any]] = []
        self.threads: set[threading.Thread] = set()

    def xcom_push(self, key: str, value: Any) -> None:
        if key.startswith("summary"):
            self.threads.add(threading.current_thread())
            if self.broken:
                self.broken -= 1
                raise ConnectionError("https://user:secret@airflow is not there")
            self.history.append(value)
        super().xcom_push(key, value)


def operator(folder: Path, **arguments: Any) -> GenesysCloudPublishEventsOperator:
    given = {"stream": "user_presences", "artifacts_path": str(folder / "artifacts"), **arguments}
    return GenesysCloudPublishEventsOperator(task_id="publish", **given)
