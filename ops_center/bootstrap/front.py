"""Front: what stands between people and a desk, the same embedded and in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import uvicorn
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from ops_center.api.outbox import Tries
from ops_center.bootstrap.deployed import Deployed
from ops_center.bootstrap.evidencing import Bundles
from ops_center.bootstrap.reload import Reload
from ops_center.bootstrap.web import OFFICER, People, make_web, rules_of, system_actor
from ops_center.deployment import Deployment
from ops_center.desk.recommend import recommended
from ops_center.desk.why import why
from ops_center.domain.command import Command
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.picture import Picture
from ops_center.pipeline.station import Live, LiveStation, Past
from ops_center.ports import Clock, Journal, Receipt, Snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Makes a deployment's station, the reload of its content and its web server."""

    deployment: Deployment
    made: Deployed
    people: People
    clock: Clock

    def station(
        self,
        loop: Live,
        *,
        replayer: Past,
        view: Callable[[Any, int], Picture],
        snapshots: Snapshots,
        send: Callable[[Command], Receipt],
        why_not: Callable[[str, str, int], Mapping[str, Json]],
        newest: Picture,
        saved_ms: int = 0,
    ) -> LiveStation:
        """Return the station over a loop, or over a desk that follows one."""
        return LiveStation(
            loop=loop,
            replayer=replayer,
            view=view,
            snapshots=snapshots,
            access=self.people.guard,
            send=send,
            why_of=lambda picture, identity: why(picture, identity, rules=rules_of(loop.desk.definitions)),
            recommend_of=lambda picture, incident, able: recommended(picture, incident, able, self.made.setup.places),
            why_not_of=why_not,
            newest=newest,
            saved_ms=saved_ms,
        )

    def reload(self, station: LiveStation) -> Reload:
        """Return what watches the content folders and commands new versions by a station."""
        deployment = self.deployment
        return Reload(
            folders=deployment.content,
            status=deployment.status if deployment.status is not Status.ACTUAL else None,
            content=self.made.content,
            library=self.made.library,
            in_force=station.loop.desk.state.content,
            actor=system_actor("content", deployment),
            submit=station.submit,
            clock=self.clock,
        )

    def server(
        self,
        station: LiveStation,
        reload: Reload,
        *,
        store: Engine | None,
        tries: Tries,
        reading: Callable[[], AbstractContextManager[Journal]],
        feeds: Sequence[BaseRoute] = (),
        outages: Callable[[], Sequence[Mapping[str, Json]]] = tuple,
    ) -> uvicorn.Server:
        """Return the web server, not started; `reading` yields a journal in which nobody else reads."""
        app = make_web(
            self.deployment,
            self.made.setup,
            station=station,
            reload=reload,
            people=self.people,
            bundler=Bundles(
                folder=self.deployment.folder,
                setup=self.made.setup,
                audit=self.people.guard.audit.path,
                reading=reading,
                state=lambda: station.loop.desk.state,
                picture=station.live,
            ),
            clock=self.clock,
            definitions=lambda: station.loop.desk.definitions,
            store=store,
            tries=tries,
            feeds=feeds,
            outages=outages,
        )
        config = uvicorn.Config(
            app,
            host=self.deployment.host,
            port=self.deployment.port,
            log_level="warning",
            ws_per_message_deflate=False,
            lifespan="on",
        )
        return uvicorn.Server(config)

    def link(self, port: int) -> str:
        """Return a one-time sign-in link for the duty officer."""
        return f"http://{self.deployment.host}:{port}/enter?token={self.people.accounts.link(OFFICER)}"


def never_heard(rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
    """Return why a rule did not fire for a subject that no worker knows."""
    return {"at_ms": at_ms, "rule": rule, "subject": subject, "result": "unknown", "reason": "subject never heard"}
