"""Snapshots: what is written, whose destination it is, and what is read from it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_genesys import ORGANIZATION, FakeGenesys, deployment, export, forbidden, listing
from snapshot_world import DEPLOYMENTS, folders, latest, name_of

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.exporter import compare_with_latest
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.snapshot import open_snapshot, verify
from airflow_provider_genesys.files import storage

OTHER_ORGANIZATION = "0ddba11a-8f0c-4b3a-9a57-2f6f6f1f3c02"


# --- writing ---


def test_the_first_and_an_unchanged_day(root: Any, writes: list[str]) -> None:
    first = export(FakeGenesys(), root)
    assert folders(writes) == ["objects"] * 4 + ["snapshots", "latest.json"]
    assert (first["previous"], first["changed"], first["added"], first["diff"]) == (None, True, 4, None)
    assert first["resources"] == {
        "webchat_settings": {"state": "exported", "count": 1},
        "webchat_deployments": {"state": "exported", "count": 3},
        "widget_deployments": {"state": "exported", "count": 0},
    }
    writes.clear()
    second = export(FakeGenesys(), root)
    assert folders(writes) == ["snapshots", "latest.json"]
    assert (second["previous"], second["changed"], second["diff"]) == (first["snapshot"], False, None)
    assert (second["added"], second["removed"], second["modified"]) == (0, 0, 0)
    assert latest(root)["snapshot"] == name_of(second["snapshot"])
    assert verify(root).latest is True


def test_a_change_is_one_object_and_the_diff(root: Any, writes: list[str]) -> None:
    export(FakeGenesys(), root)
    writes.clear()
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = listing(deployment(0), deployment(1, disabled=True), deployment(7))
    summary = export(genesys, root)
    assert folders(writes) == ["objects", "objects", "diffs", "diffs", "snapshots", "latest.json"]
    assert (summary["added"], summary["removed"], summary["modified"], summary["changed"]) == (1, 1, 1, True)
    assert summary["diff"] == str(root / "diffs" / f"{name_of(summary['snapshot'])}.md")
    told = json.loads(storage.read(root / "diffs" / f"{name_of(summary['snapshot'])}.json") or b"")
    assert told["resources"]["webchat_deployments"]["modified"][0]["fields"] == [{"path": "/disabled", "after": True}]
    assert verify(root).snapshot == summary["snapshot"]


def test_bytes_written_are_those_that_are_there(tmp_path: Path) -> None:
    first = export(FakeGenesys(), tmp_path)
    there = sum(file.stat().st_size for file in tmp_path.rglob("*.json"))
    assert first["bytes_written"] == there
    second = export(FakeGenesys(4), tmp_path)
    size = (tmp_path / "latest.json").stat().st_size
    files = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert second["bytes_written"] == files - there + size  # latest.json is written anew


def test_volatile_fields_make_no_difference_and_are_in_the_manifest(tmp_path: Path) -> None:
    shop = {"id": "s", "name": "Shop", "configuration": {"id": "c", "version": "1", "dateModified": "2026-01-01"}}
    genesys = FakeGenesys()
    genesys.answers["getWebdeploymentsDeployments"] = [listing({**shop, "dateModified": "2026-01-01", "selfUri": "/s"})]
    first = export(genesys, tmp_path, ["web_messaging_deployments"])
    genesys.answers["getWebdeploymentsDeployments"] = [listing({**shop, "dateModified": "2026-02-02", "selfUri": "/s"})]
    assert export(genesys, tmp_path, ["web_messaging_deployments"])["changed"] is False
    snapshot = open_snapshot(Path(first["snapshot"]))
    assert snapshot.manifest.resources["web_messaging_deployments"].entities[0].volatile == {
        "/configuration/dateModified": "2026-01-01",
        "/dateModified": "2026-01-01",
        "/selfUri": "/s",
    }
    assert snapshot.entities("web_messaging_deployments") == [
        {"id": "s", "name": "Shop", "configuration": {"id": "c", "version": "1"}}
    ]


def test_the_order_of_keys_and_of_the_list_makes_no_difference(tmp_path: Path) -> None:
    export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    entities = [dict(reversed(deployment(number).items())) for number in (2, 0, 1)]
    genesys.answers[DEPLOYMENTS] = listing(*entities)
    assert export(genesys, tmp_path)["changed"] is False


def test_unicode_is_kept(root: Any) -> None:
    genesys = FakeGenesys()
    names = ["Köln", "Ko\u0308ln", "東京", "\N{CROWN}", "half \ud83d", "\u202egnp.exe", "a/b~c"]
    genesys.answers[DEPLOYMENTS] = listing(*[deployment(number, name=name) for number, name in enumerate(names)])
    summary = export(genesys, root)
    assert [one["name"] for one in open_snapshot(root).entities("webchat_deployments")] == names
    assert verify(root).resources["webchat_deployments"]["count"] == len(names)
    genesys.answers[DEPLOYMENTS] = listing(*[deployment(number, name=name[::-1]) for number, name in enumerate(names)])
    assert export(genesys, root)["previous"] == summary["snapshot"]


def test_a_thousand_deployments_in_four_requests(tmp_path: Path, writes: list[str]) -> None:
    genesys = FakeGenesys(1000)
    summary = export(genesys, tmp_path)
    assert summary["requests"] == sum(genesys.asked.values()) == 4
    assert export(genesys, tmp_path)["requests"] == 4, "of two exports by one client each counts its own"
    assert folders(writes).count("objects") == 1001
    writes.clear()
    before = time.monotonic()
    changed = FakeGenesys(1000)
    changed.answers[DEPLOYMENTS]["entities"][500]["disabled"] = True
    assert export(changed, tmp_path)["modified"] == 1
    assert folders(writes) == ["objects", "diffs", "diffs", "snapshots", "latest.json"]
    assert time.monotonic() - before < 20
    assert verify(tmp_path).resources["webchat_deployments"] == {"state": "exported", "count": 1000}


def test_the_manifest_names_whose_and_when(tmp_path: Path) -> None:
    manifest = open_snapshot(Path(export(FakeGenesys(), tmp_path, run="dag/run/task")["snapshot"])).manifest
    assert manifest.organization_id == manifest.destination_organization_id == ORGANIZATION
    assert (manifest.api_host, manifest.run, manifest.try_number) == ("api.mypurecloud.de", "dag/run/task", 1)
    assert manifest.provider.startswith("airflow-provider-genesys ")
    assert manifest.started < manifest.ended
    assert manifest.resources["webchat_deployments"].total == 3


# --- whose destination ---


def test_a_destination_of_another_organisation_is_refused_before_anything_is_written(
    tmp_path: Path, writes: list[str]
) -> None:
    export(FakeGenesys(), tmp_path)
    writes.clear()
    other = FakeGenesys(9)
    other.answers["getOrganizationsMe"] = {"id": OTHER_ORGANIZATION}
    for act in (export, lambda genesys, root: compare_with_latest(genesys, root, select(["webchat"]))):
        with pytest.raises(GenesysConfigError, match=f"holds snapshots of organisation {ORGANIZATION}"):
            act(other, tmp_path)
    assert writes == []


def test_an_unknown_organisation_does_not_let_another_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(FakeGenesys(), tmp_path)
    unknown = FakeGenesys()
    unknown.answers["getOrganizationsMe"] = forbidden("getOrganizationsMe")
    export(unknown, tmp_path)
    assert "of this organisation is not known" in caplog.text
    other = FakeGenesys()
    other.answers["getOrganizationsMe"] = {"id": OTHER_ORGANIZATION}
    with pytest.raises(GenesysConfigError, match=ORGANIZATION):
        export(other, tmp_path)
    unknown.settings = replace(unknown.settings, api_url="https://api.mypurecloud.jp")
    with pytest.raises(GenesysConfigError, match=r"from api\.mypurecloud\.de, not from api\.mypurecloud\.jp"):
        export(unknown, tmp_path)


def test_that_an_organisation_becomes_known_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    unknown = FakeGenesys()
    unknown.answers["getOrganizationsMe"] = forbidden("getOrganizationsMe")
    export(unknown, tmp_path)
    said = f"do not say whose they are; from now on: {ORGANIZATION}"
    assert said not in caplog.text
    export(FakeGenesys(), tmp_path)
    assert said in caplog.text
    caplog.clear()
    export(FakeGenesys(), tmp_path)
    assert said not in caplog.text


# --- reading ---


def test_a_snapshot_is_opened_by_its_path_the_destination_or_latest(tmp_path: Path) -> None:
    old = export(FakeGenesys(1), tmp_path)
    new = export(FakeGenesys(2), tmp_path)
    assert len(open_snapshot(Path(old["snapshot"])).entities("webchat_deployments")) == 1
    for path in (tmp_path, tmp_path / "latest.json", Path(new["snapshot"])):
        assert len(open_snapshot(path).entities("webchat_deployments")) == 2
        assert verify(path).snapshot == new["snapshot"]
    snapshot = open_snapshot(tmp_path)
    assert (snapshot.state("webchat_settings"), snapshot.state("presence_sources")) == ("exported", None)
    assert snapshot.entities("presence_sources") == []


# --- comparing only ---


def test_comparing_writes_nothing(tmp_path: Path, writes: list[str]) -> None:
    resources = select(["webchat"])
    diff, found = compare_with_latest(FakeGenesys(), tmp_path, resources)  # type: ignore[arg-type]
    assert (diff.changed, found["previous"], found["added"]) == (True, None, 4)
    assert writes == []
    first = export(FakeGenesys(), tmp_path)
    writes.clear()
    diff, found = compare_with_latest(FakeGenesys(), tmp_path, resources)  # type: ignore[arg-type]
    assert (diff.changed, found["previous"]) == (False, first["snapshot"])
    diff, found = compare_with_latest(FakeGenesys(5), tmp_path, resources)  # type: ignore[arg-type]
    assert (found["changed"], found["added"], found["removed"], found["modified"]) == (True, 2, 0, 0)
    assert writes == []
