"""Tests that are known to fail on a line of Airflow, and why: what that Airflow cannot do, and nothing of ours.

Each is expected to fail, so one that passes again is told as well.
"""

from __future__ import annotations

_NOBODY_ASKED = "in dag.test() of Airflow 3.1 nobody answers the trigger that asks for what a person said"
_APPROVALS = (
    "tests/dags/test_presence_dags.py::test_what_a_person_approves_is_applied",
    "tests/dags/test_presence_dags.py::test_what_a_person_rejects_is_not_applied",
    "tests/dags/test_presence_dags.py::test_an_unsafe_plan_is_applied_when_it_is_forced_and_approved",
)

KNOWN: dict[str, dict[str, str]] = {
    "3.0": {
        "tests/dags/test_digest.py::test_airflow_has_it_sent_by_another_notifier_and_by_a_function": (
            "Airflow 3.0 gives callbacks no exception, so that the digest names no kind of error"
        ),
    },
    "3.1": dict.fromkeys(_APPROVALS, _NOBODY_ASKED),
}
"""By line of Airflow and the beginning of a test's name."""
