"""Input records decoded: batches by feed, and the events of what is no observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from ops_center.columns import Batch, Decoded, Messages, Refused
from ops_center.domain.digest import digest_of, plain
from ops_center.domain.event import Event, EventKind
from ops_center.domain.feed import Feed
from ops_center.domain.ids import make_id
from ops_center.domain.world import HazardRevision, RegistryVersion
from streams import decoders
from streams.block import Block, decode_block
from streams.decoders import Decoder

SHOWN_BYTES = 256  # of a dead letter
GATHERED_BYTES = 65_536  # of blocks decoded together: beyond it a block is worth a decoder's call of its own
Counts = dict[str, dict[str, int]]


@dataclass(slots=True)
class Intake:
    """What some records of the input held; counts are of these records only."""

    batches: dict[str, list[Batch]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    counts: Counts = field(default_factory=dict)
    rows: int = 0
    gathered: dict[str, list[Block]] = field(default_factory=dict)  # by feed, still to be decoded
    messages: int = 0  # in them
    size: int = 0

    def count(self, feed: str, name: str, n: int) -> None:
        """Add to a count of a feed."""
        of = self.counts.setdefault(feed, {})
        of[name] = of.get(name, 0) + n


class Reader:
    """Decodes blocks by their feeds' decoders; what cannot be read becomes an event, never silence."""

    def __init__(self, feeds: Mapping[str, Feed], *, slack_ms: int) -> None:
        self._feeds, self._slack_ms = feeds, slack_ms
        self._decoders: dict[str, Decoder] = {}

    def read(self, value: bytes, intake: Intake) -> Block:
        """Add a block's messages to an intake; JournalError where the record is no block."""
        return self._decode(decode_block(value), intake)

    def _decode(self, block: Block, intake: Intake) -> Block:
        feed = self._feeds.get(block.feed)
        intake.count(block.feed, "messages", len(block.messages))
        if feed is None:
            intake.count(block.feed, "dead", len(block.messages))
            if len(block.messages):  # one letter a block: the messages stay in the journal
                intake.events.append(self._dead(block, Refused(0, "this deployment has no such feed", "feed"), None))
            return block
        if feed.id not in self._decoders:
            self._decoders[feed.id] = decoders.load(feed)
        decoded = self._decoders[feed.id].decode(block.messages)
        self._take(block, feed, decoded, intake)
        return block

    def gather(self, value: bytes, intake: Intake, *, most_rows: int) -> None:
        """Add a block to those that are decoded together, which costs less, and decode them once they are enough."""
        block = decode_block(value)
        if block.feed not in self._feeds:
            self.read(value, intake)
            return
        intake.gathered.setdefault(block.feed, []).append(block)
        intake.messages += len(block.messages)
        intake.size += len(value)
        if intake.rows + intake.messages >= most_rows or intake.size >= GATHERED_BYTES:
            self.settle(intake)

    def settle(self, intake: Intake) -> None:
        """Decode what has gathered."""
        for blocks in intake.gathered.values():
            self._decode(replace(blocks[0], messages=Messages.joined([block.messages for block in blocks])), intake)
        intake.gathered, intake.messages, intake.size = {}, 0, 0

    def _take(self, block: Block, feed: Feed, decoded: Decoded, intake: Intake) -> None:
        if decoded.batch.n:
            intake.batches.setdefault(feed.id, []).append(decoded.batch)
            intake.rows += decoded.batch.n
        for refused in decoded.refused:
            intake.count(feed.id, "dead" if refused.whole else "refused", 1)
            intake.events.append(self._dead(block, refused, feed))
        for row, record in decoded.records:
            intake.events.append(self._record(block, row, record, feed))

    def _dead(self, block: Block, refused: Refused, feed: Feed | None) -> Event:
        stamp_ms = int(block.messages.stamps[refused.message])
        raw = block.messages[refused.message]
        said = blake2b(raw, digest_size=16).digest()
        return Event(
            id=make_id("event", EventKind.DEAD, block.feed, said, refused.reason, refused.field, stamp_ms),
            kind=EventKind.DEAD,
            feed=block.feed,
            event_ms=stamp_ms,
            stamp_ms=stamp_ms,
            desk_ms=stamp_ms,
            status=feed.status if feed is not None else block.status,
            facts={
                "reason": refused.reason,
                "field": refused.field,
                "bytes": raw[:SHOWN_BYTES].hex(),
                "at_ms": stamp_ms,
            },
        )

    def _record(self, block: Block, row: int, record: HazardRevision | RegistryVersion, feed: Feed) -> Event:
        stamp_ms = int(block.messages.stamps[row])
        body = plain(record)
        if isinstance(record, HazardRevision):
            kind, subject, said_ms = EventKind.HAZARD, record.id, record.issued_ms
            lon_e7, lat_e7 = record.lon_e7, record.lat_e7
        else:
            kind, subject, said_ms = EventKind.REGISTRY, f"{record.registry}/{record.key}", record.from_ms
            lon_e7 = lat_e7 = None
        event_ms = min(said_ms, stamp_ms)  # what is stated for later happens when it is said
        return Event(
            id=make_id("event", kind, feed.id, subject, digest_of(body)),
            kind=kind,
            feed=feed.id,
            subject=subject,
            event_ms=event_ms,
            stamp_ms=stamp_ms,
            desk_ms=max(event_ms, stamp_ms - self._slack_ms),
            lon_e7=lon_e7,
            lat_e7=lat_e7,
            status=feed.status,
            facts=body,
        )


def newest_ms(batch: Batch) -> int:
    """Return the latest instant at which a row of a batch acts."""
    return int(np.maximum(batch.array("stamp"), batch.array("event_time")).max())
