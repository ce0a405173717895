"""Ids of users, in Vonage and in Genesys Cloud."""

from __future__ import annotations


def vonage(number: int) -> str:
    return f"{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def genesys(number: int) -> str:
    return f"{number:08}-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
