"""Turn call records (CSV, one call a line) into conversation events for Genesys Cloud (JSON Lines, one event a line).

This is the part that you would write anew for your own platform. It shows what good events are made of:

- ids are functions of the platform's call id, so that a repeated run sends the same ids;
- times are UTC, and the file is in time order, over all conversations;
- a line that cannot be understood goes to a file of rejects with its number and the reason, and takes no other with it;
- memory stays flat however long the file is: the events are sorted on disk.

An answered call has three communications: the customer's, the queue's and the agent's; an abandoned one has two. The
records do not say who hung up, nor how long an abandoned caller waited; both are assumptions, and are marked below.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

COLUMNS = (
    "Call Id",
    "Agent",
    "Date",
    "Time",
    "Topic",
    "Answered (Y/N)",
    "Resolved",
    "Speed of answer in seconds",
    "AvgTalkDuration",
)
YEARS = range(1990, 2100)
YES_OR_NO = {"Y": True, "N": False}
CLOCK_TIME = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d) (AM|PM)")
SECONDS_OF_A_DAY = 86_400


class BadRecordError(ValueError):
    """A line of the file is not a call that can be converted; the message says why."""


class AmbiguousTimeError(BadRecordError):
    """Its time comes twice on that day, as the clocks were put back, and nobody has said which of them is meant."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What the platform's names are called in Genesys Cloud.

    :param source_id: id of the source platform, as Genesys Cloud knows it.
    :param users: agent's name to user id.
    :param queues: topic to queue id.
    :param wrap_up_codes: ``resolved`` and ``unresolved`` to the id of a wrap-up code.
    """

    source_id: str
    users: Mapping[str, str]
    queues: Mapping[str, str]
    wrap_up_codes: Mapping[str, str]

    @classmethod
    def load(cls, source: str | Mapping[str, Any]) -> Directory:
        """Take a mapping, or read one from a YAML or JSON file.

        :param source: the mapping, or the path of the file.
        :raises ValueError: a part is missing or unknown.
        :raises GenesysError: the file is not there, or no such mapping; names such as ``0042`` or ``No`` are text.
        """
        # A Dag file that imports this module is parsed every half minute.
        from airflow_provider_genesys.files.documents import mapping_of_text, read_text  # noqa: PLC0415

        if isinstance(source, str):
            file = Path(source)
            content: Mapping[str, Any] = mapping_of_text(read_text(file), file.name)
        else:
            content = source
        try:
            directory = cls(**content)
        except TypeError as error:
            raise ValueError(f"The directory needs source_id, users, queues and wrap_up_codes: {error}") from error
        if not {"resolved", "unresolved"} <= directory.wrap_up_codes.keys():
            raise ValueError("The directory's wrap_up_codes must name codes for resolved and for unresolved")
        return directory


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the file, understood.

    Durations are whole seconds; ``waited`` and ``talked`` are 0 for an abandoned call. ``ambiguous`` tells that the
    time of the record comes twice on its day, and that ``start`` is the one that was asked for.
    """

    id: str
    start: datetime
    ambiguous: bool
    agent: str
    topic: str
    answered: bool
    resolved: bool
    waited: int
    talked: int


@dataclass(slots=True)
class Report:
    """What became of the lines: ``rows == converted + rejected``; ``ambiguous`` of both have times that come twice."""

    rows: int = 0
    converted: int = 0
    rejected: int = 0
    ambiguous: int = 0
    events: int = 0


