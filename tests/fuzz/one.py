"""Fuzz one reader: ``python -m tests.fuzz.one <reader> <seconds> <folder>``. A process of its own: it ends with it."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["airflow_provider_genesys"]):
    from tests.fuzz.targets import TARGETS, run

SECONDS_OF_AN_INPUT = 10
MEGABYTES = 2_048


def main(name: str, seconds: str, folder: Path) -> None:
    """Fuzz it; what fails is left in the folder.

    :param seconds: for how long.
    """
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={seconds}", f"-timeout={SECONDS_OF_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}"]
    command = [name, str(corpus), f"-artifact_prefix={folder}/", "-max_len=4096", *limits]
    atheris.Setup(command, lambda data: run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
