"""The post: sent once its intent is journalled, retried for a while, next way, its fate told back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from ops_center.adapters.notify_log import DeliveryLog
from ops_center.adapters.notify_post import WAITS_MS, Post
from ops_center.adapters.notify_router import OUTBOX, Recipient, Router, Way
from ops_center.domain.command import Command
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState
from ops_center.domain.scales import Status
from ops_center.domain.text import Message, Text
from ops_center.ports import Fate, Outgoing, Receipt
from streams.decoders.cap12 import Cap12
from tests.adapters.test_access import HandClock
from tests.streams.test_cap_encode import draft, published

SENT, DOWN, GONE = (
    Fate(state="sent"),
    Fate(state="failed", reason="refused"),
    Fate(state="failed", reason="550", again=False),
)


class Scripted:
    """A channel that answers as the test says, then always as it last said."""

    def __init__(self, *fates: Fate) -> None:
        self.fates, self.sent = list(fates), []

    def send(self, message: Outgoing) -> Fate:
        self.sent.append(message)
        return self.fates.pop(0) if len(self.fates) > 1 else self.fates[0]


class Desk:
    """Keeps the commands it is given; refuses as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.commands: list[Command] = []
        self.refusals = refusals

    def __call__(self, command: Command) -> Receipt:
        if self.refusals:
            self.refusals -= 1
            return Receipt(False, command.id, "disk full")
        self.commands.append(command)
        return Receipt(True, command.id)

    @property
    def fates(self) -> list[tuple[str, str]]:
        return [(one.args["recipient"], one.args["status"]) for one in self.commands]


def run(
    *deliveries: tuple[str, str], status: Status = Status.ACTUAL, state: RunState = RunState.RUNNING
) -> PlaybookRun:
    title = Text("通知", "Tell")
    message = Message(template=Text("{n} 号罐车泄漏", "tanker {n} leaks"), params={"n": 7})
    task = Task(
        id="task-1", run="run-1", incident="i", step="tell", kind="notify", title=title, owner="duty_officer",
        state=TaskState.READY, status=status, deliveries=deliveries, message=message,
    )  # fmt: skip
    return PlaybookRun(
        id="run-1", playbook="b", version="1", incident="i", title=title, started_ms=0, started_by="li",
        tasks=(task,), state=state,
    )  # fmt: skip