def convert(
    lines: Iterable[str],
    directory: Directory,
    *,
    write_event: Callable[[str], object],
    write_reject: Callable[[str], object],
    time_zone: str = "UTC",
    fold: int | None = None,
    abandoned_after: int = 30,
) -> Report:
    """Convert a whole file.

    :param lines: the lines of the file, the header first.
    :param directory: ids of the agents, queues and wrap-up codes.
    :param write_event: takes one event as a line of JSON, with its newline; the lines come in time order.
    :param write_reject: takes one line of JSON with the ``line`` number, the ``reason`` and the ``record``.
    :param time_zone: IANA name of the zone of the records' dates and times.
    :param fold: which is meant of a time that comes twice, as clocks are put back: 0, the first, or 1, the second;
        ``None`` rejects such lines, since a call told an hour too early is worse than one that is missing.
    :param abandoned_after: seconds after which an abandoned call is taken to have ended, since the records do not say.
    :return: how many lines were read, converted and rejected, and how many events were written.
    :raises ValueError: the first line is not the header expected, or ``fold`` is something else.
    """
    if fold not in (None, 0, 1):
        raise ValueError(f"fold must be 0 for the first, 1 for the second, or None, not {fold!r}")
    report = Report()
    zone = ZoneInfo(time_zone)
    with TimeOrder() as in_order:
        for number, line, record in read_records(lines):
            report.rows += 1
            try:
                call = parse_call(record, zone, fold)
                report.ambiguous += call.ambiguous
                events = events_of(call, directory, abandoned_after)
            except BadRecordError as error:
                report.rejected += 1
                report.ambiguous += isinstance(error, AmbiguousTimeError)
                write_reject(json.dumps({"line": number, "reason": str(error), "record": line[:1000]}) + "\n")
            else:
                report.converted += 1
                in_order.add(events)
        for text in in_order:
            report.events += 1
            write_event(text + "\n")
    return report


