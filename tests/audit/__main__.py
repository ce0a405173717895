"""What ``make lint`` asks of the packages that ``make`` installs: is any of them known to be vulnerable?

``python -m tests.audit`` has pip-audit ask OSV about each pin of ``constraints/airflow-3.3.txt``, and ends with status
1 for a finding that ``constraints/audit.toml`` does not have, for an entry there that lacks its reason or date, and for
a pin that could not be asked about. Where OSV cannot be reached it says that nothing was audited, and ends with 0.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.harness.commands import say

ROOT = Path(__file__).parents[2]
PINS = ROOT / "constraints" / "airflow-3.3.txt"
LISTED = ROOT / "constraints" / "audit.toml"
OSV = "https://api.osv.dev/v1/query"
_REACHED_WITHIN = 10.0
_ENTRY = {"package": str, "id": str, "reason": str, "date": dt.date}


def main(*, pins: Path = PINS, listed: Path = LISTED, osv: str = OSV) -> int:
    """Audit; return the exit status.

    :param pins: requirements, each with one version.
    :param listed: findings that may stay.
    :param osv: where OSV answers.
    """
    entries = tomllib.loads(listed.read_text("utf-8")).get("finding", [])
    wrong = [*_mistakes(entries, listed.name)]
    if not is_reachable(osv):
        say(f"pip-audit: nothing was audited, since {osv} cannot be reached")
    elif importlib.util.find_spec("pip_audit") is None:
        wrong.append("pip-audit is not installed here, and nothing was audited")
    else:
        wrong += _audit(pins, entries, osv)
    for line in wrong:
        say(f"pip-audit: {line}")
    return 1 if wrong else 0


def is_reachable(osv: str) -> bool:
    """Tell whether OSV answers as it should: a proxy's page of its own is no answer either."""
    question = {"package": {"name": "requests", "ecosystem": "PyPI"}, "version": "2.32.0"}
    try:
        answer = requests.post(osv, json=question, timeout=_REACHED_WITHIN)
        return answer.ok and isinstance(answer.json(), dict)
    except requests.RequestException:
        return False


def _mistakes(entries: list[dict[str, Any]], name: str) -> Iterator[str]:
    for number, entry in enumerate(entries, 1):
        for key, kind in _ENTRY.items():
            if not isinstance(entry.get(key), kind) or not entry[key]:
                yield f"{name}: finding {number} ({entry.get('id', 'without an id')}) needs a {key}"


def _audit(pins: Path, entries: list[dict[str, Any]], osv: str) -> Iterator[str]:
    """Yield what is wrong."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(pins), "--no-deps", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", osv, "--format", "json", "--progress-spinner", "off"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        yield f"it failed: {(ended.stderr.strip().splitlines() or ['without a word'])[-1]}"
        return
    skipped = [f"{one['name']} ({one['skip_reason']})" for one in dependencies if "skip_reason" in one]
    known = {(entry.get("package"), entry.get("id")) for entry in entries}
    found = set()
    for one in dependencies:
        for vulnerability in one.get("vulns", ()):
            ids = sorted([vulnerability["id"], *vulnerability["aliases"]])
            listed = {(one["name"], each) for each in ids} & known
            found |= listed
            if not listed:
                yield _told(one, ids, vulnerability)
    for package, name in sorted(known - found, key=str):
        yield f"{package} {name} is not found any more: take it out of the list"
    if skipped or not dependencies:
        yield f"{len(skipped)} of {len(dependencies)} packages could not be audited: {', '.join(skipped)}"
    audited = len(dependencies) - len(skipped)
    say(f"pip-audit: {audited} packages of {pins.name} audited, {len(found)} of the findings are listed")


def _told(package: dict[str, Any], ids: list[str], vulnerability: dict[str, Any]) -> str:
    fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
    about = " ".join(vulnerability.get("description", "").split())[:120]
    return f"{package['name']} {package['version']}: {', '.join(ids)}, cured by {fixed}: {about}"


if __name__ == "__main__":
    sys.exit(main())
