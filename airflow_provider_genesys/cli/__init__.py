"""The command line: the jobs without a Dag, as ``python -m airflow_provider_genesys`` and as ``airflow genesys``."""
