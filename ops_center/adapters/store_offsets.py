"""Where a writer stands in the journal, kept in the transaction of what it wrote (ORDER 27)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops_center.adapters.store_models import OffsetRow
from ops_center.domain.errors import OpsError
from ops_center.ports import Journal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Records [first, following) of a partition, read by one consumer."""

    consumer: str
    topic: str
    partition: int
    first: int
    following: int


@dataclass(slots=True)
class Place:
    """Where a consumer of one partition stands: `stored` in the database, `read` in the journal."""

    stored: int
    read: int


class OutOfPlace(OpsError):
    """A writer stands elsewhere than database or journal say: another one writes, or they do not belong together."""

    def __init__(self, consumer: str, topic: str, reason: str) -> None:
        self.consumer, self.topic, self.reason = consumer, topic, reason
        super().__init__(f"{consumer} of {topic}: {reason}")


def stored_offset(engine: Engine, *, consumer: str, topic: str, partition: int) -> int | None:
    """Return the offset behind what a consumer stored, None where it never did."""
    with Session(engine) as session:
        found = session.get(OffsetRow, (consumer, topic, partition))
        return found.position if found else None


@dataclass(slots=True)
class Places:
    """Where one consumer stands in each partition it follows; after a failure the database is asked again."""

    engine: Engine
    journal: Journal
    consumer: str
    _at: dict[tuple[str, int], Place] = field(default_factory=dict)
    _doubted: set[tuple[str, int]] = field(default_factory=set)

    def at(self, topic: str, partition: int) -> Place:
        """Return where it stands."""
        key = topic, partition
        if key not in self._at or key in self._doubted:
            self._at[key] = place_of(
                self.engine, self.journal, consumer=self.consumer, topic=topic, partition=partition
            )
            self._doubted.discard(key)
        return self._at[key]

    def stretch(self, topic: str, partition: int, following: int) -> Stretch:
        """Return the records from what is stored up to `following`."""
        first = self.at(topic, partition).stored
        return Stretch(consumer=self.consumer, topic=topic, partition=partition, first=first, following=following)

    def stored(self, stretch: Stretch) -> None:
        """Note that a stretch is written."""
        place = self._at[stretch.topic, stretch.partition]
        place.stored = place.read = stretch.following

    def keep(self, topic: str, partitions: Sequence[int]) -> None:
        """Forget the topic's other partitions: in one that comes back another consumer may have moved."""
        self._at = {(of, n): place for (of, n), place in self._at.items() if of != topic or n in partitions}

    def doubt(self) -> None:
        """Know nothing of the database any more."""
        self._doubted.update(self._at)

    def behind(self, topic: str) -> int:
        """Return how many records of a topic wait in the partitions that are known."""
        known = [(partition, place) for (of, partition), place in self._at.items() if of == topic]
        return sum(self.journal.end(topic, partition) - place.read for partition, place in known)


def place_of(engine: Engine, journal: Journal, *, consumer: str, topic: str, partition: int) -> Place:
    """Return where a consumer goes on: behind what it stored, or at the journal's start."""
    start, end = journal.start(topic, partition), journal.end(topic, partition)
    stored = stored_offset(engine, consumer=consumer, topic=topic, partition=partition)
    if stored is None:
        return Place(start, start)
    if stored > end:
        raise OutOfPlace(consumer, topic, f"the database is at {stored}, but the journal ends at {end}")
    if stored < start:
        log.error("%s of %s/%d: the journal no longer has %d records", consumer, topic, partition, start - stored)
    return Place(stored, max(stored, start))


def advance(session: Session, stretch: Stretch) -> None:
    """Move a consumer from the first record of a stretch behind its last; OutOfPlace where it stood elsewhere.

    The row stays locked until the transaction ends, so of two writers of one partition one is refused.
    """
    dialect = session.get_bind().dialect.name
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(OffsetRow)
    key = {"consumer": stretch.consumer, "topic": stretch.topic, "partition": stretch.partition}
    move = insert.values(**key, position=stretch.following).on_conflict_do_update(
        index_elements=list(key),
        set_={"position": stretch.following},
        where=OffsetRow.position == stretch.first,
    )
    if session.execute(move.returning(OffsetRow.position)).first() is None:
        reason = f"offset {stretch.first} is not the stored one: is another writer at work?"
        raise OutOfPlace(stretch.consumer, stretch.topic, reason)
