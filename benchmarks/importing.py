"""What :mod:`benchmarks.imports` runs in fresh processes; imports next to nothing itself."""

from __future__ import annotations

import importlib
import json
import sys
import time

from benchmarks.rss import peak_rss

MODULES = (
    *("operators.api", "operators.events", "operators.exports", "operators.preflight", "operators.presence"),
    *("sensors.exports", "sensors.presence", "transfers.vonage_to_genesys_cloud"),
)


def _operators() -> dict[str, float]:
    import airflow.sdk  # noqa: F401, PLC0415 - what is measured comes on top of it

    rss, begun = peak_rss(), time.perf_counter()
    for module in MODULES:  # this is what is measured
        importlib.import_module(f"airflow_provider_genesys.{module}")
    return {"ms": (time.perf_counter() - begun) * 1e3, "MB": (peak_rss() - rss) / 2**20}


def _info() -> dict[str, list[str]]:
    before = set(sys.modules)
    from airflow_provider_genesys.get_provider_info import get_provider_info  # noqa: PLC0415 - as above

    assert get_provider_info()
    new = {name for name in sys.modules.keys() - before if not name.startswith("airflow_provider_genesys")}
    return {"modules": sorted(new)}


if __name__ == "__main__":
    print(json.dumps(_operators() if sys.argv[1] == "operators" else _info()))
