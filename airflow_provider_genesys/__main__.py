"""``python -m airflow_provider_genesys``: the jobs without a Dag."""

import sys

from airflow_provider_genesys.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
