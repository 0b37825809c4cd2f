"""Every record of a partition, for what reads a journal from end to end."""

from __future__ import annotations

from collections.abc import Iterator

from ops_center.ports import Journal, Record

CHUNK = 65_536


def records_of(journal: Journal, topic: str, partition: int) -> Iterator[Record]:
    """Yield every record of a partition."""
    offset = journal.start(topic, partition)
    while records := journal.read(topic, partition, offset, CHUNK):
        yield from records
        offset = records[-1].offset + 1
