"""Tests that are known to fail on a line of Airflow, and why: what that Airflow cannot do, and nothing of ours.

Each is expected to fail, so one that passes again is told as well.
"""

from __future__ import annotations

_NOBODY_ASKED = "in dag.test() of Airflow 3.1 and 3.2 nobody answers the trigger that asks for what a person said"
_APPROVALS = (
    "tests/dags/test_presence_dags.py::test_what_a_person_approves_is_applied",
    "tests/dags/test_presence_dags.py::test_what_a_person_rejects_is_not_applied",
    "tests/dags/test_presence_dags.py::test_an_unsafe_plan_is_applied_when_it_is_forced_and_approved",
)

_REPLAYS = tuple(
    f"tests/dags/test_replay_dag.py::{name}"
    for name in (
        "test_what_was_shown_and_approved_is_sent_with_the_same_ids",
        "test_a_rejected_replay_sends_nothing",
        "test_what_is_refused_once_more_fails_and_has_dead_letters_that_can_be_replayed_in_turn",
        "test_a_replay_s_letters_are_allowed_only_where_those_are_that_it_published",
        "test_the_same_letters_are_not_sent_by_a_second_replay_which_says_who_did",
        "test_letters_that_were_corrected_are_sent_and_what_was_accepted_of_them_is_said_before",
        "test_a_replay_goes_on_where_one_stopped",
        "test_of_two_that_waited_at_once_one_sends",
        "test_letters_that_changed_after_they_were_shown_are_not_sent",
    )
)
_DIGEST = "tests/dags/test_digest.py::test_airflow_has_it_sent_by_another_notifier_and_by_a_function"

KNOWN: dict[str, dict[str, str]] = {
    "3.0": {
        _DIGEST: "Airflow 3.0 gives callbacks no exception, so that the digest names no kind of error",
    },
    "3.1": {
        **dict.fromkeys(_APPROVALS + _REPLAYS, _NOBODY_ASKED),
        _DIGEST: "in dag.test() of Airflow 3.1 callbacks are given no exception",
    },
    "3.2": {
        **dict.fromkeys(_APPROVALS + _REPLAYS, _NOBODY_ASKED),
        _DIGEST: "in dag.test() of Airflow 3.2 callbacks are given no exception, which in a worker they are",
    },
}
"""By line of Airflow and the beginning of a test's name."""

NOT_RUN: dict[str, tuple[str, ...]] = {"3.1": _APPROVALS + _REPLAYS}
"""Those of them that are not even begun: each takes a minute, and the simulator and pytest-xdist's process are gone."""
