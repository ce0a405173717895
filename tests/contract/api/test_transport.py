from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysTransportError
from tests.contract.raw_server import RawServer, http, reset
from tests.contract.wire_server import certificate
from tests.harness.machine import SOON


def transport(url, *, timeout=(1.0, 0.3), **more):
    return Transport(url, user_agent="test/1", timeout=timeout, **more)


def send(url, **more):
    it = transport(url, **more)
    return it.send(it.prepare("POST", "/api/v2/things", query={"name": "Ann"}, body=b"{}"))


def failure(url, **more):
    with pytest.raises(GenesysTransportError) as caught:
        send(url, **more)
    return caught.value


def serving(answer, *, then=lambda connection: None):
    """A server that reads a request, sends ``answer`` and then does something else."""

    def act(connection):
        server.read_request(connection)
        connection.sendall(answer)
        then(connection)

    server = RawServer(act)
    return server


def tls_server(tls):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)

    def act(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            server.read_request(secure)
            secure.sendall(http(b"{}"))

    server = RawServer(act)
    return server


def test_one_connection_serves_many_requests():
    def act(connection):
        ports.append(connection.getpeername()[1])
        while server.read_request(connection):
            connection.sendall(http(b'{"n": 1}', "200 OK", "Set-Cookie: id=1"))

    ports = []
    with RawServer(act) as server:
        it = transport(server.url)
        request = it.prepare("POST", "/api/v2/things", body=b"{}")
        assert [it.send(request).content for _ in range(3)] == [b'{"n": 1}'] * 3
    assert len(ports) == 1
    assert len(server.requests) == 3
    assert all(b"Cookie" not in each for each in server.requests)


def test_an_idle_connection_is_found_below_the_place_of_one_that_failed():
    """Else it would stay open when the client has done, until Python next looks for cycles."""

    def act(connection):
        while request := server.read_request(connection):
            if b"fail" in request:
                reset(connection)
                return
            both.wait(5)
            connection.sendall(http(b"{}"))

    both = threading.Barrier(2)
    with RawServer(act) as server, ThreadPoolExecutor(2) as threads:
        it = transport(server.url, timeout=(5.0, 5.0))
        good, bad = it.prepare("POST", "/api/v2/things", body=b"{}"), it.prepare("POST", "/api/v2/fail", body=b"{}")
        for sent in [threads.submit(it.send, good) for _ in range(2)]:
            sent.result(10)
        with pytest.raises(GenesysTransportError):
            it.send(bad)
        wire = it.open_wire()
        assert wire is not None
        it.release(wire)
        it.close_idle()
        assert wire.socket.fileno() == -1


def test_of_connections_that_a_firewall_has_forgotten_only_one_is_met():
    def act(connection):
        was_there_before = not forgotten.is_set()
        while server.read_request(connection):
            if was_there_before and forgotten.is_set():
                reset(connection)
                return
            if was_there_before:
                together.wait(5)
            connection.sendall(http(b"{}"))

    forgotten, together = threading.Event(), threading.Barrier(5)
    with RawServer(act) as server, ThreadPoolExecutor(5) as threads:
        it = transport(server.url, timeout=(5.0, 5.0))
        request = it.prepare("POST", "/api/v2/things", body=b"{}")
        for sent in [threads.submit(it.send, request) for _ in range(5)]:
            sent.result(10)
        forgotten.set()
        with pytest.raises(GenesysTransportError):
            it.send(request)
        assert [it.send(request).content for _ in range(3)] == [b"{}"] * 3
        it.close_idle()


def test_what_is_sent():
    with serving(http(b"{}")) as server:
        send(server.url + "/gateway/")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /gateway/api/v2/things?name=Ann HTTP/1.1"
    assert b"User-Agent: test/1" in lines
    assert body == b"{}"


def test_a_refused_connection_was_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}")
    assert error.sent is False
    assert f"cannot connect to 127.0.0.1:{port}: ConnectionRefusedError" in str(error)
    assert "is the region right" in str(error)
    assert (error.__cause__, error.__context__) == (None, None), (
        "requests' own error holds the request, headers and all"
    )


def test_an_unknown_host_was_not_sent():
    error = failure("https://no-such-host.invalid")
    assert error.sent is False
    assert "no-such-host.invalid" in str(error)


def test_a_connection_that_is_never_accepted_was_not_sent():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        queued = [socket.socket() for _ in range(3)]
        for each in queued:
            each.setblocking(False)
            each.connect_ex(address)
        begun = time.monotonic()
        error = failure(f"http://127.0.0.1:{address[1]}", timeout=(0.3, 30.0))
        assert time.monotonic() - begun < 0.3 + SOON
        for each in queued:
            each.close()
    assert error.sent is False


def test_a_tls_handshake_that_never_ends_was_not_sent():
    with RawServer(lambda connection: time.sleep(1)) as server:
        assert failure(server.url.replace("http", "https")).sent is False


