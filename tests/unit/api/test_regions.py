from __future__ import annotations

import pytest

from airflow_provider_genesys.api.regions import REGIONS, region
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


@pytest.mark.parametrize("name", ["", "mypurecloud", "api.mypurecloud.de", "eu-central-9"])
def test_an_unknown_region_is_refused_with_all_choices(name):
    with pytest.raises(GenesysConfigError) as caught:
        region(name)
    assert repr(name) in str(caught.value)
    assert all(each.domain in str(caught.value) and each.aws_region in str(caught.value) for each in REGIONS)


def test_the_regions_are_those_of_the_reference():
    known = {(each["aws_region"], each["domain"], each["api"], each["login"]) for each in facts("regions")}
    assert {(each.aws_region, each.domain, each.api_url, each.login_url) for each in REGIONS} == known
