"""Watching: what a wall can tell of the other roles from what it reads, and from what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ops_center.desk.desk import Desk
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json, Text
from ops_center.pipeline.outages import DATABASE, Outages
from ops_center.pipeline.pulses import Heard
from ops_center.ports import WORLD, Clock, Journal
from ops_center.wire import Progress, decode

STALL_S = 5.0  # fifty ticks; a take-over that is quicker needs nobody's hand
CLOCK_MS = 1_000  # ORDER 1
READ = 4_096


@dataclass(slots=True)
class Moving:
    """A number that should grow, and when it last did."""

    at_ms: int | None = None
    grew_s: float = 0.0

    def see(self, at_ms: int | None, now_s: float) -> None:
        """Take in its value."""
        if self.at_ms is None or (at_ms is not None and at_ms > self.at_ms):
            self.at_ms, self.grew_s = at_ms, now_s

    def stands(self, now_s: float) -> bool:
        """Return True where it has not grown for too long."""
        return now_s - self.grew_s >= STALL_S


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Call `step` about once a second. Times of the banner are the deployment's, stalls are measured in real time.

    Time stands at the slowest part: a worker is to blame where its partition lags though the desk has
    let it go on, the desk where every partition has told enough and nothing is decided.
    """

    desk: Desk
    journal: Journal
    lead_ms: int
    clock: Clock
    utc_ms: Callable[[], int]
    elapsed: Callable[[], float]
    ask_gateway: Callable[[], Mapping[str, Json] | None] = lambda: None
    outages: Outages = field(default_factory=Outages)
    tick: Moving = field(default_factory=Moving)
    told: Moving = field(default_factory=Moving)
    parts: dict[int, Moving] = field(default_factory=dict)
    heard: Heard = field(init=False)
    world: int | None = None

    def __post_init__(self) -> None:
        """Listen to the pulses."""
        self.heard = Heard(self.journal)

    def step(self) -> None:
        """Look once."""
        now_ms, gateway = self.clock.now_ms(), self.ask_gateway()
        try:
            self._read_told()
            self.heard.read()
        except JournalError:
            self.outages.note("broker", True, since_ms=now_ms)
            for code in ("gateway", "desk", "worker", DATABASE):  # not known while nothing can be read
                self.outages.note(code, False, since_ms=now_ms)
            self._restart()
        else:
            self.outages.note("broker", False, since_ms=now_ms)
            self._look(now_ms)
        if gateway is None:
            pulses = self.heard.of("gateway", now_ms=self.utc_ms())
            gateway = pulses[0].facts if pulses else None
        self._gateway(gateway, now_ms)

    def _look(self, now_ms: int) -> None:
        now_s, desk = self.elapsed(), self.desk
        self.tick.see(desk.last_tick_ms, now_s)
        ticking = not self.tick.stands(now_s)
        self.outages.note("gateway", not ticking, since_ms=self.tick.at_ms or now_ms)
        let_go = (self.told.at_ms or 0) + self.lead_ms
        lagging = []
        for partition, at_ms in enumerate(desk.heard_ms):
            part = self.parts.setdefault(partition, Moving(grew_s=now_s))
            part.see(at_ms, now_s)
            held = at_ms is not None and at_ms >= let_go - 1
            if part.stands(now_s) and not held and ticking and at_ms != self.tick.at_ms:
                lagging.append(partition)
        self.told.see(self.told.at_ms, now_s)
        enough = all(at is not None and at - desk.slack_ms > (self.told.at_ms or 0) for at in desk.heard_ms)
        since = {partition: self.parts[partition].at_ms for partition in lagging}
        self.outages.note(
            "worker",
            bool(lagging),
            since_ms=min((at for at in since.values() if at is not None), default=now_ms),
            partitions=", ".join(str(partition) for partition in lagging),
        )
        self.outages.note("desk", enough and self.told.stands(now_s), since_ms=self.told.at_ms or now_ms)
        self._database(now_ms)

    def _database(self, now_ms: int) -> None:
        told = [pulse for role in ("desk", "worker") for pulse in self.heard.of(role, now_ms=self.utc_ms())]
        lost = [said for pulse in told for said in pulse.facts.get("lost", ())]
        if lost:
            words = {(one["zh"], one["en"]): None for one in lost}  # several workers say the same
            text = Text(" ".join(zh for zh, _ in words), " ".join(en for _, en in words))
            self.outages.note(DATABASE, True, since_ms=min(one["since_ms"] for one in lost), text=text)
        else:
            self.outages.note(DATABASE, False, since_ms=now_ms)

    def _gateway(self, facts: Mapping[str, Json] | None, now_ms: int) -> None:
        if facts is None:
            return
        full = bool(facts["disk_low"]) or not facts["accepting"]
        self.outages.note("disk", full, since_ms=now_ms)
        offset_ms = int(facts["utc_offset_ms"])
        off = abs(offset_ms) > CLOCK_MS or bool(facts["slewing"])
        self.outages.note("clock", off, since_ms=now_ms, seconds=round(offset_ms / 1000))

    def _read_told(self) -> None:
        if self.world is None:
            self.world = max(self.journal.start(WORLD, 0), self.journal.end(WORLD, 0) - READ)
        while records := self.journal.read(WORLD, 0, self.world, READ):
            for record in records:
                thing = decode(record.value)
                if isinstance(thing, Progress):
                    self.told.see(thing.at_ms, self.elapsed())
            self.world = records[-1].offset + 1

    def _restart(self) -> None:
        """After the broker's absence everything has to be seen moving anew before anything is blamed."""
        now_s = self.elapsed()
        for one in (self.tick, self.told, *self.parts.values()):
            one.grew_s = now_s
