"""Observations of the input, stretch by stretch, for those who write them down.

They read the input and not what a worker makes of it: its offsets are the journal's own (ORDER 27),
late observations are in it (ORDER 10), and neither a worker's state nor the desk's lead holds them up.
The price is a second decoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center import wire
from ops_center.columns import Batch
from ops_center.domain.feed import Feed
from ops_center.ports import INPUT, Journal
from ops_center.worker.intake import Intake, Reader
from ops_center.worker.leg import joined_batches
from streams.block import decode_block

RECORDS = 64  # read from the journal at a time
ROWS = 16_384  # a stretch ends with the record that reaches them


@dataclass(frozen=True, slots=True, kw_only=True)
class InputStretch:
    """Records [first, following) of one partition: one batch a feed, and the newest stamp."""

    first: int
    following: int
    batches: Mapping[str, Batch]
    stamp_ms: int | None


@dataclass(slots=True)
class InputReader:
    """Reads and decodes; `skip_before_ms` leaves blocks undecoded that were received whole before it."""

    journal: Journal
    feeds: Mapping[str, Feed]
    rows: int = ROWS
    decoder: Reader = field(init=False)

    def __post_init__(self) -> None:
        """Make the decoders' reader."""
        self.decoder = Reader(self.feeds, slack_ms=0)

    def read(self, partition: int, first: int, *, skip_before_ms: int | None = None) -> InputStretch | None:
        """Return what comes next, None at the end."""
        intake, offset, stamp_ms = Intake(), first, None
        while intake.rows < self.rows:
            records = self.journal.read(INPUT, partition, offset, RECORDS)
            for record in records:
                at_ms = self._stamp_of(record.value)
                if wire.is_block(record.value) and (skip_before_ms is None or (at_ms or 0) >= skip_before_ms):
                    self.decoder.read(record.value, intake)
                if at_ms is not None:
                    stamp_ms = at_ms if stamp_ms is None else max(stamp_ms, at_ms)
                offset = record.offset + 1
                if intake.rows >= self.rows:
                    break
            if not records:
                break
        if offset == first:
            return None
        return InputStretch(first=first, following=offset, batches=joined_batches(intake.batches), stamp_ms=stamp_ms)

    def _stamp_of(self, value: bytes) -> int | None:
        """Return the last stamp of a block or tick."""
        if not wire.is_block(value):
            tick = wire.decode(value)
            return tick.stamp_ms if isinstance(tick, wire.Tick) else None
        stamps = decode_block(value).messages.stamps
        return int(stamps.max()) if len(stamps) else None
