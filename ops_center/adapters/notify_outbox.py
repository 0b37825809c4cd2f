"""Outbox: the embedded notifier; what would be sent is written down and shown on a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from ops_center.adapters.files import reason_of, replace_file
from ops_center.adapters.json_lines import add, opened
from ops_center.domain.errors import JournalError
from ops_center.ports import Clock, Fate, Outgoing

DOCUMENTS = "outbox"  # folder beside the file: the CAP messages that went with what was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as it would have gone out; `intent` is its id, also in the text."""

    intent: str
    recipient: str
    text: str
    at_ms: int
    subject: str = ""
    document: str = ""  # name of its file


@dataclass(slots=True)
class Outbox:
    """Implements `ports.Notifier`; an intent sent again (after a crash) is written once."""

    path: Path
    clock: Clock
    known: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Read what was sent before; a torn last line is cut, so that its intent goes out again."""
        opened(self.path)
        self.known = {one.intent for one in self.read()}

    def send(self, message: Outgoing) -> Fate:
        """Write the message durably."""
        with self.lock:
            if message.intent in self.known:
                return Fate(state="sent")
            sent = Sent(
                intent=message.intent,
                recipient=message.recipient,
                text=message.text,
                at_ms=self.clock.now_ms(),
                subject=message.subject,
                document=message.document_name,
            )
            try:
                if message.document:
                    self.file(message.document_name, message.document)
                add(self.path, msgspec.json.encode(sent))
            except OSError as error:
                return Fate(state="failed", reason=reason_of(error))
            self.known.add(message.intent)
            return Fate(state="sent")

    def file(self, name: str, content: bytes) -> None:
        """Keep a document that went out."""
        folder = self.path.parent / DOCUMENTS
        folder.mkdir(exist_ok=True)
        replace_file(folder / Path(name).name, content)

    def read(self) -> Iterator[Sent]:
        """Yield what was sent, oldest first."""
        for line in self.path.read_bytes().splitlines():
            try:
                yield msgspec.json.decode(line, type=Sent)
            except msgspec.MsgspecError as error:
                raise JournalError(f"no outbox: {error}", path=str(self.path)) from error
