"""What the tests of the api floor share."""

from __future__ import annotations

API = "https://api.example.com"
LOGIN = "https://login.example.com"
SECRET = "s3cret-canary-Zk9"


class Clock:
    """Time that passes only by waiting, and keeps what was waited for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[tuple[float, str]] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float, reason: str) -> None:
        self.waits.append((seconds, reason))
        self.now += seconds

    @property
    def repeats(self) -> list[str]:
        """What was waited for besides the pace."""
        return [reason for _, reason in self.waits if reason != "keeping to the rate limit"]

    def waited(self, reason: str) -> list[float]:
        return [seconds for seconds, each in self.waits if reason in each]
