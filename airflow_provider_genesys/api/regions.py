"""The regions of Genesys Cloud and of Vonage Contact Center.

Every organisation lives in one, and each has an API and a login host of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar


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

    @property
    def apps_url(self) -> str:
        """Address of the pages that people use, without a trailing slash."""
        return f"https://apps.{self.domain}"


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
        likely = _likely(name)
        hint = f"did you mean {likely.domain!r} ({likely.aws_region})? There are" if likely else "choose from"
        raise GenesysConfigError(f"{_shown(name)} is no Genesys Cloud region; {hint} {choices}")
    return found


def _likely(name: str) -> Region | None:
    """Return the region that a wrong name most likely means: an address in it, or another spelling."""
    host = _host(name)
    for each in REGIONS:
        if host == each.domain or host.endswith(f".{each.domain}") or _squeezed(host) == _squeezed(each.aws_region):
            return each
    domain = host.removeprefix("api.").removeprefix("login.").removeprefix("apps.")
    by_code = {_code(each): each for each in REGIONS}
    code = domain.removesuffix(".pure.cloud").partition(".")[0]
    if code in by_code:
        return by_code[code]
    if domain.startswith("mypurecloud.") and domain.endswith(".au"):
        return _BY_NAME["mypurecloud.com.au"]
    meant = similar(domain, _BY_NAME, cutoff=0.93)
    return _BY_NAME[meant[0]] if meant else None


def _code(each: Region) -> str:
    """Return the short name that Genesys makes of an AWS region: ``euc1`` for ``eu-central-1``."""
    *place, direction, number = each.aws_region.split("-")
    short = direction.replace("north", "n").replace("south", "s").replace("east", "e").replace("west", "w")
    return f"{''.join(place)}{short.replace('central', 'c')}{number}"


def _host(name: str) -> str:
    """Return what stands for a region in a name or an address, in small letters."""
    address = name.strip().lower()
    place = re.split(r"[/?#]", address.partition("://")[2] or address, maxsplit=1)[0]
    return place.rpartition("@")[2].partition(":")[0].rstrip(".")


def _squeezed(name: str) -> str:
    return re.sub(r"[-_ .]", "", name)


def _shown(name: str) -> str:
    """Return a name for a message, unless it may hold a password."""
    return "an address with a user in it" if "@" in name else repr(name)


def vonage_region(name: str) -> VonageRegion:
    """Find a region of Vonage Contact Center by its name, whatever the case.

    :raises GenesysConfigError: there is none of that name; the message lists all.
    """
    for each in VONAGE_REGIONS:
        if each.name == name.strip().lower():
            return each
    choices = ", ".join(each.name for each in VONAGE_REGIONS)
    likely = next((each.name for each in VONAGE_REGIONS if each.name in re.split(r"\W", _host(name))), None)
    hint = f"did you mean {likely!r}? There are" if likely else "choose from"
    raise GenesysConfigError(f"{_shown(name)} is no Vonage Contact Center region; {hint} {choices}")
