"""The TCP door on real sockets: answers after durability, one bad device harms only itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.gateway_tcp import NOISE_OCTETS, TcpDoor
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.errors import SetupError
from ops_center.ports import GroupJournal
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, FullJournal, feed, message, messages
from tests.waiting import until_async

DEADLINE_S = 20.0


class Lines:
    """A protocol of lines; each is answered with itself."""

    def __init__(self) -> None:
        self._rest, self.dropped_octets, self.refusal = b"", 0, ""

    def receive(self, chunk: bytes) -> tuple[Sequence[bytes], bytes]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > 1_000:
            self.dropped_octets += len(self._rest)
            self._rest = b""
        return lines, b"".join(line + b"\n" for line in lines)

    def close(self) -> Sequence[bytes]:
        return [self._rest] if self._rest else []


@asynccontextmanager
async def running(
    journal: GroupJournal, *, limits: dict[str, int] | None = None, idle_s: float = 60.0
) -> AsyncIterator[TcpDoor]:
    gateway = Gateway(journal, {"lines": feed("lines", limits=limits)}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway, retry_s=0.02)
    pump.start()
    door = TcpDoor(gateway, "lines", Lines, idle_s=idle_s)
    await door.start()
    try:
        yield door
    finally:
        await door.stop()
        await asyncio.to_thread(pump.stop)


async def connect(door: TcpDoor) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", door.port)


async def gone(reader: asyncio.StreamReader) -> bool:
    """Return True once the other side has closed."""
    async with asyncio.timeout(DEADLINE_S):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            pass
    return True


def test_a_device_is_answered_after_its_message_is_in_the_journal() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with running(journal) as door:
            reader, writer = await connect(door)
            for number in range(20):
                writer.write(message("A", number) + b"\n")
                assert await reader.readline() == message("A", number) + b"\n"
                assert message("A", number) in messages(journal, "lines")
            writer.close()

    asyncio.run(story())


def test_no_answer_while_the_disk_is_full_and_all_answers_after() -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with running(journal) as door:
            reader, writer = await connect(door)
            journal.full = True
            writer.write(message("A", 1) + b"\n")
            await until_async(lambda: not door.gateway.accepting)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readline(), 0.1)
            writer.write(message("A", 2) + b"\n")
            journal.full = False
            assert await reader.readline() == message("A", 1) + b"\n"
            assert await reader.readline() == message("A", 2) + b"\n"
            assert messages(journal, "lines") == [message("A", 1), message("A", 2)]
            writer.close()

    asyncio.run(story())


def test_a_device_that_sends_noise_is_closed_and_its_neighbour_works_on() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        chance = np.random.default_rng(3)
        async with running(journal, limits={"messages_per_s": 0}) as door:
            bad_reader, bad = await connect(door)
            reader, writer = await connect(door)
            for number in range(40):
                if not bad.is_closing():
                    bad.write(chance.bytes(5_000).replace(b"\n", b"\0"))
                writer.write(message("A", number) + b"\n")
                assert await reader.readline() == message("A", number) + b"\n"
            assert await gone(bad_reader)
            assert door.counts.closed == 1
            assert door.counts.noise_octets > NOISE_OCTETS
            writer.close()
            bad.close()
        assert messages(journal, "lines")[:40] == [message("A", number) for number in range(40)]

    asyncio.run(story())


def test_a_device_over_its_rate_is_slowed_and_loses_nothing() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with running(journal, limits={"messages_per_s": 50}) as door:
            reader, writer = await connect(door)
            sent = [message("A", number) for number in range(140)]
            for start in range(0, 140, 20):
                writer.write(b"".join(m + b"\n" for m in sent[start : start + 20]))
                await writer.drain()
                for m in sent[start : start + 20]:
                    assert await reader.readline() == m + b"\n"
            assert door.counts.slowed > 0
            writer.close()
        assert messages(journal, "lines") == sent

    asyncio.run(story())


def test_a_device_that_does_not_read_its_answers_is_not_listened_to_and_then_closed() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with running(journal, idle_s=0.5) as door:
            _, writer = await connect(door)
            block = b"".join(message("A", number) + b"\n" for number in range(500))

            async def flood() -> None:
                while True:
                    writer.write(block)
                    await writer.drain()

            flooding = asyncio.create_task(flood())
            await until_async(lambda: door.counts.closed == 1)
            await asyncio.gather(flooding, return_exceptions=True)
            assert door.gateway.health().waiting < 5_000
            writer.close()

    asyncio.run(story())


def test_a_silent_device_is_closed() -> None:
    async def story() -> None:
        async with running(MemoryJournal(PARTITIONS), idle_s=0.2) as door:
            reader, writer = await connect(door)
            await until_async(lambda: door.counts.connections == 1)
            assert await gone(reader)
            assert (door.counts.closed, door.counts.connections) == (1, 0)
            writer.close()

    asyncio.run(story())


def test_one_connection_too_many_is_turned_away_and_counted() -> None:
    async def story() -> None:
        async with running(MemoryJournal(PARTITIONS), limits={"connections": 2}) as door:
            first, second = await connect(door), await connect(door)
            await until_async(lambda: door.counts.connections == 2)
            third = await connect(door)
            assert await gone(third[0])
            assert door.counts.refused == 1
            for _, writer in (first, second, third):
                writer.close()

    asyncio.run(story())


def test_what_a_device_held_back_is_journalled_when_it_goes() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with running(journal) as door:
            _, writer = await connect(door)
            writer.write(b"half a line")
            await writer.drain()
            await until_async(lambda: door.counts.connections == 1)
            assert messages(journal, "lines") == []
            writer.close()
            await until_async(lambda: door.counts.connections == 0)
            await until_async(lambda: messages(journal, "lines"))
            assert messages(journal, "lines") == [b"half a line"]

    asyncio.run(story())


def test_a_taken_port_is_said() -> None:
    async def story() -> None:
        async with running(MemoryJournal(PARTITIONS)) as door:
            other = TcpDoor(door.gateway, "lines", Lines, port=door.port)
            with pytest.raises(SetupError, match=rf"cannot listen on 127\.0\.0\.1:{door.port}"):
                await other.start()

    asyncio.run(story())


def test_a_thousand_devices_at_once_on_files(tmp_path: Path) -> None:
    async def story(journal: FileJournal) -> None:
        async with running(journal) as door:
            devices = [await connect(door) for _ in range(1_000)]
            for turn in range(3):
                for n, (_, writer) in enumerate(devices):
                    writer.write(message(f"D{n}", turn) + b"\n")
                for n, (reader, _) in enumerate(devices):
                    assert await reader.readline() == message(f"D{n}", turn) + b"\n"
            for _, writer in devices:
                writer.close()
            await until_async(lambda: door.counts.connections == 0)
        assert len(messages(journal, "lines")) == 3_000

    with FileJournal(tmp_path, PARTITIONS) as journal:
        asyncio.run(story(journal))
