"""Audit: every command and its decision in a hash chain that one command verifies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import msgspec

from ops_center.adapters.json_lines import add, opened
from ops_center.domain.command import Command
from ops_center.domain.digest import canonical
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.ports import Clock

FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the chain; `hash` covers everything before it."""

    n: int
    at_ms: int
    command: str
    kind: str
    target: str
    actor: str
    post: str
    role: str
    jurisdiction: str  # of the target
    allowed: bool
    reason: str
    args: Json
    previous: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; `broken_at` is the first line that does not fit."""

    entries: int
    broken_at: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Audit:
    """An append-only file of JSON lines, each with the hash of the one before.

    A torn last line (a crash while writing) is cut at `open`; any other break is left for `verify`.
    """

    path: Path
    clock: Clock
    n: int = 0
    last: str = FIRST
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Find the end of the chain."""
        for entry in _lines(opened(self.path)):
            if isinstance(entry, AuditEntry):
                self.n, self.last = entry.n, entry.hash

    def append(self, command: Command, *, allowed: bool, reason: str, jurisdiction: str) -> AuditEntry:
        """Write one decision durably, before the command is carried out."""
        with self.lock:
            entry = AuditEntry(
                n=self.n + 1,
                at_ms=self.clock.now_ms(),
                command=command.id,
                kind=command.kind,
                target=command.target,
                actor=command.actor.name,
                post=command.actor.post,
                role=command.actor.role,
                jurisdiction=jurisdiction,
                allowed=allowed,
                reason=reason,
                args=dict(command.args),
                previous=self.last,
            )
            entry = replace(entry, hash=_hash(entry))
            try:
                add(self.path, msgspec.json.encode(entry))
            except OSError as error:
                raise JournalError(f"the audit cannot be written: {error}", path=str(self.path)) from error
            self.n, self.last = entry.n, entry.hash
            return entry


def verify(path: Path) -> Verdict:
    """Return whether the chain is whole: nothing changed, cut out, put in or swapped."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Verdict(0, 0, f"cannot be read: {error}")
    n, previous = 0, FIRST
    for entry in _lines(raw):
        n += 1
        if isinstance(entry, str):
            return Verdict(n - 1, n, entry)
        if entry.n != n or entry.previous != previous:
            return Verdict(n - 1, n, "does not follow the line before")
        if _hash(entry) != entry.hash:
            return Verdict(n - 1, n, "was changed")
        previous = entry.hash
    return Verdict(n)


def _lines(raw: bytes) -> Iterator[AuditEntry | str]:
    for line in raw.splitlines():
        try:
            yield msgspec.json.decode(line, type=AuditEntry)
        except msgspec.MsgspecError as error:
            yield f"is no entry: {error}"


def _hash(entry: AuditEntry) -> str:
    return hashlib.sha256(canonical(replace(entry, hash="")).encode()).hexdigest()
