from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import Definition, state_digest
from tests.plans import planned

SMOKE = {"en_US": "Smoke"}


def kinds(plan: Plan) -> list[tuple[str, str | None]]:
    return [(change.kind, change.id) for change in plan.changes]


def test_nothing_to_change() -> None:
    plan = planned([DesiredDefinition("Break", SMOKE)], [Definition("a", "Break", SMOKE), Definition("b", "Meal", {})])

    assert (plan.changes, plan.unchanged, plan.safe) == ((), 1, True)


def test_each_kind_of_change() -> None:
    existing = [
        Definition("same", "Break", SMOKE),
        Definition("typo", "Break", {"en_US": "lunch", "fr": "Déjeuner"}),
        Definition("twin", "Break", {"en_US": "Coffee"}, deactivated=True),
        Definition("old", "Break", {"en_US": "Old"}),
        Definition("extra", "Break", {"en_US": "Extra"}),
        Definition("gone", "Break", {"en_US": "Gone"}, deactivated=True),
    ]
    desired = [
        DesiredDefinition("Break", SMOKE),
        DesiredDefinition("Break", {"en_US": "Lunch"}),
        DesiredDefinition("Break", {"en_US": "Coffee", "de": "Kaffee"}),
        DesiredDefinition("Break", {"en_US": "Old"}, active=False),
        DesiredDefinition("Break", {"en_US": "Never"}, active=False),
        DesiredDefinition("Meal", {"de": "Neu"}, division="d1"),
    ]

    plan = planned(desired, existing, organization_id="o")

    assert kinds(plan) == [("deactivate", "old"), ("reactivate", "twin"), ("update", "typo"), ("create", None)]
    assert [change.after for change in plan.changes] == [
        Definition("old", "Break", {"en_US": "Old"}, deactivated=True),
        Definition("twin", "Break", {"de": "Kaffee", "en_US": "Coffee"}),
        Definition("typo", "Break", {"en_US": "Lunch"}),
        Definition("", "Meal", {"de": "Neu"}, division="d1"),
    ]
    assert [change.before for change in plan.changes] == [existing[3], existing[2], existing[1], None]
    assert [change.label for change in plan.changes] == ["Break/Old", "Break/Coffee", "Break/Lunch", "Meal/Neu"]
    counts = (plan.creates, plan.updates, plan.reactivates, plan.deactivates, plan.unchanged)
    assert counts == (1, 1, 1, 1, 2)
    assert (plan.organization_id, plan.base) == ("o", state_digest(existing))


def test_prune_deactivates_what_is_active_and_not_desired() -> None:
    existing = [
        Definition("a", "Break", SMOKE),
        Definition("b", "Break", {"en_US": "Extra"}),
        Definition("c", "Break", {"en_US": "Gone"}, deactivated=True),
        Definition("s", "Break", {"en_US": "Break"}, type="System"),
    ]

    plan = planned([DesiredDefinition("Break", SMOKE)], existing, prune="deactivate")

    assert kinds(plan) == [("deactivate", "b")]
    assert plan.unchanged == 1


@pytest.mark.parametrize(("labels", "expected"), [("replace", {"de": "Neu"}), ("merge", {"de": "Neu", "fr": "Vieux"})])
def test_labels_are_replaced_or_merged(labels: Any, expected: dict[str, str]) -> None:
    existing = [Definition("a", "Break", {"de": "neu", "fr": "Vieux"})]

    plan = planned([DesiredDefinition("Break", {"de": "Neu"})], existing, labels=labels)

    assert plan.changes[0].after.labels == expected


def test_merging_leaves_alone_what_has_more_languages() -> None:
    existing = [Definition("a", "Break", {"de": "Neu", "fr": "Vieux"})]

    assert planned([DesiredDefinition("Break", {"de": "Neu"})], existing, labels="merge").changes == ()


def test_an_id_moves_and_renames_and_deactivates_in_one_write() -> None:
    existing = [Definition("a", "Break", {"de": "Alt"})]

    plan = planned([DesiredDefinition("Break", {"de": "Neu"}, "d1", active=False, id="a")], existing)

    assert kinds(plan) == [("deactivate", "a")]
    assert plan.changes[0].after == Definition("a", "Break", {"de": "Neu"}, "d1", deactivated=True)


