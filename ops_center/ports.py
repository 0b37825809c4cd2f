"""The ports: what the core asks of the outside, as Protocols that adapters fill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning

# What the desk keeps, writes out as it changes, and a store holds by id.
Thing = Alert | Incident | PlaybookRun | Resource | Dispatch | PublicWarning | Shift


class Clock(Protocol):
    """The only source of time."""

    def now_ms(self) -> int:
        """Return UTC milliseconds; never steps back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a test or replay clock moves instead."""
        ...

    @property
    def pace(self) -> float:
        """Seconds this clock moves in one of real time: 1, except in exercises."""
        ...


class Record(NamedTuple):
    """One journal record."""

    offset: int
    value: bytes


INPUT = "input"  # envelope blocks and ticks, P partitions
COMMAND = "command"  # commands and ticks, 1 partition
WORLD = "world"  # world changes and desk progress, 1 partition, never compacted
EVENT = "event"  # events and worker progress, P partitions; derived
OUTPUT = "output"  # alerts, incidents, runs as they change, 1 partition; derived
DEAD = "dead"  # dead letters, 1 partition; derived
# Between the processes of a production deployment.
LEASE = "desk-lease"  # an entry of each desk that took the lease, 1 partition
POSITION = "position"  # positions as workers tell them, P partitions; kept as long as a replay may look back
PULSE = "pulse"  # what each process says of itself, 1 partition

INPUT_TOPICS = (INPUT, COMMAND, WORLD)
DERIVED_TOPICS = (EVENT, OUTPUT, DEAD)


class Journal(Protocol):
    """Append-only topics of records; segment files embedded, Kafka in production."""

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        ...

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Write records durably; return the first one's offset. JournalError when impossible."""
        ...

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on, in order; empty at the end."""
        ...

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        ...

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        ...

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        ...


Group = tuple[str, int, Sequence[bytes]]  # topic, partition, values


class GroupJournal(Journal, Protocol):
    """A journal that writes to several partitions as one durable step; what a gateway needs."""

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Write all groups or none, durably; return the first offset of each, below 0 where it has none yet."""
        ...

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition."""
        ...


class Snapshots(Protocol):
    """Named states that carry their journal offsets; the newest complete one is the truth."""

    def save(self, name: str, at_ms: int, state: bytes) -> None:
        """Keep a snapshot; complete or absent, never half."""
        ...

    def latest(self, name: str, *, not_after_ms: int | None = None) -> tuple[int, bytes] | None:
        """Return (at_ms, state) of the newest snapshot at or before the given time."""
        ...


class Membership(Protocol):
    """A place in a group whose members share out numbered parts: workers their partitions, desks the lease."""

    def poll(self, leaving: Callable[[frozenset[int]], None]) -> frozenset[int]:
        """Keep the place; return the parts held now. `leaving` hears of parts before another gets them."""
        ...

    def close(self) -> None:
        """Give the place up at once, so that nobody waits for a time-out."""
        ...


class Store(Protocol):
    """Entities for query by screens and API; filled from outputs, idempotent by id."""

    def put(self, things: Iterable[Thing], *, epoch: int) -> None:
        """Insert or replace by id; refused when `epoch` is below the stored one."""
        ...


Box = tuple[float, float, float, float]  # west, south, east, north in degrees, EPSG:4326


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which stored things, at most `limit` of them behind the key `after`.

    `jurisdiction` None is the whole deployment; both ends of the time are included.
    """

    jurisdiction: str | None
    box: Box | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    after: str = ""
    limit: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One stored position; EPSG:4326 degrees. `jurisdiction` is the county it lies in, where known."""

    feed: str
    subject: str
    event_ms: int
    jurisdiction: str | None
    speed_kph: float | None
    heading_deg: float | None
    lon: float
    lat: float


class StoredFeatures(Protocol):
    """What the store answers to the outside: alerts, incidents and last positions, page by page."""

    def alerts(self, search: Search, *, trials: bool = True) -> Sequence[Alert]:
        """Return alerts by id."""
        ...

    def alert(self, identity: str) -> Alert | None:
        """Return one alert."""
        ...

    def incidents(self, search: Search) -> Sequence[Incident]:
        """Return incidents by id."""
        ...

    def incident(self, identity: str) -> Incident | None:
        """Return one incident."""
        ...

    def positions(self, search: Search) -> Sequence[Placed]:
        """Return last known positions by subject and feed; `after` is both, a line break between."""
        ...

    def position(self, *, feed: str, subject: str) -> Placed | None:
        """Return the last known position of one subject."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one recipient, as it leaves: marked, with its id and the link that confirms it."""

    intent: str
    recipient: str  # as playbooks and templates name it
    address: str  # what the channel needs: a mail address, a URL; "" for the outbox
    subject: str
    text: str
    receipt_url: str = ""
    document: bytes = b""  # of a warning: its CAP message
    document_name: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a channel made of a message; `again` False where trying again cannot help."""

    state: str  # sent | delivered | failed
    reason: str = ""
    again: bool = True


class Notifier(Protocol):
    """One channel to people outside; constructed by the live wiring only."""

    def send(self, message: Outgoing) -> Fate:
        """Send at least once; the message's intent is the same each time. Never raises for what lies outside."""
        ...


class Access(Protocol):
    """Decides who may do and see what; every decision on a command is audited."""

    def check(self, command: Command, *, jurisdiction: str) -> None:
        """Raise NotAllowed unless the actor may do this within `jurisdiction`."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a submitted command: journalled, or refused with the reason."""

    accepted: bool
    command: str
    reason: str = ""
    detail: Mapping[str, Json] | None = None
