"""The regions of Genesys Cloud and of Vonage Contact Center.

Every organisation lives in one, and each has an API and a login host of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_genesys.exceptions import GenesysConfigError


@dataclass(frozen=True, slots=True)
class Region:
    """One region of Genesys Cloud.

    :param aws_region: name of the AWS region it runs in, such as ``eu-central-1``.
    :param domain: its domain, such as ``mypurecloud.de``.
    """

    aws_region: str
    domain: str

    @property
    def api_url(self) -> str:
        """Address of the Platform API, without a trailing slash."""
        return f"https://api.{self.domain}"

    @property
    def login_url(self) -> str:
        """Address of the token endpoint's host, without a trailing slash."""
        return f"https://login.{self.domain}"


@dataclass(frozen=True, slots=True)
class VonageRegion:
    """One region of Vonage Contact Center.

    :param name: its name, such as ``emea``.
    """

    name: str

    @property
    def api_url(self) -> str:
        """Address of the API, without a trailing slash."""
        return f"https://{self.name}.api.newvoicemedia.com"

    @property
    def login_url(self) -> str:
        """Address of the token endpoint's host, without a trailing slash."""
        return f"https://{self.name}.cc.vonage.com"


REGIONS = (
    Region("us-east-1", "mypurecloud.com"),
    Region("us-east-2", "use2.us-gov-pure.cloud"),
    Region("us-west-2", "usw2.pure.cloud"),
    Region("ca-central-1", "cac1.pure.cloud"),
    Region("mx-central-1", "mxc1.pure.cloud"),
    Region("sa-east-1", "sae1.pure.cloud"),
    Region("eu-west-1", "mypurecloud.ie"),
    Region("eu-west-2", "euw2.pure.cloud"),
    Region("eu-central-1", "mypurecloud.de"),
    Region("eu-central-2", "euc2.pure.cloud"),
    Region("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    Region("me-central-1", "mec1.pure.cloud"),
    Region("ap-south-1", "aps1.pure.cloud"),
    Region("ap-southeast-1", "apse1.pure.cloud"),
    Region("ap-southeast-2", "mypurecloud.com.au"),
    Region("ap-northeast-1", "mypurecloud.jp"),
    Region("ap-northeast-2", "apne2.pure.cloud"),
    Region("ap-northeast-3", "apne3.pure.cloud"),
)

VONAGE_REGIONS = (VonageRegion("emea"), VonageRegion("nam"), VonageRegion("apac"))

_BY_NAME = {name: each for each in REGIONS for name in (each.aws_region, each.domain)}


def region(name: str) -> Region:
    """Find a region of Genesys Cloud by its domain or its AWS name, whatever the case.

    :raises GenesysConfigError: there is none of that name; the message lists all.
    """
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        choices = ", ".join(f"{each.domain} ({each.aws_region})" for each in REGIONS)
        raise GenesysConfigError(f"{name!r} is no Genesys Cloud region; choose from {choices}")
    return found


def vonage_region(name: str) -> VonageRegion:
    """Find a region of Vonage Contact Center by its name, whatever the case.

    :raises GenesysConfigError: there is none of that name; the message lists all.
    """
    for each in VONAGE_REGIONS:
        if each.name == name.strip().lower():
            return each
    choices = ", ".join(each.name for each in VONAGE_REGIONS)
    raise GenesysConfigError(f"{name!r} is no Vonage Contact Center region; choose from {choices}")
