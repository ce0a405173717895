"""The regions of Genesys Cloud and of Vonage Contact Center.

Every organisation lives in one, and each has an API and a login host of its own.
"""

from __future__ import annotations

import re
import unicodedata
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

# How else people call a region, as Genesys, AWS and the ends of domains do: by country code, or by name.
_COUNTRIES = {
    "ae": "me-central-1",
    "au": "ap-southeast-2",
    "br": "sa-east-1",
    "ca": "ca-central-1",
    "ch": "eu-central-2",
    "de": "eu-central-1",
    "gb": "eu-west-2",
    "ie": "eu-west-1",
    "in": "ap-south-1",
    "jp": "ap-northeast-1",
    "kr": "ap-northeast-2",
    "mx": "mx-central-1",
    "sg": "ap-southeast-1",
    "uk": "eu-west-2",
}
_PLACES = {
    "us-east-1": ("us east", "virginia"),
    "us-east-2": ("us gov", "fedramp", "govcloud"),
    "us-west-2": ("us west", "us west 1", "oregon", "california"),
    "ca-central-1": ("ca central", "canada", "montreal"),
    "mx-central-1": ("mx central", "mexico", "queretaro"),
    "sa-east-1": ("sa east", "brazil", "brasil", "sao paulo", "saopaulo"),
    "eu-west-1": ("ireland", "dublin"),
    "eu-west-2": ("united kingdom", "great britain", "england", "london"),
    "eu-central-1": ("eu central", "germany", "deutschland", "frankfurt"),
    "eu-central-2": ("switzerland", "zurich"),
    "eusc-de-east-1": ("eusc", "sovereign", "brandenburg"),
    "me-central-1": ("me central", "uae", "emirates", "dubai"),
    "ap-south-1": ("ap south", "india", "mumbai"),
    "ap-southeast-1": ("singapore",),
    "ap-southeast-2": ("australia", "sydney"),
    "ap-northeast-1": ("tokyo",),
    "ap-northeast-2": ("korea", "seoul"),
    "ap-northeast-3": ("osaka",),
}
# What may stand before a country's code: nothing that would make it an address of somebody else's.
_OURS = frozenset({"api", "apps", "login", "my", "mypurecloud", "pure", "purecloud", "genesys", "cloud", "co", "com"})


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
    """Return the region that a wrong name most likely means: an address in it, another spelling, or a place."""
    host = _host(name)
    domain = re.sub(r"^(?:api|login|apps)[-_. ]", "", host)
    for each in REGIONS:
        if host == each.domain or host.endswith(f".{each.domain}"):
            return each
        if _squeezed(domain) in {_squeezed(each.domain), _squeezed(each.aws_region)}:
            return each
    by_code = {_code(each): each for each in REGIONS}
    short = domain.removesuffix(".pure.cloud")
    words = re.split("[-_. ]+", short)
    codes = by_code.keys() & (words[:1] if "." in short else words)  # of somebody's address only what it begins with
    if len(codes) == 1:
        return by_code[codes.pop()]
    aws_region = _place(name, is_address=re.search(r"\.\S", host) is not None)
    meant = [aws_region] if aws_region else similar(domain, _BY_NAME, cutoff=0.93)
    return _BY_NAME[meant[0]] if meant else None


def _place(name: str, *, is_address: bool) -> str | None:
    """Return the AWS region of the place that is named in a text, or by the end of a domain of Genesys'.

    :param is_address: whether the text is a domain, of which the names of places may be anything.
    """
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    words = re.findall("[a-z0-9]+", plain)
    if words and words[-1] in _COUNTRIES and _OURS.issuperset(words[:-1]) and len({*words}) == len(words):
        return _COUNTRIES[words[-1]]
    if is_address:
        return None
    text = " ".join(words)
    named = [each.aws_region for each in REGIONS if re.search(rf"\b{each.aws_region.replace('-', ' ')}\b", text)]
    if not named:
        named = [each for each, places in _PLACES.items() if re.search(rf"\b(?:{'|'.join(places)})\b(?! \d)", text)]
    return named[0] if len(named) == 1 else None


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
