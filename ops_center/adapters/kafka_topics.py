"""Every Kafka topic of a deployment: what it holds, its key, partitions, retention and schema version.

`streams/README.md` shows this table; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.ports import COMMAND, DEAD, EVENT, INPUT, LEASE, OUTPUT, POSITION, PULSE, WORLD

ALERTS, INCIDENTS, TASKS = "alerts", "incidents", "tasks"
STATE, LAYOUT = "state", "layout"
INTAKE, COMMAND_INTAKE, INTAKE_REFUSED = "intake", "command-intake", "intake-refused"

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `by_subject`: as many partitions as the deployment has, else one. `keep_ms` None: for ever.

    `compacted` topics keep the newest record of each key. `schema` is the version of the records'
    form; it is raised when an older reader could misread them.
    """

    name: str
    holds: str
    key: str
    by_subject: bool = False
    keep_ms: int | None = None
    compacted: bool = False
    schema: int = 1
    synced: bool = False  # on one broker each step is on disk before it is acknowledged, unless the deployment says no

    def partitions(self, deployed: int) -> int:
        """Return the number of partitions in a deployment of `deployed`."""
        return deployed if self.by_subject else 1

    def settings(self, *, replication: int, sync: bool) -> dict[str, str]:
        """Return the broker's settings of this topic.

        Records carry the broker's time, so a gateway with a wrong clock cannot make retention cut early.
        """
        settings = {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": "-1" if self.keep_ms is None else str(self.keep_ms),
            "retention.bytes": "-1",
            "min.insync.replicas": str(min(2, replication)),
            "message.timestamp.type": "LogAppendTime",
        }
        if self.compacted:
            settings |= {"segment.ms": "600000", "min.cleanable.dirty.ratio": "0.2", "delete.retention.ms": "60000"}
        if self.synced and sync and replication == 1:
            settings["flush.messages"] = "1"
        return settings


_ALL = (
    Topic(name=INPUT, holds="envelope blocks and ticks", key="none; the subject's hash chose the partition",
          by_subject=True, keep_ms=30 * DAY_MS, synced=True),
    Topic(name=COMMAND, holds="commands and ticks", key="none", synced=True),
    Topic(name=WORLD, holds="world changes and desk progress", key="none; never compacted", synced=True),
    Topic(name=EVENT, holds="events and worker progress", key="none; the worker's partition", by_subject=True,
          keep_ms=30 * DAY_MS),
    Topic(name=OUTPUT, holds="everything the desk decides, in its order", key="none"),
    Topic(name=ALERTS, holds="alerts as plain JSON, one a change, for other systems", key="alert id", compacted=True),
    Topic(name=INCIDENTS, holds="incidents as plain JSON, one a change", key="incident id", compacted=True),
    Topic(name=TASKS, holds="playbook runs with their tasks as plain JSON", key="run id", compacted=True),
    Topic(name=DEAD, holds="what could not be used, with the reason", key="none", keep_ms=90 * DAY_MS),
    Topic(name=STATE, holds="snapshots in parts", key="name, time and part", by_subject=True, compacted=True),
    Topic(name=INTAKE, holds="single messages of other producers", key="the producer's own", by_subject=True,
          keep_ms=7 * DAY_MS, synced=True),
    Topic(name=COMMAND_INTAKE, holds="commands of walls and APIs, not yet stamped", key="command id",
          keep_ms=7 * DAY_MS, synced=True),
    Topic(name=INTAKE_REFUSED, holds="what of the two intakes could not be used; header `reason`", key="as it came",
          keep_ms=90 * DAY_MS),
    Topic(name=LEASE, holds="an entry of each desk that took the lease, its place the epoch", key="none", synced=True),
    Topic(name=POSITION, holds="positions: whole sets and what changed, for the map",
          key="none; the worker's partition", by_subject=True, keep_ms=30 * HOUR_MS),
    Topic(name=PULSE, holds="what each process says of itself", key="none", keep_ms=DAY_MS),
    Topic(name=LAYOUT, holds="the layout record: partitions of every topic", key="`layout`", compacted=True),
)  # fmt: skip

TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in _ALL}


def deployed(partitions: int) -> dict[str, int]:
    """Return topic -> number of partitions of a whole deployment."""
    return {topic.name: topic.partitions(partitions) for topic in _ALL}
