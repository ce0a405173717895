# ruff: noqa: INP001 - a script beside the pages, which are no package
"""Fill in what the pages show of other files: `make pages`.

A page is read on the repository's site as much as in what Sphinx makes of it, and only Sphinx follows a directive. So
what is shown stands in the page itself, between two comments that say where it comes from:

    <!-- code: example_dags/call_records.py publish -->
    <!-- end -->

is filled with the lines between `# [START publish]` and `# [END publish]` of that file, or with all of it where no name
is given; `<!-- operations -->` with the table of operations. What stands there is overwritten, and a test fails if it
is not what this makes.

ruff formats the code in pages too, after it was moved to the left: where it would join lines then, a trailing comma in
the example keeps them apart.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

from airflow_provider_genesys.api.operations import SUBJECTS
from airflow_provider_genesys.api.operations.table import markdown

DOCS = Path(__file__).parent
ROOT = DOCS.parent
LANGUAGES = {".py": "python", ".yaml": "yaml"}
BEGIN = re.compile(r"^<!-- (?:(?P<table>operations)|code: (?P<file>\S+)(?: (?P<region>\w+))?) -->$")
END = "<!-- end -->"
_MARKER = r"^ *# \[(?:START|END) \w+\]\n"
# With the blank line before it, where there is one after it too.
MARKER = re.compile(rf"^\n{_MARKER}(?=\n)|{_MARKER}", re.MULTILINE)


def filled(text: str) -> str:
    """Return a page with everything filled in that it shows of other files.

    :raises ValueError: a place does not end, or there is no such file or region.
    """
    result: list[str] = []
    open_place = ""
    for line in text.splitlines(keepends=True):
        if open_place and line.rstrip("\n") != END:
            if BEGIN.match(line.rstrip("\n")):
                raise ValueError(f"{open_place} does not end before {line.strip()}")
            continue
        open_place = ""
        result.append(line)
        if place := BEGIN.match(line.rstrip("\n")):
            open_place = line.strip()
            result.append(markdown(SUBJECTS) if place["table"] else _code(place["file"], place["region"]))
    if open_place:
        raise ValueError(f"{open_place} does not end: {END} is missing")
    return "".join(result)


def _code(file: str, region: str | None) -> str:
    path = ROOT / file
    if not path.is_file():
        raise ValueError(f"there is no {file}")
    text = path.read_text("utf-8")
    if region is not None:
        found = re.search(rf"^ *# \[START {region}\]\n(.*?)^ *# \[END {region}\]$", text, re.MULTILINE | re.DOTALL)
        if found is None:
            raise ValueError(f"{file} has no region {region}")
        text = found[1]
    # Regions may lie in one another.
    code = textwrap.dedent(MARKER.sub("", text)).strip("\n")
    return f"```{LANGUAGES[path.suffix]}\n{code}\n```\n"


def main() -> int:
    """Fill in all pages, and say which have changed.

    :return: the exit code.
    """
    for page in sorted(DOCS.glob("*.md")):
        before = page.read_text("utf-8")
        try:
            after = filled(before)
        except ValueError as error:
            print(f"{page.relative_to(ROOT)}: {error}", file=sys.stderr)  # noqa: T201 - a command prints
            return 1
        if after != before:
            page.write_text(after, "utf-8")
            print(f"{page.relative_to(ROOT)} is filled in anew")  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
