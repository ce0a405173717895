"""What `make lint` makes of pip-audit, run for real against a server that answers as OSV does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.audit.__main__ import LISTED, PINS, main
from tests.contract.http_server import HttpServer, QuietHandler

FINDING = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001"],
    "summary": "Requests go astray",
    "affected": [
        {
            "package": {"name": "requests", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.99.0"}]}],
        }
    ],
}
ENTRY = '[[finding]]\npackage = "requests"\nid = "{id}"\nreason = "{reason}"\ndate = {date}\n'


@contextmanager
def osv(*findings: dict[str, Any], status: int = 200) -> Iterator[str]:
    """Run an OSV that knows these of requests."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = findings if asked["package"]["name"] == "requests" else ()
            text = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with HttpServer(Handler).running() as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "pins.txt"
    file.write_text("requests==2.34.2\nurllib3==2.8.0 ; python_version >= '3.8'\n")
    return file


def listed(tmp_path: Path, text: str = "") -> Path:
    file = tmp_path / "audit.toml"
    file.write_text(text)
    return file


def test_the_files_that_are_audited_are_there() -> None:
    assert "apache-airflow==" in PINS.read_text()
    assert main(osv="http://127.0.0.1:1") == 0, f"an entry of {LISTED} is wrong"


def test_where_nobody_answers_nothing_was_audited_and_that_is_said(
    pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(pins=pins, listed=listed(tmp_path), osv="http://127.0.0.1:1") == 0
    assert capsys.readouterr().out == "pip-audit: nothing was audited, since http://127.0.0.1:1 cannot be reached\n"
    with osv(FINDING, status=403) as url:
        assert main(pins=pins, listed=listed(tmp_path), osv=url) == 0
    assert "nothing was audited" in capsys.readouterr().out


def test_no_finding(pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with osv() as url:
        assert main(pins=pins, listed=listed(tmp_path), osv=url) == 0
    assert "2 packages of pins.txt audited" in capsys.readouterr().out


def test_a_finding_is_an_error_unless_it_is_listed_by_any_of_its_names(
    pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with osv(FINDING) as url:
        assert main(pins=pins, listed=listed(tmp_path), osv=url) == 1
        told = capsys.readouterr().out
        assert "requests 2.34.2: CVE-2026-0001, GHSA-aaaa-bbbb-cccc, cured by 2.99.0: Requests go astray" in told
        for name in (FINDING["id"], "CVE-2026-0001"):
            text = ENTRY.format(id=name, reason="it is never called", date="2026-11-29")
            assert main(pins=pins, listed=listed(tmp_path, text), osv=url) == 0
        other = ENTRY.format(id="CVE-2026-0002", reason="it is never called", date="2026-11-29")
        assert main(pins=pins, listed=listed(tmp_path, other), osv=url) == 1
        assert "requests CVE-2026-0002 is not found any more" in capsys.readouterr().out


@pytest.mark.parametrize(("lacks", "changes"), [("reason", {"reason": ""}), ("date", {"date": '"soon"'})])
def test_an_entry_needs_a_reason_and_a_date_wherever_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lacks: str, changes: dict[str, str]
) -> None:
    text = ENTRY.format(**{"id": "CVE-2026-0001", "reason": "it is never called", "date": "2026-11-29", **changes})
    assert main(listed=listed(tmp_path, text), osv="http://127.0.0.1:1") == 1
    assert f"audit.toml: finding 1 (CVE-2026-0001) needs a {lacks}" in capsys.readouterr().out


def test_what_could_not_be_audited_is_an_error(pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pip-audit itself says then that there are no known vulnerabilities, and ends with 0."""
    with osv() as url:
        pins.write_text("requests\n")
        assert main(pins=pins, listed=listed(tmp_path), osv=url) == 1
        assert "it failed: " in capsys.readouterr().out
        pins.write_text("")
        assert main(pins=pins, listed=listed(tmp_path), osv=url) == 1
        assert "0 of 0 packages could not be audited" in capsys.readouterr().out
