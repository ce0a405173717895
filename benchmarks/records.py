"""Client CPU of an event made of another platform's records, and memory: a CSV of calls, with a mapping file.

Beside it stands what one would write by hand, ``benchmarks/bare_records.py``, which makes the same events with ``csv``
and ``json``. It checks nothing, and neither sorts nor accounts for anything. Each is a process of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.processes import ROOT, run
from benchmarks.report import Figure, at_most

GROUP = "records"
AGENTS, TOPICS = 200, 20
_SEED = 20_260_131
_RECORDS = 100_000
_MANY = 1_000_000
_ROUNDS = 3
_LIMIT = 60.0  # microseconds of CPU an event
_MEMORY = 40.0  # MB
_HEADER = (
    "Call Id;Agent;Date;Time;Topic;Answered (Y/N);Resolved;Speed of answer in seconds;AvgTalkDuration;"
    "Satisfaction rating\n"
)
MAPPING = ROOT / "example_dags" / "data" / "calls.yaml"


def measure(folder: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield what an event costs, the best of several rounds, and both figures of a million records."""
    source = folder / "records.csv"
    write(source, _RECORDS)
    best: dict[str, float] = {}
    for number in range(_ROUNDS):
        for way, module in (("provider", "benchmarks.convert"), ("bare csv + json script", "benchmarks.bare_records")):
            say(f"Records, {way}: round {number + 1} of {_ROUNDS}")
            cost = run(module, source, folder / "out").result
            best[way] = min(best.get(way, float("inf")), cost["cpu"] / cost["events"] * 1e6)
    for way, microseconds in best.items():
        what = f"{_RECORDS:,} records, best of {_ROUNDS}: {way}"
        if way == "provider":
            yield at_most(GROUP, what, microseconds, _LIMIT, "us/event")
        else:
            yield Figure(GROUP, what, f"{microseconds:.2f} us/event", microseconds)
    say(f"Records, {_MANY:,} of them")
    write(source, _MANY)
    result = run("benchmarks.convert", source, folder / "out").result
    what = f"{_MANY:,} records, {result['events']:,} events"
    yield at_most(GROUP, what, result["cpu"] / result["events"] * 1e6, _LIMIT, "us/event")
    megabytes = (result["peak"] - result["imported"]) / 2**20
    yield at_most(GROUP, f"{_MANY:,} records: memory above the imports", megabytes, _MEMORY, "MB")


def write(path: Path, records: int) -> None:
    """Write calls as a platform exports them, in no order, always the same; four of five are answered."""
    chance = random.Random(_SEED)
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for number in range(records):
            day, month, second = chance.randrange(1, 29), chance.randrange(1, 13), chance.randrange(86_400)
            agent, topic = chance.randrange(AGENTS), chance.randrange(TOPICS)
            waited, talked = chance.randrange(120), chance.randrange(20, 900)
            last = "N;N;;;"
            if chance.random() < 0.8:
                resolved = "Y" if chance.random() < 0.7 else "N"
                last = f"Y;{resolved};{waited};12:{talked // 60:02}:{talked % 60:02} AM;{chance.randrange(1, 6)}"
            begin = f"{day:02}.{month:02}.2026;{second / 86_400:.14f}"
            file.write(f"C{number:07};Agent {agent};{begin};Topic {topic};{last}\n")
