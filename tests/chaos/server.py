"""A simulator that can be stopped and started again at its address, and what it took over all of its lives."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from airflow_provider_genesys.simulator.process import running_simulator
from tests.chaos.schedule import SLOW_MS, WEATHER
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

_LATENCY_MS = 10
_UNANSWERED = frozenset({"reset after", "truncate", "status 504"})
"""Faults, as the log of requests has them, that leave a request acted on and not answered as it should be."""
_DOUBTFUL = _UNANSWERED | {"reset before"}
"""Faults after which nobody but the server knows whether it acted."""


class Server:
    """Genesys Cloud, as the worlds have it."""

    handle: SimulatorHandle

    def __enter__(self) -> Self:
        """Start it."""
        self._running = ExitStack()
        self._start("0")
        self.url = self.handle.base_url
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._running.close()

    def begin(self, seed: int) -> None:
        """Forget all, for another world."""
        self.handle.reset()
        self.handle.seed(seed)
        self._before: Counter[str] = Counter()
        self._unanswered_before = self._doubtful_before = self._requests_before = 0
        self.calm()

    def calm(self, *rules: dict[str, Any]) -> None:
        """Have good weather, but for the rules of the job itself."""
        self.weather((), rules)

    def weather(self, names: tuple[str, ...], rules: tuple[dict[str, Any], ...]) -> None:
        """Have this weather; the job's rules strike what it spares."""
        self.handle.settings(requests_per_minute=1_000_000, latency_ms=_LATENCY_MS)
        self.handle.clear_faults()
        for rule in (*(WEATHER[name] for name in names), *rules):
            self.handle.add_fault(**rule)
        self._forecast = names, rules

    def accepted(self) -> Counter[str]:
        """Return how often each event was accepted, in all of its lives."""
        return self._before + accepted(self.handle)

    def unanswered(self) -> int:
        """Return how many requests were acted on and not answered as they should."""
        return self._unanswered_before + self._struck_by(_UNANSWERED)

    def doubtful(self) -> int:
        """Return of how many requests nobody but the server knows whether it acted."""
        return self._doubtful_before + self._struck_by(_DOUBTFUL)

    def requests(self) -> int:
        """Return how many requests there were."""
        return self._requests_before + int(self.handle.requests(0)["total"])

    def settle(self) -> None:
        """Wait until what killed processes had sent is dealt with."""
        time.sleep((SLOW_MS + 5 * _LATENCY_MS) / 1000)

    def restart(self) -> None:
        """Stop and start it; tokens and faults are gone then, and what it holds is there as a database would have it.

        It takes no request for a moment before, so that none is acted on and then forgotten.
        """
        names, rules = self._forecast
        self.handle.clear_faults()
        self.handle.add_fault(path="*", reset="before")
        self.settle()
        self._before, self._unanswered_before = self.accepted(), self.unanswered()
        self._doubtful_before = self.doubtful()
        self._requests_before = self.requests()
        definitions = [one for one in self.handle.presence()["definitions"] if one["type"] == "User"]
        webchat = self.handle.webchat()
        self._running.close()
        self._start(str(urlsplit(self.url).port))
        self.handle.load_presence(definitions)
        self.handle.load_webchat(webchat["settings"], webchat["deployments"], webchat["widgets"])
        self.weather(names, rules)

    def _start(self, port: str) -> None:
        self.handle = self._running.enter_context(running_simulator("--port", port))

    def _struck_by(self, faults: frozenset[str]) -> int:
        return sum(row["fault"] in faults for row in self.handle.requests(10_000)["requests"])
