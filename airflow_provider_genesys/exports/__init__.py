"""Job 3: export what is configured as snapshots that can be trusted and compared. Nothing here imports Airflow."""
