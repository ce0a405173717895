"""A real Airflow for a browser to look at: all of its processes, in a home of their own, and its REST API."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[2]
LINES = ("3.3", "2.11")
"""The lines of Airflow that are looked at, each in the environment that the Makefile makes for it."""
USER, VIEWER = "admin", "viewer"
"""Who may do everything, and, on Airflow 3 only, who may look at everything."""
_PASSWORDS = {USER: "the-password-of-the-admin", VIEWER: "the-password-of-the-viewer"}
WRONG_SECRET = "not-the-secret-9z8y7x"
COMMAND_SECONDS = 180
START_SECONDS = 240
RUN_SECONDS = 240
LOG_TAIL = 3_000
_NO_PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class AirflowError(Exception):
    """Airflow did not do what a test needs before it can look at anything."""


def python_of(line: str) -> Path:
    """Return the interpreter with a line of Airflow; whether there is one is for the caller to see."""
    return Path(sys.executable) if line == LINES[0] else ROOT / f".venv-{line}" / "bin" / "python"


class RunningAirflow:
    """An Airflow that runs: its address, and what a test asks of it beside the browser.

    :ivar line: ``"3.3"`` or ``"2.11"``.
    :ivar url: address of its pages, without a slash at the end.
    :ivar home: its ``AIRFLOW_HOME``; logs of its processes are ``<process>.log`` in there.
    :ivar simulator: what its connections ``genesys_cloud_default``, ``vonage_contact_center_default`` and
        ``of_a_region`` point at. The last one names a region, so that its tasks have links to Genesys Cloud. There is
        ``with_a_wrong_secret``, too.
    """

    def __init__(self, line: str, home: Path, simulator: SimulatorHandle) -> None:
        self.line, self.home, self.simulator = line, home, simulator
        ports = [_free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.is_airflow_2 = line.startswith("2.")
        self._api = "/api/v1" if self.is_airflow_2 else "/api/v2"
        self._environment = {
            **_environment(home, simulator, ports),
            **_pages_environment(line, home, self.url, ports[0]),
            # Airflow 2's scheduler starts tasks by the name of the command.
            "PATH": f"{python_of(line).parent}{os.pathsep}{os.environ['PATH']}",
        }

    # --- what tests ask for

    def api(self, path: str, body: Any = None, *, method: str | None = None, user: str = USER) -> Any:
        """Call Airflow's REST API and return its answer.

        :param path: behind the version, such as ``dags/some_dag``.
        :param body: what is sent as JSON; with one, the method is POST unless it is given.
        :raises urllib.error.HTTPError: it answers with another status than 2xx.
        """
        return json.loads(self.get(f"{self._api}/{path}", body, method=method, user=user) or b"null")

    def get(self, path: str, body: Any = None, *, method: str | None = None, user: str | None = USER) -> bytes:
        """Ask Airflow for a path of its own, without a browser, and return the answer's bytes.

        :param user: who asks; ``None`` for somebody who has not logged in.
        """
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if user is not None:
            headers["Authorization"] = self._authorization(user)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with _NO_PROXIES.open(request, timeout=30) as answer:
            return bytes(answer.read())

    def password(self, user: str) -> str:
        """Return what a user logs in with."""
        return _PASSWORDS[user]

    def token(self, user: str = USER) -> str:
        """Return a token for the API of Airflow 3, which its pages take as the cookie ``_token``, too."""
        body = {"username": user, "password": _PASSWORDS[user]}
        return str(json.loads(self.get("/auth/token", body, user=None))["access_token"])

    def start_run(self, dag_id: str, run_id: str = "seen", **conf: Any) -> str:
        """Start a run of a Dag, which is paused until then, and return its id."""
        wait_until(lambda: self._has(dag_id), RUN_SECONDS, f"the Dag {dag_id}")
        self.api(f"dags/{dag_id}", {"is_paused": False}, method="PATCH")
        when = {} if self.is_airflow_2 else {"logical_date": None}
        self.api(f"dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "conf": conf, **when})
        return run_id

    def run_dag(self, dag_id: str, run_id: str = "seen", **conf: Any) -> dict[str, str]:
        """Run a Dag to its end and return the state of each task, mapped ones as ``task[0]``."""
        self.start_run(dag_id, run_id, **conf)
        wait_until(
            lambda: self.api(f"dags/{dag_id}/dagRuns/{run_id}")["state"] in {"success", "failed"},
            RUN_SECONDS,
            f"the end of {dag_id}: {self.states(dag_id, run_id)}",
        )
        return self.states(dag_id, run_id)

    def states(self, dag_id: str, run_id: str = "seen") -> dict[str, str]:
        """Return the state of each task of a run, mapped ones as ``task[0]``."""
        instances = self.api(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {
            each["task_id"] + (f"[{each['map_index']}]" if each["map_index"] >= 0 else ""): each["state"]
            for each in instances
        }

    def wait_for_task(self, dag_id: str, task_id: str, *states: str, run_id: str = "seen") -> None:
        """Wait until a task of a run is in one of these states."""
        wait_until(
            lambda: self.states(dag_id, run_id).get(task_id) in states,
            RUN_SECONDS,
            f"{dag_id}.{task_id} to be {' or '.join(states)}",
        )

    def wait_for_question(self, dag_id: str, task_id: str, *, run_id: str = "seen") -> None:
        """Wait until a task asks a person and the scheduler knows that its worker is done.

        That takes some seconds on a busy machine. On Airflow 3.3 a task that was answered sooner fails and asks again.
        """
        self.wait_for_task(dag_id, task_id, "awaiting_input", "deferred", run_id=run_id)
        task = f"TaskInstanceKey(dag_id={dag_id!r}, task_id={task_id!r}, run_id={run_id!r},"
        heard = f"Received executor event with state success for task instance {task}"
        log = self.home / "scheduler.log"
        wait_until(lambda: heard in log.read_text(errors="replace"), RUN_SECONDS, f"the end of the worker of {task_id}")

    def page_of_task(
        self, dag_id: str, task_id: str, *, run_id: str = "seen", map_index: int = -1, tab: str = ""
    ) -> str:
        """Return the address of a task instance's page.

        :param tab: its last part on Airflow 3, such as ``xcom``; on Airflow 2 the name of the tab, such as ``logs``.
        """
        run = quote(run_id, safe="")
        if self.is_airflow_2:
            mapped = f"&map_index={map_index}" if map_index >= 0 else ""
            shown = f"dag_run_id={run}&task_id={task_id}{mapped}&tab={tab or 'details'}"
            return f"{self.url}/dags/{dag_id}/grid?{shown}"
        mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
        shown = f"/{tab}" if tab else ""
        return f"{self.url}/dags/{dag_id}/runs/{run}/tasks/{task_id}{mapped}{shown}"

    # --- what the fixture does

    @contextmanager
    def started(self) -> Iterator[RunningAirflow]:
        """Make the database and run all processes until the end of the block."""
        self.home.mkdir(parents=True, exist_ok=True)
        _copy_dags(self.home / "dags")
        self._command("db", "migrate")
        if self.is_airflow_2:
            who = ("--username", USER, "--password", _PASSWORDS[USER], "--role", "Admin", "--email", "admin@localhost")
            self._command("users", "create", *who, "--firstname", "Ada", "--lastname", "Min")
        else:
            (self.home / "passwords.json").write_text(json.dumps(_PASSWORDS))
        python = str(python_of(self.line))
        commands = {name: [python, "-m", "airflow", name] for name in self._processes()}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.browser.keeper", str(self.home), json.dumps(commands)],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
        ) as keeper:
            try:
                wait_until(lambda: self._is_healthy(keeper), START_SECONDS, f"Airflow {self.line}; logs: {self.home}")
                yield self
            finally:
                keeper.stdin.close()  # type: ignore[union-attr]
                keeper.wait(60)

    def _processes(self) -> tuple[str, ...]:
        if self.is_airflow_2:
            return "webserver", "scheduler", "triggerer"
        return "api-server", "scheduler", "dag-processor", "triggerer"

    def _is_healthy(self, keeper: subprocess.Popen[bytes]) -> bool:
        if keeper.poll() is not None:
            logs = (self.home / f"{name}.log" for name in self._processes())
            tails = "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-LOG_TAIL:]}" for log in logs)
            raise AirflowError(f"A process of Airflow {self.line} ended at once.\n{tails}")
        try:
            health = json.loads(self.get("/health" if self.is_airflow_2 else "/api/v2/monitor/health", user=None))
        except (OSError, ValueError):
            return False
        needed = {"metadatabase", "scheduler", "triggerer"} | (set() if self.is_airflow_2 else {"dag_processor"})
        return all(health[name]["status"] == "healthy" for name in needed)

    def _has(self, dag_id: str) -> bool:
        try:
            self.api(f"dags/{dag_id}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise
        return True

    def _authorization(self, user: str) -> str:
        if self.is_airflow_2:
            return "Basic " + base64.b64encode(f"{user}:{_PASSWORDS[user]}".encode()).decode()
        return f"Bearer {self.token(user)}"

    def _command(self, *arguments: str) -> None:
        """Run a command of Airflow's to its end."""
        done = subprocess.run(
            [str(python_of(self.line)), "-m", "airflow", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
            text=True,
        )
        if done.returncode:
            raise AirflowError(f"airflow {' '.join(arguments[:2])} of {self.line}: {done.stdout[-LOG_TAIL:]}")


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Wait until a condition holds.

    :raises AirflowError: it does not within these seconds.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AirflowError(f"Waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _copy_dags(folder: Path) -> None:
    """Put the example Dags and those of these tests where nobody else's are compiled or changed."""
    shutil.copytree(ROOT / "example_dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (ROOT / "tests" / "browser" / "dags").glob("*.py"):
        shutil.copy(file, folder)


def _environment(home: Path, simulator: SimulatorHandle, ports: list[int]) -> dict[str, str]:
    """Return what the processes of each Airflow are told: nothing of this machine's own Airflow is left."""
    inherited: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW", "PYTHON"))
    }
    known = json.loads(simulator.connection_json)
    of_a_region = known | {"extra": known["extra"] | {"region": "mypurecloud.de"}}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports[1]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports[2]),
        "AIRFLOW__GENESYS__ARTIFACTS_PATH": str(home / "artifacts"),
        "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": simulator.connection_json,
        "AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT": simulator.vonage_connection_json,
        "AIRFLOW_CONN_OF_A_REGION": json.dumps(of_a_region),
        "AIRFLOW_CONN_WITH_A_WRONG_SECRET": json.dumps(known | {"password": WRONG_SECRET}),
        **dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1"),
    }


def _pages_environment(line: str, home: Path, url: str, port: int) -> dict[str, str]:
    """Return what the server of Airflow's pages is told, which is called differently in each Airflow."""
    if line.startswith("2."):
        return {
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session",
            "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
            "AIRFLOW__WEBSERVER__BASE_URL": url,
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            # Browsers connect before they ask for something, and a worker without threads waits for each of them.
            "GUNICORN_CMD_ARGS": "--threads 8",
            "AIRFLOW__WEBSERVER__SECRET_KEY": "k" * 32,
        }
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "k" * 32,
        "AIRFLOW__API_AUTH__JWT_SECRET": "j" * 64,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin,{VIEWER}:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    }
