"""HTTP poll door: fetches a feed's address again and again, and the alerts that an Atom feed links to."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from urllib.parse import urljoin, urlsplit

import httpx

from ops_center.adapters.gateway_durable import journalled, until_accepting
from ops_center.domain.errors import BadInput, words_of
from ops_center.domain.feed import Feed
from ops_center.domain.quantity import duration_ms
from streams.decoders.cap12.containers import links
from streams.gateway import Gateway
from streams.gateway.limits import message_bytes
from streams.xml_input import parse

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
MOST_REDIRECTS = 3
MOST_LINKS = 200  # of one document: more are fetched at the next poll
_REMEMBERED = 10_000
_SLOWEST = 10  # times the interval, while the other side fails


class _Failed(Exception):
    """A poll that brought nothing, with its reason; the next one comes later."""


class PollDoor:
    """Polls one feed. An answer that repeats the last one is not journalled again, but the feed was heard."""

    def __init__(
        self, gateway: Gateway, feed: Feed, *, token: str | None = None, client: httpx.AsyncClient | None = None
    ) -> None:
        given = feed.receive["http_poll"]
        self._gateway, self._feed_id = gateway, feed.id
        self._url, self._every_s = str(given["url"]), duration_ms(given["every"]) / 1000
        self._follow = bool(given.get("follow_links", False))
        self._counts = gateway.counts(feed.id)
        # No proxies or credentials of the machine's user: only what the manifest says.
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        self._headers = {"Accept-Encoding": "gzip", "User-Agent": "ops-center"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._unchanged: dict[str, str] = {}
        self._last = b""
        self._fetched: OrderedDict[str, None] = OrderedDict()
        self.failures = 0

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                await until_accepting(self._gateway)
                await asyncio.sleep(await self.poll())
        finally:
            await self._client.aclose()

    async def poll(self) -> float:
        """Fetch once; return the seconds until the next time."""
        try:
            body = await self._fetch_feed()
            if body is not None:
                await self._follow_links(body)
        except (_Failed, httpx.HTTPError, httpx.InvalidURL) as error:
            self.failures += 1
            self._counts.failed += 1
            if self.failures == 1:
                log.warning("%s: %s does not answer: %s", self._feed_id, self._url, words_of(error))
            return self._every_s * min(2.0**self.failures, _SLOWEST)
        if self.failures:
            log.info("%s: %s answers again", self._feed_id, self._url)
            self.failures = 0
        return self._every_s

    async def _fetch_feed(self) -> bytes | None:
        response, body = await self._get(self._url, self._unchanged)
        if response.status_code == httpx.codes.NOT_MODIFIED or body == self._last:
            self._gateway.hear(self._feed_id)
            return self._last if self._follow else None
        await journalled(self._gateway, self._feed_id, body)
        self._last = body
        names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        self._unchanged = {ask: response.headers[name] for name, ask in names.items() if name in response.headers}
        return body

    async def _follow_links(self, body: bytes) -> None:
        """Fetch the alerts that are linked to and were not yet fetched, from the feed's own host only."""
        if not self._follow or not body:
            return
        try:
            found = [urljoin(self._url, link) for link in links(parse(body))]
        except BadInput:
            return  # the decoder refuses the document itself, and says why
        for address in [link for link in dict.fromkeys(found) if link not in self._fetched][:MOST_LINKS]:
            try:
                _, alert = await self._get(address, {})
            except (_Failed, httpx.HTTPError, httpx.InvalidURL) as error:
                self._counts.failed += 1
                log.warning("%s: linked alert %s: %s", self._feed_id, address, words_of(error))
                if not self._own(address):
                    self._remember(address)
                continue
            await journalled(self._gateway, self._feed_id, alert)
            self._remember(address)

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Return the response and its body, redirected within the host only and of limited size."""
        limit = message_bytes(self._gateway.feed(self._feed_id))
        for _ in range(MOST_REDIRECTS + 1):
            if not self._own(url):
                raise _Failed(f"{url} is on another host than the feed's")
            async with self._client.stream("GET", url, headers={**self._headers, **headers}) as response:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status_code == httpx.codes.NOT_MODIFIED and headers:
                    return response, b""
                if response.status_code != httpx.codes.OK:
                    raise _Failed(f"HTTP {response.status_code}")
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > limit:
                        self._counts.oversize += 1
                        raise _Failed(f"more than {limit} bytes")
                return response, bytes(body)
        raise _Failed("too many redirects")

    def _own(self, url: str) -> bool:
        """Return True for an address of the same scheme, host and port as the feed's."""
        mine, theirs = urlsplit(self._url), urlsplit(url)
        return (mine.scheme, mine.netloc) == (theirs.scheme, theirs.netloc)

    def _remember(self, address: str) -> None:
        self._fetched[address] = None
        if len(self._fetched) > _REMEMBERED:
            self._fetched.popitem(last=False)
