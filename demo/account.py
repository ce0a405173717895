"""Two accounts of the same events, side by side: the provider's, and the simulator's, which knows nothing of it."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from airflow_provider_genesys.simulator.process import SimulatorHandle

FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")
RECORD_FATES = ("converted", "skipped", "superseded", "held_back", "rejected")
DEAD = ("rejected", "invalid", "unknown")
EVENTS_IN_A_REQUEST = 100
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Publish:
    """A task that publishes, and the path that it sends to."""

    dag_id: str
    task_id: str
    path: str


PUBLISHES = (
    Publish("call_records", "publish", "/api/v2/events/conversations"),
    Publish("agent_statuses", "publish_presences", "/api/v2/events/users/presence"),
    Publish("agent_statuses", "publish_routing_statuses", "/api/v2/events/users/routingstatus"),
)


@dataclass(frozen=True, slots=True)
class Server:
    """What the simulator says about one path.

    :param accepted: how often each event was accepted, by its id.
    :param statuses: how many requests were answered with each status; ``dropped`` for those that got no answer.
    """

    accepted: Counter[str]
    statuses: Counter[str]


@dataclass(frozen=True, slots=True)
class Account:
    """All that both sides say.

    :param converted: what the task that converts call records returned.
    :param summaries: of each publish.
    :param dead_letters: of each publish.
    :param servers: of each publish, the simulator's side.
    """

    converted: dict[str, Any]
    summaries: dict[Publish, dict[str, Any]]
    dead_letters: dict[Publish, list[dict[str, Any]]]
    servers: dict[Publish, Server]

    @classmethod
    def collect(cls, simulator: SimulatorHandle, results: Mapping[tuple[str, str], dict[str, Any]]) -> Account:
        """Ask both sides.

        :param results: what the tasks returned, by Dag and task.
        """
        summaries = {publish: results[publish.dag_id, publish.task_id] for publish in PUBLISHES}
        return cls(
            converted=results["call_records", "convert"],
            summaries=summaries,
            dead_letters={publish: _read_dead_letters(summary) for publish, summary in summaries.items()},
            servers=_ask(simulator),
        )


def _read_dead_letters(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read the lines of all segments; none where the summary names no folder."""
    if summary["dead_letters"] is None:
        return []
    segments = sorted(Path(summary["dead_letters"].removeprefix("file://")).glob("*.jsonl"))
    return [json.loads(line) for segment in segments for line in _lines(str(segment))]


def _ask(simulator: SimulatorHandle) -> dict[Publish, Server]:
    log = simulator.requests(last=10_000)
    paths = {request["number"]: request["path"] for request in log["requests"]}
    servers = {}
    for publish in PUBLISHES:
        statuses = Counter(log["totals"].get(f"POST {publish.path}", {}))
        servers[publish] = Server(Counter(), statuses)
    by_path = {publish.path: servers[publish] for publish in PUBLISHES}
    for event in simulator.ledger_events():
        by_path[paths[event["request"]]].accepted[event["eventId"]] += 1
    return servers


def problems(account: Account) -> list[str]:
    """Return what does not add up, a sentence each; an empty list if all does."""
    found = []
    converted = account.converted
    if converted["records"] != sum(converted[fate] for fate in RECORD_FATES):
        found.append("the call records are not those of which the conversion says what became of them")
    if converted["events_written"] != account.summaries[PUBLISHES[0]]["read"]:
        found.append(f"{converted['events_written']} events were made of call records, and another number was read")
    for publish in PUBLISHES:
        found += [f"{publish.task_id}: {problem}" for problem in _problems_of(account, publish)]
    return found


