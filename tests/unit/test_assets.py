"""Assets in Genesys Cloud: the scheme that Airflow knows, what is refused, and OpenLineage's name."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from airflow.providers.common.compat.sdk import Asset

from airflow_provider_genesys import assets

try:
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime as ProvidersManager
except ImportError:  # before Airflow 3.2
    from airflow.providers_manager import ProvidersManager

URI = "genesys://api.mypurecloud.de/events/user_presences"


def handlers():
    manager = ProvidersManager()
    return manager.asset_uri_handlers if hasattr(manager, "asset_uri_handlers") else manager.dataset_uri_handlers


def test_airflow_knows_the_scheme():
    assert handlers()["genesys"] is assets.sanitize_uri


def test_a_dag_can_be_scheduled_on_it():
    assert Asset(URI).uri == URI
    assert Asset("genesys://API.mypurecloud.de/events/user_presences/").uri == URI
    assert assets.create_asset(organization="api.mypurecloud.de", name="events/user_presences").uri == URI


@pytest.mark.parametrize(
    "uri", ["genesys://org", "genesys://org/", "genesys:///events", "genesys://me@org/events", "genesys://org/a?b=c"]
)
def test_what_names_nothing_is_refused(uri):
    with pytest.raises(ValueError, match="Genesys Cloud asset"):
        assets.sanitize_uri(urlsplit(uri))


def test_openlineage_has_the_organisation_as_namespace():
    dataset = assets.convert_asset_to_openlineage(Asset(URI), None)
    assert (dataset.namespace, dataset.name) == ("genesys://api.mypurecloud.de", "events/user_presences")
