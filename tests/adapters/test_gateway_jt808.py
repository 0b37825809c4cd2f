"""JT/T 808 devices at the real door: answered when durable, exactly once in the journal, also over kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.errors import SetupError
from ops_center.domain.feed import Feed
from ops_center.ports import INPUT
from ops_center.wire import Tick
from streams.decoders.jt808.admission import keyed
from streams.decoders.jt808.encode import (
    encode_auth,
    encode_heartbeat,
    encode_location,
    encode_packages,
    encode_register,
    location_body,
)
from streams.decoders.jt808.framing import FrameSplitter
from streams.decoders.jt808.header import read_frame
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, feed, messages, records

ROOT = Path(__file__).resolve().parents[2]
START = 1_565_400_000_000
PHONE = "000000000017"


class Device:
    """A terminal: sends frames, collects answers as (answer id, body)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._splitter, self._answers = FrameSplitter(), []

    @classmethod
    async def to(cls, port: int) -> Device:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(20):
            while not self._answers:
                chunk = await self._reader.read(65_536)
                if not chunk:
                    raise ConnectionResetError
                self._answers += [read_frame(frame) for frame in self._splitter.feed(chunk)]
        frame = self._answers.pop(0)
        return frame.header.msg_id, frame.body

    async def closed(self) -> bool:
        """Return True once the other side has closed, whatever it says before."""
        try:
            while True:
                await self.answer()
        except ConnectionError:
            return True

    async def ask(self, frame: bytes) -> tuple[int, bytes]:
        self.writer.write(frame)
        return await self.answer()


def cars(**receive: object) -> dict[str, Feed]:
    return {"cars": feed("cars", decoder="jt808", receive={"tcp": receive})}


@asynccontextmanager
async def open_door(
    journal: MemoryJournal, *, secrets: dict[str, str] | None = None
) -> AsyncIterator[tuple[int, Gateway]]:
    clock = FakeClock(START)
    gateway = Gateway(journal, cars(), clock)
    pump = Pump(gateway)
    pump.start()
    doors = Doors(gateway, cars(), clock.now_ms, secrets=secrets)
    await asyncio.to_thread(doors.start)
    try:
        yield doors.port("cars"), gateway
    finally:
        await asyncio.to_thread(doors.stop)
        await asyncio.to_thread(pump.stop)


def location(serial: int, phone: str = PHONE) -> bytes:
    body = location_body(event_ms=START + serial * 1_000, lon=118.1, lat=36.2, speed_kph=60.0, heading_deg=90)
    return encode_location(phone, serial, body)


def test_registration_authentication_heartbeat_and_location_are_answered_and_journalled_as_received() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with open_door(journal) as (port, _):
            device = await Device.to(port)
            register = encode_register(PHONE, 1, plate="鲁ZI0017", plate_colour=2, province=37, county=1)
            msg_id, body = await device.ask(register)
            assert (msg_id, body[:3]) == (0x8100, bytes((0, 1, 0)))
            auth = encode_auth(PHONE, 2, body[3:].decode("gbk"))
            assert await device.ask(auth) == (0x8001, bytes((0, 2, 0x01, 0x02, 0)))
            beat = encode_heartbeat(PHONE, 3)
            assert await device.ask(beat) == (0x8001, bytes((0, 3, 0x00, 0x02, 0)))
            assert await device.ask(location(4)) == (0x8001, bytes((0, 4, 0x02, 0x00, 0)))
            assert messages(journal, "cars") == [register, auth, beat, location(4)]
            device.writer.close()

    asyncio.run(story())


def test_frames_cut_at_every_byte_arrive_whole() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with open_door(journal) as (port, _):
            device = await Device.to(port)
            frame = location(9)
            for octet in frame:
                device.writer.write(bytes((octet,)))
                await device.writer.drain()
            assert await device.answer() == (0x8001, bytes((0, 9, 0x02, 0x00, 0)))
            assert messages(journal, "cars") == [frame]
            device.writer.close()

    asyncio.run(story())


def test_packages_of_one_message_are_journalled_together() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with open_door(journal) as (port, _):
            device = await Device.to(port)
            packages = encode_packages(0x0900, PHONE, 20, b"\x41" + bytes(2_500))
            device.writer.write(b"".join(packages))
            answers = [await device.answer() for _ in packages]
            assert [body[:2] for _, body in answers] == [(20 + n).to_bytes(2, "big") for n in range(len(packages))]
            assert messages(journal, "cars") == [b"".join(packages)]
            device.writer.close()

    asyncio.run(story())


