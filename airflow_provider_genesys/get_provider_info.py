"""What Airflow reads about this provider. Pure data: it imports nothing, since every Airflow process calls it."""

from __future__ import annotations

# What the connections of both systems have in common.
_COMMON_BEHAVIOUR = {
    # The port is shown for one reason: the Test button of Airflow 3.3 refuses a connection without one.
    "hidden-fields": ["host", "schema"],
    "relabeling": {
        "login": "Client ID",
        "password": "Client secret",
        "port": "Port (unused; set 443 for Airflow 3.3's Test)",
    },
}
_COMMON_PLACEHOLDERS = {
    "port": "443",
    "base_url": "https://api.example.com",
    "login_url": "https://login.example.com",
    "connect_timeout": "5",
    "read_timeout": "30",
    "verify": "true",
    "proxies": '{"https": "http://proxy.example.com:3128"}',
    "requests_per_minute": "300",
    "max_wait": "120",
}
_COMMON_FIELDS = {
    "base_url": {
        "label": "Base URL",
        "description": "Address of the API in place of the region's: a private gateway or a simulator.",
        "schema": {"type": ["string", "null"]},
    },
    "login_url": {
        "label": "Login URL",
        "description": "Address of the token endpoint's host. Else that of the region, or Base URL.",
        "schema": {"type": ["string", "null"]},
    },
    "connect_timeout": {
        "label": "Connect timeout",
        "description": "Seconds to wait for a connection; 5 if empty.",
        "schema": {"type": ["number", "null"]},
    },
    "read_timeout": {
        "label": "Read timeout",
        "description": "Seconds to wait for each piece of an answer; 30 if empty.",
        "schema": {"type": ["number", "null"]},
    },
    "verify": {
        "label": "Verify certificates",
        "description": "true, false, or the path of a CA bundle on the worker; true if empty.",
        "schema": {"type": ["string", "null"]},
    },
    "proxies": {
        "label": "Proxies",
        "description": "JSON object of proxy addresses by scheme; those of the environment if empty.",
        "schema": {"type": ["object", "null"]},
    },
    "requests_per_minute": {
        "label": "Requests per minute",
        "description": "The pace where the server does not tell its rate limit; 300 if empty.",
        "schema": {"type": ["number", "null"]},
    },
    "max_wait": {
        "label": "Longest wait",
        "description": "Seconds that a worker waits at most at a time for a retry; 120 if empty.",
        "schema": {"type": ["number", "null"]},
    },
}

_ASSET_URIS = [
    {
        "schemes": ["genesys"],
        "handler": "airflow_provider_genesys.assets.sanitize_uri",
        "factory": "airflow_provider_genesys.assets.create_asset",
        "to_openlineage_converter": "airflow_provider_genesys.assets.convert_asset_to_openlineage",
    }
]


