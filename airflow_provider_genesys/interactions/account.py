"""What became of a conversion's records, and what the log tells of it at the end."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.rejected import in_words, reasons_in
from airflow_provider_genesys.text import first_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.sorting import Fate

log = logging.getLogger(__name__)

FATES = ("converted", "skipped", "superseded", "held_back", "rejected")
"""What may become of a record."""
_ALWAYS = ("records", "converted", "rejected", "events_written")
_NO_COUNTS = ("skipped_by", "reasons")
_MOST_REASONS = 3


@dataclass(slots=True)
class Account:
    """What became of the records: ``records = converted + skipped + superseded + held_back + rejected``.

    :param records: all that were read.
    :param converted: those whose events are written.
    :param skipped: those that the mapping does not want.
    :param superseded: those of which a newer version, or the same again, was read too, or was told by an earlier run.
    :param held_back: those whose interaction had not ended, or that may still change.
    :param rejected: those that cannot be told.
    :param corrected_late: those of the converted that correct what an earlier run told.
    :param contradicted: events that an earlier run told otherwise, which are not told again.
    :param events_written: events in all.
    :param conversations: conversations that they belong to.
    :param skipped_by: how many are skipped by what; no count, as is what follows.
    :param reasons: the commonest reasons for which records are rejected, as a summary has them.
    """

    records: int = 0
    converted: int = 0
    skipped: int = 0
    superseded: int = 0
    held_back: int = 0
    rejected: int = 0
    corrected_late: int = 0
    contradicted: int = 0
    events_written: int = 0
    conversations: int = 0
    skipped_by: Counter[str] = field(default_factory=Counter)
    # Which example a reason has depends on the order in which records are read, and no count does.
    reasons: list[dict[str, Any]] = field(default_factory=list, compare=False)

    def as_dict(self) -> dict[str, int]:
        """Return the counts, as an XCom takes them."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _NO_COUNTS}

    def count(self, fate: Fate, by: int = 1) -> None:
        """Count a record."""
        setattr(self, fate, getattr(self, fate) + by)

    def skip(self, what: str) -> None:
        """Count a record that is skipped.

        :param what: by what, in words, such as ``by skip``.
        """
        self.skipped += 1
        self.skipped_by[what] += 1

    @contextmanager
    def noting_reasons(self, rejects: Callable[[], Iterable[str]]) -> Iterator[None]:
        """Note at the end why records are rejected, also where the conversion fails.

        :param rejects: yields the lines of these.
        """
        try:
            yield
        finally:
            with suppress(Exception):  # it fails no conversion; and what failed one may be the disk that has them
                self.reasons = reasons_in(rejects())


@contextmanager
def telling_at_end(account: Account, mapping: str) -> Iterator[None]:
    """Log what became of the records once, when all is written or the conversion has failed.

    :param mapping: name of the mapping file.
    """
    state = "not complete"
    try:
        yield
        state = "complete"
    finally:
        log.info("Conversion by %s is %s:\n%s", mapping, state, _as_table(account))


def _as_table(account: Account) -> str:
    counts = {name: getattr(account, name) for name in ("records", *FATES)}
    counts["pending"] = counts["records"] - sum(counts[name] for name in FATES)
    counts["events_written"] = account.events_written
    skipped_by = ", ".join(f"{count:,} {what}" for what, count in account.skipped_by.most_common())
    lines = [
        f"  {name.replace('_', ' '):<14} {count:>12,}  {skipped_by if name == 'skipped' else ''}".rstrip()
        for name, count in counts.items()
        if count or name in _ALWAYS
    ]
    return "\n".join([*lines, *(f"  {each}" for each in first_of([*map(in_words, account.reasons)], _MOST_REASONS))])
