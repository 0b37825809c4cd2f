"""Command: what a person asked for; journalled like everything that can change state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.scales import Role
from ops_center.domain.text import Json

ACKNOWLEDGE = "alert.acknowledge"
CLAIM = "alert.claim"
SHELVE = "alert.shelve"
UNSHELVE = "alert.unshelve"
SUPPRESS = "alert.suppress"
RELEASE = "alert.release"
CLOSE_ALERT = "alert.close"
OPEN_INCIDENT = "incident.open"
VERIFY = "incident.verify"
LINK = "incident.link"
UNLINK = "incident.unlink"
DISMISS = "incident.dismiss"
CLOSE = "incident.close"
REOPEN = "incident.reopen"
START_RUN = "run.start"
STAND_DOWN = "run.stand_down"
TASK_ACKNOWLEDGE = "task.acknowledge"
TASK_DONE = "task.done"
TASK_SKIP = "task.skip"
LOAD_CONTENT = "content.load"  # by the system: a content version takes effect
DELIVERY = "notify.delivery"  # by a notifier: one recipient's receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person at a post; `jurisdiction` is an administrative code ("370000")."""

    name: str
    post: str
    role: Role
    jurisdiction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; the client makes `id`, the gateway the stamp (ORDER 23)."""

    id: str
    kind: str
    target: str  # alert, incident, run or task id; "" where the command opens something
    actor: Actor
    stamp_ms: int = 0
    args: Mapping[str, Json] = field(default_factory=dict)
