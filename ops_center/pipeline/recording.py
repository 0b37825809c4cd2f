"""Recording: carries what the desk wrote out to the store, from where it stood on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ops_center.domain.errors import StaleEpoch
from ops_center.ports import OUTPUT, Journal, Store, Thing
from ops_center.wire import decode, epoch_of

log = logging.getLogger(__name__)

CONSUMER = "store"
HIGHEST = "store-epoch"  # the highest epoch met so far, kept like an offset
READ = 1_000


@dataclass(slots=True, kw_only=True)
class Recorder:
    """Reads OUTPUT; what the store could not take stays there and is put when it can.

    Putting twice changes nothing, so the place is kept after the store has it. A record whose lease is
    older than one met before comes from a desk that had lost it, and is left out.
    """

    journal: Journal
    store: Store
    offset: int | None = None
    highest: int = 0

    def step(self, epoch: int) -> bool:
        """Put what is new under this desk's epoch; False when there was nothing. StaleEpoch: another holds the lease."""
        if self.offset is None:
            self.offset = self.journal.committed(CONSUMER, OUTPUT, 0)
            self.highest = self.journal.committed(HIGHEST, OUTPUT, 0) if self.offset else 0
        records = self.journal.read(OUTPUT, 0, self.offset, READ)
        if not records:
            return False
        things: list[Thing] = []
        highest = self.highest
        for record in records:
            under = epoch_of(record.value)
            highest = max(highest, under)
            if under >= highest:
                things.append(decode(record.value))  # type: ignore[arg-type]
        if highest > epoch:
            raise StaleEpoch(epoch=epoch, held=highest)
        self.store.put(things, epoch=epoch)
        self.offset, self.highest = records[-1].offset + 1, highest
        self.journal.commit(CONSUMER, OUTPUT, 0, self.offset)
        self.journal.commit(HIGHEST, OUTPUT, 0, highest)
        return True

    def behind(self) -> int:
        """Return how many records wait."""
        return self.journal.end(OUTPUT, 0) - (self.offset or 0)
