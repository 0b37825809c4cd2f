"""The poll door against a real HTTP server on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_poll import PollDoor
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.ports import COMMAND
from ops_center.wire import Tick
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, feed, messages, records


@dataclass
class Site:
    """What the server answers, and what it was asked."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            status, headers, body = found.pages.get(self.path, (404, {}, b""))
            if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


Story = Callable[[PollDoor, Gateway], Coroutine[None, None, None]]


def play(
    site: Site,
    story: Story,
    *,
    path: str = "/feed",
    follow: bool = False,
    limit: int = 10_000,
    token: str | None = None,
) -> MemoryJournal:
    """Run a story with a door on the site; return the journal."""
    manifest = feed(
        "cap",
        partition_by="feed",
        receive={"http_poll": {"url": site.url + path, "every": "4 s", "follow_links": follow}},
        limits={"message_bytes": limit},
    )
    journal = MemoryJournal(PARTITIONS)
    gateway = Gateway(journal, {"cap": manifest}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway)

    async def run() -> None:
        door = PollDoor(gateway, manifest, token=token)
        try:
            await story(door, gateway)
        finally:
            await door._client.aclose()

    pump.start()
    try:
        asyncio.run(run())
    finally:
        pump.stop()
    return journal


def test_an_unchanged_page_is_asked_for_by_etag_and_counts_as_heard(site: Site) -> None:
    site.pages["/feed"] = (200, {"ETag": '"1"', "Last-Modified": "Fri, 09 Aug 2019 00:00:00 GMT"}, b"one")

    async def story(door: PollDoor, gateway: Gateway) -> None:
        assert await door.poll() == 4
        gateway.flush(tick=True)
        await door.poll()
        gateway.flush(tick=True)
        site.pages["/feed"] = (200, {"ETag": '"2"'}, b"two")
        await door.poll()

    journal = play(site, story)
    assert messages(journal, "cap") == [b"one", b"two"]
    assert site.asked[1][1]["if-none-match"] == '"1"'
    assert site.asked[1][1]["if-modified-since"] == "Fri, 09 Aug 2019 00:00:00 GMT"
    heard = [r for r in records(journal, COMMAND, 0) if isinstance(r, Tick) and r.feeds]
    assert len(heard) >= 2


def test_the_same_page_without_etag_is_journalled_once(site: Site) -> None:
    site.pages["/feed"] = (200, {}, b"same")

    async def story(door: PollDoor, _: Gateway) -> None:
        await door.poll()
        await door.poll()

    assert messages(play(site, story), "cap") == [b"same"]


def test_a_server_that_fails_is_asked_less_and_less_often_and_counted(site: Site) -> None:
    site.pages["/feed"] = (500, {}, b"")

    async def story(door: PollDoor, gateway: Gateway) -> None:
        assert [await door.poll() for _ in range(5)] == [8, 16, 32, 40, 40]
        assert gateway.health().feeds["cap"].failed == 5
        site.pages["/feed"] = (200, {}, b"back")
        assert await door.poll() == 4

    assert messages(play(site, story), "cap") == [b"back"]


def test_an_answer_beyond_the_limit_is_cut_off(site: Site) -> None:
    site.pages["/feed"] = (200, {}, b"x" * 50_000)

    async def story(door: PollDoor, gateway: Gateway) -> None:
        await door.poll()
        assert gateway.health().feeds["cap"].oversize == 1

    assert messages(play(site, story), "cap") == []


def test_redirects_stay_on_the_host_and_end(site: Site) -> None:
    site.pages["/feed"] = (302, {"Location": "/moved"}, b"")
    site.pages["/moved"] = (200, {}, b"here")

    async def story(door: PollDoor, gateway: Gateway) -> None:
        await door.poll()
        site.pages["/feed"] = (302, {"Location": "http://127.0.0.2:9/x"}, b"")
        await door.poll()
        site.pages["/feed"] = (302, {"Location": "/feed"}, b"")
        await door.poll()
        assert gateway.health().feeds["cap"].failed == 2

    assert messages(play(site, story), "cap") == [b"here"]


def test_a_server_that_is_away_is_a_counted_failure(site: Site) -> None:
    async def story(door: PollDoor, gateway: Gateway) -> None:
        door._url = "http://127.0.0.1:1/none"
        await door.poll()
        assert gateway.health().feeds["cap"].failed == 1

    assert messages(play(site, story), "cap") == []


def test_the_token_of_the_manifest_is_sent(site: Site) -> None:
    site.pages["/feed"] = (200, {}, b"x")

    async def story(door: PollDoor, _: Gateway) -> None:
        await door.poll()

    play(site, story, token="t0ken")
    assert site.asked[0][1]["authorization"] == "Bearer t0ken"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>t</title><updated>2019-08-10T00:00:00Z</updated>
{}</feed>"""
ENTRY = '<entry><id>{0}</id><title>t</title><updated>2019-08-10T00:00:00Z</updated><link href="{0}"/></entry>'


def test_linked_alerts_are_fetched_once_each_and_from_the_own_host_only(site: Site) -> None:
    def atom(*links: str) -> bytes:
        return ATOM.format("".join(ENTRY.format(link) for link in links)).encode()

    site.pages["/feed"] = (200, {}, atom("/a.xml", f"{site.url}/b.xml", "http://192.0.2.1/evil.xml", "/gone.xml"))
    site.pages["/a.xml"] = (200, {}, b"<alert>a</alert>")
    site.pages["/b.xml"] = (200, {}, b"<alert>b</alert>")

    async def story(door: PollDoor, gateway: Gateway) -> None:
        await door.poll()
        assert gateway.health().feeds["cap"].failed == 2
        site.pages["/gone.xml"] = (200, {}, b"<alert>late</alert>")
        await door.poll()

    journal = play(site, story, follow=True)
    assert [m for m in messages(journal, "cap") if m.startswith(b"<alert")] == [
        b"<alert>a</alert>",
        b"<alert>b</alert>",
        b"<alert>late</alert>",
    ]
    assert [path for path, _ in site.asked].count("/a.xml") == 1


def test_a_document_that_is_no_atom_is_journalled_for_the_decoder_to_refuse(site: Site) -> None:
    site.pages["/feed"] = (200, {}, b'<!DOCTYPE x [<!ENTITY e "e">]><feed>&e;</feed>')

    async def story(door: PollDoor, _: Gateway) -> None:
        await door.poll()

    assert len(messages(play(site, story, follow=True), "cap")) == 1
