"""The file doors: complete lines and settled files, once each, also over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_files import FileDoor, FolderDoor
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_file import FileJournal
from ops_center.domain.feed import Feed
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, feed, messages
from tests.waiting import until

Story = Callable[[Gateway, Feed], Coroutine[None, None, None]]


def play(journal: FileJournal, manifest: Feed, story: Story) -> None:
    gateway = Gateway(journal, {manifest.id: manifest}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway, linger_s=0.001)
    pump.start()
    try:
        asyncio.run(story(gateway, manifest))
    finally:
        pump.stop()


@pytest.fixture
def journal(tmp_path: Path):
    with FileJournal(tmp_path / "journal", PARTITIONS) as found:
        yield found


def tail_of(path: Path, limit: int = 1000) -> Feed:
    return feed("log", receive={"file": {"path": str(path)}}, partition_by="feed", limits={"message_bytes": limit})


def folder_of(path: Path, pattern: str = "*.json") -> Feed:
    given = {"folder": {"path": str(path), "pattern": pattern}}
    return feed("box", receive=given, partition_by="feed", limits={"message_bytes": 1000})


def test_complete_lines_are_messages_and_a_restart_goes_on_where_it_stopped(tmp_path: Path, journal) -> None:
    path = tmp_path / "sensor.log"
    path.write_bytes(b"one\r\ntwo\n\nthr")

    async def first(gateway: Gateway, manifest: Feed) -> None:
        door = FileDoor(gateway, manifest)
        while await door.look():
            pass
        door._close()

    async def second(gateway: Gateway, manifest: Feed) -> None:
        await first(gateway, manifest)

    play(journal, tail_of(path), first)
    assert messages(journal, "log") == [b"one", b"two"]
    path.write_bytes(b"one\r\ntwo\n\nthree\nfour\n")
    play(journal, tail_of(path), second)
    assert messages(journal, "log") == [b"one", b"two", b"three", b"four"]


def test_a_replaced_file_is_read_from_its_start_after_the_old_one_to_its_end(tmp_path: Path, journal) -> None:
    path = tmp_path / "sensor.log"
    path.write_bytes(b"a1\n")

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FileDoor(gateway, manifest)
        await door.look()
        with path.open("ab") as file:
            file.write(b"a2\n")
        path.rename(tmp_path / "sensor.log.1")
        path.write_bytes(b"b1\nb2\n")
        while await door.look():
            pass
        path.write_bytes(b"c\n")  # cut and written anew
        while await door.look():
            pass
        door._close()

    play(journal, tail_of(path), story)
    assert messages(journal, "log") == [b"a1", b"a2", b"b1", b"b2", b"c"]


def test_a_missing_file_is_a_counted_failure_until_it_comes(tmp_path: Path, journal) -> None:
    path = tmp_path / "late.log"

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FileDoor(gateway, manifest)
        assert not await door.look()
        assert not await door.look()
        assert gateway.health().feeds["log"].failed == 1
        path.write_bytes(b"here\n")
        assert await door.look()
        door._close()

    play(journal, tail_of(path), story)
    assert messages(journal, "log") == [b"here"]


def test_a_line_without_end_is_passed_on_in_pieces_and_counted(tmp_path: Path, journal) -> None:
    path = tmp_path / "sensor.log"
    path.write_bytes(b"x" * 5_000)

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FileDoor(gateway, manifest)
        while await door.look():
            pass
        assert gateway.health().feeds["log"].oversize > 0
        door._close()

    play(journal, tail_of(path), story)
    assert {len(m) for m in messages(journal, "log")} == {1_000}


def test_settled_files_are_messages_in_order_of_name_and_once_over_restarts(tmp_path: Path, journal) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for name, body in (("b.json", b"b"), ("a.json", b"a"), (".c.json", b"c"), ("d.json.part", b"d"), ("e.txt", b"e")):
        (box / name).write_bytes(body)

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FolderDoor(gateway, manifest)
        for _ in range(3):
            await door.look()

    play(journal, folder_of(box), story)
    assert messages(journal, "box") == [b"a", b"b"]
    (box / "f.json").write_bytes(b"f")
    play(journal, folder_of(box), story)
    assert messages(journal, "box") == [b"a", b"b", b"f"]


def test_relative_paths_stand_below_the_doors_folder(tmp_path: Path, journal) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sensor.log").write_bytes(b"one\n")
    feeds = {one.id: one for one in (folder_of(Path("in/box")), tail_of(Path("in/sensor.log")))}
    gateway = Gateway(journal, feeds, FakeClock(1_800_000_000_000))
    pump, doors = Pump(gateway, linger_s=0.001), Doors(gateway, feeds, lambda: 0, folder=tmp_path)
    pump.start()
    doors.start()
    try:
        until((tmp_path / "in" / "box").is_dir, "the folder is made")
        (tmp_path / "in" / "box" / "a.json").write_bytes(b"a")
        until(lambda: bool(messages(journal, "box")) and bool(messages(journal, "log")), "both are read")
    finally:
        doors.stop()
        pump.stop()
    assert (messages(journal, "box"), messages(journal, "log")) == ([b"a"], [b"one"])


def test_a_file_beyond_the_limit_is_left_out_counted_and_told_once(tmp_path: Path, journal, caplog) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (box / "big.json").write_bytes(b"x" * 1_001)

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FolderDoor(gateway, manifest)
        for _ in range(4):
            await door.look()
        assert gateway.health().feeds["box"].oversize == 1

    play(journal, folder_of(box), story)
    assert messages(journal, "box") == []
    assert caplog.text.count("more than 1000 bytes, left out") == 1


def test_a_file_still_being_written_waits(tmp_path: Path, journal) -> None:
    box = tmp_path / "box"
    box.mkdir()

    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FolderDoor(gateway, manifest)
        for size in range(1, 5):
            (box / "a.json").write_bytes(b"x" * size)
            await door.look()
        assert messages(journal, "box") == []
        await door.look()

    play(journal, folder_of(box), story)
    assert messages(journal, "box") == [b"xxxx"]


def test_a_missing_folder_is_a_counted_failure(tmp_path: Path, journal) -> None:
    async def story(gateway: Gateway, manifest: Feed) -> None:
        door = FolderDoor(gateway, manifest)
        assert not await door.look()
        assert gateway.health().feeds["box"].failed == 1

    play(journal, folder_of(tmp_path / "none"), story)
