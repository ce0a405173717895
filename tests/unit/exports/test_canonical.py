"""Canonical JSON: equal content has equal bytes, and other content other bytes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.files.canonical import canonical, digest, pointer, split, utf_8

TEXT = st.text(st.characters(exclude_categories=()))  # with halves of surrogate pairs, as JSON can hold them
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)
NAMES = st.sampled_from(["selfUri", "dateModified", "a/b", "~", "name"])
NAMED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    if isinstance(value, dict):
        return {key: shuffled(value[key], chance) for key in chance.sample([*value], len(value))}
    return value


def joined(value: Any, apart: dict[str, Any]) -> Any:
    """Put the fields that were parted back."""
    for place, item in apart.items():
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]
        target = value
        for part in way:
            target = target[int(part)] if isinstance(target, list) else target[part]
        target[last] = item
    return value


@given(JSON, st.randoms(use_true_random=False))
def test_the_order_of_keys_makes_no_difference(value: Any, chance: random.Random) -> None:
    assert canonical(shuffled(value, chance)) == canonical(value)


@given(JSON)
def test_what_is_written_is_read_again(value: Any) -> None:
    data = canonical(value)
    assert canonical(json.loads(data)) == data
    assert json.loads(data) == value


@given(JSON, JSON)
def test_other_content_has_other_bytes(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


def test_unicode_stays_as_it_is() -> None:
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    assert canonical({"ü": composed}) == '{"ü":"Café"}'.encode()
    assert canonical(composed) != canonical(decomposed)
    assert canonical("\N{CROWN}") == b'"\xf0\x9f\x91\x91"'


@given(st.text(st.characters(categories=["Cs", "L", "P"])))
def test_what_people_read_is_utf_8_and_the_same(text: str) -> None:
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # two halves are one character
    assert json.loads(utf_8(json.dumps({"a": text}, ensure_ascii=False)).decode()) == {"a": joined}


def test_golden_digest() -> None:
    entity = {"name": "Köln", "id": "1", "allowedDomains": ["b", "a"], "disabled": False}
    assert digest(canonical(entity)) == "1d05a47db96273396b3a2286669d40972eb45bb1800ec03a5de15276f6737e8b"


@given(NAMED)
def test_nothing_is_lost_where_volatile_fields_are_parted(value: Any) -> None:
    before = canonical(value)
    kept, apart = split(value, {"selfUri", "dateModified"})
    assert canonical(value) == before
    assert not any(
        name in canonical(kept).decode("utf-8", "surrogatepass") for name in ('"selfUri":', '"dateModified":')
    )
    assert canonical(joined(kept, apart)) == before


@pytest.mark.parametrize(("parts", "expected"), [((), ""), (("a", 0), "/a/0"), (("a/b", "~"), "/a~1b/~0")])
def test_pointers(parts: Any, expected: str) -> None:
    assert pointer(parts) == expected
