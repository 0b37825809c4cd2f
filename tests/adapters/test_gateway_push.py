"""The HTTP push door: who may push, how much, and 2xx only once it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.gateway_push import push_routes
from ops_center.domain.errors import SetupError
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, FullJournal, feed, message, messages

FEEDS = {
    "gas": feed(
        "gas",
        receive={"http_push": {"path": "park/gas", "token": "secret:park"}},
        limits={"message_bytes": 100, "messages_per_s": 5},
    ),
    "open": feed("open", receive={"http_push": {"path": "open"}}),
    "tcp": feed("tcp", receive={"tcp": {"port": 1}}),
}
KEY = {"Authorization": "Bearer s3cret"}


@asynccontextmanager
async def pushing(
    journal: FullJournal, *, client: str = "127.0.0.1", pump: bool = True
) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    gateway = Gateway(journal, FEEDS, FakeClock(1_800_000_000_000))
    flusher = Pump(gateway, retry_s=0.02)
    if pump:
        flusher.start()
    app = Starlette(routes=list(push_routes(gateway, FEEDS, {"park": "s3cret"})))
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
            yield http, gateway
    finally:
        if pump:
            await asyncio.to_thread(flusher.stop)


def test_a_pushed_body_is_durable_when_its_200_comes() -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with pushing(journal) as (http, _):
            answer = await http.post("/ingest/park/gas", content=message("A"), headers=KEY)
            assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
            assert messages(journal, "gas") == [message("A")]

    asyncio.run(story())


def test_no_200_before_the_flush() -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with pushing(journal, pump=False) as (http, gateway):
            post = asyncio.create_task(http.post("/ingest/open", content=b"{}"))
            async with asyncio.timeout(10):
                while not gateway.health().waiting:
                    await asyncio.sleep(0.001)
            assert not post.done()
            gateway.flush()
            assert (await post).status_code == 200

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("park/gas", {}, b"{}", 401),
        ("park/gas", {"Authorization": "Bearer wrong"}, b"{}", 401),
        ("park/gas", {"Authorization": "Basic s3cret"}, b"{}", 401),
        ("elsewhere", KEY, b"{}", 404),
        ("park/gas", KEY, b"x" * 101, 413),
        ("park/gas", KEY, b"", 400),
        ("park/gas", {**KEY, "Content-Encoding": "gzip"}, b"{}", 415),
    ],
)
def test_what_may_not_be_pushed_is_refused_with_its_status(path, headers, body, status) -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with pushing(journal) as (http, gateway):
            assert (await http.post(f"/ingest/{path}", content=body, headers=headers)).status_code == status
            counts = gateway.health().feeds["gas"]
            assert (counts.refused, counts.oversize) == (int(status == 401), int(status == 413))
        assert messages(journal, "gas") == []

    asyncio.run(story())


def test_a_feed_without_token_is_pushed_from_this_machine_only() -> None:
    async def story() -> None:
        async with pushing(FullJournal(PARTITIONS)) as (http, _):
            assert (await http.post("/ingest/open", content=b"{}")).status_code == 200
        async with pushing(FullJournal(PARTITIONS), client="192.0.2.7") as (http, _):
            assert (await http.post("/ingest/open", content=b"{}")).status_code == 401

    asyncio.run(story())


def test_over_its_rate_a_sender_is_told_when_to_come_back() -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with pushing(journal) as (http, gateway):
            answers = await asyncio.gather(
                *(http.post("/ingest/park/gas", content=message("A", n), headers=KEY) for n in range(14))
            )
            late = [answer for answer in answers if answer.status_code == 429]
            assert len(late) >= 3
            assert all(int(answer.headers["Retry-After"]) >= 1 for answer in late)
            assert gateway.health().feeds["gas"].slowed == len(late)
            assert len(messages(journal, "gas")) == 14 - len(late)

    asyncio.run(story())


def test_a_full_disk_is_a_503_and_passes() -> None:
    async def story() -> None:
        journal = FullJournal(PARTITIONS)
        async with pushing(journal) as (http, gateway):
            journal.full = True
            first = asyncio.create_task(http.post("/ingest/open", content=b"1"))
            async with asyncio.timeout(10):
                while gateway.accepting:
                    await asyncio.sleep(0.001)
            answer = await http.post("/ingest/open", content=b"2")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            journal.full = False
            assert (await first).status_code == 200
            assert (await http.post("/ingest/open", content=b"3")).status_code == 200
        assert messages(journal, "open") == [b"1", b"3"]

    asyncio.run(story())


def test_a_missing_secret_and_a_path_used_twice_stop_the_start() -> None:
    gateway = Gateway(FullJournal(PARTITIONS), FEEDS, FakeClock(1))
    with pytest.raises(SetupError, match="no secret 'park'"):
        push_routes(gateway, FEEDS, {})
    twice = {**FEEDS, "more": feed("more", receive={"http_push": {"path": "open"}})}
    with pytest.raises(SetupError, match="path 'open' is also that of feed open"):
        push_routes(gateway, twice, {"park": "s"})
