"""A webhook on a real HTTP server: signed, bounded, and told apart by what the answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ops_center.adapters.notify_webhook import Webhook
from ops_center.ports import Outgoing
from tests.adapters.test_access import HandClock

KEY = b"0123456789abcdef"


@contextmanager
def serving(code: int, headers: dict[str, str] | None = None) -> Iterator[tuple[str, list[Any]]]:
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), body))
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def message(address: str) -> Outgoing:
    return Outgoing(
        intent="intent-1", recipient="carrier", address=address, subject="s", text="泄漏", receipt_url="https://h/r",
        document=b"<alert/>", document_name="w.xml", media_type="application/cap+xml",
    )  # fmt: skip


def hook(timeout_s: float = 5.0) -> Webhook:
    return Webhook(key=KEY, clock=HandClock(), timeout_s=timeout_s)


def test_the_body_is_signed_so_that_the_receiver_can_tell_it_is_ours_and_new():
    with serving(202) as (url, asked):
        assert hook().send(message(f"{url}/in?x=1")).state == "delivered"
    ((path, headers, body),) = asked
    assert path == "/in?x=1"
    expected = hmac.new(KEY, b"1565452800000." + body, hashlib.sha256).hexdigest()
    assert headers["X-Ops-Signature"] == f"sha256={expected}"
    assert headers["X-Ops-Timestamp"] == "1565452800000"
    assert headers["X-Ops-Intent"] == "intent-1"
    said = json.loads(body)
    assert (said["text"], said["receipt_url"], said["document"]["name"]) == ("泄漏", "https://h/r", "w.xml")


@pytest.mark.parametrize(
    ("code", "again"), [(500, True), (503, True), (429, True), (408, True), (400, False), (404, False), (302, False)]
)
def test_an_answer_tells_whether_trying_again_can_help(code: int, again: bool):
    with serving(code, {"Location": "http://127.0.0.1:9/"}) as (url, asked):
        fate = hook().send(message(url))
    assert (fate.state, fate.again, fate.reason) == ("failed", again, f"HTTP {code}")
    assert len(asked) == 1  # no redirect was followed


def test_no_answer_within_the_timeout_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fate = hook(0.2).send(message(f"http://127.0.0.1:{silent.getsockname()[1]}"))
    assert (fate.state, fate.again, fate.reason) == ("failed", True, "no answer within 0.2 s")


def test_a_refused_connection_is_tried_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        fate = hook().send(message(f"http://127.0.0.1:{free.getsockname()[1]}"))
    assert (fate.state, fate.again) == ("failed", True)
    assert "ConnectError" in fate.reason
