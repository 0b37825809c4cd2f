"""Station: what screens and API talk to, over the running loop and the replayer."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event as Flag
from threading import Lock
from typing import Any, Protocol

from ops_center.desk.desk import Desk
from ops_center.desk.whose import places_of
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused, JournalError, NotAllowed
from ops_center.domain.jurisdiction import covers
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Json
from ops_center.picture import Picture
from ops_center.pipeline.loop import SNAPSHOT_EVERY_MS
from ops_center.ports import Access, Receipt, Snapshots

DAY_MS = 86_400_000
PICTURE_EVERY_S = 0.25  # of real time, also where an exercise's clock runs fast


class Live(Protocol):
    """What goes on: the whole loop, or a desk that follows one."""

    desk: Desk

    @property
    def progress_ms(self) -> int:
        """Desk time before which everything is decided."""
        ...

    def step(self) -> bool:
        """Move once; False when nothing was left to do."""
        ...

    def save(self, snapshots: Snapshots) -> None:
        """Keep the state."""
        ...


class Past(Protocol):
    """What rebuilds past pictures."""

    def at(self, at_ms: int) -> Picture:
        """Return the picture at `at_ms`."""
        ...


@dataclass(slots=True, kw_only=True)
class LiveStation:
    """Runs the loop in its own thread and serves its pictures; implements picture.Station."""

    loop: Live
    replayer: Past
    view: Callable[[Any, int], Picture]
    snapshots: Snapshots
    access: Access
    send: Callable[[Command], Receipt]  # the gateway's command door
    why_of: Callable[[Picture, str], Mapping[str, Json]]
    recommend_of: Callable[[Picture, str, str], Sequence[Mapping[str, Json]]]
    why_not_of: Callable[[str, str, int], Mapping[str, Json]]
    newest: Picture
    stopping: Flag = field(default_factory=Flag)
    lock: Lock = field(default_factory=Lock)
    monotonic_s: Callable[[], float] = time.monotonic
    saved_ms: int = 0

    def run(self, after: Callable[[Picture], None] | None = None) -> None:
        """Move the loop until `stop`; `after` sees every new picture (store, notifier)."""
        shown_s = float("-inf")
        while not self.stopping.is_set():
            moved = self.loop.step()
            if self.monotonic_s() - shown_s >= PICTURE_EVERY_S:
                self.publish(after)
                self.keep()
                shown_s = self.monotonic_s()
            if not moved:
                self.stopping.wait(0.02)

    def publish(self, after: Callable[[Picture], None] | None = None) -> None:
        """Make the newest picture."""
        picture = replace(self.view(self.loop, self.loop.progress_ms), replay=False)
        with self.lock:
            self.newest = picture
        if after is not None:
            after(picture)

    def keep(self) -> None:
        """Keep a snapshot where one is due."""
        if self.loop.progress_ms - self.saved_ms >= SNAPSHOT_EVERY_MS:
            self.loop.save(self.snapshots)
            self.saved_ms = self.loop.progress_ms

    def stop(self) -> None:
        """End `run` after its present step."""
        self.stopping.set()

    def live(self) -> Picture:
        """Return the newest picture."""
        with self.lock:
            return self.newest

    def at(self, at_ms: int) -> Picture:
        """Return the picture at a past instant."""
        first, last = self.span()
        return replace(self.replayer.at(min(max(at_ms, first), last)), replay=True)

    def span(self) -> tuple[int, int]:
        """Return the instants between which `at` can show."""
        last = self.live().at_ms
        return max(self.first_ms(), last - DAY_MS), last

    def first_ms(self) -> int:
        """Return the instant of the oldest input that is still kept."""
        return self.loop.desk.first_ms

    def histogram(self, from_ms: int, to_ms: int, bins: int) -> tuple[tuple[int, ...], ...]:
        """Return per bin how many alarms started, by severity (minor..extreme)."""
        edges = [from_ms + (to_ms - from_ms) * n // bins for n in range(1, bins)]
        counts = [[0] * len(Severity) for _ in range(bins)]
        for alert in self.live().alerts:
            if alert.alert_class is AlertClass.RECORD or alert.shadow:
                continue
            for occurrence in alert.occurrences:
                if from_ms <= occurrence.started_ms < to_ms:
                    row = bisect_right(edges, occurrence.started_ms)
                    counts[row][occurrence.severities[-1][1].rank] += 1
        return tuple(tuple(row) for row in counts)

    def submit(self, command: Command) -> Receipt:
        """Authorise, journal and stamp a command."""
        try:
            self.access.check(command, jurisdiction=self._jurisdiction(command))
            return self.send(command)
        except (NotAllowed, CommandRefused, JournalError) as error:
            return Receipt(False, command.id, str(error))

    def why(self, thing_id: str) -> Mapping[str, Json]:
        """Return the chain of causes of a thing on the screen."""
        return self.why_of(self.live(), thing_id)

    def recommend(self, picture: Picture, incident: str, capability: str) -> Sequence[Mapping[str, Json]]:
        """Return which resources could go to an incident, the soonest there first."""
        return self.recommend_of(picture, incident, capability)

    def why_not(self, rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
        """Return condition by condition why a rule did not fire for a subject."""
        return self.why_not_of(rule, subject, at_ms)

    def _jurisdiction(self, command: Command) -> str:
        """Return where a command acts: of all it names, what lies outside the actor's own first."""
        desk = self.loop.desk
        places = places_of(self.live(), desk.state, command, deployment=desk.deployment)
        if not places:
            return str(command.args.get("adcode") or "") or command.actor.jurisdiction
        outside = [code for code in places if not covers(command.actor.jurisdiction, code)]
        return (*outside, *places)[0]
