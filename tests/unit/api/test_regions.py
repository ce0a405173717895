from __future__ import annotations

import pytest

from airflow_provider_genesys.api.regions import REGIONS, region, vonage_region
from airflow_provider_genesys.exceptions import GenesysConfigError
from tests.facts import facts


def test_there_are_18_regions_and_none_twice():
    assert len(REGIONS) == 18
    assert len({each.domain for each in REGIONS}) == len({each.aws_region for each in REGIONS}) == 18


@pytest.mark.parametrize("name", ["mypurecloud.de", "eu-central-1", " MyPureCloud.DE "])
def test_a_region_is_found_by_domain_and_by_aws_name(name):
    found = region(name)
    assert found.api_url == "https://api.mypurecloud.de"
    assert found.login_url == "https://login.mypurecloud.de"


@pytest.mark.parametrize("name", ["", "mypurecloud", "api.mypurecloud.de", "eu-north-9"])
def test_an_unknown_region_is_refused_with_all_choices(name):
    with pytest.raises(GenesysConfigError) as caught:
        region(name)
    assert repr(name) in str(caught.value)
    assert all(each.domain in str(caught.value) and each.aws_region in str(caught.value) for each in REGIONS)


def test_the_regions_are_those_of_the_reference():
    known = {(each["aws_region"], each["domain"], each["api"], each["login"]) for each in facts("regions")}
    assert {(each.aws_region, each.domain, each.api_url, each.login_url) for each in REGIONS} == known


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("ap_southeast_2", "mypurecloud.com.au"),
        ("AP SouthEast 2", "mypurecloud.com.au"),
        ("apse2", "mypurecloud.com.au"),
        ("mypurecloud.au", "mypurecloud.com.au"),
        ("api.mypurecloud.au", "mypurecloud.com.au"),
        ("api.mypurecloud.de", "mypurecloud.de"),
        ("euc1.pure.cloud", "mypurecloud.de"),
        ("https://login.mypurecloud.ie/", "mypurecloud.ie"),
        ("https://apps.mypurecloud.com.au:443/directory/#/", "mypurecloud.com.au"),
        ("apps.usw2.pure.cloud", "usw2.pure.cloud"),
        ("https://api.use2.us-gov-pure.cloud/api/v2", "use2.us-gov-pure.cloud"),
        ("euw2", "euw2.pure.cloud"),
        ("mypurecloud.come", "mypurecloud.com"),
        ("eu-central1", "mypurecloud.de"),
        ("eu_west_2", "euw2.pure.cloud"),
        ("aws-eu-central-1", "mypurecloud.de"),
        ("mypurecloud.uk", "euw2.pure.cloud"),
        ("mypurecloud.co.uk", "euw2.pure.cloud"),
        ("api.mypurecloud.co.jp", "mypurecloud.jp"),
        ("mypurecloud.com.de", "mypurecloud.de"),
        ("purecloud.de", "mypurecloud.de"),
        ("mypurecloud.ca", "cac1.pure.cloud"),
        ("api-mypurecloud.de", "mypurecloud.de"),
        ("login-mypurecloud.com", "mypurecloud.com"),
        ("mypurecloud_de", "mypurecloud.de"),
        ("https://apps.usw2.pure.cloud/directory/#/", "usw2.pure.cloud"),
        ("euw2_pure_cloud", "euw2.pure.cloud"),
        ("frankfurt", "mypurecloud.de"),
        ("EMEA (London)", "euw2.pure.cloud"),
        ("Americas (São Paulo)", "sae1.pure.cloud"),
        ("Americas (US East)", "mypurecloud.com"),
        ("Americas (US East 2)", "use2.us-gov-pure.cloud"),
        ("Asia Pacific (Osaka)", "apne3.pure.cloud"),
        ("us-west", "usw2.pure.cloud"),
        ("us-west-1", "usw2.pure.cloud"),
        ("us_west_1", "usw2.pure.cloud"),
        ("eu-central", "mypurecloud.de"),
        ("EU (Central)", "mypurecloud.de"),
        ("uk", "euw2.pure.cloud"),
        ("prod-euw1", "mypurecloud.ie"),
        ("prod_use1", "mypurecloud.com"),
        ("EUC1 prod", "mypurecloud.de"),
        ("genesys-euw2", "euw2.pure.cloud"),
        ("prod-usw2.pure.cloud", "usw2.pure.cloud"),
        ("ca-central", "cac1.pure.cloud"),
        ("me_central", "mec1.pure.cloud"),
        ("MX Central", "mxc1.pure.cloud"),
        ("sa-east", "sae1.pure.cloud"),
        ("ap-south", "aps1.pure.cloud"),
        ("eusc", "edee1.eusc-pure.cloud"),
    ],
)
def test_a_wrong_region_gets_the_likely_one(name, domain):
    with pytest.raises(GenesysConfigError, match=f"did you mean '{domain}' "):
        region(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "purecloud",
            "eu",
            "us",
            "eu-west",
            "us-east-3",
            "eu-west-3",
            *("ca-central-2", "sa-east-2", "ap-southeast", "euw1 or euw2", "www.euw1.example.com"),
            "mypurecloud.fr",
            "mypurecloud.dk",
        ),
        *("example.com", "example.de", "evilmypurecloud.de.example", "frankfurt.example.com"),
        *("mypurecloud.com, mypurecloud.de", "frankfurt or london"),
    ],
)
def test_what_may_be_any_region_gets_no_guess(name):
    with pytest.raises(GenesysConfigError, match="choose from"):
        region(name)


def test_an_address_that_may_hold_a_password_is_not_repeated():
    with pytest.raises(GenesysConfigError, match=r"did you mean 'mypurecloud\.de'") as caught:
        region("https://me:canary@api.mypurecloud.de")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("name", ["https://emea.api.newvoicemedia.com/", "emea.cc.vonage.com", "EMEA-1"])
def test_an_address_of_vonage_gets_its_region(name):
    with pytest.raises(GenesysConfigError, match="did you mean 'emea'"):
        vonage_region(name)
