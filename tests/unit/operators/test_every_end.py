"""Every task that ends badly before it has done anything leaves a summary of its kind that says why, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowNotFoundException,
    AirflowSkipException,
    BaseSensorOperator,
)

from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysMappingError,
    GenesysPermissionError,
    GenesysRecordsRejectedError,
    GenesysServerError,
    GenesysSourceError,
    GenesysStorageError,
    GenesysTransportError,
)
from airflow_provider_genesys.files.refusals import about
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.exports import GenesysCloudPlanWebMessagingMigrationOperator
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from airflow_provider_genesys.operators.presence import GenesysCloudApplyPresenceDefinitionsOperator
from airflow_provider_genesys.plugin import FOLDER
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import state_digest
from airflow_provider_genesys.tasks.failures import fail_without_retry, why
from airflow_provider_genesys.tasks.summaries import at_every_end
from tests.harness.provider import TASKS, provider_classes
from tests.harness.tasks import LARGEST_XCOM, TaskInstance, context
from tests.unit.test_arguments import arguments_of, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cr3t-of-somebody"
NUMBER = "+49 170 1234567"
(LISTED,) = re.findall(r"export const OPERATORS = \{\n(.*?)\n\};", (FOLDER / "page.js").read_text("utf-8"), re.DOTALL)
KINDS = dict(re.findall(r"(\w+): \"(\w+)\"", LISTED))
"""Of what kind the summaries are of those that the page in Airflow's UI lists."""
AMAZON = {"mapping": "amazon_connect", "presence_map": None}
"""A mapping that is there."""
WITHOUT_A_CONNECTION = {
    "GenesysCloudConvertRecordsOperator",
    "GenesysCloudPlanWebMessagingMigrationOperator",
    "GenesysCloudShardEventsOperator",
}
EACH_TASK = pytest.mark.parametrize("cls", provider_classes(*TASKS), ids=lambda cls: cls.__name__)


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections with a secret, and nobody to ask."""
    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", _refuse)
    for name in ("GENESYS_CLOUD", "VONAGE_CONTACT_CENTER"):
        connection = {
            "conn_type": name.lower(),
            "login": "id",
            "password": SECRET,
            "extra": {"base_url": "http://127.0.0.1:1"},
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}_DEFAULT", json.dumps(connection))


def _refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("something was sent")


def ways_to_fail(cls: Any, folder: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield what goes wrong early, the arguments for it, and what has to be said of it."""
    arguments = valid(arguments_of(cls), folder)
    if "mapping" in arguments:
        arguments |= {name: value for name, value in AMAZON.items() if name in arguments}
    if cls is GenesysCloudApiOperator:
        del arguments["destination"]  # which is for operations that read
    for name in cls.argument_rules.keys() & arguments:
        yield f"a wrong {name}", arguments | {name: object()}, name
    if cls.__name__ not in WITHOUT_A_CONNECTION:
        if cls is GenesysCloudApplyPresenceDefinitionsOperator:
            arguments |= {"plan": {"plan_inline": Plan(None, state_digest([]), (), 0, [], {}).to_json()}}
        for name in [name for name in cls.template_fields if name.endswith("_conn_id")]:
            if name == "vonage_contact_center_conn_id" and "genesys_cloud_conn_id" in cls.template_fields:
                continue  # it is looked up when the users are known, and told by the test of that transfer
            yield f"an unknown {name}", arguments | {name: f"nowhere://u:{SECRET}@x"}, "nowhere"
    for name in ("definitions", "source", "records", "plan", "mapping", "snapshot"):
        if name in arguments and cls is not GenesysCloudPreflightOperator:  # which asks first, and tells all it misses
            yield f"a missing file of {name}", arguments | {name: f"{folder}/missing.yaml"}, "missing"
            yield f"a password in {name}", arguments | {name: f"file://team:{SECRET}@{folder}/missing.yaml"}, ""


@EACH_TASK
def test_what_fails_early_is_told_with_its_kind_and_why(cls: Any, tmp_path: Path) -> None:
    ways = [*ways_to_fail(cls, tmp_path)]
    assert ways
    for what, arguments, said in ways:
        ti = TaskInstance(max_tries=0)
        task = cls(task_id="t", **arguments)
        with pytest.raises(Exception, match=r".") as caught:
            task.execute(context(ti, fileloc=str(tmp_path / "dag.py")))
        assert "something was sent" not in str(caught.value), what
        assert set(ti.pushed) == {"summary"}, what
        summary = ti.pushed["summary"]
        assert said in summary["failure"], (what, summary)
        assert len(summary["failure"]) <= 500
        assert summary.get("kind") == KINDS.get(cls.__name__), what
        assert SECRET not in json.dumps(ti.pushed), what
        if issubclass(cls, BaseSensorOperator):
            assert (summary["done"], summary["looks"]) == (False, 1), what
            assert said in summary["said"], what


