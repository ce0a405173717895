"""What a job's requests cost."""

from __future__ import annotations

import threading


class Meter:
    """Counts what a job's requests cost, over all its threads.

    ``requests`` sent to the API (token requests apart), ``retries`` among them, ``throttled``: answers 429, and
    ``rate_limited_seconds``: time its threads together waited because of such answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.throttled = 0
        self.rate_limited_seconds = 0.0

    def add(
        self, *, requests: int = 0, retries: int = 0, throttled: int = 0, rate_limited_seconds: float = 0.0
    ) -> None:
        """Add to the counts."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.throttled += throttled
            self.rate_limited_seconds += rate_limited_seconds
