"""Mail over a real SMTP server on loopback: delivered, refused, over TLS, with the server gone or silent."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from ops_center.adapters.notify_smtp import Smtp
from ops_center.ports import Outgoing
from tests.adapters.test_access import HandClock
from tests.services.certificate import broker_certificate

MESSAGE = Outgoing(
    intent="intent-abc", recipient="fire", address="fire@example.org", subject="【演练】泄漏\r\nBcc: x@y", text="立即前往",
    document=b"<alert/>", document_name="w.xml", media_type="application/cap+xml",
)  # fmt: skip


class Mailbox:
    """Keeps what it is given; answers RCPT and DATA as told."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.mails: list[Any] = []
        self.to: list[list[str]] = []
        self.rcpt, self.data = rcpt, data

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.to.append(list(envelope.rcpt_tos))
        return self.data


@contextmanager
def serving(handler: Mailbox, **options: Any) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def smtp(port: int, **given: Any) -> Smtp:
    values = {"host": "127.0.0.1", "port": port, "sender": "ops@example.org", "clock": HandClock(), "tls": "none"}
    return Smtp(**{**values, "timeout_s": 5.0, **given})


def test_a_mail_arrives_with_its_id_and_document_and_no_smuggled_header():
    box = Mailbox()
    with serving(box) as port:
        assert smtp(port).send(MESSAGE).state == "sent"
    (mail,) = box.mails
    assert box.to == [["fire@example.org"]]
    assert mail["Subject"] == "【演练】泄漏 Bcc: x@y"
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == "<intent-abc@example.org>"
    assert mail["Date"] == "Sat, 10 Aug 2019 16:00:00 -0000"
    assert mail.get_body().get_content().strip() == "立即前往"
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type(), attached.get_content()) == (
        "w.xml",
        "application/cap+xml",
        b"<alert/>",
    )


@pytest.mark.parametrize(
    ("box", "again", "reason"),
    [
        (Mailbox(rcpt="550 no such user"), False, "550 no such user"),
        (Mailbox(rcpt="451 try later"), True, "451 try later"),
        (Mailbox(data="554 spam"), False, "554 spam"),
        (Mailbox(data="452 full"), True, "452 full"),
    ],
    ids=["unknown mailbox", "greylisted", "rejected", "full"],
)
def test_a_refusal_tells_whether_trying_again_can_help(box: Mailbox, again: bool, reason: str):
    with serving(box) as port:
        fate = smtp(port).send(MESSAGE)
    assert (fate.state, fate.again, fate.reason) == ("failed", again, reason)


def test_a_server_that_is_not_there_is_tried_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        fate = smtp(free.getsockname()[1]).send(MESSAGE)
    assert (fate.state, fate.again) == ("failed", True)
    assert "refused" in fate.reason.lower()


def test_a_server_that_accepts_and_says_nothing_is_given_up_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fate = smtp(silent.getsockname()[1], timeout_s=0.2).send(MESSAGE)
    assert (fate.state, fate.again) == ("failed", True)
    assert "timed out" in fate.reason


def test_starttls_is_used_and_its_name_is_checked(tmp_path: Path):
    pem = broker_certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    box = Mailbox()
    with serving(box, tls_context=server, require_starttls=True) as port:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        assert smtp(port, tls="starttls", context=trusting).send(MESSAGE).state == "sent"
        stranger = smtp(port, tls="starttls").send(MESSAGE)
        assert stranger.state == "failed"
        assert "certificate" in stranger.reason
        plain = smtp(port).send(MESSAGE)
        assert (plain.state, plain.reason[:3]) == ("failed", "530")
    assert len(box.mails) == 1


def test_a_server_without_tls_gets_no_mail_where_tls_is_asked_for():
    box = Mailbox()
    with serving(box) as port:
        fate = smtp(port, tls="starttls").send(MESSAGE)
    assert fate.state == "failed"
    assert box.mails == []


def test_implicit_tls(tmp_path: Path):
    pem = broker_certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    box = Mailbox()
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with serving_tls(box, server) as port:
        assert smtp(port, tls="implicit", context=trusting).send(MESSAGE).state == "sent"


class Probed(Controller):
    """Its own probe speaks TLS with a context that trusts nobody; this one does not ask who is there."""

    def _trigger_server(self) -> None:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((self.hostname, self.port), 5) as plain, anybody.wrap_socket(plain) as probe:
            probe.recv(1_024)


@contextmanager
def serving_tls(handler: Mailbox, context: ssl.SSLContext) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Probed(handler, hostname="127.0.0.1", port=port, ssl_context=context)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.mark.filterwarnings(
    "ignore:Requiring AUTH while not requiring TLS"
)  # loopback, and the client is what is tested
def test_a_wrong_password_of_our_own_waits_to_be_mended():
    box = Mailbox()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    with serving(box, authenticator=check, auth_require_tls=False, auth_required=True) as port:
        wrong = smtp(port, user="ops", password="wrong").send(MESSAGE)
        assert (wrong.state, wrong.again, wrong.reason[:3]) == ("failed", True, "535")
        assert smtp(port, user="ops", password="right").send(MESSAGE).state == "sent"


def test_an_address_that_is_none_is_told_and_not_tried_again():
    box = Mailbox()
    with serving(box) as port:
        fate = smtp(port).send(replace(MESSAGE, address="fire\r\n@example.org"))
    assert (fate.state, fate.again) == ("failed", False)
    assert box.mails == []
