"""A person who answers the approval that a run of ``dag.test()`` waits for."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy.orm import Session

HITL = "airflow.providers.standard.operators.hitl"
INTERVAL = 0.2
PATIENCE = 30


@contextmanager
def a_person_who_says(option: str, dag_id: str) -> Iterator[list[str]]:
    """Answer the approval of a run that is going on meanwhile; yields what the person was shown."""
    pytest.importorskip(HITL, reason="Airflow asks people from 3.1 on", exc_type=Exception)
    asked: list[str] = []
    is_over = threading.Event()
    person = threading.Thread(target=_respond, args=(dag_id, option, asked, is_over), daemon=True)
    person.start()
    try:
        yield asked
    finally:
        is_over.set()
        person.join(PATIENCE)


def _respond(dag_id: str, option: str, asked: list[str], is_over: threading.Event) -> None:
    """Answer as Airflow's pages do, for as long as the run goes on: whoever gave up would leave it to wait for ever.

    SQLite's file is locked while the run writes. And what is answered in the moment between a task's going to wait and
    ``dag.test()`` noting so is lost in Airflow 3.3: it writes "awaiting input" over it.
    """
    from airflow.models.hitl import HITLDetail  # noqa: PLC0415
    from airflow.models.taskinstance import TaskInstance  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    waiting = (
        select(TaskInstance, HITLDetail)
        .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        .where(TaskInstance.dag_id == dag_id, TaskInstance.state.in_(["awaiting_input", "deferred"]))
    )
    while not is_over.wait(INTERVAL):
        with suppress(OperationalError), create_session() as session:
            for instance, detail in session.execute(waiting).all():
                shown = [detail.subject, detail.body]
                if not detail.response_received:
                    _answer(instance, option, session)
                elif instance.state == "awaiting_input":
                    _hand_over_again(instance, detail, session)
                session.commit()
                asked[:] = shown


def _answer(instance: TaskInstance, option: str, session: Session) -> None:
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload  # noqa: PLC0415
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail  # noqa: PLC0415

    update_hitl_detail(
        instance.dag_id,
        instance.run_id,
        instance.task_id,
        UpdateHITLDetailPayload(chosen_options=[option]),
        user=SimpleNamespace(get_id=lambda: "1", get_name=lambda: "an administrator"),  # type: ignore[arg-type]
        session=session,
    )


def _hand_over_again(instance: TaskInstance, detail: HITLDetail, session: Session) -> None:
    from airflow.models.trigger import handle_event_submit  # noqa: PLC0415
    from airflow.triggers.base import TriggerEvent  # noqa: PLC0415

    handle_event_submit(TriggerEvent(detail.as_resume_event_payload()), task_instance=instance, session=session)
