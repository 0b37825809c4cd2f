"""The wall over the fake station, as an ASGI app or served on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import ASGIApp

from ops_center.api.app import make_app
from ops_center.api.features import Features
from ops_center.api.server import server_of
from ops_center.api.settings import Settings
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.wall.page import make_screen
from tests.wall.fake_content import FakeContent
from tests.wall.fake_layers import FakeLayers
from tests.wall.fake_people import DEPLOYMENT, FakeDoor
from tests.wall.fake_station import FakeStation

TITLE = Text("山东省应急运行中心", "Shandong Emergency Operations Centre")


def app_over(
    station: FakeStation,
    *,
    door: FakeDoor | None = None,
    layers: object = None,
    stored: object = None,
    pages: Any = lambda hub: (),
) -> ASGIApp:
    """Return the app over a fake station."""
    settings = Settings(deployment=DEPLOYMENT, title=TITLE, status=Status.EXERCISE)
    shown = layers or FakeLayers()
    screen = make_screen(
        deployment=DEPLOYMENT,
        title=TITLE,
        status=Status.EXERCISE,
        time_zone="Asia/Shanghai",
        bounds=settings.bounds,
        layers=shown,
    )
    return make_app(
        station,
        layers=shown,
        content=FakeContent(),
        sign_in=door or FakeDoor(),
        screen=screen,
        clock=station.clock,
        settings=settings,
        pages=lambda hub: (*pages(hub), *(Features(hub=hub, stored=stored).routes() if stored is not None else ())),
    )


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a free loopback port; yield its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = server_of(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