def post_of(folder: Path, desk: Desk, clock: HandClock, *, ways: Iterable[Way] = (), **channels: Scripted) -> Post:
    deliveries = DeliveryLog(folder / "deliveries.jsonl")
    deliveries.open()
    book = {"fire": Recipient(name="fire", title=Text("消防", "Fire"), ways=tuple(ways))} if ways else {}
    return Post(
        router=Router(channels=channels, book=book), log=deliveries, submit=desk, clock=clock, jurisdiction="370000"
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def through(post: Post, clock: HandClock, ms: int = 600_000) -> None:
    """Step every second for a while."""
    for _ in range(ms // 1_000):
        post.step()
        clock.ms += 1_000


def test_what_is_intended_is_sent_once_and_its_fate_told_back(tmp_path: Path, clock: HandClock):
    outbox, desk = Scripted(SENT), Desk()
    post = post_of(tmp_path, desk, clock, outbox=outbox)
    story = run(("a", "intended"), ("b", "delivered"), status=Status.EXERCISE)
    assert [post.offer([story], ()), post.offer([story], ())] == [1, 0]
    assert [post.step(), post.step()] == [1, 0]
    assert post.offer([story], ()) == 0
    (command,) = desk.commands
    assert (command.kind, command.target, command.actor.name) == ("notify.delivery", "task-1", "notifier")
    assert desk.fates == [("a", "sent")]
    (message,) = outbox.sent
    assert message.text.startswith("【演练】7 号罐车泄漏 [")
    assert message.subject.startswith("【演练】通知 [")


def test_a_run_that_nobody_started_tells_nobody(tmp_path: Path, clock: HandClock):
    post = post_of(tmp_path, Desk(), clock, outbox=Scripted(SENT))
    assert post.offer([run(("a", "intended"), state=RunState.SUGGESTED)], ()) == 0


def test_a_failing_channel_is_tried_a_bounded_number_of_times_further_and_further_apart(
    tmp_path: Path, clock: HandClock
):
    mail, desk = Scripted(DOWN), Desk()
    post = post_of(tmp_path, desk, clock, ways=[Way(channel="smtp", address="a@b")], smtp=mail)
    post.offer([run(("fire", "intended"))], ())
    began = clock.ms
    through(post, clock)
    assert len(mail.sent) == 1 + len(WAITS_MS)
    assert desk.fates == [("fire", "failed")]
    assert desk.commands[0].args["reason"] == "refused"
    tries = next(iter(post.log.tries.values()))
    assert [one.at_ms - began for one in tries] == [0, 5_000, 35_000, 155_000]
    assert len({message.intent for message in mail.sent}) == 1


def test_a_channel_that_recovers_is_enough(tmp_path: Path, clock: HandClock):
    mail, desk = Scripted(DOWN, DOWN, SENT), Desk()
    post = post_of(tmp_path, desk, clock, ways=[Way(channel="smtp", address="a@b")], smtp=mail)
    post.offer([run(("fire", "intended"))], ())
    through(post, clock)
    assert (len(mail.sent), desk.fates) == (3, [("fire", "sent")])


def test_what_cannot_help_is_not_tried_again_and_the_next_way_is(tmp_path: Path, clock: HandClock):
    mail, hook, desk = Scripted(GONE), Scripted(Fate(state="delivered")), Desk()
    ways = [Way(channel="smtp", address="a@b"), Way(channel="webhook", address="https://h")]
    post = post_of(tmp_path, desk, clock, ways=ways, smtp=mail, webhook=hook)
    post.offer([run(("fire", "intended"))], ())
    through(post, clock, 10_000)
    assert (len(mail.sent), len(hook.sent)) == (1, 1)
    assert hook.sent[0].address == "https://h"
    assert desk.fates == [("fire", "delivered")]
    assert desk.commands[0].args["channel"] == "webhook"


def test_whom_nobody_knows_how_to_reach_fails_at_once_so_that_the_officer_telephones(tmp_path: Path, clock: HandClock):
    desk = Desk()
    post = post_of(tmp_path, desk, clock, outbox=Scripted(SENT), smtp=Scripted(SENT))
    post.offer([run(("stranger", "intended"))], ())
    post.step()
    assert desk.fates == [("stranger", "failed")]
    assert "no address is known for stranger" in desk.commands[0].args["reason"]


def test_an_exercise_reaches_the_outbox_alone_whatever_the_book_says(tmp_path: Path, clock: HandClock):
    outbox, mail, desk = Scripted(SENT), Scripted(SENT), Desk()
    ways = [Way(channel="smtp", address="a@b")]
    post = post_of(tmp_path, desk, clock, ways=ways, outbox=outbox, smtp=mail)
    for status in (Status.EXERCISE, Status.TEST, Status.SYSTEM):
        assert post.router.ways("fire", status) == (Way(channel=OUTBOX),)
    post.offer([run(("fire", "intended"), status=Status.EXERCISE)], ())
    post.step()
    assert (len(outbox.sent), len(mail.sent)) == (1, 0)


def test_tries_stay_bounded_over_restarts(tmp_path: Path, clock: HandClock):
    mail, desk = Scripted(DOWN), Desk()
    ways = [Way(channel="smtp", address="a@b")]
    for _ in range(6):  # a crash after each try
        post = post_of(tmp_path, desk, clock, ways=ways, smtp=mail)
        post.offer([run(("fire", "intended"))], ())
        post.step()
        clock.ms += WAITS_MS[-1]
    assert len(mail.sent) == 1 + len(WAITS_MS)
    assert set(desk.fates) == {("fire", "failed")}  # told at each start: the desk takes it once, by its id
    assert len({command.id for command in desk.commands}) == 1


def test_a_message_that_left_before_a_crash_is_not_sent_again(tmp_path: Path, clock: HandClock):
    mail = Scripted(SENT)
    ways = [Way(channel="smtp", address="a@b")]
    dead = Desk(refusals=1)
    post = post_of(tmp_path, dead, clock, ways=ways, smtp=mail)
    post.offer([run(("fire", "intended"))], ())
    post.step()
    assert dead.commands == []
    desk = Desk()
    again = post_of(tmp_path, desk, clock, ways=ways, smtp=mail)
    again.offer([run(("fire", "intended"))], ())
    again.step()
    assert (len(mail.sent), desk.fates) == (1, [("fire", "sent")])


def test_a_fate_that_could_not_be_journalled_is_told_again(tmp_path: Path, clock: HandClock):
    outbox, desk = Scripted(SENT), Desk(refusals=2)
    post = post_of(tmp_path, desk, clock, outbox=outbox)
    post.offer([run(("a", "intended"))], ())
    through(post, clock, 60_000)
    assert (len(outbox.sent), desk.fates) == (1, [("a", "sent")])


def test_a_warning_takes_its_cap_message_along_and_is_kept_as_a_file_even_if_nobody_is_told(
    tmp_path: Path, clock: HandClock
):
    outbox, desk, files = Scripted(SENT), Desk(), {}
    post = post_of(tmp_path, desk, clock, outbox=outbox)
    post.keep = files.__setitem__
    warning = published(draft())
    post.offer((), [warning])
    assert files == {}  # the loop that offers writes no file
    post.step()
    assert list(files) == [f"{warning.last.identifier}.xml"]
    told = replace(warning, revisions=(replace(warning.last, deliveries=(("tv", "intended"),)),))
    post.offer((), [told])
    post.step()
    (message,) = outbox.sent
    assert message.document == files[message.document_name]
    assert Cap12().describe(message.document)["ok"]
    assert message.media_type == "application/cap+xml"
    assert desk.commands[0].target == warning.id
    assert desk.commands[0].args["revision"] == 1


def test_a_file_that_could_not_be_kept_is_kept_later(tmp_path: Path, clock: HandClock):
    files, full = {}, [OSError("disk full")]

    def keep(name: str, content: bytes) -> None:
        if full:
            raise full.pop()
        files[name] = content

    post = post_of(tmp_path, Desk(), clock, outbox=Scripted(SENT))
    post.keep = keep
    for _ in range(2):
        post.offer((), [published(draft())])
        post.step()
    assert len(files) == 1


def test_a_torn_line_of_the_log_is_cut(tmp_path: Path, clock: HandClock):
    post = post_of(tmp_path, Desk(), clock, outbox=Scripted(SENT))
    post.offer([run(("a", "intended"))], ())
    post.step()
    with post.log.path.open("ab") as file:
        file.write(b'{"intent":"x"')
    again = DeliveryLog(post.log.path)
    again.open()
    assert [len(tries) for tries in again.tries.values()] == [1]
    assert again.tried(next(iter(again.tries)))[0]["channel"] == "outbox"


def test_it_runs_in_a_thread_of_its_own_and_stops(tmp_path: Path, clock: HandClock):
    gone, desk = Event(), Desk()

    class Slow(Scripted):
        def send(self, message: Outgoing) -> Fate:
            gone.set()
            return super().send(message)

    post = post_of(tmp_path, desk, clock, outbox=Slow(SENT))
    thread = Thread(target=post.run)
    thread.start()
    post.offer([run(("a", "intended"))], ())
    assert gone.wait(10)
    post.stop()
    thread.join(10)
    assert not thread.is_alive()
