"""``python -m benchmarks [NAME ...] [--full] [--json FILE]``: measure, and say what was to be reached."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks import allowance, cpu, imports, memory, minimum, page, peers, records, triggers
from benchmarks.processes import ROOT, end_by_sigterm
from benchmarks.report import Figure, as_json, show

_Say = Callable[[str], None]


def _benchmarks(*, full: bool) -> dict[str, Callable[[Path, _Say], Iterable[Figure]]]:
    return {
        cpu.GROUP.lower(): cpu.measure,
        memory.GROUP: partial(memory.measure, full=full),
        minimum.GROUP: minimum.measure,
        allowance.GROUP: partial(allowance.measure, full=full),
        imports.GROUP: imports.measure,
        triggers.GROUP: triggers.measure,
        records.GROUP: records.measure,
        peers.GROUP: peers.measure,
        page.GROUP: page.measure,
    }


def main() -> None:
    """Run the benchmarks that were named, or all but the peers, which the page has too, one after the other."""
    names = list(_benchmarks(full=False))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--full", action="store_true", help="with 5 million events, and with eight tasks on one client")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(names):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    chosen = arguments.names or [name for name in names if name != peers.GROUP]
    figures: list[Figure] = []
    place = ROOT / ".bench"  # not the system's folder for temporary files, which may be in memory
    place.mkdir(exist_ok=True)
    with Console(stderr=True).status("") as status:
        for name, measure in _benchmarks(full=arguments.full).items():
            if name in chosen:
                with tempfile.TemporaryDirectory(dir=place) as folder:
                    figures += measure(Path(folder), status.update)
    show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")


if __name__ == "__main__":
    end_by_sigterm()
    main()
