"""``python -m airflow_provider_genesys.api.operations``: print the table of operations."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

from airflow_provider_genesys.api.operations import SUBJECTS
from airflow_provider_genesys.api.operations.table import markdown, text


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table.

    :param arguments: those of the command line by default.
    """
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_genesys.api.operations", description="Print the table of operations."
    )
    parser.add_argument("--markdown", action="store_true", help="as Markdown")
    try:
        try:
            as_markdown = parser.parse_args(arguments).markdown
            width = shutil.get_terminal_size().columns
            sys.stdout.write(markdown(SUBJECTS) if as_markdown else text(SUBJECTS, width=width))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # who reads need not read to the end, of the help neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it when it ends


if __name__ == "__main__":
    main()
