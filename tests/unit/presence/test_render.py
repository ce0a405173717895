from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.render import coloured, markdown, summary
from airflow_provider_genesys.presence.state import Definition
from tests.plans import planned

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.plan import Plan


def a_plan(**settings: Any) -> Plan:
    existing = [
        Definition("a", "Break", {"en_US": "smoke", "fr": "Fumer"}),
        Definition("b", "Meal", {"en_US": "Lunch"}),
        Definition("c", "Meal", {"en_US": "Brunch"}, deactivated=True),
        Definition("d", "Away", {"en_US": "Gone"}, division="d1", deactivated=True),
    ]
    desired = [
        DesiredDefinition("Break", {"en_US": "Smoke", "de": "Rauchen"}),
        DesiredDefinition("Meal", {"en_US": "Brunch"}),
        DesiredDefinition("Away", {"en_US": "Out"}, division="d1"),
    ]
    return planned(desired, existing, prune="deactivate", organization_id="org", **settings)


def test_a_plan_in_markdown() -> None:
    plan = a_plan()

    assert (
        markdown(plan)
        == f"""**1 to deactivate, 1 to reactivate, 1 to update, 1 to create; 0 unchanged.**

### To deactivate: 1

| Definition | Changes | Why | Id |
| --- | --- | --- | --- |
| Meal/Lunch | - | not desired | `b` |

### To reactivate: 1

| Definition | Changes | Why | Id |
| --- | --- | --- | --- |
| Meal/Brunch | - | found by its label in en_US | `c` |

### To update: 1

| Definition | Changes | Why | Id |
| --- | --- | --- | --- |
| Break/Smoke | en_US: smoke → Smoke; de: (none) → Rauchen; fr: Fumer → (none) | found by its label in en_US | `a` |

### To create: 1

| Definition | Changes | Why | Id |
| --- | --- | --- | --- |
| Away/Out | en_US: Out; division: d1 | there is none | - |

Organisation `org`, plan `{plan.checksum}`
"""
    )


def test_an_unsafe_plan_begins_with_why_and_is_shown_whole() -> None:
    plan = a_plan(protected=["b"], max_deactivations=0)

    lines = markdown(plan).split("\n")

    assert lines[0].startswith("**UNSAFE**")
    assert lines[2:4] == [
        "- 1 of only 2 active definitions would be deactivated, more than max_deactivations=0 allows",
        "- Meal/Lunch (b) is protected, and the plan would deactivate it",
    ]
    assert "\n".join(lines[5:]).replace(plan.checksum, "") == markdown(a_plan()).replace(a_plan().checksum, "")


def test_a_plan_without_changes_says_so() -> None:
    plan = planned([DesiredDefinition("Meal", {"de": "x"})], [Definition("a", "Meal", {"de": "x"})])

    assert summary(plan) == "Nothing to change; 1 unchanged."
    assert markdown(plan) == f"**Nothing to change; 1 unchanged.**\n\nPlan `{plan.checksum}`\n"


def test_labels_mean_themselves_in_markdown() -> None:
    label = "a|b <script> [x](http://y) `c` *d* _e_ f_g \\ & \x1b[31m \r\n| \N{RIGHT-TO-LEFT OVERRIDE}"

    text = markdown(planned([DesiredDefinition("Meal", {"de": label})], []))

    bad = "\N{REPLACEMENT CHARACTER}"
    shown = rf"a\|b &lt;script&gt; \[x\](http://y) \`c\` \*d\* \_e\_ f_g \\ &amp; {bad}\[31m {bad}{bad}\| {bad}"
    assert f"| Meal/{shown} | de: {shown} | there is none | - |" in text.split("\n")


@given(st.text(min_size=1))
def test_no_label_breaks_a_table(label: str) -> None:
    text = markdown(planned([DesiredDefinition("Meal", {"de": label})], []))

    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert len(rows) == 3
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows] == [5, 5, 5]
    assert len(text.splitlines()) == 9
    assert "<" not in text


def test_a_plan_in_colours() -> None:
    text = coloured(a_plan(max_deactivations=0))

    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert plain.split("\n") == [
        "UNSAFE: 1 of only 2 active definitions would be deactivated, more than max_deactivations=0 allows",
        "1 to deactivate, 1 to reactivate, 1 to update, 1 to create; 0 unchanged.",
        "- deactivate Meal/Lunch b not desired",
        "+ reactivate Meal/Brunch c found by its label in en_US",
        (
            "~ update Break/Smoke a en_US: smoke → Smoke; de: (none) → Rauchen; fr: Fumer → (none); "
            "found by its label in en_US"
        ),
        "+ create Away/Out en_US: Out; division: d1; there is none",
        f"plan {a_plan(max_deactivations=0).checksum}",
    ]
    assert text.startswith("\x1b[1;31mUNSAFE")
    assert "\x1b[32m+ create Away/Out" in text


def test_labels_do_not_act_on_the_log() -> None:
    text = coloured(planned([DesiredDefinition("Meal", {"de": "[red]x[/red]\n\x1b]0;title\x07" + "y" * 300})], []))

    assert "\x1b]" not in text
    assert "[red]x[/red]" in text
    assert len(text.split("\n")) == 3
