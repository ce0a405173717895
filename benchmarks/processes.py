"""Whole processes, measured by the operating system."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_running: set[subprocess.Popen[bytes]] = set()


def end_by_sigterm() -> None:
    """Have SIGTERM, as CI sends it, end a benchmark with all that it has started, which threads may wait for."""

    def end(number: int, _: object) -> None:
        for process in list(_running):
            process.kill()
        sys.exit(f"ended by signal {number}")

    signal.signal(signal.SIGTERM, end)


@dataclass(frozen=True)
class Run:
    """A process that has ended.

    :param cpu: seconds of CPU it used, in user and system mode, by all its threads.
    :param result: the JSON object it printed last.
    """

    cpu: float
    result: dict[str, Any]


class Child:
    """A process that runs a module and prints a JSON object in the end.

    :param module: name of the module.
    :param arguments: its arguments.
    :param python: the interpreter.
    """

    def __init__(self, module: str, *arguments: object, python: str = sys.executable) -> None:
        self._name = module
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait
        self._process = subprocess.Popen(
            [python, "-m", module, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            env=environment(),
            cwd=ROOT,
        )
        _running.add(self._process)

    def wait(self) -> Run:
        """Wait for its end; raises ``RuntimeError`` when it failed."""
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        _running.discard(self._process)
        with self._output as output:
            output.seek(0)
            text = output.read().decode()
        if self._process.returncode:
            raise RuntimeError(f"{self._name} ended with {self._process.returncode}: {text}")
        return Run(usage.ru_utime + usage.ru_stime, json.loads(text.splitlines()[-1]))


def run(module: str, *arguments: object, python: str = sys.executable) -> Run:
    """Run a module to its end."""
    return Child(module, *arguments, python=python).wait()


@contextmanager
def apart_from(*servers: int) -> Iterator[None]:
    """Keep this process, and those it starts meanwhile, on one processor, and servers on the others.

    Threads that wander between processors pay for it, the more the less else the machine does. Where there is only one
    processor, or the system has no such call (macOS), nothing is done.

    :param servers: ids of the servers' processes.
    """
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(processors) < 2:
        yield
        return
    for server in servers:
        os.sched_setaffinity(server, processors[1:])
    os.sched_setaffinity(0, processors[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)


def environment() -> dict[str, str]:
    """Return the environment of a measured process: compiled modules are kept, and loopback needs no proxy."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


class FastServer:
    """The running server of :mod:`benchmarks.fast_server`.

    :param url: its address.
    :param pid: its process.
    """

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid

    def bodies(self) -> int:
        """Return how many bodies it has taken."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url, timeout=10) as answer:
            return int(answer.read())


@contextmanager
def fast_server(latency: float = 0, allowed: int = 10_000_000) -> Iterator[FastServer]:
    """Run the fast server; it ends with this process, however that ends.

    :param latency: milliseconds after which it answers.
    :param allowed: requests a minute that its answers say are allowed; 0 lets them say nothing.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fast_server", str(latency), str(allowed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield FastServer(process.stdout.readline().decode().strip(), process.pid)
        finally:
            process.stdin.close()
            process.wait(10)
