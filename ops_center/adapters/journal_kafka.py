"""Journal on Apache Kafka: durable when every in-sync replica has it, read by offset, offsets kept by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

from ops_center.adapters.journal_topics import OpenJournal
from ops_center.adapters.kafka_client import KafkaSettings, Questions
from ops_center.adapters.kafka_layout import agree
from ops_center.adapters.kafka_outputs import plain
from ops_center.adapters.kafka_reader import Reader
from ops_center.adapters.kafka_topics import ALERTS
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.domain.errors import JournalError
from ops_center.ports import OUTPUT, Group, Record


class KafkaJournal(OpenJournal):
    """Implements `ports.GroupJournal`; any thread may use it, several processes at once.

    `partitions` maps topic to number; None takes what the layout record says. A broker that is away
    is a JournalError after `settings.wait_s`; the next call goes on as soon as it is back.
    A group that commits here has no members: it is a name for an offset, as lag monitors show it.
    """

    def __init__(self, settings: KafkaSettings, partitions: Mapping[str, int] | None = None) -> None:
        self._settings = settings
        self._partitions = agree(settings, partitions)
        self._questions = Questions(settings)
        self._reader, self._writer = Reader(settings, self._questions), Writer(settings)
        self._plain = ALERTS in self._partitions

    def close(self) -> None:
        """Let go of the connections; everything acknowledged is with the broker."""
        self._writer.close()
        self._reader.close()
        self._questions.close()

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Write all groups, or raise; return the first offset of each.

        After an error some partitions may have their part: see `Writer`. Outputs are written a
        second time as plain JSON, in the same step.
        """
        whole: dict[TopicPartition, list[bytes]] = {}
        starts: list[tuple[TopicPartition, int]] = []
        for topic, partition, values in groups:
            place = self._place(topic, partition)
            starts.append((place, len(whole.setdefault(place, []))))
            whole[place].extend(values)
        writes = [Write(place.topic, place.partition, values) for place, values in whole.items()]
        if self._plain:
            outputs = [value for topic, _, values in groups if topic == OUTPUT for value in values]
            writes += plain(outputs, self._settings.name)
        firsts = dict(zip(whole, self._writer.write(writes), strict=False))  # behind them are the plain ones
        for place, values in whole.items():
            if values:
                self._reader.written(place, firsts[place] + len(values))
            else:
                firsts[place] = self._reader.end(place)
        return [firsts[place] + rows for place, rows in starts]

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records (and about 16 MiB) from `offset` on; empty at the end."""
        return self._reader.read(self._place(topic, partition), offset, limit)

    def wait(self, seconds: float) -> None:
        """Return as soon as there is more to read where something was read before, after `seconds` at the latest."""
        self._reader.wait(seconds)

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self._reader.ends(self._place(topic, partition))[0]

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self._reader.end(self._place(topic, partition))

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.commit_many({group: offset}, topic, partition)

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition."""
        place = self._place(topic, partition)
        for group, offset in offsets.items():
            self._alter(self._settings.name(group), place, offset)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        place, name = self._place(topic, partition), self._settings.name(group)
        found = self._questions.ask(lambda admin: admin.list_group_offsets({name: [place]}))
        stored = found.get(name, {}).get(place)
        return self.start(topic, partition) if stored is None or stored.offset < 0 else int(stored.offset)

    def _alter(self, group: str, place: TopicPartition, offset: int) -> None:
        def question(admin: Any) -> None:
            errors = admin.alter_group_offsets(group, {place: OffsetAndMetadata(offset, "", -1)})
            for error in errors.values():
                if error is not NoError:
                    raise error(f"offset of group {group}")

        self._questions.ask(question)

    def _place(self, topic: str, partition: int) -> TopicPartition:
        if not 0 <= partition < self.partitions(topic):
            raise JournalError(f"no partition {partition} of {topic!r}; it has {self.partitions(topic)}")
        return TopicPartition(self._settings.name(topic), partition)
