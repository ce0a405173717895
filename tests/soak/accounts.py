"""What the simulator recorded, beside what the provider says of itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

EVENTS = "/api/v2/events/users/presence"
ACTED_ON = frozenset({"reset after", "truncate", "status 504"})
"""Faults, as the log of requests has them, whose events were accepted though no whole answer said so."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"reset": "before"},
    {"reset": "after"},
    {"truncate": True},
    {"status": 504, "acts": True},
    {"status": 503},
    {"status": 429, "retry_after": 1},
    {"expire_token": True},
)


def go_wrong(simulator: SimulatorHandle, share: float) -> None:
    """Have this share of the requests with events fail, in each of the ways of :data:`FAULTS` as often."""
    for fault in FAULTS:
        simulator.add_fault(path=EVENTS, probability=share / len(FAULTS), **fault)


class Requests:
    """The requests with events, of which the simulator remembers only the last ones."""

    def __init__(self, simulator: SimulatorHandle) -> None:
        self._simulator = simulator
        self._last = 0
        self.faults: Counter[str] = Counter()
        self.sent = 0
        self.throttled = 0
        self.accepted_unsaid = 0
        """Events of requests that were acted on and not answered as they should."""

    def read(self) -> None:
        """Read those that came since."""
        rows = self._simulator.requests(3_000)["requests"]
        new = [row for row in rows if row["number"] > self._last]
        if self._last and new and new[0] is rows[0]:
            raise RuntimeError("more requests came than are read at a time")
        self._last = max([self._last, *(row["number"] for row in new)])
        for row in new:
            if row["path"] == EVENTS:
                self.sent += 1
                self.throttled += row["status"] == 429 and row["fault"] is None
                self.accepted_unsaid += row["events"] if row["fault"] in ACTED_ON else 0
                if row["fault"]:
                    self.faults[row["fault"]] += 1


def published(
    simulator: SimulatorHandle, requests: Requests, summaries: list[dict[str, Any]], events: int
) -> list[str]:
    """Return where the accounts of all publishes and the simulator's do not agree, all of whose events are good."""
    ledger = simulator.ledger()
    accepted = sum(one["accepted"] for one in summaries)
    retries = sum(one["retries"] for one in summaries)
    return _failed(
        {
            f"not all publishes are complete: {summaries}": all(one["complete"] for one in summaries),
            f"{accepted:,} of {events:,} events are accepted by the accounts": accepted == events,
            f"{ledger['distinct']:,} of {events:,} events arrived": ledger["distinct"] == events,
            f"{ledger['duplicates']:,} events came twice, and {requests.accepted_unsaid:,} were to be sent again": (
                ledger["duplicates"] == requests.accepted_unsaid
            ),
            f"the accounts tell {retries} retries of {requests.faults.total()} requests that failed": (
                retries >= requests.faults.total()
            ),
            f"{requests.throttled} of {requests.sent:,} requests were over the allowance": (
                requests.throttled <= requests.sent / 1_000
            ),
        }
    )


def waited(simulator: SimulatorHandle, instances: list[tuple[str, dict[str, Any]]], sensors: int) -> list[str]:
    """Return where the events of triggers and the requests that the simulator took do not agree.

    :param instances: state, and the event that the task is resumed with.
    """
    told = [event for state, event in instances if state == "scheduled" and event.get("status") == "done"]
    looks = sum(event["looks"] for event in told)
    answers = simulator.requests(0)["totals"]["GET /api/v2/users/presences/purecloud/bulk"]
    return _failed(
        {
            f"{len(told)} of {sensors} sensors were told: {Counter(state for state, _ in instances)}": (
                len(told) == sensors
            ),
            f"the triggers tell of {looks:,} looks, the simulator of {answers}": looks == answers.get("200"),
        }
    )


def _failed(checks: dict[str, bool]) -> list[str]:
    return [complaint for complaint, holds in checks.items() if not holds]
