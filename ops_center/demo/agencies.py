"""The agencies' side of the live exercise: what is polled is served on loopback, what is pushed is posted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_center.demo.agency import WARNINGS, cap_alert, usgs_feed
from ops_center.demo.bulletins import Scenery, bulletins
from ops_center.demo.history import POLLED
from ops_center.domain.errors import words_of
from ops_center.domain.quantity import iso
from ops_center.ports import Clock

log = logging.getLogger(__name__)

LOOK_S = 0.5


def make_agencies(clock: Clock) -> Starlette:
    """Return the web app of the seismic and weather services: a USGS feed and a CAP index with its alerts."""

    def quakes(request: Request) -> Response:
        return Response(usgs_feed(clock.now_ms()), media_type="application/json")

    def index(request: Request) -> Response:
        now = clock.now_ms()
        shown = [(n, w) for n, w in enumerate(WARNINGS) if n % 2 and w.issued_ms <= now < w.expires_ms]
        entries = "".join(
            f"<entry><id>urn:exercise:{n}</id><title>{escape(w.place_en)}</title><updated>{iso(w.issued_ms)}</updated>"
            f'<link rel="alternate" type="application/cap+xml" href="{request.base_url}cap/{n}.xml"/></entry>'
            for n, w in shown
        )
        newest = max((w.issued_ms for _, w in shown), default=0)
        return Response(
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:exercise</id>'
            f"<title>Exercise</title><updated>{iso(newest)}</updated>{entries}</feed>",
            media_type="application/atom+xml",
        )

    def alert(request: Request) -> Response:
        n = int(request.path_params["n"])
        if n >= len(WARNINGS) or WARNINGS[n].issued_ms > clock.now_ms():
            return Response(status_code=404)
        return Response(cap_alert(WARNINGS[n]), media_type="application/cap+xml")

    return Starlette(
        routes=[Route("/usgs.geojson", quakes), Route("/cap/index.atom", index), Route("/cap/{n:int}.xml", alert)]
    )


@dataclass(slots=True, kw_only=True)
class Pushing:
    """The agencies that post: what is due until `reached_ms` has been taken; `tokens` by feed."""

    scenery: Scenery
    clock: Clock
    base_url: str
    tokens: Mapping[str, str]
    reached_ms: int

    async def run(self) -> None:
        """Post every bulletin of the pushed feeds as its time comes, again until it is taken; until cancelled."""
        async with httpx.AsyncClient(base_url=self.base_url, trust_env=False, timeout=10.0) as client:
            while True:
                now_ms = max(self.clock.now_ms(), self.reached_ms)
                for bulletin in bulletins(self.scenery, from_ms=self.reached_ms, to_ms=now_ms):
                    if bulletin.feed not in POLLED:
                        await _post(client, bulletin.feed, bulletin.content, self.tokens[bulletin.feed])
                self.reached_ms = now_ms
                await asyncio.sleep(LOOK_S)


async def _post(client: httpx.AsyncClient, feed: str, content: bytes, token: str) -> None:
    while True:
        try:
            answer = await client.post(f"/ingest/{feed}", content=content, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code < 500:
                if answer.status_code >= 400:
                    log.error("feed %s refused a bulletin: %s %s", feed, answer.status_code, answer.text[:200])
                return
        except httpx.HTTPError as error:
            log.warning("feed %s cannot be posted to: %s", feed, words_of(error))
        await asyncio.sleep(1.0)
