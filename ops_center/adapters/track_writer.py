"""Track writer: the input's positions into the Parquet archive, by its own `step` (ORDER 27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops_center.adapters.input_reader import InputReader
from ops_center.adapters.outage import Lost, Outage
from ops_center.adapters.track_archive import TrackArchive
from ops_center.domain.errors import OpsError
from ops_center.domain.feed import Feed
from ops_center.domain.text import Text
from ops_center.ports import INPUT, Clock, Journal

HOUR_MS = 3_600_000
ROWS_A_FILE = 1_000_000
WHAT = Text("轨迹归档文件", "Track archive files")
MEANWHILE = Text(
    "日志仍在保存，暂不清理日志；检查归档磁盘。恢复后自动补写。",
    "The journal still holds everything: remove nothing from it, check the archive's disk. It catches up by itself.",
)


@dataclass(slots=True)
class _File:
    """What one partition's next file holds so far."""

    first: int
    read: int
    hour: int | None = None
    rows: int = 0


@dataclass(slots=True, kw_only=True)
class TrackWriter:
    """Follows partitions of the input; a file is an hour of receipt or a million rows, whichever is less.

    What is not in a complete file is only in memory: a restart reads it again from the journal, at
    the offset that the last file's name states.
    """

    journal: Journal
    feeds: Mapping[str, Feed]
    archive: TrackArchive
    clock: Clock
    partitions: Sequence[int]
    rows_a_file: int = ROWS_A_FILE
    reader: InputReader = field(init=False)
    outage: Outage = field(init=False)
    files: dict[int, _File] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make reader and health."""
        self.reader = InputReader(self.journal, self.feeds)
        self.outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=self.clock)

    def step(self) -> bool:
        """Take in one stretch of each partition; False when there was nothing or the disk is full."""
        return self.outage.tried(self._write, failing=(OpsError, OSError), doubt=self._doubt)

    def lost(self) -> Lost | None:
        """Return what the outage means, None while all is well."""
        return self.outage.lost(sum(self.journal.end(INPUT, p) - file.first for p, file in sorted(self.files.items())))

    def finish(self) -> None:
        """Write what is taken in, however little: on an orderly stop."""
        for partition, file in sorted(self.files.items()):
            self.archive.close_file(partition, until=file.read)
        self.files.clear()

    def _write(self) -> bool:
        moved = [self._move(partition) for partition in self.partitions]
        return any(moved)

    def _doubt(self) -> None:
        self.files.clear()
        self.archive.drop_pending()

    def _move(self, partition: int) -> bool:
        file = self.files.get(partition)
        if file is None:
            first = max(self.archive.next_offset(partition), self.journal.start(INPUT, partition))
            file = self.files[partition] = _File(first, first)
        found = self.reader.read(partition, file.read)
        if found is None:
            return False
        for feed, batch in found.batches.items():
            self.archive.add(batch, feed=feed, partition=partition, offset=found.first)
            file.rows += batch.n
        file.read = found.following
        hour = None if found.stamp_ms is None else found.stamp_ms // HOUR_MS
        file.hour = hour if file.hour is None else file.hour
        if file.rows >= self.rows_a_file or (hour is not None and hour != file.hour):
            self.archive.close_file(partition, until=file.read)
            self.files[partition] = _File(file.read, file.read)
        return True
