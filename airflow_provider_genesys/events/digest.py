"""What a person must know of a publish of which something was not accepted, in ten lines at most.

Reasons are told in the words of the failure, each with an example by file and line. The dead letters have the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.ledger import FATES
from airflow_provider_genesys.events.reasons import Reasons, tell_commonest
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.text import escape, visible

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath


@dataclass(frozen=True, slots=True)
class Digest:
    """A few lines for a person.

    :param subject: the first of them, for a mail's subject.
    :param lines: the others: what each is about, and what it says.
    """

    subject: str
    lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """All of it as plain text, for a mail."""
        return "\n".join([self.subject, *(f"{name}: {said}" for name, said in self.lines)]) + "\n"

    @property
    def markdown(self) -> str:
        """All of it as Markdown, for a chat."""
        lines = [f"- {escape(name)}: {_code(said) if _is_copied(name) else escape(said)}" for name, said in self.lines]
        return "\n".join([f"**{escape(self.subject)}**", "", *lines]) + "\n"


def digest_of(
    summary: Mapping[str, Any],
    task: str,
    open_path: Callable[[str], StoragePath] = Path,
    *,
    error: BaseException | None = None,
) -> Digest:
    """Return the digest of a publish or a transfer.

    :param summary: its summary; of a transfer the stream is told of which more was not accepted.
    :param task: name of the task, for people.
    :param open_path: makes a path object of a path in the summary. What cannot be read there is left out.
    :param error: what the task failed with, of which the kind is told where it is no refused event.
    """
    streams = [summary, *([summary["routing_statuses"]] if summary.get("routing_statuses") else [])]
    if not any(each["read"] or each["complete"] for each in streams) and not _records_read(summary):
        return nothing_read(task, error)
    worst = max(streams, key=_bad)
    bad, read, stream = _bad(worst), worst["read"], worst["stream"]
    subject = f"{task}: {bad:,} of {read:,} events of {stream} were not accepted"
    if not bad:
        subject = f"{task}: failed with {_kind(error)}; no event of {stream} was refused"
    lines = [(f"Account of {each['stream']}", _account(each)) for each in streams]
    if records := summary.get("conversion"):
        lines.append(("Account of the records", _account_of_records(records)))
    if bad:
        lines += _reasons(worst, open_path)
    if worst["dead_letters"]:
        place = visible_path(worst["dead_letters"])  # a summary of an older version has it as it was
        lines.append(("Dead letters", place))
        lines.append(("Replay", f'mend the cause, then publish with stream="{stream}", source="{place}"'))
    if not worst["complete"] and worst["read"]:
        lines.append(("Not complete", "clear the task, and it goes on where it was"))
    return Digest(visible(subject), tuple((name, visible(said)) for name, said in lines))


def nothing_known(task: str, error: BaseException | None) -> Digest:
    """Return the digest of a task of which there is no account: it failed before it had one, or keeps none."""
    return Digest(visible(f"{task}: failed, and there is no account"), (_why(error),))


def nothing_read(task: str, error: BaseException | None) -> Digest:
    """Return the digest of a publish that failed before it read anything: its account is all 0, and tells nothing."""
    return Digest(visible(f"{task}: failed before anything was read"), (_why(error),))


def _why(error: BaseException | None) -> tuple[str, str]:
    return "Why", f"{_kind(error)}; the task's log says more"


def _records_read(summary: Mapping[str, Any]) -> int:
    """Return how many records a transfer that converts them has read."""
    records: int = (summary.get("conversion") or {}).get("records", 0)
    return records


def _kind(error: BaseException | None) -> str:
    """Return the kind of an error, that which Airflow's own was raised from if it was."""
    found = error.__cause__ if isinstance(error, Exception) and error.__cause__ is not None else error
    return "an error that is not known here" if found is None else type(found).__name__


def _bad(summary: Mapping[str, Any]) -> int:
    bad: int = summary["rejected"] + summary["invalid"] + summary["unknown"]
    return bad


def _account(summary: Mapping[str, Any]) -> str:
    fates = [f"{summary[fate]:,} {fate}" for fate in (*FATES, "pending") if summary[fate] or fate == "accepted"]
    return f"{summary['read']:,} read: {', '.join(fates)}"


def _account_of_records(records: Mapping[str, Any]) -> str:
    """Return what became of the records of a transfer that converts them, and where those are that cannot be told."""
    fates = [name for name in ("converted", "skipped", "superseded", "held_back", "rejected") if records[name]]
    said = ", ".join(f"{records[name]:,} {name.replace('_', ' ')}" for name in fates)
    place = f"; the rejected are in {visible_path(records['rejects'])}" if records["rejected"] else ""
    return f"{records['records']:,} read{f': {said}' if said else ''}{place}"


def _reasons(summary: Mapping[str, Any], open_path: Callable[[str], StoragePath]) -> list[tuple[str, str]]:
    """Return a line for each of the commonest reasons, if the ledger can be read."""
    try:
        reasons = Reasons.from_json(json.loads(storage.read(open_path(summary["ledger"])) or b""))
    except Exception:  # noqa: BLE001 - a digest without reasons is better than none; stores raise what they like
        return [("Reasons", "could not be read; the dead letters have them")]
    return [("Reason", said) for said in tell_commonest(reasons.commonest())]


def _is_copied(name: str) -> bool:
    return name in {"Dead letters", "Replay"}


def _code(said: str) -> str:
    return f"`{said.replace('`', '')}`"