def _problems_of(account: Account, publish: Publish) -> Iterable[str]:
    summary, server, letters = account.summaries[publish], account.servers[publish], account.dead_letters[publish]
    if summary["read"] != sum(summary[fate] for fate in FATES):
        yield "the fates do not sum up to the events read"
    if summary["pending"] or not summary["complete"]:
        yield f"{summary['pending']} events are pending"
    if summary["accepted"] != len(server.accepted):
        yield f"{summary['accepted']} events count as accepted, the simulator has {len(server.accepted)}"
    dead = sum(summary[fate] for fate in DEAD)
    if dead != len(letters):
        yield f"{dead} events were not accepted, and there are {len(letters)} dead letters"
    if both := [letter for letter in letters if letter["dead_letter"].get("event_id") in server.accepted]:
        yield f"{len(both)} dead letters were accepted all the same"
    if summary["requests"] != server.statuses.total():
        yield f"{summary['requests']} requests were counted, and {server.statuses.total()} arrived"
    again = server.accepted.total() - len(server.accepted)
    if again > EVENTS_IN_A_REQUEST * server.statuses["dropped"]:
        yield f"{again} events were accepted again though no answer was lost"


def print_account(console: Console, account: Account, root: Path) -> None:
    """Print the tables, and where the ledgers are.

    :param root: what paths are shown relative to.
    """
    console.print()
    for table in (_rejects(account.converted), _dead_letters(account), _figures(account)):
        console.print(table)
    console.print("Ledgers, each with its dead letters beside it:")
    for summary in account.summaries.values():
        console.print(f"[dim]{Path(summary['ledger'].removeprefix('file://')).relative_to(root)}[/]", soft_wrap=True)
    console.print()


def _figures(account: Account) -> Table:
    table = Table(title="What became of the events", title_justify="left", width=WIDTH)
    table.add_column("")
    for publish in PUBLISHES:
        table.add_column(_stream(account, publish), justify="right")
    columns = [_column(account, publish) for publish in PUBLISHES]
    for name in columns[0]:
        figures = [f"{column[name]:,}" for column in columns]
        table.add_row(name, *figures, end_section=name in {"read", "pending", "took, s"})
    return table


def _column(account: Account, publish: Publish) -> dict[str, float]:
    summary, server = account.summaries[publish], account.servers[publish]
    sent = summary["accepted"] + summary["rejected"] + summary["unknown"]
    return {
        "read": summary["read"],
        **{fate: summary[fate] for fate in FATES},
        "requests": summary["requests"],
        "  at least needed": math.ceil(sent / EVENTS_IN_A_REQUEST),
        "  repeated": summary["retries"],
        "  answered 429": server.statuses["429"],
        "  answered 503": server.statuses["503"],
        "  answer lost": server.statuses["dropped"],
        "waited for 429s, s": summary["rate_limited_seconds"],
        "took, s": summary["duration_seconds"],
        "the simulator has": len(server.accepted),
        "  of them twice": server.accepted.total() - len(server.accepted),
    }


def _stream(account: Account, publish: Publish) -> str:
    return str(account.summaries[publish]["stream"]).replace("_", " ")


def _dead_letters(account: Account) -> Table:
    table = Table("events", "of", "fate", "why", title="Dead letters", title_justify="left", width=WIDTH)
    for publish, letters in account.dead_letters.items():
        reasons = Counter((about["fate"], about["message"]) for about in (letter["dead_letter"] for letter in letters))
        for (fate, message), count in reasons.most_common():
            table.add_row(str(count), _stream(account, publish), fate, escape(message))
    return table


def _rejects(converted: Mapping[str, Any]) -> Table:
    counts = [f"{converted[fate]} {fate}" for fate in RECORD_FATES if converted[fate]]
    title = f"{converted['records']} call records: {', '.join(counts)}"
    table = Table("line", "why", title=title, title_justify="left", width=WIDTH)
    for text in _lines(converted["rejects"]):
        reject = json.loads(text)
        table.add_row(str(reject["line"]), escape(reject["reason"]))
    return table


def _lines(path: str) -> list[str]:
    return Path(path.removeprefix("file://")).read_text("utf-8").splitlines()