def test_every_kind_is_asked_for() -> None:
    assert set(KINDS) < {cls.__name__ for cls in provider_classes(*TASKS)}
    assert set(KINDS.values()) == {"publish", "transfer", "plan", "apply", "sync", "export", "conversion"}


def _with_argument(error: GenesysConfigError) -> BaseException:
    """Return what is raised where the argument is named too."""
    with pytest.raises(GenesysConfigError) as caught, about("user_map"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GenesysConfigError(f"{'x ' * 2_000}"), None),
        (GenesysConfigError("definitions:\n- 'Brake' is no presence\n"), "definitions: - 'Brake' is no presence"),
        (GenesysConfigError(f"no s3://team:{SECRET}@bucket/x, https://x/y?X-Sig={SECRET}"), None),
        (GenesysAuthError(400, "invalid_client", "no such client"), "HTTP 400 invalid_client: no such client"),
        (GenesysPermissionError(403, None, f"call {NUMBER}", operation="getUsers"), "getUsers: HTTP 403: call ***"),
        (GenesysServerError(500, "bad", f"{NUMBER} Müller", operation="postUsers"), "postUsers: HTTP 500 bad"),
        (GenesysApiError(400, None, "Müller is not known"), "a request: HTTP 400"),
        (GenesysTransportError("no answer", sent=None), "no answer"),
        (GenesysStorageError("source: not now"), "source: not now"),
        (GenesysSourceError("holds 'Müller' and \"Anna\"", file="d.csv", line=3), "d.csv, line 3: holds … and …"),
        (GenesysMappingError("m.yaml: there's no column 'Müller'"), "m.yaml: there's no column …"),
        (_with_argument(GenesysMappingError("u.csv, line 1: found 'Müller;x'")), "user_map: u.csv, line 1: found …"),
        (GenesysMappingError("unclosed 'Müller says"), "unclosed …"),
        (GenesysMappingError("m.yaml: not b'M\\xc3 Anna 1234567'"), "m.yaml: not …"),
        (GenesysMappingError(" 'x" * 20_000), None),
        (GenesysApiError(400, "Müller is not known"), "a request: HTTP 400"),
        (GenesysLedgerError("the format 'Müller' is not"), "the format … is not"),
        (GenesysEventsRejectedError("3 of 4: Müller", {}), "more was not accepted than max_rejected allows"),
        (GenesysRecordsRejectedError("3 of 4: Müller", {}), "more was not accepted than max_rejected allows"),
        (AirflowNotFoundException("The conn_id `x` isn't defined"), "The conn_id `x` isn't defined"),
        (ValueError(SECRET), "ValueError"),
        (KeyboardInterrupt(SECRET), "KeyboardInterrupt"),
    ],
)
def test_why_has_no_secret_and_no_value(error: BaseException, said: str | None) -> None:
    for raised in (error, *_as_airflow_s(error)):
        told = why(raised)
        assert said is None or told in {said, f"{said} (connection 'c')"}
        assert 0 < len(told) <= 500
        assert not [word for word in (SECRET, "Müller", "1234567") if word in told]


def _as_airflow_s(error: BaseException) -> Iterator[BaseException]:
    try:
        with fail_without_retry("c"):
            raise error
    except AirflowFailException as raised:
        yield raised
    except BaseException:  # noqa: BLE001 - it is none that is made one of Airflow's
        return


def test_what_is_skipped_has_not_failed() -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowSkipException), at_every_end(context(ti), lambda: {"a": 1}):
        raise AirflowSkipException("not today")
    assert ti.pushed == {"summary": {"a": 1}}
    with pytest.raises(AirflowSkipException), at_every_end(context(ti), lambda: None):
        raise AirflowSkipException("not today")
    assert ti.pushed == {"summary": {"a": 1}}


def test_a_snapshot_that_is_missing_is_told_of_a_migration(tmp_path: Path) -> None:
    """It has no kind, since the page lists none of it."""
    ti = TaskInstance()
    task = GenesysCloudPlanWebMessagingMigrationOperator(
        task_id="plan", snapshot=str(tmp_path / "gone"), destination=str(tmp_path)
    )
    with pytest.raises(Exception, match="gone"):
        task.execute(context(ti))
    assert set(ti.pushed["summary"]) == {"failure"}
    assert len(json.dumps(ti.pushed)) < LARGEST_XCOM


def test_a_summary_that_cannot_be_pushed_hides_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """Whether Airflow tries again is told by how the task failed."""

    class Refuses(TaskInstance):
        def xcom_push(self, key: str, value: Any, **_: Any) -> None:
            raise RuntimeError(SECRET)

    with pytest.raises(AirflowFailException, match="for good"), at_every_end(context(Refuses()), dict):
        raise AirflowFailException("for good")
    assert "could not be pushed: RuntimeError" in caplog.text
    assert SECRET not in caplog.text
    with pytest.raises(RuntimeError), at_every_end(context(Refuses()), dict):
        pass
