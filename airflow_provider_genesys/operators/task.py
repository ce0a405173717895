"""What all operators and sensors that speak to Genesys Cloud have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook


class GenesysCloudTask:
    """The part of an operator or sensor that has the connection; it comes before Airflow's class among the bases.

    Files are never taken for templates by their ending: definitions and events may hold braces of their own.
    """

    genesys_cloud_conn_id: str
    template_ext: Sequence[str] = ()
    ui_color = "#ff4f1f"
    ui_fgcolor = "#ffffff"

    @cached_property
    def hook(self) -> GenesysCloudHook:
        """The hook of Genesys Cloud."""
        return GenesysCloudHook(self.genesys_cloud_conn_id)
