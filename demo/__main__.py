"""What ``make demo`` runs: the example Dags, by Airflow itself, against a simulated Genesys Cloud with a few faults.

At the end the provider's account of the events is set against the simulator's. Everything it writes is in ``.demo/``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from airflow_provider_genesys.simulator.process import running_simulator
from demo import cloud_ex, configuration, organization, platforms, presence
from demo.account import PUBLISHES, Account, print_account, problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".demo"
ARTIFACTS = HOME / "artifacts"
DATABASE = HOME / "airflow" / "airflow.db"
LOG_TAIL = 25
PATIENCE = 10

CONVERSATIONS = "/api/v2/events/conversations"
ROUTING_STATUSES = "/api/v2/events/users/routingstatus"
# The first rule that strikes a request has it.
FAULTS: list[dict[str, Any]] = [
    # A 200 whose body says that some of its events are refused for good. Only the first requests, so that no event is
    # refused that came before in a request whose answer was lost: the simulator would count it as accepted.
    {"path": CONVERSATIONS, "count": 8, "partial": {"retryable": False, "every": 150, "message": "Unknown queue."}},
    # Somebody else used up the allowance: two requests are told to come back in two seconds.
    {"path": CONVERSATIONS, "status": 429, "retry_after": 2, "count": 2},
    # The connection breaks after the server has acted: nobody can know whether it did.
    {"path": CONVERSATIONS, "reset": "after", "after": 1, "count": 1},
    # A busy server: every 50th request, and one for certain.
    {"path": ROUTING_STATUSES, "status": 503, "after": 3, "count": 1},
    {"path": "/api/v2/events/*", "status": 503, "probability": 0.02},
    # A 200 whose body says that some of its events should be sent again.
    {"path": CONVERSATIONS, "partial": {"retryable": True, "probability": 0.02}, "probability": 0.5},
    # Vonage, which says nothing of when to come back, is asked too often.
    {"path": "/agents/*", "status": 429, "count": 2},
    # A presence definition is created, and nobody hears of it.
    {"path": "/api/v2/presence/definitions", "method": "POST", "reset": "after", "count": 1},
]

# A line of Airflow's log: time, level, message, logger. A message can have several lines.
LOG_RECORD = re.compile(r"\S+ \[(?P<level>\w+) *\] (?P<message>.*?) *\[(?P<logger>[\w.]+)\](?: \S+=.*)?", re.DOTALL)
BEGIN_OF_RECORD = re.compile(r"\d{4}-\d\d-\d\dT\S+ \[\w+ *\] ")
TASK_BEGINS = re.compile(r"\[DAG TEST\] starting task_id=(\w+)")


class DemoError(Exception):
    """A step failed; the message says which, and where its log is."""


class Demo:
    """Runs the steps one after the other, and tells what it is doing."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line with the seconds since the beginning."""
        self._console.print(f"[dim]{time.monotonic() - self._began:5.1f} s[/]  {text}")

    def run(self) -> int:
        """Run all of it.

        :return: the exit code: 0 when the accounts add up.
        """
        shutil.rmtree(HOME, ignore_errors=True)
        (HOME / "airflow").mkdir(parents=True)
        faults = HOME / "faults.json"
        faults.write_text(json.dumps(FAULTS, indent=1))
        self.say("Starting a simulated Genesys Cloud: 300 requests a minute, and a few faults")
        with running_simulator("--seed", "1", "--faults", str(faults)) as simulator:
            self.say(f"It listens on {simulator.base_url}")
            environment = airflow_environment(simulator)
            self.say("Making a fresh Airflow home in .demo/airflow (SQLite)")
            self._airflow(environment, "migrate", "db", "migrate")
            presence = self._sync_presence(simulator, environment)
            for dag_id in dict.fromkeys(publish.dag_id for publish in PUBLISHES):
                self.say(f"Airflow runs the Dag [bold]{dag_id}[/] (the first seconds are Airflow's start)")
                self._run_dag(environment, dag_id)
            account = Account.collect(simulator, read_results())
            platforms = self._convert_three(simulator, environment)
            configuration = self._export_two_days(simulator, environment)
            cloud_ex = self._run_all_in_one(simulator, environment)
        self._console.print()
        presence.print(self._console)
        print_account(self._console, account, ROOT)
        platforms.print(self._console)
        configuration.print(self._console)
        cloud_ex.print(self._console)
        self._console.print(
            f"All files: [bold]{HOME.relative_to(ROOT)}/[/]   took {time.monotonic() - self._began:.0f} s"
        )
        return self._conclude(
            [
                *presence.problems(),
                *problems(account),
                *platforms.problems(),
                *configuration.problems(),
                *cloud_ex.problems(),
            ]
        )

    def _sync_presence(self, simulator: SimulatorHandle, environment: dict[str, str]) -> presence.PresenceAccount:
        """Run the sync of presence definitions twice. No person is there: the demo approves for them."""
        dag_id = presence.DAG_ID
        presence.load(simulator)
        self.say(f"Airflow runs the Dag [bold]{dag_id}[/]; the demo says yes where a person is asked")
        self._run_dag(environment, dag_id, "--mark-success-pattern", "ask")
        first, written = read_results(), simulator.presence()["writes"]
        self.say(f"Airflow runs the Dag [bold]{dag_id}[/] once more")
        self._run_dag(environment, dag_id, log="presence_definitions_sync again")
        state = simulator.presence()
        return presence.PresenceAccount(
            plan=first[dag_id, "plan"],
            done=first[dag_id, "apply"],
            again=read_results()[dag_id, "plan"],
            definitions=state["definitions"],
            writes=(written, state["writes"]),
        )

    def _convert_three(self, simulator: SimulatorHandle, environment: dict[str, str]) -> platforms.PlatformsAccount:
        """Convert the records of three platforms, of which two know what is in the organisation, and publish them."""
        dag_id = platforms.DAG_ID
        organization.load(simulator)
        before = len(simulator.ledger_events())
        self.say(f"Airflow runs the Dag [bold]{dag_id}[/]")
        self._run_dag(environment, dag_id)
        return platforms.PlatformsAccount.collect(read_results(), simulator.ledger_events()[before:])

    def _export_two_days(
        self, simulator: SimulatorHandle, environment: dict[str, str]
    ) -> configuration.ConfigurationAccount:
        """Export what is configured on two days that are not the same."""
        dag_id = configuration.DAG_ID
        taken = []
        for day in (1, 2):
            configuration.load(simulator, day=day)
            self.say(f"Airflow runs the Dag [bold]{dag_id}[/], as on day {day}")
            self._run_dag(environment, dag_id, log=f"{dag_id} day {day}")
            taken.append(read_results()[dag_id, "export"])
        return configuration.ConfigurationAccount(*taken)

    def _run_all_in_one(self, simulator: SimulatorHandle, environment: dict[str, str]) -> cloud_ex.CloudExAccount:
        """Run the Dag that has it all."""
        dag_id = cloud_ex.DAG_ID
        cloud_ex.load(simulator)
        before = len(simulator.ledger_events())
        self.say(f"Airflow runs the Dag [bold]{dag_id}[/]: preflight, definitions, presences, calls, export, check")
        self._run_dag(environment, dag_id)
        results = {task: result for (dag, task), result in read_results().items() if dag == dag_id}
        return cloud_ex.CloudExAccount.collect(results, simulator.ledger_events()[before:])

    def _run_dag(self, environment: dict[str, str], dag_id: str, *options: str, log: str = "") -> None:
        parameters = json.dumps({"folder": str(ARTIFACTS)})
        self._airflow(environment, log or dag_id, "dags", "test", dag_id, "--conf", parameters, *options)

    def _conclude(self, found: list[str]) -> int:
        for problem in found:
            self._console.print(f"[bold red]It does not add up:[/] {problem}")
        if not found:
            self._console.print("[bold green]The accounts of the provider and of the simulator agree.[/]")
        return 1 if found else 0

    def _airflow(self, environment: dict[str, str], name: str, *arguments: str) -> None:
        """Run an Airflow command: all of its output goes to a log, what matters here to the screen."""
        log = HOME / f"{name}.log"
        command = [sys.executable, "-m", "airflow", *arguments]
        with (
            self._console.status(f"airflow {' '.join(arguments[:3])}"),
            log.open("w") as file,
            subprocess.Popen(  # noqa: S603 - the command is ours
                command, env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                for line in echo(process.stdout or (), file):
                    self.say(line)
            except BaseException:
                stop(process)
                raise
        if process.returncode:
            self._console.print(escape("".join(log.read_text().splitlines(keepends=True)[-LOG_TAIL:])))
            raise DemoError(f"airflow {' '.join(arguments[:3])} failed: see {log}")


def airflow_environment(simulator: SimulatorHandle) -> dict[str, str]:
    """Return the environment of Airflow's commands: own home, the example Dags, a connection to the simulator."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "_AIRFLOW_"))}
    return inherited | {
        "AIRFLOW_HOME": str(HOME / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "example_dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{DATABASE}",
        "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": simulator.connection_json,
        "AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT": simulator.vonage_connection_json,
        **dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1"),
        "PYTHONUNBUFFERED": "1",
    }


def stop(process: subprocess.Popen[str]) -> None:
    """End a process, by force if it takes its time."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def echo(lines: Iterable[str], log: IO[str]) -> Iterator[str]:
    """Copy all lines to the log, and yield what is worth seeing: the begin of each task, and what the provider says."""
    record = ""
    for line in lines:
        log.write(line)
        log.flush()
        record = line if BEGIN_OF_RECORD.match(line) else record + line
        if task := TASK_BEGINS.search(line):
            yield f"Task [bold]{task[1]}[/]"
        found = LOG_RECORD.fullmatch(record.rstrip())
        if found and "airflow_provider_genesys" in found["logger"]:
            colour = "dim" if found["level"] == "info" else "yellow"
            yield f"[{colour}]{escape(found['message'].rstrip())}[/]"


def read_results() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the tasks returned, by Dag and task, in the last run, from Airflow's database."""
    with closing(sqlite3.connect(DATABASE)) as database:
        rows = database.execute(
            "SELECT dag_id, task_id, value FROM xcom WHERE key = 'return_value' ORDER BY timestamp"
        ).fetchall()
    return {(dag_id, task_id): json.loads(value) for dag_id, task_id, value in rows}


def main() -> int:
    """Run the demo.

    :return: the exit code.
    """
    # As Ctrl-C does, so that no process is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    demo = Demo()
    try:
        return demo.run()
    except DemoError as error:
        demo.say(f"[bold red]{escape(str(error))}[/]")
        return 1
    except KeyboardInterrupt:
        demo.say("Stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main())
