"""What a strict type checker says of good and of bad uses of all that is public."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.harness.provider import provider_classes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD, BAD = HERE / "good.py", HERE / "bad.py"
ERROR = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[int, list[str]]]:
    """Return the codes of mypy's errors by file and line, for who has none of our settings."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            *("--cache-dir", str(tmp_path_factory.mktemp("mypy")), str(GOOD), str(BAD)),
        ],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        cwd=ROOT,
        env=os.environ | {"MYPYPATH": str(ROOT)},
    )
    found: dict[Path, dict[int, list[str]]] = {GOOD: defaultdict(list), BAD: defaultdict(list)}
    for line in ran.stdout.splitlines():
        if " note: " not in line:
            error = ERROR.fullmatch(line)
            assert error, line
            found[ROOT / error["file"]][int(error["line"])].append(error["code"])
    assert ran.returncode == 1, ran.stderr
    return found


def test_good_uses_pass(said: dict[Path, dict[int, list[str]]]) -> None:
    assert said[GOOD] == {}


def test_bad_uses_are_refused_each_for_its_own_fault(said: dict[Path, dict[int, list[str]]]) -> None:
    expected = {
        number: codes.split()
        for number, line in enumerate(BAD.read_text().splitlines(), start=1)
        if (codes := line.partition("  # ")[2])
    }
    assert len(expected) > 100
    assert {number: sorted(codes) for number, codes in said[BAD].items()} == expected


@pytest.mark.parametrize("file", [GOOD, BAD], ids=["good", "bad"])
def test_each_public_class_is_used(file: Path) -> None:
    public = {each.__name__ for each in provider_classes()}
    assert {title for title in public if not re.search(rf"\b{title}\b", file.read_text())} == set()
