"""Messages and commands that are received and stamped but not yet durable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag

from ops_center.columns import Messages
from ops_center.domain.command import Command
from ops_center.domain.feed import Feed
from streams.block import Block, encode_block

Key = tuple[str, int]  # feed, partition


@dataclass(slots=True)
class Submitted:
    """A command whose sender waits for the journal."""

    command: Command
    journalled: Flag = field(default_factory=Flag)


@dataclass(slots=True)
class Pending:
    """One flush's worth, in order of receipt."""

    messages: dict[Key, list[bytes]] = field(default_factory=dict)
    stamps: dict[Key, list[int]] = field(default_factory=dict)
    heard: dict[str, tuple[int, int]] = field(default_factory=dict)  # feed -> first, last stamp
    commands: list[Submitted] = field(default_factory=list)
    done: list[Callable[[], None]] = field(default_factory=list)
    count: int = 0
    octets: int = 0

    def add(self, feed: str, partition: int, message: bytes, stamp_ms: int) -> None:
        """Take in one message."""
        key = (feed, partition)
        waiting = self.messages.get(key)
        if waiting is None:
            self.messages[key], self.stamps[key] = [message], [stamp_ms]
        else:
            waiting.append(message)
            self.stamps[key].append(stamp_ms)
        self.count += 1
        self.octets += len(message)

    def hear(self, feed: str, stamp_ms: int) -> None:
        """Note that a feed was heard, for the next tick (ORDER 24)."""
        first, _ = self.heard.get(feed, (stamp_ms, stamp_ms))
        self.heard[feed] = (first, stamp_ms)

    def extend(self, later: Pending) -> None:
        """Append what was received after this."""
        for key, messages in later.messages.items():
            self.messages.setdefault(key, []).extend(messages)
            self.stamps.setdefault(key, []).extend(later.stamps[key])
        for feed, (first, last) in later.heard.items():
            self.heard[feed] = (self.heard.get(feed, (first, last))[0], last)
        self.commands += later.commands
        self.done += later.done
        self.count += later.count
        self.octets += later.octets

    def blocks(self, *, gateway: str, feeds: dict[str, Feed], numbers: dict[Key, int]) -> dict[int, list[bytes]]:
        """Return the blocks per partition, each partition's in order of their first stamp, then feed."""
        by_partition: dict[int, list[bytes]] = {}
        for feed, partition in sorted(self.messages, key=lambda key: (self.stamps[key][0], key)):
            key = (feed, partition)
            block = Block(
                gateway=gateway,
                feed=feed,
                partition=partition,
                first=numbers.get(key, 0),
                status=feeds[feed].status,
                messages=Messages.of(self.messages[key], self.stamps[key]),
            )
            by_partition.setdefault(partition, []).append(encode_block(block))
        return by_partition
