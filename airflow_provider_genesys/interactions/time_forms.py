"""How a mapping file says that times are written: by format, zone and fold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from airflow_provider_genesys.interactions.moments import FOLDS, FORMATS, TimeForm

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node
    from airflow_provider_genesys.interactions.mistakes import Mistakes


class TimeForms:
    """Reads how times are written.

    :param mistakes: where what is wrong is noted.
    """

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._lacks_zone = False

    def read(self, verbs: Mapping[str, Node], default: TimeForm) -> TimeForm:
        """Return how times are written, by ``format``, ``zone`` and ``fold`` where they are given."""
        format_, zone, fold = default.format, default.zone, default.fold
        if "format" in verbs:
            format_ = self._mistakes.text(verbs["format"])
            if format_ not in FORMATS and not _is_pattern(format_):
                hint = (
                    f"the format {format_!r} is none of {', '.join(FORMATS)}, nor a pattern such as %d.%m.%Y %H:%M:%S"
                )
                self._mistakes.add(verbs["format"].line, hint)
            elif format_ not in FORMATS and (wrong := _half_of_a_clock(format_)) is not None:
                self._mistakes.add(verbs["format"].line, f"the format {format_!r} {wrong}")
        if "zone" in verbs:
            try:
                zone = ZoneInfo(self._mistakes.text(verbs["zone"]))
            except (LookupError, ValueError, OSError):
                self._lacks_zone = True
                self._mistakes.add(
                    verbs["zone"].line, f"the zone {verbs['zone'].value!r} is no IANA name such as Europe/Berlin or UTC"
                )
        if "fold" in verbs:
            fold = next((each for each in FOLDS if each == verbs["fold"].value), fold)
            if not isinstance(verbs["fold"].value, str):
                self._mistakes.add(verbs["fold"].line, f"fold is {', '.join(FOLDS)} here")
            elif verbs["fold"].value not in FOLDS:
                self._mistakes.unknown(verbs["fold"].line, "the fold", verbs["fold"].value, FOLDS)
        return TimeForm(format_, zone, fold, default.decimal)

    def check_zone(self, form: TimeForm, line: int) -> None:
        """Note, once, that times are local and nobody says where."""
        is_local = form.zone is None and _is_pattern(form.format) and "%z" not in form.format
        if is_local and not self._lacks_zone:
            self._lacks_zone = True
            self._mistakes.add(line, f"times as {form.format} are local: give their zone, such as Europe/Berlin or UTC")


def _half_of_a_clock(pattern: str) -> str | None:
    """Say what is wrong with a pattern that would read the afternoon as the morning: ``None`` if nothing is."""
    directives = set(re.findall(r"%(.)", pattern))
    if "p" in directives and "H" in directives:
        return "has %H, by which AM and PM (%p) mean nothing: say %I"
    if "I" in directives and "p" not in directives:
        return "has %I, the hour by a clock of twelve, without %p for AM and PM: say %H, or read %p too"
    return None


def _is_pattern(pattern: str) -> bool:
    """Tell whether a pattern is one that ``strptime`` reads and that holds at least a day."""
    sample = datetime(2021, 12, 31, 23, 59, 58, tzinfo=UTC)
    try:
        return datetime.strptime(sample.strftime(pattern), pattern).date() == sample.date()  # noqa: DTZ007
    except (ValueError, re.error):  # the latter where a directive stands twice
        return False
