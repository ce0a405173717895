"""What this process knows of hosts: whoever has answered for hours is not asked about the region.

Advice that is right at the first request leads astray at the ten-thousandth. Ports are part of the hosts here.
"""

from __future__ import annotations

ANSWERED: set[str] = set()
"""Hosts from which a whole answer came, whatever it said."""

SPOKE_JSON: set[str] = set()
"""Hosts from which a good answer came that was JSON, as only an API gives it."""

GAVE_TOKENS: set[str] = set()
"""Hosts that gave an access token."""


def forget() -> None:
    """Forget all hosts, as a new process has."""
    for known in (ANSWERED, SPOKE_JSON, GAVE_TOKENS):
        known.clear()
