"""What worlds had, as numbers for a table, and what was wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Figures:
    """What all worlds of a job together had; who has more to count derives from it."""

    worlds: int = 0
    tries: int = 0
    kills: int = 0
    failed: int = 0
    requests: int = 0
    repeated: int = 0
    seconds: float = 0
    wrong: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def row(self) -> dict[str, int]:
        """Return the numbers by their names."""
        names = [name for name in self.__dataclass_fields__ if name not in ("wrong", "errors")]
        return {name: round(getattr(self, name)) for name in names} | {"wrong": len(self.wrong)}


def failed(checks: Mapping[str, bool]) -> list[str]:
    """Return what does not hold."""
    return [complaint for complaint, holds in checks.items() if not holds]
