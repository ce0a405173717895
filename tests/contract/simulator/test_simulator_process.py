"""The command and the fixture's process: how they start, stop, and never stay behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from importlib.metadata import entry_points

import pytest

from airflow_provider_genesys.simulator.process import running_simulator

COMMAND = [sys.executable, "-m", "airflow_provider_genesys.simulator"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_is_and_stops_cleanly(stop):
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url = process.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{url}/_simulator/health", timeout=30) as answer:
                assert json.load(answer) == {"status": "ok"}
            process.send_signal(stop)
            process.wait(30)
            output, complaints = process.stdout.read(), process.stderr.read()
        finally:
            process.kill()
    assert (process.returncode, complaints) == (0, "")
    export = next(line for line in output.splitlines() if "export" in line)
    name, _, value = export.strip().removeprefix("export ").partition("=")
    assert name == "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"
    connection = json.loads(value.strip("'"))
    assert connection["extra"] == {"base_url": url, "login_url": url}
    assert (connection["conn_type"], connection["login"], connection["password"]) == (
        "genesys_cloud",
        "simulator",
        "simulator",
    )


def test_a_simulator_serves_when_nobody_reads_what_it_says():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [*COMMAND, "--port", str(port)], stdout=writing, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writing)
        try:
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_simulator/health", timeout=30) as answer:
                        assert json.load(answer) == {"status": "ok"}
                    break
                except urllib.error.URLError:
                    assert process.poll() is None, process.stderr.read()
                    time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            complaints = process.stderr.read()
        finally:
            process.kill()
    assert (process.returncode, complaints) == (0, "")


def test_a_port_that_is_taken_is_one_clear_message():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("--port", port)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert f"port {port} of 127.0.0.1 is taken" in result.stderr


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "No such file"), ("{", "Invalid JSON"), ('[{"status": 503, "reset": "after"}]', "one way")],
)
def test_a_wrong_faults_file_is_one_clear_message(tmp_path, content, complaint):
    path = tmp_path / "faults.json"
    if content is not None:
        path.write_text(content)
    result = run("--port", "0", "--faults", str(path))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert complaint in result.stderr


def test_a_reset_returns_to_how_the_command_began(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text('[{"path": "*/me", "status": 503}]')
    with running_simulator("--faults", str(path), "--requests-per-minute", "7", "--token-seconds", "9") as simulator:
        simulator.settings(requests_per_minute=1, latency_ms=3)
        simulator.clear_faults()
        simulator.reset()
        settings = simulator.settings()
        assert (settings["requests_per_minute"], settings["token_seconds"], settings["latency_ms"]) == (7, 9, 0)
        with urllib.request.urlopen(f"{simulator.base_url}/_simulator/faults", timeout=30) as answer:
            assert [active["rule"] for active in json.load(answer)] == [{"path": "*/me", "status": 503}]


def test_a_simulator_for_tests_begins_empty_unless_it_is_told_otherwise():
    with running_simulator() as simulator:
        assert simulator.webchat()["deployments"] == []
        assert simulator.settings()["users"] == 30
    with running_simulator("--example-data") as simulator:
        assert len(simulator.webchat()["deployments"]) == 2
        assert len(simulator.settings()["users"]) == 20


def test_another_client_can_be_known():
    with running_simulator(client_id="someone", client_secret="it's 5 o'clock") as simulator:
        connection = json.loads(simulator.connection_json)
        assert (connection["login"], connection["password"]) == ("someone", "it's 5 o'clock")
        form = urllib.parse.urlencode(
            {"grant_type": "client_credentials", "client_id": "someone", "client_secret": connection["password"]}
        )
        with urllib.request.urlopen(f"{simulator.login_url}/oauth/token", form.encode(), timeout=30) as answer:
            assert answer.status == 200


def test_a_simulator_that_does_not_start_says_why():
    with (
        pytest.raises(RuntimeError, match="greater than or equal to 1"),
        running_simulator("--requests-per-minute", "0"),
    ):
        pass


def test_the_process_ends_with_a_parent_that_was_killed():
    script = (
        "import time\n"
        "from airflow_provider_genesys.simulator.process import running_simulator\n"
        "with running_simulator() as simulator:\n"
        "    print(simulator.base_url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        url = parent.stdout.readline().strip()
        urllib.request.urlopen(f"{url}/_simulator/health", timeout=30).close()
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_simulator/health", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            return
        time.sleep(0.05)
    pytest.fail("the simulator outlived its parent")


def test_the_plugin_imports_nothing_heavy():
    script = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import airflow_provider_genesys.simulator.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert output.split() == [
        "airflow_provider_genesys",
        "airflow_provider_genesys.simulator",
        "airflow_provider_genesys.simulator.pytest_plugin",
    ]


HOOK = """
import sys
class Hook:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hook())
"""
NONE = """
import sys
sys.modules.update(dict.fromkeys({names}))
"""
USES_THE_FIXTURE = "def test_it(genesys_cloud_simulator): pass"


@pytest.fixture(params=[HOOK, NONE], ids=["hook", "none"])
def without_extra(request, tmp_path):
    """Return the environment of an interpreter in which what the extra installs cannot be imported."""

    def environment(*names):
        (tmp_path / "sitecustomize.py").write_text(request.param.format(names=names))
        paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}

    return environment


@pytest.mark.parametrize(
    ("names", "said"), [(("fastapi", "uvicorn"), "fastapi and uvicorn"), (("uvicorn",), "uvicorn")]
)
def test_without_the_extra_the_command_says_what_to_install(without_extra, names, said):
    result = subprocess.run(COMMAND, env=without_extra(*names), capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"The simulator cannot start: it needs {said}: pip install 'airflow-provider-genesys[simulator]'\n"
    )


def test_help_needs_no_extra(without_extra):
    result = subprocess.run(
        [*COMMAND, "--help"], env=without_extra("fastapi", "uvicorn"), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_without_the_extra_the_fixture_says_what_to_install(without_extra, tmp_path):
    (tmp_path / "test_it.py").write_text(USES_THE_FIXTURE)
    plugin = () if _is_installed() else ("-p", "airflow_provider_genesys.simulator.pytest_plugin")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, "test_it.py"],
        env=without_extra("fastapi", "uvicorn"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "it needs fastapi and uvicorn: pip install 'airflow-provider-genesys[simulator]'" in result.stdout
    assert "Traceback" not in result.stdout


def _is_installed():
    return any(point.name == "genesys_cloud_simulator" for point in entry_points(group="pytest11"))