def get_provider_info() -> dict[str, object]:
    """Return the provider's metadata in the form of Airflow's ``provider_info.schema.json``.

    The connection forms are declared here and nowhere else: Airflow from 3.2 on reads it from here, the hook makes the
    older form from it, and the hook knows by it which extra fields there are.
    """
    return {
        "package-name": "airflow-provider-genesys",
        "name": "Genesys Cloud",
        "description": (
            "Publish batch events to Genesys Cloud, sync presence definitions, and export webchat settings and more."
        ),
        "integrations": [
            {
                "integration-name": "Genesys Cloud",
                "external-doc-url": "https://developer.genesys.cloud/",
                "tags": ["service"],
            },
            {
                "integration-name": "Vonage Contact Center",
                "external-doc-url": "https://docs-vcc.atlassian.net/wiki/",
                "tags": ["service"],
            },
        ],
        "operators": [
            {
                "integration-name": "Genesys Cloud",
                "python-modules": [
                    "airflow_provider_genesys.operators.api",
                    "airflow_provider_genesys.operators.events",
                    "airflow_provider_genesys.operators.exports",
                    "airflow_provider_genesys.operators.preflight",
                    "airflow_provider_genesys.operators.presence",
                    "airflow_provider_genesys.operators.records",
                ],
            },
            {
                "integration-name": "Vonage Contact Center",
                "python-modules": ["airflow_provider_genesys.operators.vonage"],
            },
        ],
        "sensors": [
            {
                "integration-name": "Genesys Cloud",
                "python-modules": [
                    "airflow_provider_genesys.sensors.exports",
                    "airflow_provider_genesys.sensors.presence",
                ],
            }
        ],
        "triggers": [
            {
                "integration-name": "Genesys Cloud",
                "python-modules": ["airflow_provider_genesys.triggers.genesys_cloud"],
            }
        ],
        "hooks": [
            {
                "integration-name": "Genesys Cloud",
                "python-modules": [
                    "airflow_provider_genesys.hooks.base",
                    "airflow_provider_genesys.hooks.genesys_cloud",
                    "airflow_provider_genesys.hooks.mixin",
                ],
            },
            {
                "integration-name": "Vonage Contact Center",
                "python-modules": ["airflow_provider_genesys.hooks.vonage_contact_center"],
            },
        ],
        "transfers": [
            {
                "source-integration-name": "Vonage Contact Center",
                "target-integration-name": "Genesys Cloud",
                "python-module": "airflow_provider_genesys.transfers.vonage_to_genesys_cloud",
            },
            {
                "source-integration-name": "Genesys Cloud",  # records of any platform, which Airflow has no name for
                "target-integration-name": "Genesys Cloud",
                "python-module": "airflow_provider_genesys.transfers.records_to_genesys_cloud",
            },
        ],
        "asset-uris": _ASSET_URIS,
        "dataset-uris": _ASSET_URIS,  # their name before Airflow 3
        "notifications": ["airflow_provider_genesys.notifications.digest.GenesysCloudDigestNotifier"],
        # Airflow 2 drops all links of an operator of which one is not named here.
        "extra-links": [
            "airflow_provider_genesys.links.GenesysCloudLink",
            "airflow_provider_genesys.links.GenesysCloudAccountLink",
        ],
        # Airflow from 3.2 on has these as "airflow genesys ...".
        "cli": ["airflow_provider_genesys.cli.for_airflow.commands"],
        "connection-types": [
            {
                "connection-type": "genesys_cloud",
                "hook-name": "Genesys Cloud",
                "hook-class-name": "airflow_provider_genesys.hooks.genesys_cloud.GenesysCloudHook",
                "ui-field-behaviour": {
                    **_COMMON_BEHAVIOUR,
                    "placeholders": {
                        "login": "id of an OAuth client with the grant type Client Credentials",
                        "region": "mypurecloud.de",
                        **_COMMON_PLACEHOLDERS,
                    },
                },
                "conn-fields": {
                    "region": {
                        "label": "Region",
                        "description": "The organisation's region by its domain. Required unless Base URL is set.",
                        "schema": {
                            "type": ["string", "null"],
                            "enum": [
                                "mypurecloud.com",
                                "use2.us-gov-pure.cloud",
                                "usw2.pure.cloud",
                                "cac1.pure.cloud",
                                "mxc1.pure.cloud",
                                "sae1.pure.cloud",
                                "mypurecloud.ie",
                                "euw2.pure.cloud",
                                "mypurecloud.de",
                                "euc2.pure.cloud",
                                "edee1.eusc-pure.cloud",
                                "mec1.pure.cloud",
                                "aps1.pure.cloud",
                                "apse1.pure.cloud",
                                "mypurecloud.com.au",
                                "mypurecloud.jp",
                                "apne2.pure.cloud",
                                "apne3.pure.cloud",
                            ],
                        },
                    },
                    **_COMMON_FIELDS,
                    "expected_organization_id": {
                        "label": "Expected organisation ID",
                        "description": "Refuse to write to any other organisation.",
                        "schema": {"type": ["string", "null"]},
                    },
                },
            },
            {
                "connection-type": "vonage_contact_center",
                "hook-name": "Vonage Contact Center",
                "hook-class-name": "airflow_provider_genesys.hooks.vonage_contact_center.VonageContactCenterHook",
                "ui-field-behaviour": {
                    **_COMMON_BEHAVIOUR,
                    "placeholders": {
                        "login": "id of API credentials of a user",
                        "region": "emea",
                        **_COMMON_PLACEHOLDERS,
                        "scope": "users:read",
                    },
                },
                "conn-fields": {
                    "region": {
                        "label": "Region",
                        "description": "The account's region. Required unless Base URL is set.",
                        "schema": {"type": ["string", "null"], "enum": ["emea", "nam", "apac"]},
                    },
                    **_COMMON_FIELDS,
                    "scope": {
                        "label": "Scope",
                        "description": "Scopes to ask for, separated by spaces; users:read if empty.",
                        "schema": {"type": ["string", "null"]},
                    },
                },
            },
        ],
        "config": {
            "genesys": {
                "description": "Settings of the Genesys Cloud provider.",
                "options": {
                    "artifacts_path": {
                        "description": (
                            "Folder, local or on an object store, in which operators keep ledgers, dead letters and "
                            "plans. It has to outlive a worker. If empty, a folder under AIRFLOW_HOME is used."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "s3://aws_default@my-bucket/airflow/genesys",
                        "default": None,
                    },
                    "task_tab": {
                        "description": (
                            "Whether Airflow's UI has a tab with the account at each task instance, beside the page "
                            "in the navigation. The tab is at the tasks of all Dags, those of other providers too."
                        ),
                        "version_added": "0.1.0",
                        "type": "boolean",
                        "example": None,
                        "default": "False",
                    },
                },
            },
        },
    }
