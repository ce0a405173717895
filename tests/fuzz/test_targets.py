"""The short form of ``make fuzz``: whatever bytes a reader gets, it raises nothing but the provider's own errors."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, run
from tests.harness.examples import examples

PIECES = [
    b"",
    b"\0",
    b"\xff",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"1e999",
    b"-1",
    b"null",
]
PIECES += [b"true", b'{"a":1}', b"&a", b"*a", b"!!x", b"<<: *a", b"\xef\xbb\xbf", b"\x1f\x8b", b"\xed\xa0\x80"]
PIECES += [b"9" * 30, b"[" * 2_000, rb"\ud800", rb"\\", rb"\\\"", rb"\n"]


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """What is read well, with pieces of it doubled, taken out, or replaced."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6), st.just(data[start:end] * 2)))
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_it_reads_well_what_is_well(name: str) -> None:
    for seed in TARGETS[name].seeds:
        assert TARGETS[name].read(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_raise_anything_but_the_providers_own_errors(name: str) -> None:
    @examples(50)
    @example(data=b"[" * 2_000)
    @example(data=b"x" * 200_000)
    @given(data=st.one_of(damaged(TARGETS[name].seeds), st.binary(max_size=200)))
    def check(data: bytes) -> None:
        run(name, data)

    check()