def test_a_device_with_a_wrong_code_is_told_and_closed_when_codes_are_secret() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        async with open_door(journal, secrets={"cars": "deployment key"}) as (port, gateway):
            bad = await Device.to(port)
            assert (await bad.ask(encode_auth(PHONE, 1, "guess")))[1][-1] == 1
            bad.writer.write(location(2))
            assert await bad.closed()
            good = await Device.to(port)
            code = keyed(b"deployment key").code_of(PHONE)
            assert (await good.ask(encode_auth(PHONE, 3, code)))[1][-1] == 0
            assert (await good.ask(location(4)))[1][-1] == 0
            assert location(2) not in messages(journal, "cars")
            assert gateway.health().feeds["cars"].refused == 1
            for device in (bad, good):
                device.writer.close()

    asyncio.run(story())


def test_any_bytes_at_the_door_harm_only_the_device_that_sends_them() -> None:
    async def story() -> None:
        journal = MemoryJournal(PARTITIONS)
        chance = np.random.default_rng(11)
        async with open_door(journal) as (port, gateway):
            good = await Device.to(port)
            for turn in range(60):
                bad = await Device.to(port)
                noise = bytearray(chance.bytes(int(chance.integers(1, 3_000))))
                for at in chance.integers(0, len(noise), len(noise) // 40):
                    noise[at] = 0x7E
                broken = bytearray(location(turn))
                broken[int(chance.integers(1, len(broken) - 1))] ^= int(chance.integers(1, 256))
                bad.writer.write(bytes(noise) + bytes(broken))
                assert await good.ask(location(turn)) == (0x8001, turn.to_bytes(2, "big") + bytes((2, 0, 0)))
                bad.writer.close()
            good.writer.close()
            assert gateway.accepting
        found = Counter(messages(journal, "cars"))
        assert all(found[location(turn)] >= 1 for turn in range(60))
        assert len(found) > 60  # what looked like frames is there too, for dead letters

    asyncio.run(story())


def test_a_feed_without_conversation_stops_the_start() -> None:
    feeds = {"gas": feed("gas", receive={"tcp": {"port": 0}})}
    gateway = Gateway(MemoryJournal(PARTITIONS), feeds, FakeClock(START))
    with pytest.raises(SetupError, match="no TCP conversation for json_rows"):
        Doors(gateway, feeds, lambda: START).start()


def spawn(folder: Path, *, file_limit: int = 0) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.gateway_process", str(folder), str(file_limit)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def test_every_answered_frame_is_in_the_journal_exactly_once_after_kill_9(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    answered: list[bytes] = []
    sent: set[bytes] = set()

    async def drive(port: int, process: subprocess.Popen[bytes], run: int, wanted: int) -> None:
        async def one(number: int) -> None:
            phone = f"00000000{run:02d}{number:02d}"
            device = await Device.to(port)
            try:
                for serial in range(2_000):
                    frame = location(serial, phone)
                    sent.add(frame)
                    assert (await device.ask(frame))[1][:2] == serial.to_bytes(2, "big")
                    answered.append(frame)
                    if len(answered) >= wanted and process.returncode is None:
                        os.kill(process.pid, signal.SIGKILL)
            except ConnectionError:
                pass
            finally:
                device.writer.close()

        await asyncio.gather(*(one(number) for number in range(20)))

    for run in range(4):
        with spawn(tmp_path) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            asyncio.run(drive(port, process, run, len(answered) + int(chance.integers(50, 500))))
            process.wait()
    with FileJournal(tmp_path, PARTITIONS) as journal:
        found = Counter(messages(journal, "cars"))
        stamps = [r.stamp_ms for p in range(3) for r in records(journal, INPUT, p) if isinstance(r, Tick)]
    assert len(answered) > 200
    assert all(found[frame] == 1 for frame in answered)
    assert set(found) <= sent
    assert max(found.values()) == 1
    assert stamps


def test_a_full_disk_holds_answers_back_and_loses_nothing_once_there_is_room(tmp_path: Path) -> None:
    async def drive(port: int, process: subprocess.Popen[bytes]) -> int:
        device = await Device.to(port)
        for serial in range(200):
            device.writer.write(location(serial))
            await device.writer.drain()
            try:
                answer = await asyncio.wait_for(device.answer(), 1.0)
            except TimeoutError:
                os.kill(process.pid, signal.SIGUSR1)
                held = serial
                answer = await device.answer()
            assert answer[1][:2] == serial.to_bytes(2, "big")
        device.writer.close()
        return held

    with spawn(tmp_path, file_limit=16_000) as process:
        assert process.stdout is not None
        held = asyncio.run(drive(int(process.stdout.readline()), process))
        process.kill()
    assert 0 < held < 200
    with FileJournal(tmp_path, PARTITIONS) as journal:
        assert messages(journal, "cars") == [location(serial) for serial in range(200)]
