"""Tests that are known to fail on a line of Airflow, and why: what that Airflow cannot do, and nothing of ours.

Each is expected to fail, so one that passes again is told as well.
"""

from __future__ import annotations

KNOWN: dict[str, dict[str, str]] = {
    "3.0": {
        "tests/dags/test_digest.py::test_airflow_has_it_sent_by_another_notifier_and_by_a_function": (
            "Airflow 3.0 gives callbacks no exception, so that the digest names no kind of error"
        ),
    },
}
"""By line of Airflow and the beginning of a test's name."""
