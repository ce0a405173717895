"""How many examples a property is tried with: in proportion to the profile, which are in tests/conftest.py."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(of_a_hundred: int, **more: Any) -> settings:
    """Return settings with this many examples where the profile has a hundred.

    A number written to ``settings`` itself would be the same in each profile.

    :param more: other settings.
    """
    return settings(max_examples=max(1, of_a_hundred * settings().max_examples // 100), **more)
