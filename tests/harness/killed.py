"""A process that is killed, in tests that go on."""

from __future__ import annotations


class Killed(BaseException):
    """The process is gone: nothing may catch it, and nothing is told any more."""
