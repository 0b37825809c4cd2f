"""Opening of the exercise: what both ways of running it share, the fleet, the agencies and what is received."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import uvicorn

from ops_center.demo import script
from ops_center.demo.agencies import make_agencies
from ops_center.demo.fleet import Fleet, make_fleet
from ops_center.demo.fleet_file import kept_fleet, key_of
from ops_center.demo.history import POLLED, VEHICLES
from ops_center.demo.scenery import ROAD_FILES, shipped_roads
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.text import Json, Text
from ops_center.ports import Clock

TITLE = Text("山东省应急运行中心", "Shandong Emergency Operations Center")
PUSHED = ("dg-registry", "typhoon-track", "visibility", "loop-speeds", "park-gas", "cn-warnings")
FEEDS = (VEHICLES, *PUSHED, *POLLED)
MINUTE_MS = 60_000
DEPOTS = 40
LEAD_MS = 40_000  # a long lead lets a replay and the history run in long strides


def opening_ms_of(start: str) -> int:
    """Return the instant at which the shift opens; SetupError where it lies outside the exercise."""
    if not start:
        return script.OPENS_MS
    try:
        opens_ms = parse_iso(start)
    except ValueError as error:
        raise SetupError(str(error), setting="--start") from error
    if not script.STARTS_MS + MINUTE_MS <= opens_ms < script.ENDS_MS:
        first, last = iso(script.STARTS_MS + MINUTE_MS), iso(script.ENDS_MS)
        raise SetupError(f"{start} lies outside the exercise", setting="--start", suggestion=f"{first} to {last}")
    return opens_ms


def planned_fleet(vehicles: int, folder: Path) -> Fleet:
    """Return the fleet before anything happens to it; planned once, then kept beside the journal."""
    span = {"size": vehicles, "seed": script.SEED, "depots": DEPOTS}
    span |= {"start_ms": script.STARTS_MS, "until_ms": script.ENDS_MS}
    key = key_of([path.read_bytes() for path in ROAD_FILES], **span)
    return kept_fleet(folder, key, lambda: make_fleet(shipped_roads(), **span)[0])


def polled_from(port: int) -> Mapping[str, Mapping[str, Json]]:
    """Return how the polled feeds are received from the agencies of this machine."""
    base = f"http://127.0.0.1:{port}"
    return {
        "usgs-quakes": {"http_poll": {"url": f"{base}/usgs.geojson", "every": "10 s"}},
        "cap-warnings": {"http_poll": {"url": f"{base}/cap/index.atom", "every": "10 s", "follow_links": True}},
    }


class Agencies:
    """The weather and seismic services on a loopback port of their own."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def start(self, clock: Clock) -> None:
        """Serve until `stop`."""
        server = uvicorn.Server(uvicorn.Config(make_agencies(clock), log_level="warning", lifespan="off"))
        Thread(target=lambda: server.run(sockets=[self._socket]), name="agencies", daemon=True).start()
        self._server = server

    def stop(self) -> None:
        """Stop serving; the server closes the socket it was given."""
        if self._server is None:
            self._socket.close()
        else:
            self._server.should_exit = True
