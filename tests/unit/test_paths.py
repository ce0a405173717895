"""Where paths lead: inputs beside the Dag's file, outputs nowhere unless they say so wholly."""

from __future__ import annotations

import os
from pathlib import Path
from traceback import format_exception
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowNotFoundException, ObjectStoragePath

from airflow_provider_genesys.arguments import number, read
from airflow_provider_genesys.events.inputs import find_inputs
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError, GenesysStorageError
from airflow_provider_genesys.tasks.artifacts import artifacts_folder
from airflow_provider_genesys.tasks.paths import input_opener, open_path, output_path
from tests.harness.tasks import TaskInstance
from tests.harness.tasks import context as task_context

LEADS_NOWHERE = [
    "~/data/a.jsonl",
    "~",
    "~airflow/a.jsonl",
    "C:\\data\\a.jsonl",
    "d:/a.jsonl",
    "\\\\server\\a",
    "file://data/a",
]
WITH_A_PASSWORD = "s3://me:secret@bucket/folder"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A Dag, run by a worker that is somewhere else."""
    dags = tmp_path / "dags"
    (dags / "data").mkdir(parents=True)
    for name in ("a.jsonl", "b.jsonl", "report[1].jsonl"):
        (dags / "data" / name).write_text("{}\n")
    elsewhere = tmp_path / "worker"
    (elsewhere / "data").mkdir(parents=True)
    (elsewhere / "data" / "a.jsonl").write_text('{"wrong": true}\n')
    monkeypatch.chdir(elsewhere)
    return task_context(TaskInstance("t", dag_id="d", run_id="r"), fileloc=str(dags / "dag.py"))


class DefaultCredentialsError(Exception):
    """As google-auth names its own."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DefaultCredentialsError("Your default credentials were not found."), GenesysConfigError),
        (ConnectionResetError("gone"), GenesysStorageError),
    ],
)
def test_a_store_that_is_not_opened_is_told_by_argument(
    error: Exception, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise error

    monkeypatch.setattr(ObjectStoragePath, "fs", property(refuse))
    for ask in (lambda: output_path("destination", "gs://b/x"), lambda: artifacts_folder("gs://b/x", None, "k")):
        with pytest.raises(kind, match=r"(destination|artifacts_path): gs://b/x cannot be .*(Credentials|gone)"):
            ask()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("data/a.jsonl", ["data/a.jsonl"]),
        ("./data/a.jsonl", ["data/a.jsonl"]),
        ("data/[ab].jsonl", ["data/a.jsonl", "data/b.jsonl"]),
        ("*/a.jsonl", ["data/a.jsonl"]),
        ("data/report[1].jsonl", ["data/report[1].jsonl"]),
        (["data/b.jsonl", ["data/a.jsonl"]], ["data/b.jsonl", "data/a.jsonl"]),
        ('["data/b.jsonl", "data/a.jsonl"]', ["data/b.jsonl", "data/a.jsonl"]),
    ],
)
def test_a_relative_input_is_beside_the_dag(context: dict[str, Any], source: Any, names: list[str]) -> None:
    found = find_inputs(source, input_opener("source", context))
    folder = Path(context["dag"].fileloc).parent
    assert [name.removeprefix("file://") for name, _ in found] == [str(folder / name) for name in names]


