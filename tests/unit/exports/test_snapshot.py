"""Snapshots: complete or absent, however a run ends and however many overlap; and every damage is noticed."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_genesys import (
    NOT_FOUND,
    ORGANIZATION,
    FakeGenesys,
    deployment,
    export,
    forbidden,
    gone,
    listing,
    not_found,
)

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysExportStateError,
    GenesysPartialExportError,
    GenesysServerError,
    GenesysSourceError,
)
from airflow_provider_genesys.exports.comparing import compare_snapshots
from airflow_provider_genesys.exports.exporter import Exporter, compare_with_latest
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.snapshot import Destination, open_snapshot, verify
from airflow_provider_genesys.files import storage

DEPLOYMENTS = "getWebchatDeployments"
OTHER_ORGANIZATION = "0ddba11a-8f0c-4b3a-9a57-2f6f6f1f3c02"


class Killed(BaseException):
    """What no code of the provider's catches."""


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are written, in order."""
    written: list[str] = []

    def noting(real: Any) -> Any:
        def write(path: Any, data: bytes, **arguments: Any) -> None:
            real(path, data, **arguments)
            written.append(f"{path.parent.name}/{path.name}" if path.name != "latest.json" else path.name)

        return write

    monkeypatch.setattr(storage, "replace", noting(storage.replace))
    monkeypatch.setattr(storage, "put_new", noting(storage.put_new))
    return written


def folders(written: list[str]) -> list[str]:
    return [name.split("/")[0] for name in written]


def latest(root: Any) -> Any:
    return json.loads(storage.read(root / "latest.json") or b"null")


def name_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")


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


# --- states and failing ---


def test_gone_and_absent_are_states_and_no_empty_success(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers |= {"getWebchatSettings": not_found("getWebchatSettings"), DEPLOYMENTS: gone(DEPLOYMENTS)}
    summary = export(genesys, tmp_path)
    assert summary["resources"]["webchat_deployments"] == {"state": "gone", "count": 0}
    assert (summary["removed"], summary["changed"]) == (0, True)
    assert summary["state_changes"] == ["webchat_settings: exported → gone", "webchat_deployments: exported → gone"]
    assert "webchat_deployments is gone: getWebchatDeployments: HTTP 410 gone" in caplog.text
    assert export(genesys, tmp_path)["changed"] is False


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (forbidden(DEPLOYMENTS), GenesysExportStateError, "webchat_deployments is forbidden: .*missing.permissions"),
        (listing(deployment(0), total=2), GenesysPartialExportError, "webchat_deployments is partial: .*says that"),
    ],
)
def test_failing_comes_after_the_snapshot_is_written(tmp_path: Path, answer: Any, kind: Any, reason: str) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = answer
    exporter = Exporter(genesys, tmp_path, select(["webchat"]))  # type: ignore[arg-type]
    with pytest.raises(kind, match=reason):
        exporter.export()
    assert verify(tmp_path).snapshot == exporter.summary["snapshot"]
    assert exporter.summary["resources"]["webchat_settings"] == {"state": "exported", "count": 1}
    assert export(genesys, tmp_path, fail_on=())["snapshot"]


def test_all_reasons_come_at_once_and_one_that_a_retry_cannot_cure_decides(tmp_path: Path) -> None:
    genesys = FakeGenesys()
    genesys.answers |= {
        "getWebchatSettings": forbidden("getWebchatSettings"),
        DEPLOYMENTS: listing(total=2),
        "getPresenceSettings": not_found("getPresenceSettings", NOT_FOUND),
    }
    with pytest.raises(GenesysExportStateError, match=r"webchat_settings is forbidden.*webchat_deployments is partial"):
        export(genesys, tmp_path, ["all"])


@pytest.mark.parametrize(
    ("fail_on", "fails"),
    [
        (["gone"], True),
        ({"webchat_deployments": ["gone"]}, True),
        ({"webchat_settings": ["gone"]}, False),
        (("forbidden", "partial"), False),
    ],
)
def test_what_to_fail_for_is_a_choice_by_resource(tmp_path: Path, fail_on: Any, fails: bool) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = gone(DEPLOYMENTS)
    if fails:
        with pytest.raises(GenesysExportStateError, match="webchat_deployments is gone"):
            export(genesys, tmp_path, fail_on=fail_on)
    else:
        export(genesys, tmp_path, fail_on=fail_on)


@pytest.mark.parametrize("fail_on", ["partial", ["exported"], {"webchat": ["gone"]}, {"webchat_settings": "gone"}, [1]])
def test_a_wrong_fail_on_is_refused_before_anything_is_read(tmp_path: Path, fail_on: Any) -> None:
    genesys = FakeGenesys()
    with pytest.raises(GenesysConfigError, match="fail_on"):
        export(genesys, tmp_path, fail_on=fail_on)
    assert not genesys.asked


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = GenesysServerError(500, operation=DEPLOYMENTS)
    exporter = Exporter(genesys, tmp_path / "x", select(["webchat"]))  # type: ignore[arg-type]
    with pytest.raises(GenesysServerError):
        exporter.export()
    assert not (tmp_path / "x").exists()
    assert (exporter.summary["snapshot"], exporter.summary["changed"], exporter.summary["requests"]) == (None, None, 3)


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


# --- which one to compare with ---


def test_a_retry_compares_with_what_its_first_try_compared_with(tmp_path: Path) -> None:
    base = export(FakeGenesys(3), tmp_path, run="dag/1/task")
    first = export(FakeGenesys(4), tmp_path, run="dag/2/task")
    retry = export(FakeGenesys(4), tmp_path, run="dag/2/task", try_number=2)
    assert (retry["previous"], retry["added"]) == (base["snapshot"], 1)
    assert export(FakeGenesys(4), tmp_path, run="dag/3/task")["previous"] == retry["snapshot"] != first["snapshot"]


def test_a_snapshot_whose_task_failed_is_passed_over(tmp_path: Path) -> None:
    base = export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = forbidden(DEPLOYMENTS)
    with pytest.raises(GenesysExportStateError):
        export(genesys, tmp_path)
    after = export(FakeGenesys(5), tmp_path)
    assert (after["previous"], after["added"]) == (base["snapshot"], 2)


def test_a_day_on_which_something_was_not_seen_hides_no_change(tmp_path: Path) -> None:
    base = export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = forbidden(DEPLOYMENTS)
    blind = export(genesys, tmp_path, fail_on=())
    assert (blind["previous"], blind["changed"], blind["resources"]["webchat_deployments"]["state"]) == (
        base["snapshot"], False, "forbidden",
    )  # fmt: skip
    assert blind["diff"]
    assert export(genesys, tmp_path, fail_on=())["previous"] == base["snapshot"]
    after = export(FakeGenesys(5), tmp_path)
    assert (after["previous"], after["added"]) == (base["snapshot"], 2)


def test_what_is_always_forbidden_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    previous = None
    for day in range(3):
        genesys = FakeGenesys()
        genesys.answers |= {DEPLOYMENTS: forbidden(DEPLOYMENTS), "getWebchatSettings": {"requireDeployment": day == 2}}
        summary = export(genesys, tmp_path, fail_on=())
        assert summary["previous"] == previous
        previous = summary["snapshot"]
    assert (summary["modified"], summary["changed"]) == (1, True)


def test_tasks_that_export_different_things_to_one_place_do_not_disturb_each_other(tmp_path: Path) -> None:
    chats = export(FakeGenesys(), tmp_path, ["webchat"])
    presences = export(FakeGenesys(), tmp_path, ["presence"])
    assert presences["previous"] == chats["snapshot"]
    assert presences["changed"] is False
    assert export(FakeGenesys(), tmp_path, ["webchat"])["previous"] == chats["snapshot"]
    assert export(FakeGenesys(), tmp_path, ["system_presences"])["previous"] == presences["snapshot"]


# --- killed ---


@pytest.mark.parametrize("after", [False, True])
def test_killed_before_or_after_each_write_a_snapshot_is_complete_or_absent(
    root: Any, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    real = {name: getattr(storage, name) for name in ("replace", "put_new")}
    export(FakeGenesys(3), root)
    known = Destination(root).names()
    moment = 0
    while True:
        left = [moment]

        def write(name: str, path: Any, data: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Killed
            real[name](path, data)
            if left[0] < 0:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(storage, "replace", lambda *given, write=write: write("replace", *given))
            patch.setattr(storage, "put_new", lambda *given, write=write: write("put_new", *given))
            try:
                export(FakeGenesys(4 + moment), root)
            except Killed:
                pass
            else:
                break
        names = Destination(root).names()
        assert set(known) <= set(names)
        for name in names:
            verify(Destination(root).path(name))
        assert verify(root).latest in {True, False}
        known = names
        moment += 1
    assert moment >= 5  # objects, two files of the diff, the manifest, latest.json
    assert verify(root).latest is True
    assert export(FakeGenesys(4 + moment), root)["changed"] is False


# --- overlap ---


def test_a_run_that_began_earlier_and_ends_later_does_not_move_latest_back(root: Any) -> None:
    genesys = FakeGenesys()
    later: dict[str, Any] = {}

    def answer(_: Any) -> Any:
        genesys.answers[DEPLOYMENTS] = listing(deployment(0))
        later.update(export(FakeGenesys(2), root))
        return listing(deployment(0))

    genesys.answers[DEPLOYMENTS] = answer
    earlier = export(genesys, root)
    assert earlier["snapshot"] < later["snapshot"]
    assert latest(root)["snapshot"] == name_of(later["snapshot"])
    assert (later["previous"], earlier["previous"]) == (None, None)
    assert verify(root).latest is True


def test_whoever_was_faster_between_looking_and_writing_latest_is_seen(
    root: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storage.replace
    later: dict[str, Any] = {}

    def replace(path: Any, data: bytes) -> None:
        if path.name == "latest.json" and not later:
            later["snapshot"] = "is on its way"
            later.update(export(FakeGenesys(2), root))
        real(path, data)

    monkeypatch.setattr(storage, "replace", replace)
    earlier = export(FakeGenesys(1), root)
    assert earlier["snapshot"] < later["snapshot"]
    assert latest(root)["snapshot"] == name_of(later["snapshot"])


def test_many_at_once_converge(root: Any) -> None:
    summaries: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda number=number: summaries.append(export(FakeGenesys(number % 3), root)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    names = Destination(root).names()
    assert len(names) == len(summaries) == 8
    for name in names:
        verify(Destination(root).path(name))
    assert verify(root).latest is True
    assert latest(root)["snapshot"] == names[-1]


# --- damage ---


def damaged(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("kind", ["objects", "snapshots", "diffs/json", "diffs/md", "latest.json"])
def test_a_byte_that_is_another_is_noticed_with_the_files_name(tmp_path: Path, kind: str) -> None:
    export(FakeGenesys(1), tmp_path)
    name = name_of(export(FakeGenesys(2), tmp_path)["snapshot"])
    path = {
        "objects": lambda: next(iter((tmp_path / "objects").iterdir())),
        "snapshots": lambda: tmp_path / "snapshots" / f"{name}.json",
        "diffs/json": lambda: tmp_path / "diffs" / f"{name}.json",
        "diffs/md": lambda: tmp_path / "diffs" / f"{name}.md",
        "latest.json": lambda: tmp_path / "latest.json",
    }[kind]()
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(damaged(whole, place))
        with pytest.raises(GenesysSourceError) as caught:
            verify(tmp_path)
        assert caught.value.file == str(path)
    for content in (b"", whole[:-1], whole + b" ", b"[]", b"{}"):
        path.write_bytes(content)
        with pytest.raises(GenesysSourceError, match=path.name):
            verify(tmp_path)
    path.unlink()
    if kind == "latest.json":
        assert verify(tmp_path).latest is None
    elif kind == "snapshots":
        with pytest.raises(GenesysSourceError, match=r"latest\.json.*there is no such snapshot"):
            verify(tmp_path)
    else:
        with pytest.raises(GenesysSourceError, match="it is missing"):
            verify(tmp_path)
    path.write_bytes(whole)
    assert verify(tmp_path).latest is True


def test_a_damaged_snapshot_before_stops_the_export_and_is_named(tmp_path: Path, writes: list[str]) -> None:
    path = Path(export(FakeGenesys(1), tmp_path)["snapshot"])
    writes.clear()
    path.write_bytes(damaged(path.read_bytes(), 40))
    with pytest.raises(GenesysSourceError) as caught:
        export(FakeGenesys(2), tmp_path)
    assert caught.value.file == str(path)
    assert writes == []


def test_a_damaged_object_does_not_block_exports_for_ever(root: Any, writes: list[str]) -> None:
    first = export(FakeGenesys(2), root, ["webchat"], run="day-1")
    entries = open_snapshot(root).manifest.resources["webchat_deployments"].entities
    path = root / "objects" / f"{entries[0].object}.json"
    storage.replace(path, damaged(storage.read(path) or b"", 40))
    genesys = FakeGenesys(2)
    genesys.answers["getWebchatSettings"] = {"requireDeployment": True}
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True), deployment(1))
    for try_number in (1, 2):
        exporter = Exporter(genesys, root, select(["webchat"]), run="day-2", try_number=try_number)  # type: ignore[arg-type]
        with pytest.raises(GenesysSourceError, match=f"webchat_deployments: .*damaged.*{path.name}"):
            exporter.export()
        summary = exporter.summary
        assert (summary["previous"], summary["modified"]) == (first["snapshot"], 1)
        told = json.loads(storage.read(root / "diffs" / f"{name_of(summary['snapshot'])}.json") or b"")
        assert told["resources"]["webchat_settings"]["comparison"] == "compared"
        assert told["resources"]["webchat_deployments"]["comparison"] == "damaged"
        assert path.name in told["resources"]["webchat_deployments"]["reason"]
        assert path.name in (storage.read(root / "diffs" / f"{name_of(summary['snapshot'])}.md") or b"").decode()
        verify(root)
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True), deployment(1), deployment(2))
    third = export(genesys, root, ["webchat"], run="day-3")
    assert (third["previous"], third["added"], third["modified"]) == (summary["snapshot"], 1, 0)


def test_of_two_snapshots_the_damaged_one_is_named(root: Any) -> None:
    export(FakeGenesys(1), root / "before", ["webchat"])
    genesys = FakeGenesys(1)
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True))
    export(genesys, root / "after", ["webchat"])
    before, after = open_snapshot(root / "before"), open_snapshot(root / "after")
    (modified,) = compare_snapshots(before, after).resources["webchat_deployments"].modified
    assert [change.path for change in modified.fields] == [("disabled",)]

    path = root / "after" / "objects" / f"{modified.after.object}.json"
    whole = storage.read(path) or b""
    storage.replace(path, damaged(whole, 40))
    with pytest.raises(GenesysSourceError, match="object is damaged") as caught:
        compare_snapshots(before, after)
    assert caught.value.file == str(path)
    storage.replace(path, whole)

    path = root / "before" / "objects" / f"{modified.before.object}.json"
    storage.replace(path, damaged(storage.read(path) or b"", 40))
    found = compare_snapshots(before, after).resources["webchat_deployments"]
    assert found.comparison == "damaged"
    assert found.reason is not None
    assert found.reason.startswith(f"the snapshot before is damaged: {path}")


@pytest.mark.parametrize("content", [b"", b"{"])
def test_an_object_of_another_size_is_written_anew(root: Any, writes: list[str], content: bytes) -> None:
    export(FakeGenesys(2), root)
    entry = open_snapshot(root).manifest.resources["webchat_deployments"].entities[0]
    storage.replace(root / "objects" / f"{entry.object}.json", content)
    with pytest.raises(GenesysSourceError):
        verify(root)
    writes.clear()
    export(FakeGenesys(2), root)
    assert folders(writes) == ["objects", "snapshots", "latest.json"]
    verify(root)


def test_a_damaged_latest_is_written_anew(tmp_path: Path) -> None:
    export(FakeGenesys(1), tmp_path)
    (tmp_path / "latest.json").write_bytes(b"{")
    export(FakeGenesys(1), tmp_path)
    assert verify(tmp_path).latest is True


def test_a_wrong_count_is_noticed(tmp_path: Path) -> None:
    name = name_of(export(FakeGenesys(), tmp_path)["snapshot"])
    destination = Destination(tmp_path)
    manifest = destination.manifest(name)
    part = manifest.resources["webchat_deployments"].model_copy(update={"count": 4})
    forged = manifest.model_copy(update={"resources": {**manifest.resources, "webchat_deployments": part}})
    destination.path(name).write_bytes(forged.to_bytes())
    with pytest.raises(GenesysSourceError, match="webchat_deployments: it has 3 and says 4"):
        verify(destination.path(name))


def test_a_manifest_of_another_format_is_said_to_be_one(tmp_path: Path) -> None:
    name = name_of(export(FakeGenesys(), tmp_path)["snapshot"])
    destination = Destination(tmp_path)
    forged = destination.manifest(name).model_copy(update={"format": 2})
    destination.path(name).write_bytes(forged.to_bytes())
    with pytest.raises(GenesysSourceError, match="of another format, 2"):
        verify(tmp_path)


def test_where_there_is_no_snapshot(root: Any) -> None:
    with pytest.raises(GenesysConfigError, match="there is no snapshot in"):
        verify(root)


def test_other_files_in_the_folder_are_no_snapshots(tmp_path: Path) -> None:
    export(FakeGenesys(), tmp_path)
    for name in ("README.json", "20261125T000000.000000Z.json", "99999999T999999.999999Z-zzzz.json"):
        (tmp_path / "snapshots" / name).write_text("{}")
    assert export(FakeGenesys(), tmp_path)["changed"] is False
    assert verify(tmp_path).latest is True


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
