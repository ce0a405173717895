"""Airflow's processes, as a deployment has them, in a home of their own: started, killed, and ended for certain."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO

import psutil
from packaging.version import Version

AIRFLOW = Version(version("apache-airflow"))
ROOT = Path(__file__).parents[2]
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of Linux

SERVER = "api-server" if AIRFLOW.major > 2 else "webserver"
COMPONENTS = [SERVER, "scheduler", "triggerer", *(["dag-processor"] if AIRFLOW.major > 2 else [])]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment_of(home: Path, port: int) -> dict[str, str]:
    """Return the variables of all processes; nothing of this machine's own Airflow is among them."""
    url = f"http://127.0.0.1:{port}"
    database = f"sqlite:///{home}/airflow.db"
    options = {
        "CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags")),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "8",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "DATABASE__SQL_ALCHEMY_CONN": database,
        "API__PORT": str(port),
        "API__HOST": "127.0.0.1",
        "API__BASE_URL": url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": "0" * 32,
        "API_AUTH__JWT_SECRET": "0" * 64,
        "API__AUTH_BACKENDS": "airflow.api.auth.backend.default",  # Airflow 2; with AUTH_ROLE_PUBLIC below
        "WEBSERVER__WEB_SERVER_PORT": str(port),
        "WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
        "WEBSERVER__WORKERS": "1",
        "WEBSERVER__SECRET_KEY": "0" * 32,
        "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        # How soon it is noticed that somebody was killed: after half a minute and five minutes unless told otherwise.
        "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "20",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "45",
        "SCHEDULER__ZOMBIE_DETECTION_INTERVAL": "5",
        "WORKERS__EXECUTION_API_TIMEOUT": "60",  # 5 s unless told otherwise, which is soon over on a busy machine
        "GENESYS__ARTIFACTS_PATH": f"{home}/artifacts",
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    for name in [*ours]:
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} or name == "PYTHONDONTWRITEBYTECODE":
            del ours[name]
    return (
        ours
        | {f"AIRFLOW__{name}": value for name, value in options.items()}
        | {
            "AIRFLOW_HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            # Airflow 2 refuses SQLite with parallel tasks, which here are few.
            "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
        }
    )


class Processes:
    """All that is started of Airflow, and ended with this object, however that comes.

    :param home: folder of the database and the logs.
    :param port: where the API is to listen.
    :param more: further variables.
    """

    def __init__(self, home: Path, port: int, more: dict[str, str]) -> None:
        self.home = home
        self._environment = environment_of(home, port) | more
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []
        if sys.platform == "linux":  # what a killed scheduler leaves behind is ended, too
            ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1)

    def migrate(self) -> None:
        """Make the database."""
        if AIRFLOW.major == 2:
            (self.home / "webserver_config.py").write_text("AUTH_ROLE_PUBLIC = 'Admin'\n")
        log = self.log_of("migrate")
        with log.open("wb") as file:
            subprocess.run(
                self._command("db", "migrate"), env=self._environment, check=True, stdout=file, stderr=file, timeout=180
            )

    def log_of(self, name: str) -> Path:
        """Return where a component writes its log."""
        return self.home / f"{name}.log"

    def start(self, *names: str) -> None:
        """Start components."""
        for name in names:
            self.start_as(name, name)

    def start_as(self, name: str, *command: str, **more: str) -> None:
        """Start a component under a name of its own.

        :param command: what ``airflow`` is called with.
        :param more: further variables.
        """
        log = self.log_of(name).open("ab")
        self._logs.append(log)
        self._running[name] = subprocess.Popen(
            self._command(*command), env=self._environment | more, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def start_again(self) -> list[str]:
        """Start what has ended by itself, as whoever deploys Airflow does; on SQLite a busy machine can bring that.

        :returns: the components.
        """
        ended = [name for name, process in [*self._running.items()] if process.poll() is not None]
        self.start(*ended)
        return ended

    def kill(self, name: str) -> None:
        """Kill a component and all that it started, as a node that is lost does."""
        process = self._running.pop(name)
        kill_tree(process.pid)
        process.wait(30)

    def end(self) -> None:
        """End all, at once: nobody needs what they would still write."""
        with suppress(psutil.NoSuchProcess):
            for each in [child.pid for process in self._running.values() for child in _tree(process.pid)]:
                _kill(each)
        self._running.clear()
        for log in self._logs:
            log.close()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "airflow", *arguments]


def kill_tree(pid: int) -> None:
    """Kill a process, which can start no further ones then, and what it started."""
    tree = _tree(pid)
    for each in tree:
        _kill(each.pid)


def end_orphans() -> None:
    """Kill what is still there of all that this process started, and see it end."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        _kill(child.pid)
    psutil.wait_procs(children, timeout=30)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
