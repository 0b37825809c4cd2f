"""Delivery log: every try to reach a recipient, written before it is told to anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from ops_center.adapters.json_lines import add, opened, whole
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try on one channel; `n` counts the tries of an intent over restarts."""

    intent: str
    n: int
    channel: str
    recipient: str
    at_ms: int
    state: str  # sent | delivered | failed
    reason: str = ""
    again: bool = True


@dataclass(slots=True)
class DeliveryLog:
    """An append-only file of JSON lines; a torn last line is cut at `open`."""

    path: Path
    tries: dict[str, tuple[Try, ...]] = field(default_factory=dict)  # by intent
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Read what was tried before, so that tries stay bounded over restarts."""
        self.take(opened(self.path))

    def load(self) -> None:
        """Read what was tried, changing nothing: for those who look from outside."""
        if self.path.exists():
            self.take(whole(self.path.read_bytes()))

    def take(self, raw: bytes) -> None:
        """Take in whole lines."""
        for one in _lines(raw, self.path):
            self.tries[one.intent] = (*self.of(one.intent), one)

    def append(self, one: Try) -> None:
        """Write a try durably; JournalError where that is impossible."""
        with self.lock:
            try:
                add(self.path, msgspec.json.encode(one))
            except OSError as error:
                raise JournalError(f"the delivery log cannot be written: {error}", path=str(self.path)) from error
            self.tries[one.intent] = (*self.of(one.intent), one)

    def of(self, intent: str) -> tuple[Try, ...]:
        """Return the tries of an intent, oldest first."""
        return self.tries.get(intent, ())

    def tried(self, intent: str) -> Sequence[Mapping[str, Json]]:
        """Return the tries of an intent as the outbox page shows them; addresses are not among it."""
        return [
            {"n": one.n, "channel": one.channel, "at_ms": one.at_ms, "state": one.state, "reason": one.reason}
            for one in self.of(intent)
        ]


@dataclass(slots=True)
class SharedTries:
    """The same log, read by a process that does not write it: a wall beside the desk."""

    path: Path
    octets: int = 0
    log: DeliveryLog = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.log = DeliveryLog(self.path)

    def tried(self, intent: str) -> Sequence[Mapping[str, Json]]:
        """Return the tries of an intent, those written since the last look included."""
        lines = self._since()
        self.log.take(lines)
        self.octets += len(lines)
        return self.log.tried(intent)

    def _since(self) -> bytes:
        """Return the whole lines behind those that were read, without reading those again."""
        if not self.path.exists():
            return b""
        with self.path.open("rb") as file:
            file.seek(self.octets)
            return whole(file.read())


def _lines(raw: bytes, path: Path) -> Iterator[Try]:
    for line in raw.splitlines():
        try:
            yield msgspec.json.decode(line, type=Try)
        except msgspec.MsgspecError as error:
            raise JournalError(f"no delivery log: {error}", path=str(path)) from error
