"""Merge what many partitions say into the desk's one order (ORDER 20 to 23)."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.command import Command
from ops_center.domain.event import Event

Key = tuple[int, int, int, str, str, str, str, str]
Item = Event | Command


def key_of(item: Item) -> Key:
    """Return (desk time, command before event, event time, feed, subject, kind, zone, id)."""
    if isinstance(item, Event):
        return item.order_key()
    return (item.stamp_ms, 0, item.stamp_ms, "", "", item.kind, "", item.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeState:
    """What a snapshot keeps of a merge."""

    progress: tuple[int | None, ...]
    gateways: Mapping[str, int]
    decided_ms: int | None
    events: tuple[Event, ...]
    commands: tuple[Command, ...]
    seen: Mapping[str, int]
    below: int


@dataclass(slots=True)
class Merge:
    """Waiting items of all partitions; gives them out once nothing earlier can come.

    Memory is bounded: an id is remembered until the desk has decided its time, and whatever
    lies below that time is a repeat and is counted in `below`.
    """

    progress: list[int | None]  # per event partition, as its worker reported
    gateways: dict[str, int] = field(default_factory=dict)  # last tick on the command topic
    decided_ms: int | None = None
    below: int = 0
    _heap: list[tuple[Key, Item]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def offer(self, item: Item) -> bool:
        """Take an item in; False where it is a repeat."""
        key = key_of(item)
        if item.id in self._seen:
            return False
        if self.decided_ms is not None and key[0] < self.decided_ms:
            self.below += 1
            return False
        self._seen[item.id] = key[0]
        heapq.heappush(self._heap, (key, item))
        return True

    def report(self, partition: int, at_ms: int) -> None:
        """Take in a worker's progress; a restarted worker's older one changes nothing."""
        before = self.progress[partition]
        self.progress[partition] = at_ms if before is None else max(before, at_ms)

    def tick(self, gateway: str, stamp_ms: int) -> None:
        """Take in a gateway's tick on the command topic."""
        self.gateways[gateway] = max(stamp_ms, self.gateways.get(gateway, stamp_ms))

    @property
    def ticked_ms(self) -> int | None:
        """Time the slowest gateway has reached on the command topic; None before its first tick."""
        return min(self.gateways.values(), default=None)

    def watermark(self, slack_ms: int) -> int | None:
        """Return the time before which nothing more can come; None while a partition is unheard."""
        heard = [at for at in (*self.progress, self.ticked_ms) if at is not None]
        return min(heard) - slack_ms if len(heard) == len(self.progress) + 1 else None

    def head_ms(self) -> int | None:
        """Return the desk time of the next item."""
        return self._heap[0][0][0] if self._heap else None

    def take(self) -> Item:
        """Remove and return the next item."""
        return heapq.heappop(self._heap)[1]

    def decided(self, at_ms: int) -> None:
        """Note that everything before `at_ms` has been given out."""
        self.decided_ms = at_ms
        self._seen = {identity: due for identity, due in self._seen.items() if due >= at_ms}

    def waiting(self) -> list[Item]:
        """Return what waits, in order."""
        return [item for _, item in sorted(self._heap, key=lambda pair: pair[0])]

    def state(self) -> MergeState:
        """Return the value a snapshot keeps."""
        waiting = self.waiting()
        return MergeState(
            progress=tuple(self.progress),
            gateways=dict(sorted(self.gateways.items())),
            decided_ms=self.decided_ms,
            events=tuple(item for item in waiting if isinstance(item, Event)),
            commands=tuple(item for item in waiting if isinstance(item, Command)),
            seen=dict(sorted(self._seen.items())),
            below=self.below,
        )

    @staticmethod
    def of(state: MergeState) -> Merge:
        """Return the merge a snapshot kept."""
        items: list[Item] = [*state.commands, *state.events]
        heap = [(key_of(item), item) for item in items]
        heapq.heapify(heap)
        return Merge(
            progress=list(state.progress),
            gateways=dict(state.gateways),
            decided_ms=state.decided_ms,
            below=state.below,
            _heap=heap,
            _seen=dict(state.seen),
        )
