"""The files of a migration, and what people and the log are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath
from webchat_world import CHAT_FLOW, MESSAGE_FLOW, SALES, SIGN_IN, SUPPORT, a_deployment, a_widget

from airflow_provider_genesys.exports.migration.drafts import MigrationPlan, plan_migration
from airflow_provider_genesys.exports.migration.report import coloured, markdown, summary, write
from airflow_provider_genesys.files import storage
from tests.harness.files import files_in

SNAPSHOT = "s3://bucket/snapshots/20261116T020000.000000Z-ab12.json"


def a_plan(*, flow_map: dict[str, str] | None = None, **fields: Any) -> MigrationPlan:
    locked = a_deployment(
        SUPPORT, name="Support", authenticationRequired=True, authenticationUrl=SIGN_IN, allowedDomains=[]
    )
    return plan_migration({"requireDeployment": True}, [locked, a_deployment(**fields)], flow_map=flow_map)


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_files(tmp_path: Path) -> None:
    report = write(a_plan(flow_map={CHAT_FLOW: MESSAGE_FLOW}), tmp_path, snapshot=SNAPSHOT)

    assert report == tmp_path / "report.md"
    assert set(files_in(tmp_path)) == {
        "drafts/configurations/basic.json",
        "drafts/configurations/basic-authenticated.json",
        f"drafts/deployments/{SALES}.json",
        f"drafts/deployments/{SUPPORT}.json",
        "report.json",
        "report.md",
    }
    assert json.loads((tmp_path / f"drafts/deployments/{SALES}.json").read_bytes())["flow"] == {"id": MESSAGE_FLOW}
    content = json.loads((tmp_path / "report.json").read_bytes())
    assert content["snapshot"] == SNAPSHOT
    assert content["deployments"][1] == {
        "draft": f"drafts/deployments/{SUPPORT}.json",
        "name": "Support",
        "configuration": "drafts/configurations/basic-authenticated.json",
        "webchat_deployment_id": SUPPORT,
    }
    assert [one["draft"] for one in content["configurations"]] == [
        "drafts/configurations/basic.json",
        "drafts/configurations/basic-authenticated.json",
    ]
    assert sum(content["counts"].values()) == len(content["findings"])
    assert content["findings"][0] == {
        "deployment_id": None,
        "deployment_name": "",
        "field": "requireDeployment",
        "value": True,
        "verdict": "impossible",
        "target": None,
        "reason": "no counterpart: a web messaging session always names a deployment",
    }


def test_the_same_plan_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two", "two"):
        write(a_plan(name="Größe \ud800"), tmp_path / name, snapshot=SNAPSHOT)

    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")
    draft = files_in(tmp_path / "one")[f"drafts/deployments/{SALES}.json"]
    assert "Größe" in draft.decode()  # people read it
    assert json.loads(draft)["name"] == "Größe \ud800"


def test_drafts_of_an_earlier_plan_are_removed_and_nothing_else(tmp_path: Path) -> None:
    write(a_plan(), tmp_path, snapshot=SNAPSHOT)
    (tmp_path / "drafts" / "notes.md").write_text("ours")
    (tmp_path / "other.json").write_text("{}")

    write(plan_migration(None, [a_deployment()]), tmp_path, snapshot=SNAPSHOT)

    assert set(files_in(tmp_path)) == {
        "drafts/configurations/basic.json",
        f"drafts/deployments/{SALES}.json",
        "drafts/notes.md",
        "other.json",
        "report.json",
        "report.md",
    }


def test_any_store_will_do() -> None:
    folder = UPath("memory://migration/today")

    report = write(a_plan(), folder, snapshot=SNAPSHOT)

    assert (storage.read(report) or b"").decode() == markdown(a_plan(), snapshot=SNAPSHOT)
    assert storage.list_names(folder / "drafts" / "deployments") == [f"{SALES}.json", f"{SUPPORT}.json"]


def test_the_report_for_people() -> None:
    lines = markdown(a_plan(flow_map={"gone": "x"}), snapshot=SNAPSHOT).split("\n")

    assert lines[0] == "# From web chat to web messaging"
    assert lines[2] == (
        "**2 deployments and 2 configurations drafted; of 20 fields: "
        "9 impossible, 5 with a choice to make, 6 carried over.**"
    )
    assert "- **Unused**: flow_map: no deployment has the flow gone" in lines
    assert "## Sales" in lines
    assert (
        f"Web chat's deployment {SUPPORT}. Its draft `drafts/deployments/{SUPPORT}.json` is inactive and uses "
        "`drafts/configurations/basic-authenticated.json`." in lines
    )
    support = lines[lines.index("## Support") :]
    verdicts = [line.split(" | ")[2] for line in support[: support.index("## Configurations")] if line.count("|") == 6]
    assert verdicts[0] == "Verdict"
    assert verdicts[2:] == sorted(verdicts[2:], key=["impossible", "choice", "carried"].index)
    assert lines[-2] == (
        "| Web chat basic authenticated | `drafts/configurations/basic-authenticated.json` | en-us | Support |"
    )


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=2))
def test_names_and_values_cannot_break_the_report(name: str, domains: list[str]) -> None:
    plan = plan_migration(None, [a_deployment(name=name, allowedDomains=domains, strange={name: "<b>| *x*"})])

    lines = markdown(plan, snapshot=SNAPSHOT).split("\n")

    rows = [line for line in lines if line.startswith("| ") and line.endswith(" |")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows if "drafts/configurations" not in row} <= {5, 6}
    assert "<b>" not in "\n".join(lines)
    assert "\n" not in summary(plan)


def test_long_values_are_shortened() -> None:
    report = markdown(plan_migration(None, [a_deployment(description="x" * 500)]), snapshot=SNAPSHOT)

    assert f"| {'x' * 120}… |" in report
    assert "x" * 121 not in report


def test_the_log_shows_what_there_is_to_do_without_values() -> None:
    text = without_colours(coloured(a_plan(description="my words")))

    assert text.startswith("2 deployments and 2 configurations drafted")
    assert "(settings)" in text
    assert "requireDeployment" in text
    assert "my words" not in text
    assert SIGN_IN not in text
    assert "carried " not in text.partition("\n")[2]
    assert max(len(line) for line in text.split("\n")) <= 160


@pytest.mark.parametrize("nasty", ["\x1b[2Jgone", "a\nb"])
def test_a_name_does_not_act_on_the_log(nasty: str) -> None:
    text = without_colours(coloured(plan_migration(None, [a_deployment(name=nasty)])))

    assert nasty not in text
    assert "\x1b" not in text


def test_nothing_to_do_is_one_line() -> None:
    text = without_colours(coloured(plan_migration(None, [])))

    assert text.startswith("0 deployments and 0 configurations drafted; of 0 fields: 0 impossible, ")
    assert "\n" not in text


def test_people_read_which_chats_are_widgets_and_what_the_plan_does_not_cover(tmp_path: Path) -> None:
    plan = plan_migration(None, [a_deployment()], widgets=[a_widget()], notes=["Not | all"])
    page = markdown(plan, snapshot=SNAPSHOT)

    assert f"Widget's deployment {SUPPORT}. Its draft" in page
    assert f"Web chat's deployment {SALES}. Its draft" in page
    assert "- **Note**: Not \\| all" in page
    write(plan, tmp_path, snapshot=SNAPSHOT)
    assert json.loads((tmp_path / "report.json").read_bytes())["notes"] == ["Not | all"]
