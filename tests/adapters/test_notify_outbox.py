"""The outbox and the post: each message once, marked in an exercise, its fate told back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_center.adapters.notify_outbox import Outbox, outgoing
from ops_center.adapters.notify_post import MOST_TRIES, Post
from ops_center.domain.command import Command
from ops_center.domain.run import PlaybookRun, Task, TaskState
from ops_center.domain.scales import Status
from ops_center.domain.text import Message, Text
from ops_center.ports import Receipt


class HandClock:
    """A clock that stands."""

    def now_ms(self) -> int:
        return 1_565_452_800_000

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


class Failing:
    """A notifier that reaches nobody."""

    def __init__(self) -> None:
        self.tries = 0

    def send(self, *, intent: str, recipient: str, text: str) -> str:
        self.tries += 1
        return "failed"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    found = Outbox(tmp_path / "outbox.jsonl", HandClock())
    found.open()
    return found


def run(*deliveries: tuple[str, str], status: Status = Status.ACTUAL) -> PlaybookRun:
    title = Text("", "")
    message = Message(template=Text("{n} 号罐车泄漏", "tanker {n} leaks"), params={"n": 7})
    task = Task(
        id="task-1", run="run-1", incident="i", step="tell", kind="notify", title=title, owner="duty_officer",
        state=TaskState.READY, status=status, deliveries=deliveries, message=message,
    )  # fmt: skip
    return PlaybookRun(
        id="run-1", playbook="b", version="1", incident="i", title=title, started_ms=0, started_by="li", tasks=(task,)
    )


def test_an_intent_is_written_once_even_after_a_restart(outbox: Outbox):
    for _ in range(2):
        assert outbox.send(intent="intent-1", recipient="a", text="t") == "sent"
    again = Outbox(outbox.path, HandClock())
    again.open()
    again.send(intent="intent-1", recipient="a", text="t")
    again.send(intent="intent-2", recipient="a", text="t")
    assert [sent.intent for sent in again.read()] == ["intent-1", "intent-2"]


def test_a_torn_last_line_is_cut_and_its_intent_goes_out_again(outbox: Outbox):
    outbox.send(intent="intent-1", recipient="a", text="t")
    with outbox.path.open("ab") as file:
        file.write(b'{"intent":"intent-2"')
    outbox.open()
    outbox.send(intent="intent-2", recipient="a", text="t")
    assert [sent.intent for sent in outbox.read()] == ["intent-1", "intent-2"]


def test_an_outbox_that_cannot_be_written_says_failed(outbox: Outbox):
    outbox.path.unlink()
    outbox.path.mkdir()
    assert outbox.send(intent="intent-1", recipient="a", text="t") == "failed"


def test_an_exercises_text_begins_with_the_mark_and_every_text_carries_its_id():
    assert outgoing("泄漏", intent="intent-0123456789", status=Status.EXERCISE) == "【演练】泄漏 [01234567]"
    assert outgoing("泄漏", intent="intent-0123456789", status=Status.ACTUAL) == "泄漏 [01234567]"


def test_the_post_sends_what_is_intended_and_tells_the_fate_back(outbox: Outbox):
    told: list[Command] = []
    post = Post(outbox, lambda command: told.append(command) or Receipt(True, command.id))
    story = run(("a", "intended"), ("b", "delivered"), status=Status.EXERCISE)
    assert [post.deliver([story]), post.deliver([story])] == [1, 0]
    assert [(c.kind, c.target, c.args) for c in told] == [
        ("notify.delivery", "task-1", {"recipient": "a", "status": "sent"})
    ]
    (sent,) = outbox.read()
    assert sent.text.startswith("【演练】7 号罐车泄漏 [")


def test_a_failing_notifier_is_tried_a_bounded_number_of_times_and_then_told_as_failed():
    told: list[Command] = []
    failing = Failing()
    post = Post(failing, lambda command: told.append(command) or Receipt(True, command.id))
    for _ in range(MOST_TRIES + 5):
        post.deliver([run(("a", "intended"))])
    assert failing.tries == MOST_TRIES
    assert [c.args["status"] for c in told] == ["failed"]


def test_a_fate_that_could_not_be_journalled_is_told_again(outbox: Outbox):
    answers = [Receipt(False, "", "disk full"), Receipt(True, "")]
    post = Post(outbox, lambda command: answers.pop(0))
    assert [post.deliver([run(("a", "intended"))]) for _ in range(3)] == [0, 1, 0]
    assert len(list(outbox.read())) == 1
