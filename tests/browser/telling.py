"""Tells in the place of tasks: puts summaries into the database of an Airflow that runs, as of other times too."""

from __future__ import annotations

import sqlite3
import urllib.error
import uuid
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.browser.running import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.running import RunningAirflow


def make_run(airflow: RunningAirflow, dag_id: str, run_id: str, at: datetime | None = None) -> None:
    """Make a run of a Dag that is paused, so that none of its tasks is ever run."""

    _post(airflow, f"dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "logical_date": None})
    if at is not None:
        _write(airflow, "update dag_run set run_after = ? where dag_id = ? and run_id = ?", (_text(at), dag_id, run_id))


def tell(
    airflow: RunningAirflow,
    dag_id: str,
    run_id: str,
    task_id: str,
    summary: Any,
    *,
    at: datetime | None = None,
    state: str = "success",
    key: str = "summary",
) -> None:
    """Push a summary as if the task had, at that time, and give it this state."""
    path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
    _post(airflow, path, {"key": key, "value": summary})
    where = "where dag_id = ? and run_id = ? and task_id = ?"
    ids = (dag_id, run_id, task_id)
    when = _text(at or datetime.now())  # noqa: DTZ005 - as SQLite has it: without a zone, in UTC
    _write(
        airflow, f"update task_instance set state = ?, start_date = ?, end_date = ? {where}", (state, when, when, *ids)
    )
    if at is not None:
        _write(airflow, f"update xcom set timestamp = ? {where} and key = ?", (when, *ids, key))


def tell_link(airflow: RunningAirflow, dag_id: str, run_id: str, task_id: str, link: str | None = None) -> None:
    """Push the link to its account as the provider's code does when a task begins, or another one."""
    ids = {"dag": dag_id, "run": run_id, "task": task_id, "index": -1}
    value = f"plugin/genesys_cloud?{urlencode(ids)}" if link is None else link
    path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
    _post(airflow, path, {"key": "genesys_cloud_account_link", "value": value})


def multiply(airflow: RunningAirflow, dag_id: str, run_id: str, task_id: str, *, times: int, begin: datetime) -> None:
    """Make so many mapped task instances, with their summaries, of one that is there, in as many runs as 100 fill."""
    with closing(_database(airflow)) as database:
        where = " where dag_id = ? and run_id = ?"
        run = _row(database, "dag_run", where, (dag_id, run_id))
        task, xcom = (
            _row(database, table, f"{where} and task_id = ?", (dag_id, run_id, task_id))
            for table in ("task_instance", "xcom")
        )
        for number, size in enumerate(_sizes(times)):
            ids = {"dag_id": dag_id, "run_id": f"many_{number:04}"}
            when = begin + timedelta(hours=number)
            _insert(database, "dag_run", {**run, **ids, "id": None, "state": "success", "run_after": _text(when)})
            (of_run,) = database.execute(f"select id from dag_run{where}", tuple(ids.values())).fetchone()
            for index in range(size):
                at = {"map_index": index, **ids}
                time = _text(when + timedelta(seconds=index))
                _insert(database, "task_instance", {**task, **at, "id": uuid.uuid4().hex, "start_date": time})
                _insert(database, "xcom", {**xcom, **at, "dag_run_id": of_run, "timestamp": time})
        database.commit()


def forget_many(airflow: RunningAirflow) -> None:
    """Remove what :func:`multiply` has made: it makes SQLite slow for those who come after."""
    for table in ("xcom", "task_instance", "dag_run"):
        _write(airflow, f"delete from {table} where run_id like 'many_%'", ())


def forget_run(airflow: RunningAirflow, dag_id: str, run_id: str) -> None:
    """Remove a run and all that was told in it, so that others count as before."""
    for table in ("xcom", "task_instance", "dag_run"):
        _write(airflow, f"delete from {table} where dag_id = ? and run_id = ?", (dag_id, run_id))


def forget_told(airflow: RunningAirflow, dag_id: str, run_id: str, task_id: str) -> None:
    """Remove what a task has told, as Airflow does before it is told anew."""
    _write(airflow, "delete from xcom where dag_id = ? and run_id = ? and task_id = ?", (dag_id, run_id, task_id))


def _post(airflow: RunningAirflow, path: str, body: Any) -> None:
    """Make something by the REST API as soon as its Dag is parsed, and SQLite not busy with somebody else's writing."""

    def made() -> bool:
        try:
            airflow.api(path, body)
        except urllib.error.HTTPError as error:
            if error.code not in {404, 409, 500}:
                raise
            return error.code == 409  # the answer before this one was an error, and it was made all the same
        return True

    wait_until(made, 120, path)


def _sizes(times: int) -> Iterator[int]:
    while times > 0:
        yield min(100, times)
        times -= 100


def _database(airflow: RunningAirflow) -> sqlite3.Connection:
    return sqlite3.connect(airflow.home / "airflow.db", timeout=60)


def _write(airflow: RunningAirflow, statement: str, values: tuple[Any, ...]) -> None:
    with closing(_database(airflow)) as database, database:
        database.execute(statement, values)


def _row(database: sqlite3.Connection, table: str, where: str, values: tuple[Any, ...]) -> dict[str, Any]:
    found = database.execute(f"select * from {table}{where}", values)
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", tuple(row.values()))


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")
