"""Worker role: the partitions that the group gives this process, over the deployment's servers."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.adapters.clocks import monotonic_s
from ops_center.adapters.group_kafka import KafkaMembership
from ops_center.bootstrap.deployed import deployed
from ops_center.bootstrap.parts import Setup, announced_in, make_worker
from ops_center.bootstrap.production import Servers, once_reachable, open_servers
from ops_center.bootstrap.roles.running import beating, go_on, stopped_by_signals, thread
from ops_center.bootstrap.roles.tracks import TracksBeside
from ops_center.deployment import Deployment
from ops_center.domain.text import Json
from ops_center.pipeline.crew import MEMBERS, Crew
from ops_center.ports import INPUT


def run_worker(deployment: Deployment, name: str) -> None:
    """Run a worker until it is told to stop."""
    stopping = stopped_by_signals()
    servers = open_servers(deployment, stopping)
    made = deployed(deployment)
    crew = once_reachable(lambda: make_crew(servers, made.setup, name), stopping)
    tracks = TracksBeside(
        crew=crew,
        setup=made.setup,
        journal=servers.journal,
        database=servers.production.database,
        stopping=stopping,
    )
    beat = beating(servers.journal, role="worker", name=name, facts=lambda: {**facts_of(crew), "lost": tracks.lost()})
    beside = thread("tracks", tracks.run) if servers.production.database else None
    try:
        go_on(crew, stopping, servers.journal.wait)
    finally:
        if beside is not None:
            beside.join()
        beat.stop()
        servers.close()


def make_crew(servers: Servers, setup: Setup, name: str) -> Crew:
    """Return the crew of a process, joining the group."""
    announced = announced_in(setup, servers.journal)
    return Crew(
        journal=servers.journal,
        snapshots=servers.snapshots,
        membership=KafkaMembership(
            servers.kafka, topic=INPUT, group=MEMBERS, name=name, session_s=servers.production.session_s
        ),
        make_worker=lambda partition: make_worker(setup, servers.journal, partition, hold=True, announced=announced),
        elapsed=monotonic_s,
        save_every_s=servers.production.snapshot_every_s,
    )


def facts_of(crew: Crew) -> Mapping[str, Json]:
    """Return what ``status`` and screens want to know of a worker."""
    return {
        "partitions": {
            str(partition): {
                "offset": place.worker.offset,
                "told_ms": place.worker.told_ms,
                "snapshot_ms": place.saved_ms,
                "snapshot_age_s": round(monotonic_s() - place.saved_s, 1),
                "late": place.worker.late,
            }
            for partition, place in sorted(dict(crew.places).items())
        }
    }
