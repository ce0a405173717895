"""Mapping files that extend those that come with the provider."""

from __future__ import annotations

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.mapping_file import SHIPPED, mapping_of_text, read_mapping


@pytest.mark.parametrize("name", ["asterisk_cdr", "nice_cxone"])
def test_local_times_need_a_zone_before_the_first_record_is_read(name: str) -> None:
    local = r"line \d+: times as .* are local: give their zone"
    with pytest.raises(GenesysConfigError, match=rf"{name}\.yaml, {local}") as told:
        read_mapping(SHIPPED / f"{name}.yaml")
    assert f"in a mapping file of your own, which begins with extends: {name}" in str(told.value)
    with pytest.raises(GenesysConfigError, match=r"own\.yaml, line 1: times as .* are local") as told:
        mapping_of_text(f"extends: {name}", "own.yaml")
    assert "of your own" not in str(told.value)


def test_mistakes_in_a_file_that_extends_another_have_its_own_lines() -> None:
    text = """\
extends: nice_cxone
times: {zone: Europe/Berlin}
values:
  start: {time: [Start_Date, Start_Time], fold: fist}
interaction:
  tags: {column: Campaign}
legs:
  - {kind: queue, started: queued, parti: Skill_Name}
"""
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text, "own.yaml")
    told = [line.strip() for line in str(raised.value).splitlines()]
    assert told[1].startswith("own.yaml, line 4: the fold 'fist' is unknown")
    assert told[2].startswith("own.yaml, line 6: in interaction the name 'tags' is unknown")
    assert told[3].startswith("own.yaml, line 8: in a leg the name 'parti' is unknown")
    assert len(told) == 4


def test_only_what_comes_with_the_provider_is_extended() -> None:
    with pytest.raises(GenesysConfigError, match=r"line 1: the mapping 'nice_cxon' is unknown.*'nice_cxone'\?"):
        mapping_of_text("extends: nice_cxon", "own.yaml")
    with pytest.raises(GenesysConfigError, match=r"line 1: the mapping '' is unknown; known are amazon_connect"):
        mapping_of_text("extends: [nice_cxone]", "own.yaml")
    with pytest.raises(GenesysConfigError, match="did you mean 'extends'"):
        mapping_of_text("extend: nice_cxone", "own.yaml")
