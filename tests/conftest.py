"""What every test relies on: an Airflow home of its own, set before Airflow is first imported.

Airflow reads its settings when it is imported, so nothing here may be moved into a fixture.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import settings
from packaging.version import Version

from tests.matrix.known import KNOWN, NOT_RUN

EXAMPLE_DAGS = Path(__file__).parents[1] / "example_dags"
OURS = r"(airflow_provider_genesys|unusual_prefix_)"
"""How the names of our modules begin; Airflow gives those of Dags such a prefix."""


def _isolate_network() -> None:
    """Forget this machine's proxies and certificates: tests speak to loopback only, and set what they try."""
    for name in [*os.environ]:
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"} or name.endswith("_CA_BUNDLE"):
            del os.environ[name]


def _isolate_airflow() -> None:
    for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "_AIRFLOW_"))]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="airflow-home-"))
    owner = os.getpid()  # tests fork processes, and these must not remove it when they end
    atexit.register(lambda: shutil.rmtree(home, ignore_errors=True) if os.getpid() == owner else None)
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API_AUTH__JWT_SECRET": "0" * 64,  # without one no dag.test() of Airflow 3.2 gets an answer
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLE_DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }
    # As Airflow does with its Dags folder, so that Dags find the modules beside them.
    sys.path.append(str(EXAMPLE_DAGS))


_isolate_network()
_isolate_airflow()
pytest_plugins = ["tests.harness.fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    """Make what is deprecated an error: in our own code and in Dags all of it, elsewhere Airflow's moved names.

    What other packages do among themselves is theirs. The lines about Airflow's own warnings in pyproject.toml would
    have pytest import Airflow before this file has set its home.
    """
    for category in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
        config.addinivalue_line("filterwarnings", f"error::{category}:{OURS}")
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return  # xdist's own process, which runs no test and need not import Airflow for the line below
    gc.disable()  # until all is collected: of what is imported and of the tests nothing ever becomes garbage
    airflow = Version(version("apache-airflow"))
    if airflow >= Version("3.1"):
        # On 3.1 a provider that Airflow brings along imports such names itself.
        where = f":{OURS}" if airflow < Version("3.2") else ""
        config.addinivalue_line(
            "filterwarnings", f"error::airflow.utils.deprecation_tools.DeprecatedImportWarning{where}"
        )


def pytest_collection_finish() -> None:
    """Leave what lives to the end out of the collector's rounds: Airflow's modules and thousands of tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect to fail what cannot pass on this Airflow, for the reasons in :mod:`tests.matrix.known`."""
    airflow = Version(version("apache-airflow"))
    line = f"{airflow.major}.{airflow.minor}"
    known, not_run = KNOWN.get(line, {}), NOT_RUN.get(line, ())
    for item in items:
        for name, reason in known.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, run=name not in not_run))


@pytest.fixture(autouse=True)
def _a_new_process() -> None:
    """Forget tokens, paces and hosts: another test's would cost this one a request, or save it one."""
    from airflow_provider_genesys.api.process import forget_tokens_and_limits  # noqa: PLC0415 - see above

    forget_tokens_and_limits()


# On a busy machine an example may take longer than hypothesis' 200 ms, which would tell nothing of the code.
settings.register_profile("few", deadline=None, max_examples=5)  # for `make test-fast`
settings.register_profile("quick", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("quick")  # else --hypothesis-profile says which, as `make test` does
