"""``python -m airflow_provider_genesys.api.operations``: print the table of operations."""

from __future__ import annotations

import argparse
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
    if parser.parse_args(arguments).markdown:
        sys.stdout.write(markdown(SUBJECTS))
    else:
        sys.stdout.write(text(SUBJECTS, width=shutil.get_terminal_size().columns))


if __name__ == "__main__":
    main()
