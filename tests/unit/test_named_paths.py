"""What the pages for contributors name is there: files move, and pages are read for years."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Pages name files from the package, from the tests' folders, or from the repository on.
FROM = (ROOT, ROOT / "airflow_provider_genesys", ROOT / "tests")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_and_folders_that_a_page_names_are_there(page: str) -> None:
    named = set(re.findall(r"`([\w][\w./]+(?:\.py|\.md|\.json|/))`", (ROOT / page).read_text()))
    assert len(named) > 10
    gone = [name for name in named if not any((start / name).exists() for start in FROM)]
    known = {path.name for part in ROOT.iterdir() if part.name[0] != "." for path in (part, *part.rglob("*"))}
    assert [name for name in gone if name.rstrip("/") not in known] == []