def test_a_deactivated_one_that_stays_so_is_updated() -> None:
    existing = [Definition("a", "Break", {"de": "Alt"}, deactivated=True)]

    assert kinds(planned([DesiredDefinition("Break", {"de": "Neu"}, id="a", active=False)], existing)) == [
        ("update", "a")
    ]


def test_a_creation_says_that_another_division_has_one() -> None:
    plan = planned([DesiredDefinition("Break", SMOKE)], [Definition("a", "Break", SMOKE, division="d1")])

    assert [change.reason for change in plan.changes] == ["there is none but in division d1"]


def test_identical_ones_are_twins_of_the_one_with_the_smallest_id() -> None:
    existing = [Definition(key, "Break", SMOKE) for key in "cab"] + [Definition("0", "Break", SMOKE, deactivated=True)]

    plan = planned([DesiredDefinition("Break", SMOKE)], existing)

    assert [(change.kind, change.id, change.reason) for change in plan.changes] == [
        ("deactivate", "b", "twin of a"),
        ("deactivate", "c", "twin of a"),
    ]
    assert (plan.unchanged, plan.safe) == (1, True)
    assert kinds(planned([DesiredDefinition("Break", SMOKE)], existing, prune="deactivate")) == kinds(plan)
    assert not planned([DesiredDefinition("Break", SMOKE)], existing, max_deactivations=1).safe
    assert not planned([DesiredDefinition("Break", SMOKE)], existing, protected=["Break/Smoke"]).safe


@pytest.mark.parametrize(
    ("in_use", "deactivated", "reasons"),
    [
        ({"c"}, ["a", "b"], []),
        ({"elsewhere"}, ["b", "c"], []),
        ({"b", "c"}, ["a", "c"], ["Break/Smoke (c) would be deactivated while users are in it"]),
        (
            None,
            ["b", "c"],
            [
                f"Break/Smoke ({id_}) would be deactivated as a twin of a, and whether users are in it may not be read"
                for id_ in "bc"
            ],
        ),
    ],
)
def test_of_twins_one_that_users_are_in_stays(
    in_use: set[str] | None, deactivated: list[str], reasons: list[str]
) -> None:
    existing = [Definition(key, "Break", SMOKE) for key in "abc"] + [Definition("d", "Break", {"en_US": "Tea"})]

    plan = planned([DesiredDefinition("Break", SMOKE)], existing, twins_in_use=in_use)

    assert kinds(plan) == [("deactivate", id_) for id_ in deactivated]
    assert plan.reasons == reasons
    assert plan.settings["in_use"] == "ignore"


def test_who_is_in_what_is_no_twin_is_for_in_use_to_say() -> None:
    existing = [Definition("a", "Break", SMOKE), Definition("b", "Break", {"en_US": "Tea"})]

    assert planned([DesiredDefinition("Break", SMOKE)], existing, prune="deactivate", twins_in_use={"b"}).safe


def test_twins_of_what_is_given_up_are_given_up_too() -> None:
    existing = [Definition(key, "Break", SMOKE) for key in "ab"]

    assert kinds(planned([DesiredDefinition("Break", SMOKE, active=False)], existing)) == [
        ("deactivate", "a"),
        ("deactivate", "b"),
    ]


def test_the_way_in_use_was_asked_is_part_of_the_plan() -> None:
    modes = [planned([], [], in_use=in_use).settings["in_use"] for in_use in (None, frozenset(), frozenset({"a"}))]

    assert modes == ["ignore", "refuse", "refuse"]


def test_creations_of_one_name_are_in_order_too() -> None:
    desired = [DesiredDefinition("Break", {"fr": "Pause"}), DesiredDefinition("Break", {"de": "Pause"})]

    assert planned(desired, []).checksum == planned(desired[::-1], []).checksum


def test_a_plan_goes_through_json() -> None:
    existing = [Definition("a", "Break", {"en_US": "smoke \N{GRINNING FACE}"}), Definition("b", "Meal", SMOKE)]
    desired = [DesiredDefinition("Break", {"en_US": "Smoke \N{GRINNING FACE}"}), DesiredDefinition("Away", SMOKE)]
    plan = planned(desired, existing, prune="deactivate", max_deactivations=0, protected=["b"], organization_id="o")

    again = Plan.from_json(plan.to_json().encode())

    assert again == plan
    assert (again.checksum, again.safe, again.reasons) == (plan.checksum, False, plan.reasons)
    assert json.loads(plan.to_json())["checksum"] == plan.checksum


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", '{"format": 1}', '{"format": 1, "checksum": "x", "changes": 1}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(GenesysConfigError, match="this is no plan"):
        Plan.from_json(text)


