"""The finding about what is referred to."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_genesys.preflight.findings import Finding
from airflow_provider_genesys.preflight.references import MOST, Kind, References


def about_references(
    name: str, what: str, references: References, kinds: Sequence[Kind], reasons: Sequence[str]
) -> Finding:
    """Return what looking for some references came to.

    :param name: of the check.
    :param what: what they refer to, such as ``users``.
    :param references: those of the input, and those given.
    :param kinds: the kinds that were looked for.
    :param reasons: what is wrong with some of them.
    """
    looked = sum(len(references.of[kind]) for kind in kinds)
    cut = f"; the input names more than {MOST:,}, the rest was not looked at" if references.cut & set(kinds) else ""
    if reasons:
        return Finding(
            name, "failed", f"{len(reasons):,} of {looked:,} {what} missing or inactive{cut}", tuple(reasons)
        )
    if not looked:
        return Finding(name, "skipped", "nothing refers to any")
    return Finding(name, "unproven" if cut else "ok", f"{looked:,} {what}, all there and active{cut}")