def convert_file(
    records: Any, directory: str, folder: Any, *, time_zone: str = "UTC", fold: int | None = None
) -> dict[str, Any]:
    """Convert a file, and write ``events.jsonl`` and ``rejects.jsonl``.

    :param records: path of the CSV, on any store.
    :param directory: path of the directory's file.
    :param folder: path of the folder for both files, on any store.
    :param time_zone: as :func:`convert` takes it.
    :param fold: the same.
    :return: ``events`` and ``rejects``, the files; ``rows``, ``converted``, ``rejected``, ``ambiguous`` and
        ``events_written``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        records.open(encoding="utf-8", errors="replace") as lines,
        (folder / "events.jsonl").open("w", encoding="utf-8") as events,
        (folder / "rejects.jsonl").open("w", encoding="utf-8") as rejects,
    ):
        report = convert(
            iter(lines.readline, ""),  # Airflow 2.11's files cannot be iterated over
            Directory.load(directory),
            write_event=events.write,
            write_reject=rejects.write,
            time_zone=time_zone,
            fold=fold,
        )
    return {
        "events": str(folder / "events.jsonl"),
        "rejects": str(folder / "rejects.jsonl"),
        "rows": report.rows,
        "converted": report.converted,
        "rejected": report.rejected,
        "ambiguous": report.ambiguous,
        "events_written": report.events,
    }


def complaint(report: Mapping[str, Any], max_bad_percent: float) -> str | None:
    """Say that too many of the lines are no calls: more than the share allowed, or all of them.

    :param report: as :func:`convert_file` returns it.
    :param max_bad_percent: percent of the lines that may be rejected. Where every line is, it is the file that is
        wrong, whatever is allowed.
    :return: what to tell, or ``None`` if there is nothing to complain of.
    """
    rows, rejected = report["rows"], report["rejected"]
    if rejected * 100 <= rows * max_bad_percent and not 0 < rows == rejected:
        return None
    return f"{rejected} of {rows} lines are no calls: see {report['rejects']}"


def read_records(lines: Iterable[str]) -> Iterator[tuple[int, str, Mapping[str, str] | None]]:
    """Yield ``(line number, line, record)`` for each line below the header.

    The record is ``None`` where its columns are not those of the header. A record never spans lines, so that one stray
    quote costs one record and not the rest of the file.
    """
    rows = ((number, text) for number, line in enumerate(lines, 1) if (text := line.rstrip("\r\n")))
    header = _columns(next(rows, (0, ""))[1].removeprefix("\ufeff")) or []
    if missing := [name for name in COLUMNS if name not in header]:
        raise ValueError(f"The first line must name the columns; not found: {', '.join(missing)}")
    for number, line in rows:
        values = _columns(line)
        fits = values is not None and len(values) == len(header)
        yield number, line, dict(zip(header, values or (), strict=True)) if fits else None


def _columns(line: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=";", strict=True), [])
    except csv.Error:
        return None


def parse_call(record: Mapping[str, str] | None, zone: ZoneInfo, fold: int | None = None) -> Call:
    """Understand one record.

    :param fold: as :func:`convert` takes it.
    :raises BadRecordError: a column is missing, or a value is not what the column should hold.
    """
    if record is None:
        raise BadRecordError("the columns are not those of the header")
    if not record["Call Id"]:
        raise BadRecordError("Call Id is empty")
    if any("\ufffd" in value for value in record.values()):
        raise BadRecordError("the line is not UTF-8")
    answered = _yes_or_no(record, "Answered (Y/N)")
    start, ambiguous = _in_utc(_local_start(record), zone, fold)
    return Call(
        id=record["Call Id"],
        start=start,
        ambiguous=ambiguous,
        agent=record["Agent"],
        topic=record["Topic"],
        answered=answered,
        resolved=_yes_or_no(record, "Resolved"),
        waited=_whole_seconds(record, "Speed of answer in seconds") if answered else 0,
        talked=_clock_seconds(record, "AvgTalkDuration") if answered else 0,
    )


def _yes_or_no(record: Mapping[str, str], column: str) -> bool:
    try:
        return YES_OR_NO[record[column]]
    except KeyError:
        raise BadRecordError(f"{column} must be Y or N, not {record[column]!r}") from None


def _local_start(record: Mapping[str, str]) -> datetime:
    """Put date (``31.01.2021``) and time (a fraction of the day, as spreadsheets keep it) together."""
    try:
        day, month, year = (int(part) for part in record["Date"].split("."))
        on = date(year, month, day) if year in YEARS else None
    except ValueError:
        on = None
    if on is None:
        raise BadRecordError(f"Date must be a date like 31.01.2021, not {record['Date']!r}")
    try:
        fraction = float(record["Time"])
    except ValueError:
        fraction = -1
    if not 0 <= fraction < 1:
        raise BadRecordError(f"Time must be a fraction of the day, from 0 to below 1, not {record['Time']!r}")
    return datetime.combine(on, time()) + timedelta(seconds=round(fraction * SECONDS_OF_A_DAY))


# [START in_utc]
def _in_utc(local: datetime, zone: ZoneInfo, fold: int | None) -> tuple[datetime, bool]:
    """Return the moment of a local time, and whether that comes twice, as clocks are put back.

    :raises BadRecordError: there is no such time, as clocks are put forward, or there are two and no ``fold``.
    """
    readings = [local.replace(tzinfo=zone, fold=which).astimezone(UTC) for which in (0, 1)]
    moments = sorted({moment for moment in readings if moment.astimezone(zone).replace(tzinfo=None) == local})
    if not moments:
        raise BadRecordError(f"{local} does not exist in {zone.key}: clocks were put forward")
    if len(moments) == 1:
        return moments[0], False
    if fold is None:
        raise AmbiguousTimeError(
            f"{local} comes twice in {zone.key}, as clocks were put back: which is meant is for fold to say"
        )
    return moments[fold], True


# [END in_utc]


def _whole_seconds(record: Mapping[str, str], column: str) -> int:
    text = record[column]
    if not (text.isascii() and text.isdigit() and int(text) < SECONDS_OF_A_DAY):
        raise BadRecordError(f"{column} must be a whole number of seconds below a day, not {text!r}")
    return int(text)


def _clock_seconds(record: Mapping[str, str], column: str) -> int:
    """Read a duration that a spreadsheet shows as a time of the day: ``12:02:23 AM`` is 143 seconds."""
    match = CLOCK_TIME.fullmatch(record[column])
    if match is None or not 1 <= int(match[1]) <= 12:  # noqa: PLR2004 - hours of a clock
        raise BadRecordError(f"{column} must be a clock time like 12:02:23 AM, not {record[column]!r}")
    hours = int(match[1]) % 12 + (12 if match[4] == "PM" else 0)
    return hours * 3600 + int(match[2]) * 60 + int(match[3])


# [START events]
def events_of(call: Call, directory: Directory, abandoned_after: int = 30) -> list[tuple[datetime, dict[str, Any]]]:
    """Give the events of one call with their times, in the order in which they happen.

    :raises BadRecordError: the directory does not know the topic, or the agent who answered.
    """
    queue_id = _look_up(directory.queues, call.topic, "Topic")
    conversation_id = stable_id(directory.source_id, call.id)
    customer, queue, agent = (stable_id(conversation_id, party) for party in ("customer", "queue", "agent"))
    source = {"sourceId": directory.source_id, "interactionId": call.id}
    events: list[tuple[datetime, dict[str, Any]]] = []

    def happened(at: datetime, type_: str, communication_id: str, **fields: Any) -> None:
        event = {
            "type": type_,
            "eventId": stable_id(communication_id, type_),
            "eventDateTime": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "conversationId": conversation_id,
            "communicationId": communication_id,
        }
        events.append((at, event | fields))

    def established(at: datetime, type_: str, communication_id: str, start: dict[str, Any], **fields: Any) -> None:

        configurations = {"initialConfiguration": {"inbound": True} | start, "sourceConfiguration": source}
        happened(at, type_, communication_id, **configurations, **fields)

    established(call.start, "externalEstablished", customer, {"alerting": False})
    established(call.start, "routingEstablished", queue, {"invitedBy": customer}, queueId=queue_id)
    if not call.answered:
        end = call.start + timedelta(seconds=abandoned_after)
        happened(end, "communicationEnded", customer, disconnectType="Self")
        happened(end, "communicationEnded", queue, disconnectType="Peer")
        return events

    user_id = _look_up(directory.users, call.agent, "Agent")
    code = directory.wrap_up_codes["resolved" if call.resolved else "unresolved"]
    answer = call.start + timedelta(seconds=call.waited)
    end = answer + timedelta(seconds=call.talked)
    established(answer, "userEstablished", agent, {"alerting": True, "invitedBy": queue}, userId=user_id)
    happened(answer, "communicationAnswered", agent)
    happened(answer, "communicationEnded", queue, disconnectType="TransferUser")
    happened(end, "communicationEnded", customer, disconnectType="Self")  # assumed: the customer hung up
    happened(end, "communicationEnded", agent, disconnectType="Peer")
    happened(end, "communicationDispositionApplied", agent, code=code)
    return events


def stable_id(*parts: str) -> str:
    """Make a UUID, shaped as version 4 (which the API asks for), that is always the same for the same parts."""
    digest = blake2b("\0".join(parts).encode(), digest_size=16, person=b"call records")
    return str(UUID(bytes=digest.digest(), version=4))


# [END events]


def _look_up(names: Mapping[str, str], name: str, column: str) -> str:
    try:
        return names[name]
    except KeyError:
        raise BadRecordError(f"{column} {name!r} is not in the directory") from None


class TimeOrder:
    """Events in time order, those of one time in the order in which they came; sorted on disk by SQLite."""

    def __enter__(self) -> TimeOrder:
        """Open a private database in the temporary folder; SQLite removes it when it is closed."""
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE event (at INTEGER, line TEXT)")
        return self

    def __exit__(self, *_: object) -> None:
        """Close and remove the database."""
        self._database.close()

    def add(self, events: Iterable[tuple[datetime, dict[str, Any]]]) -> None:
        """Take events with their times."""
        rows = ((at.timestamp(), json.dumps(event, separators=(",", ":"))) for at, event in events)
        self._database.executemany("INSERT INTO event VALUES (?, ?)", rows)

    def __iter__(self) -> Iterator[str]:
        """Yield each event as one line of JSON, without the newline."""
        for (line,) in self._database.execute("SELECT line FROM event ORDER BY at, rowid"):
            yield line