def test_a_plan_of_another_format_is_refused() -> None:
    with pytest.raises(GenesysConfigError, match="another version"):
        Plan.from_json('{"format": 2}')


@pytest.mark.parametrize(("old", "new"), [("Smoke", "Smoking"), ('"base": "', '"base": "0'), ("is protected", "")])
def test_an_altered_plan_is_refused(old: str, new: str) -> None:
    existing = [Definition("a", "Break", {"en_US": "smoke"})]
    text = planned([DesiredDefinition("Break", SMOKE)], existing, protected=["a"]).to_json()
    assert old in text

    with pytest.raises(GenesysConfigError, match="was altered"):
        Plan.from_json(text.replace(old, new))


def test_the_checksum_is_about_state_changes_and_settings() -> None:
    existing = [Definition("a", "Break", {"en_US": "smoke"}), Definition("b", "Meal", SMOKE)]
    desired = [DesiredDefinition("Break", SMOKE, place="p.yaml, line 1")]
    checksum = planned(desired, existing).checksum

    assert planned([DesiredDefinition("Break", SMOKE, place="p.yaml, line 9")], existing[::-1]).checksum == checksum
    others = [
        planned(desired, existing[:1]),
        planned([DesiredDefinition("Break", {"en_US": "SMOKE"})], existing),
        planned(desired, existing, labels="merge"),
        planned(desired, existing, max_changes_percent=50),
        planned(desired, existing, organization_id="o"),
        planned(desired, existing, in_use=frozenset()),
    ]
    assert len({checksum, *(plan.checksum for plan in others)}) == 7


_SCRIPT = """
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from tests.plans import planned
from airflow_provider_genesys.presence.state import Definition
labels = {"en_US": "Smoke", "de": "Rauchen", "fr": "Fumer"}
existing = [Definition(key, "Break", {"en_US": key}) for key in "abc"]
desired = [DesiredDefinition("Break", {"en_US": "a", **labels}), DesiredDefinition("Meal", labels)]
print(planned(desired, existing, prune="deactivate", in_use={"a", "b", "c"}, protected={"a", "Break/b"}).checksum)
"""


def test_the_checksum_is_the_same_in_every_process() -> None:
    checksums = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]

    assert checksums[0] == checksums[1]


def test_the_checksum_of_a_plan_never_changes() -> None:
    """People confirm plans by it, and plans are kept: another one of the same plan would make all of them void."""
    labels = {"en_US": "Smoke", "de": "Rauchen", "fr": "Fumer"}
    existing = [Definition(key, "Break", {"en_US": key}) for key in "abc"]
    desired = [DesiredDefinition("Break", {"en_US": "a", **labels}), DesiredDefinition("Meal", labels)]
    pruned = planned(desired, existing, prune="deactivate", in_use={"a", "b", "c"}, protected={"a", "Break/b"})
    assert pruned.checksum == "1a6eb994471b09ac151127f1b2c70e96"
    assert planned(desired, existing, organization_id="b7a1c0de").checksum == "67807cc79d8d1708bea947fe4d4b1b18"
    assert planned([], []).checksum == "6a57315620a2e635e0e6acf41266e5a8"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prune": "delete"}, "prune must be"),
        ({"labels": "keep"}, "labels must be"),
        ({"max_changes_percent": 101}, "max_changes_percent must be"),
        ({"max_changes_percent": -1}, "max_changes_percent must be"),
        ({"max_changes_percent": float("nan")}, "max_changes_percent must be"),
        ({"max_changes_percent": "30"}, "max_changes_percent must be"),
        ({"max_deactivations": -1}, "max_deactivations must be"),
        ({"max_deactivations": True}, "max_deactivations must be"),
        ({"max_deactivations": 1.5}, "max_deactivations must be"),
        ({"protected": "Break/Smoke"}, "protected must be a list"),
        ({"protected": None}, "protected must be a list"),
        ({"protected": [True]}, "protected must be a list"),
        ({"protected": [" "]}, "protected must be a list"),
        ({"protected": ["Brake/Smoke"]}, "neither an id nor Primary/Label"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        planned([], [Definition("a", "Break", SMOKE)], **settings)
