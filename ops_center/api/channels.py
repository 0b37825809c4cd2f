"""Channels: what a screen shows, each able to tell any client exactly what changed since its frame.

A client's place in a channel is the revision of the last frame sent to it. Frames are made when
they are sent, so nothing waits in a queue and a slow client gets the newest state in one frame.
Clients at the same revision share the encoded bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ops_center.api.frames import Column, frame, rows_header
from ops_center.columns import Positions
from ops_center.domain.text import Json

MOST_GONE = 4_096  # removals remembered; a client further back gets the whole set again
SPARSE_SHARE = 0.4  # above this share of changed rows a whole column is shorter than indices and rows


class Channel(Protocol):
    """One named part of the picture."""

    name: str

    @property
    def rev(self) -> int:
        """Revision of the newest change."""
        ...

    def frame(self, since: int) -> bytes | None:
        """Return what brings a client at revision `since` up to date; None where it is. 0 = nothing yet."""
        ...


@dataclass(slots=True)
class WholeChannel:
    """A value sent whole whenever it changes."""

    name: str
    rev: int = 0
    body: bytes = b"null"
    at_ms: int = 0
    made: bytes | None = None

    def put(self, value: Json, *, at_ms: int) -> None:
        """Hold a new value; an equal one is no change."""
        body = msgspec.json.encode(value)
        if body != self.body or not self.rev:
            self.body, self.at_ms, self.rev, self.made = body, at_ms, self.rev + 1, None

    def frame(self, since: int) -> bytes | None:
        """Return the value, None where the client has it."""
        if since == self.rev:
            return None
        if self.made is None:
            head = msgspec.json.encode({"k": "whole", "ch": self.name, "seq": self.rev, "t": self.at_ms})
            self.made = frame(head[:-1] + b',"body":' + self.body + b"}")
        return self.made


@dataclass(slots=True)
class RowsChannel:
    """Rows by id; a frame carries the rows changed since the client's revision, and the ids gone."""

    name: str
    encode: Callable[[Any], bytes]
    rev: int = 0
    at_ms: int = 0
    things: dict[str, Any] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    floor: int = 0  # removals up to this revision are forgotten
    made: dict[int, bytes] = field(default_factory=dict)

    def put(self, things: Mapping[str, Any], *, at_ms: int) -> None:
        """Hold new rows; only things that are not the same object and not equal are encoded again."""
        rev = self.rev + 1
        changed = not self.rev
        for identity, thing in things.items():
            held = self.things.get(identity)
            if held is thing or (held is not None and held == thing):
                continue
            body = self.encode(thing)
            if self.bodies.get(identity) != body:
                self.bodies[identity], self.revs[identity] = body, rev
                self.gone.pop(identity, None)
                changed = True
        for identity in [one for one in self.bodies if one not in things]:
            del self.bodies[identity], self.revs[identity]
            self.gone[identity] = rev
            changed = True
        self.things = dict(things)
        if changed:
            self.rev, self.at_ms = rev, at_ms
            self.made.clear()
            self._forget()

    def _forget(self) -> None:
        while len(self.gone) > MOST_GONE:
            oldest = next(iter(self.gone))
            self.floor = max(self.floor, self.gone.pop(oldest))

    def frame(self, since: int) -> bytes | None:
        """Return the rows changed since a revision; all of them for a client too far back."""
        if since == self.rev:
            return None
        whole = since == 0 or since < self.floor or since > self.rev
        key = 0 if whole else since
        if key not in self.made:
            rows = [body for identity, body in self.bodies.items() if self.revs[identity] > key]
            gone = [] if whole else [identity for identity, rev in self.gone.items() if rev > since]
            kind = "set" if whole else "patch"
            head = {"k": kind, "ch": self.name, "seq": self.rev, "since": key, "t": self.at_ms}
            self.made[key] = frame(rows_header(head, rows=rows, gone=gone))
        return self.made[key]


@dataclass(slots=True)
class VehiclesChannel:
    """Positions as columns named by their deck.gl accessors: 10 bytes a vehicle and tick.

    ``set`` carries the ids when membership changes, ``patch`` whole columns, ``idx`` the changed
    rows where they are few. Angles are 256ths of a turn, which a 12-pixel arrow cannot tell from
    degrees; ``@veh`` is a class byte that the client's palette expands.
    """

    name: str
    opaque: Callable[[str], str]
    rev: int = 0
    epoch: int = 0
    at_ms: int = 0
    subjects: tuple[str, ...] = ()
    keys: list[str] = field(default_factory=list)
    place: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 2), np.float32))
    angle: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    style: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    row_revs: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    set_rev: int = 0
    made: dict[int, bytes] = field(default_factory=dict)

    def put(self, positions: Positions, *, at_ms: int) -> None:
        """Hold new positions."""
        place = np.column_stack((positions.lon, positions.lat)).astype(np.float32).reshape(-1, 2)
        turn = np.nan_to_num(positions.heading_deg, nan=0.0) / 360.0 * 256.0
        angle = (np.round(turn).astype(np.int64) & 255).astype(np.uint8)
        style = positions.style.astype(np.uint8)
        rev = self.rev + 1
        if (self.subjects is not positions.subjects and self.subjects != positions.subjects) or not self.rev:
            self.keys = [self.opaque(subject) for subject in positions.subjects]
            self.row_revs = np.full(len(self.keys), rev, np.int64)
            self.epoch, self.set_rev = self.epoch + 1, rev
        else:
            changed = (place != self.place).any(axis=1) | (angle != self.angle) | (style != self.style)
            if not changed.any():
                return
            self.row_revs[changed] = rev
        self.subjects, self.place, self.angle, self.style = positions.subjects, place, angle, style
        self.rev, self.at_ms = rev, at_ms
        self.made.clear()

    def frame(self, since: int) -> bytes | None:
        """Return a set, whole columns or changed rows, whichever the client needs."""
        if since == self.rev:
            return None
        key = 0 if since < self.set_rev or since > self.rev else since
        if key not in self.made:
            self.made[key] = self._made(key)
        return self.made[key]

    def _made(self, since: int) -> bytes:
        head: dict[str, Json] = {"ch": self.name, "seq": self.rev, "t": self.at_ms, "epoch": self.epoch, "since": since}
        if since == 0:
            return frame(
                msgspec.json.encode({"k": "set", "n": len(self.keys), **head, "ids": self.keys}), self._columns()
            )
        rows = np.flatnonzero(self.row_revs > since)
        if len(rows) > SPARSE_SHARE * len(self.keys):
            return frame(msgspec.json.encode({"k": "patch", "n": len(self.keys), **head}), self._columns())
        index: Column = ("index", 1, rows.astype(np.uint32))
        return frame(msgspec.json.encode({"k": "idx", "n": len(rows), **head}), (index, *self._columns(rows)))

    def _columns(self, rows: NDArray[np.int64] | slice = slice(None)) -> tuple[Column, ...]:
        return (
            ("getPosition", 2, self.place[rows]),
            ("getAngle@turn", 1, self.angle[rows]),
            ("getColor@veh", 1, self.style[rows]),
        )
