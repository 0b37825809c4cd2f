"""The outbox: each message written once, whatever crashes; a warning's CAP message beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops_center.adapters.notify_letters import outgoing
from ops_center.adapters.notify_outbox import Outbox
from ops_center.domain.scales import Status
from ops_center.ports import Outgoing
from tests.adapters.test_access import HandClock

MESSAGE = Outgoing(intent="intent-1", recipient="a", address="", subject="s", text="t")


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    found = Outbox(tmp_path / "outbox.jsonl", HandClock())
    found.open()
    return found


def test_an_intent_is_written_once_even_after_a_restart(outbox: Outbox):
    for _ in range(2):
        assert outbox.send(MESSAGE).state == "sent"
    again = Outbox(outbox.path, HandClock())
    again.open()
    again.send(MESSAGE)
    again.send(replace(MESSAGE, intent="intent-2"))
    assert [sent.intent for sent in again.read()] == ["intent-1", "intent-2"]


def test_a_torn_last_line_is_cut_and_its_intent_goes_out_again(outbox: Outbox):
    outbox.send(MESSAGE)
    with outbox.path.open("ab") as file:
        file.write(b'{"intent":"intent-2"')
    outbox.open()
    outbox.send(replace(MESSAGE, intent="intent-2"))
    assert [sent.intent for sent in outbox.read()] == ["intent-1", "intent-2"]


def test_an_outbox_that_cannot_be_written_says_failed_and_why(outbox: Outbox):
    outbox.path.unlink()
    outbox.path.mkdir()
    fate = outbox.send(MESSAGE)
    assert fate.state == "failed"
    assert "directory" in fate.reason


def test_a_document_lies_beside_the_message_and_never_outside_the_folder(outbox: Outbox):
    outbox.send(replace(MESSAGE, document=b"<alert/>", document_name="../../w.1.xml"))
    assert (outbox.path.parent / "outbox" / "w.1.xml").read_bytes() == b"<alert/>"


def test_an_exercises_text_begins_with_the_mark_and_every_text_carries_its_id_and_its_link():
    assert outgoing("泄漏", intent="intent-0123456789", status=Status.EXERCISE) == "【演练】泄漏 [01234567]"
    assert outgoing("泄漏", intent="intent-0123456789", status=Status.ACTUAL) == "泄漏 [01234567]"
    assert outgoing("x", intent="intent-0", status=Status.TEST, receipt_url="https://h/r").endswith(
        "receipt: https://h/r"
    )