def test_tls_spoken_to_a_plain_server_was_not_sent():
    with RawServer(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        assert failure(server.url.replace("http", "https")).sent is False


def test_an_untrusted_certificate_is_refused_for_good_and_trusted_by_its_bundle(tls):
    with tls_server(tls) as server:
        url = server.url.replace("http", "https")
        with pytest.raises(GenesysConfigError, match=r"is not trusted: SSLCertVerificationError: self.*`verify`"):
            send(url)
        assert server.requests == []
        assert send(url, verify=str(tls[0])).status_code == 200
        for trusted_since in (str(tls[0]), False):  # nor does it become a passing thing
            with pytest.raises(GenesysConfigError, match=r"is not trusted: .*`verify`"):
                send(url)
            assert send(url, verify=trusted_since).status_code == 200
        with pytest.raises(GenesysConfigError, match="is not trusted"):
            send(url)


def test_a_certificate_of_another_host_is_told_as_that(tls):
    with tls_server(tls) as server:
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(GenesysConfigError, match="of another host: does base_url name the one") as caught:
            send(url, verify=str(tls[0]), found_by="base_url")
    assert "`verify`" not in str(caught.value)


@pytest.mark.parametrize("age", [-30, 30])
def test_a_certificate_out_of_its_time_is_refused_for_good(tmp_path, age):
    pair = certificate(tmp_path, begins=age - 1, ends=age)
    with tls_server(pair) as server, pytest.raises(GenesysConfigError, match=r"not (yet )?valid|expired"):
        send(server.url.replace("http", "https"), verify=str(pair[0]))


def test_the_bundle_of_the_environment_is_taken(tls, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[0]))
    with tls_server(tls) as server:
        assert send(server.url.replace("http", "https")).status_code == 200


@pytest.mark.parametrize("end", [reset, lambda connection: None], ids=["reset", "closed"])
def test_a_connection_that_breaks_after_the_request_may_have_been_acted_on(end):
    with serving(b"", then=end) as server:
        assert failure(server.url).sent is None
    assert len(server.requests) == 1


def test_no_answer_in_time_may_have_been_acted_on():
    with serving(b"", then=lambda connection: time.sleep(1)) as server:
        error = failure(server.url)
    assert error.sent is None
    assert "no answer from" in str(error)
    assert "within 0.3 s" in str(error)


def test_what_is_no_http_may_have_been_acted_on():
    with serving(b"220 mail.example.com ESMTP\r\n\r\n") as server:
        assert failure(server.url).sent is None


@pytest.mark.parametrize("then", [lambda connection: None, lambda connection: time.sleep(1)], ids=["closed", "stalled"])
def test_a_good_answer_cut_off_was_acted_on(then):
    with serving(http(b'{"errors"', length=100), then=then) as server:
        error = failure(server.url)
    assert error.sent is True
    assert "HTTP 200" in str(error)


def test_a_bad_answer_cut_off_still_tells_its_status():
    with serving(http(b'{"mess', "503 Service Unavailable", "Retry-After: 3", length=100)) as server:
        answer = send(server.url)
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (503, b"", "3")


def test_a_redirect_is_not_followed():
    with (
        serving(http(b"{}")) as other,
        serving(http(b"", "307 Temporary Redirect", f"Location: {other.url}/x")) as server,
    ):
        assert send(server.url).status_code == 307
    assert other.requests == []


def test_a_proxy_is_taken_from_the_environment_once(monkeypatch):
    with serving(http(b'{"via": "proxy"}')) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        it = transport("http://api.invalid")
        monkeypatch.delenv("http_proxy")
        assert it.send(it.prepare("GET", "/x")).content == b'{"via": "proxy"}'
    assert proxy.requests[0].startswith(b"GET http://api.invalid/x HTTP/1.1")


def test_no_proxy_is_honoured_and_an_empty_setting_means_none(monkeypatch):
    with serving(http(b"{}")) as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert send(server.url).ok
        monkeypatch.delenv("no_proxy")
        assert send(server.url, proxies={}).ok


@pytest.mark.parametrize(
    ("answer", "told"),
    [(http(b"", "502 Bad Gateway"), "Tunnel connection failed: 502"), (b"", "RemoteDisconnected")],
    ids=["refuses", "hangs up"],
)
def test_a_proxy_that_opens_no_tunnel_sent_nothing_and_its_password_is_not_told(answer, told):
    with serving(answer) as proxy:
        error = failure("https://api.invalid", proxies={"https": f"http://user:pass-canary@127.0.0.1:{proxy.port}"})
    assert error.sent is False
    assert "pass-canary" not in str(error)
    assert told in str(error)


def test_a_proxy_that_hangs_up_on_a_plain_request_may_have_passed_it_on():
    with serving(b"") as proxy:
        assert failure("http://api.invalid", proxies={"http": proxy.url}).sent is None


@pytest.mark.parametrize("url", ["", "api.example.com", "ftp://api.example.com", "https://"])
def test_an_address_that_is_none_is_a_config_error(url):
    with pytest.raises(GenesysConfigError):
        transport(url)


def test_the_log_tells_path_status_and_correlation_id_but_no_query(caplog):
    caplog.set_level(logging.DEBUG, logger="airflow_provider_genesys")
    with serving(http(b"{}", "200 OK", "ININ-Correlation-Id: corr-1")) as server:
        send(server.url)
    (record,) = [each for each in caplog.records if each.name == "airflow_provider_genesys.api.transport"]
    assert "POST /api/v2/things answered 200" in record.getMessage()
    assert "corr-1" in record.getMessage()
    assert "Ann" not in record.getMessage()


def test_threads_share_the_transport():
    def act(connection):
        while request := server.read_request(connection):
            connection.sendall(http(request.partition(b"\r\n\r\n")[2]))

    with RawServer(act) as server:
        it = transport(server.url, timeout=(5.0, 5.0))
        wrong = []

        def lane(name):
            request = it.prepare("POST", "/x", body=b"")
            for n in range(20):
                body = f"{name}-{n}".encode()
                request.body, request.headers["Content-Length"] = body, str(len(body))
                if it.send(request).content != body:
                    wrong.append(body)

        threads = [threading.Thread(target=lane, args=(n,)) for n in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
    assert len(server.requests) == 240
    assert wrong == []