@pytest.mark.parametrize("source", ["data/nope.jsonl", "./data/nope.jsonl", "data/nope*.jsonl", "nope/a.jsonl"])
def test_a_relative_input_that_is_missing_is_told_with_the_folder_it_was_looked_for_in(
    context: dict[str, Any], source: str
) -> None:
    with pytest.raises(GenesysSourceError) as caught:
        find_inputs(source, input_opener("source", context))
    assert str(caught.value).startswith(f"{Path(context['dag'].fileloc).parent / source}: ")


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_no_output_takes_the_place_of_a_device_or_a_pipe(tmp_path: Path, scheme: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    (tmp_path / "file").touch()
    for odd in (tmp_path / "pipe", tmp_path / "link", "/dev/null"):
        for ask in (lambda: output_path("state_path", f"{scheme}{odd}"), lambda: _folder(f"{scheme}{odd}")):  # noqa: B023
            with pytest.raises(GenesysConfigError, match=r"(state|artifacts)_path: .* is no ordinary file"):
                ask()
    for good in ("file", "", "new"):
        output_path("state_path", f"{scheme}{tmp_path}/{good}")


def _folder(path: str) -> object:
    return artifacts_folder(path, None, "k")


@pytest.mark.parametrize("name", ["team[1]", "da*gs", "w?h", "[x]", "plain"])
def test_the_name_of_the_dags_folder_is_no_pattern(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "data"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "dax" / "data").mkdir(parents=True)
    for file in ("a.jsonl", "b.jsonl", "sub/c.jsonl", "../../dax/data/d.jsonl"):
        (folder / file).write_text("{}\n")
    context = {"dag": SimpleNamespace(fileloc=str(folder.parent / "dag.py"))}
    for pattern, names in (
        ("data/*.jsonl", ["a.jsonl", "b.jsonl"]),
        ("*/a.jsonl", ["a.jsonl"]),
        ("data/[ab].jsonl", ["a.jsonl", "b.jsonl"]),
        ("data/**/*.jsonl", ["a.jsonl", "b.jsonl", "sub/c.jsonl"]),
        (f"{folder}/*.jsonl", ["a.jsonl", "b.jsonl"]),
        (f"file://{folder}/?.jsonl", ["a.jsonl", "b.jsonl"]),
    ):
        found = find_inputs(pattern, input_opener("source", context))
        assert [each.removeprefix("file://") for each, _ in found] == [f"{folder}/{each}" for each in names]


def test_a_whole_path_is_taken_as_it_is(context: dict[str, Any], tmp_path: Path) -> None:
    opened = input_opener("source", context)
    for path in (str(tmp_path / "worker"), f"file://{tmp_path}/worker", tmp_path / "worker"):
        assert opened(path).exists()
    assert output_path("destination", f"file://{tmp_path}/x").name == "x"


def test_without_a_dag_nothing_is_beside_it() -> None:
    with pytest.raises(
        GenesysConfigError, match=r"^events: 'data/a.jsonl' is relative, which is beside the Dag's file"
    ):
        input_opener("events", None)("data/a.jsonl")


@pytest.mark.parametrize("path", LEADS_NOWHERE)
def test_what_would_lead_nowhere_is_refused(context: dict[str, Any], path: str) -> None:
    with pytest.raises(GenesysConfigError, match=r"^source: .* leads nowhere: "):
        input_opener("source", context)(path)
    with pytest.raises(GenesysConfigError, match=r"^destination: .* leads nowhere: "):
        output_path("destination", path)
    with pytest.raises(GenesysConfigError, match=r"^artifacts_path: .* leads nowhere: "):
        artifacts_folder(path, context, None)


def test_a_file_may_begin_with_a_tilde(context: dict[str, Any]) -> None:
    assert input_opener("source", context)("~backup.jsonl").name == "~backup.jsonl"


@pytest.mark.parametrize("path", ["genesys", "./genesys", "../genesys"])
def test_a_relative_output_is_refused(context: dict[str, Any], path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        GenesysConfigError, match=r"^destination must be an absolute path .* another place on each worker"
    ):
        output_path("destination", path)
    with pytest.raises(GenesysConfigError, match=r"^artifacts_path must be a folder, its absolute path"):
        artifacts_folder(path, context, None)
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", path)
    with pytest.raises(GenesysConfigError, match=r"^the option \[genesys\] artifacts_path must be a folder"):
        artifacts_folder(None, context, None)


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("s3://my_aws@bucket/folder", r"apache-airflow-providers-amazon\[s3fs\]"),
        ("gs://bucket/folder", "apache-airflow-providers-google"),
        ("abfs://container@account/folder", "apache-airflow-providers-microsoft-azure"),
        ("sftp://host/folder", "apache-airflow-providers-sftp"),
    ],
)
def test_a_store_that_is_not_installed_names_the_package(context: dict[str, Any], path: str, package: str) -> None:
    message = f"^artifacts_path: {path}: .*pip install '{package}'"
    with pytest.raises(GenesysConfigError, match=message):
        artifacts_folder(path, context, None)
    with pytest.raises(GenesysConfigError, match=f"^source: .*{package}"):
        find_inputs(f"{path}/*.jsonl", input_opener("source", context))


@pytest.mark.parametrize("scheme", ["hdfs", "webhdfs", "HDFS"])
def test_a_store_that_no_package_of_airflows_has_says_so(context: dict[str, Any], scheme: str) -> None:
    message = (
        f"^artifacts_path: {scheme}://name/folder: no package of Airflow's has a store for {scheme.lower()}://; give"
    )
    with pytest.raises(GenesysConfigError, match=message):
        artifacts_folder(f"{scheme}://name/folder", context, None)


def test_an_address_with_a_password_is_not_repeated_as_the_id_of_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["no_such", "me:secret"])

    def look_up(_: ObjectStoragePath) -> None:
        raise AirflowNotFoundException(f"The conn_id `{next(ids)}` isn't defined")

    monkeypatch.setattr(ObjectStoragePath, "fs", property(look_up))
    with pytest.raises(GenesysConfigError, match="no_such` isn't defined; the part before @ is the id of a connection"):
        open_path("s3://no_such@bucket/folder")
    with pytest.raises(GenesysConfigError, match="the part before @ is the id of a connection") as caught:
        open_path(WITH_A_PASSWORD)
    assert "secret" not in "".join(format_exception(caught.value))


@pytest.mark.parametrize(
    "address",
    [
        "nosuch://me:secret@host/folder",
        "nosuch://me:my@secret@host/folder",
        "s3://key:my/secret@bucket/folder",
        "https://bucket.example/a.jsonl?X-Amz-Signature=secret",
    ],
)
def test_a_secret_in_an_address_is_not_repeated(context: dict[str, Any], address: str) -> None:
    with pytest.raises(GenesysConfigError) as caught:
        open_path(address)
    assert "secret" not in str(caught.value)
    with pytest.raises(GenesysConfigError) as caught:
        find_inputs(address, input_opener("source", context))
    assert "secret" not in str(caught.value)
    with pytest.raises(GenesysConfigError) as caught:
        read("max_pages", address, number(1))
    assert "secret" not in str(caught.value)
