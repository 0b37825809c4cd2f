"""Outbox: the embedded notifier; what would be sent is written down and shown on a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from ops_center.domain.errors import JournalError
from ops_center.domain.scales import Status
from ops_center.ports import Clock

DRILL = "【演练】"  # what every outgoing text of an exercise begins with (MODEL: Identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as it would have gone out; `intent` is its id, also in the text."""

    intent: str
    recipient: str
    text: str
    at_ms: int


@dataclass(slots=True)
class Outbox:
    """Implements `ports.Notifier`; an intent sent again (after a crash) is written once."""

    path: Path
    clock: Clock
    known: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Read what was sent before; a torn last line is cut, so that its intent goes out again."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        raw = self.path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            with self.path.open("r+b") as file:
                file.truncate(whole)
        self.known = {one.intent for one in self.read()}

    def send(self, *, intent: str, recipient: str, text: str) -> str:
        """Write the message durably; return sent."""
        with self.lock:
            if intent in self.known:
                return "sent"
            sent = Sent(intent=intent, recipient=recipient, text=text, at_ms=self.clock.now_ms())
            try:
                with self.path.open("ab") as file:
                    file.write(msgspec.json.encode(sent) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                return "failed"
            self.known.add(intent)
            return "sent"

    def read(self) -> Iterator[Sent]:
        """Yield what was sent, oldest first."""
        for line in self.path.read_bytes().splitlines():
            try:
                yield msgspec.json.decode(line, type=Sent)
            except msgspec.MsgspecError as error:
                raise JournalError(f"no outbox: {error}", path=str(self.path)) from error


def outgoing(text: str, *, intent: str, status: Status) -> str:
    """Return a text as it leaves: an exercise's is marked, and the id lets a receiver drop a repeat."""
    mark = DRILL if status is not Status.ACTUAL else ""
    return f"{mark}{text} [{intent.rpartition('-')[2][:8]}]"
