"""An Apache Airflow provider for Genesys Cloud."""

__version__ = "0.1.0"
