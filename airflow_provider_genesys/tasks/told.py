"""What a trigger tells the task that waits for it: events, written here and read here, so that both mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

from airflow_provider_genesys.exceptions import GenesysError

Status: TypeAlias = Literal["done", "timeout", "failed"]
"""Why the waiting ended: it is as it was waited for, the time is over, or no further look would help."""
_WAITED = "waited"
_MOST = 1_000  # characters of a line; an event ends in Airflow's database and in its log


@dataclass(frozen=True, slots=True)
class Told:
    """What is told at the end of the waiting.

    :param status: why it ended.
    :param said: what the last look saw, or what failed, in one line.
    :param found: what the last look found, as JSON; ``None`` where it saw nothing, or not all.
    :param looks: how many looks there were in all, those of the task included.
    :param deadline: when the time is over, in seconds since the epoch: who has to wait on waits until then.
    :param incurable: whether what failed is nothing that another try of the task could cure.
    """

    status: Status
    said: str
    found: Mapping[str, Any] | None
    looks: int
    deadline: float
    incurable: bool = False

    def event(self) -> dict[str, Any]:
        """Return it as the payload of an event: small, and JSON."""
        return asdict(self) | {"said": self.said[:_MOST]}

    @classmethod
    def from_event(cls, event: Any) -> Told:
        """Read the payload of an event.

        :raises GenesysError: it is none that a trigger of this provider tells, and the message says what there is.
        """
        wanted = "an event of the trigger of this sensor"
        if not isinstance(event, Mapping):
            raise GenesysError(f"the task was resumed with {_kind(event)} in place of {wanted}")
        status = event.get("status")
        if status not in get_args(Status):
            raise GenesysError(
                f"the task was resumed with the status {str(status)[:100]!r} in place of {wanted}, which is one of "
                f"{', '.join(get_args(Status))}"
            )
        wrong = [name for name, types in _TYPES.items() if not _is_one(event.get(name), types)]
        wrong += [name for name, most in _MOST_OF.items() if name not in wrong and not 0 <= event[name] < most]
        if wrong:
            raise GenesysError(f"the task was resumed with a malformed event: {', '.join(wrong)} is not as in {wanted}")
        return cls(**{name: event[name] for name in ("status", *_TYPES)})


def end_of_wait(until: float) -> dict[str, Any]:
    """Return the payload of the event that a moment has come, and nothing else.

    :param until: the moment, in seconds since the epoch.
    """
    return {"status": _WAITED, "until": until}


def check_end_of_wait(event: Any) -> None:
    """Make sure that an event is one of :func:`end_of_wait`.

    :raises GenesysError: it is none.
    """
    if not isinstance(event, Mapping) or event.get("status") != _WAITED:
        raise GenesysError(f"what came back from the triggerer is no end of a wait: {type(event).__name__}")


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:100]!r}"


def _is_one(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


_TYPES: Mapping[str, tuple[type, ...]] = {
    "said": (str,),
    "found": (Mapping, type(None)),
    "looks": (int,),
    "deadline": (int, float),
    "incurable": (bool,),
}
_MOST_OF: Mapping[str, float] = {"looks": 1e9, "deadline": 253_402_300_800.0}  # the last moment that Python can write
