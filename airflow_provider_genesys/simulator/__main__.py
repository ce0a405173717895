"""``python -m airflow_provider_genesys.simulator``: a local Genesys Cloud."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from airflow_provider_genesys.simulator import extra
from airflow_provider_genesys.simulator.errors import explain
from airflow_provider_genesys.simulator.faults import FaultRule
from airflow_provider_genesys.simulator.process import connection_json
from airflow_provider_genesys.simulator.settings import Settings, Start


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_genesys.simulator",
        description="A local Genesys Cloud for tests, demos and Dag authors.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8087, help="0 for any free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="what chance starts from (default: %(default)s)")
    parser.add_argument("--requests-per-minute", type=int, default=300, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--webchat",
        choices=("present", "gone"),
        default="present",
        help="whether there still is web chat; gone is answered 410 (default: %(default)s)",
    )
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="time each request takes")
    parser.add_argument(
        "--token-seconds", type=int, default=86_400, metavar="S", help="life of a token (default: %(default)s)"
    )
    parser.add_argument("--faults", type=Path, metavar="FILE", help="JSON file with a list of fault rules")
    parser.add_argument(
        "--example-data",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="begin with what the example Dags refer to, or with an organisation in which nobody has done anything yet",
    )
    parser.add_argument("--client-id", default="simulator", metavar="ID", help="(default: %(default)s)")
    parser.add_argument("--client-secret", default="simulator", metavar="SECRET", help="(default: %(default)s)")
    parser.add_argument(
        "--stop-with-stdin", action="store_true", help="stop when standard input is closed, as when the parent dies"
    )
    return parser


def _start(arguments: argparse.Namespace) -> Start:
    settings = Settings(
        requests_per_minute=arguments.requests_per_minute,
        latency_ms=arguments.latency,
        token_seconds=arguments.token_seconds,
        webchat=arguments.webchat,
    )
    rules: list[FaultRule] = []
    if arguments.faults:
        rules = TypeAdapter(list[FaultRule]).validate_json(arguments.faults.read_bytes())
    return Start(
        seed=arguments.seed,
        client_id=arguments.client_id,
        client_secret=arguments.client_secret,
        settings=settings,
        faults=tuple(rules),
        example_data=arguments.example_data,
    )


def _exit_when_stdin_closes() -> None:
    """Watch for the end of a parent that may be killed without a chance to stop this process."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits inside it makes the interpreter's own end fail.
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _welcome(url: str, arguments: argparse.Namespace) -> str:
    connection = connection_json(url, arguments.client_id, arguments.client_secret)
    vonage = connection_json(url, arguments.client_id, arguments.client_secret, "vonage_contact_center")
    return (
        f"Genesys Cloud simulator listens on {url}\n"
        "Point Airflow's connections genesys_cloud_default and vonage_contact_center_default at it:\n"
        f"  export AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT={shlex.quote(connection)}\n"
        f"  export AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT={shlex.quote(vonage)}\n"
        f"What became of events: {url}/_simulator/ledger   Stop: Ctrl-C"
    )


def _say(text: str) -> None:
    """Print; a simulator that nobody listens to is one all the same."""
    try:
        print(text, flush=True)  # noqa: T201 (a command prints)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it when it ends


def _reason(error: Exception, arguments: argparse.Namespace) -> str:
    if isinstance(error, ValidationError):
        return explain(error)
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {arguments.port} of {arguments.host} is taken; choose another with --port (0: any free one)"
    return str(error)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulator until it is stopped.

    :param argv: arguments; left out, the command line's.
    :returns: the exit code: 1 if it cannot start.
    """
    arguments = _parser().parse_args(argv)
    if missing := extra.complaint():
        print(f"The simulator cannot start: {missing}", file=sys.stderr)  # noqa: T201 (a command prints)
        return 1
    from airflow_provider_genesys.simulator.server import listen, serve  # noqa: PLC0415 (it needs the extra)

    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    try:
        start = _start(arguments)
        listener = listen(arguments.host, arguments.port)
    except (OSError, OverflowError, ValidationError) as error:
        print(f"The simulator cannot start: {_reason(error, arguments)}", file=sys.stderr)  # noqa: T201 (a command prints)
        return 1
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    url = f"http://{host}:{listener.getsockname()[1]}"
    _say(_welcome(url, arguments))
    if arguments.stop_with_stdin:
        _exit_when_stdin_closes()
    serve(listener, start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
