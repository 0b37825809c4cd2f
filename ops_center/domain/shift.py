"""Shift: one person's time at one post, from sign-on to hand-over or sign-off.

on_duty -> handed_over (the next person took the post over, with what is owed) | signed_off.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ops_center.domain.alert import Mark
from ops_center.domain.ids import make_id
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Message, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One seat of the room (席位), defined by content; `role` is what its holder must be signed in as."""

    id: str
    title: Text
    role: Role = Role.DUTY_OFFICER
    duties: Text | None = None


class ShiftState(StrEnum):
    """Of a shift."""

    ON_DUTY = "on_duty"
    HANDED_OVER = "handed_over"
    SIGNED_OFF = "signed_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEntry:
    """One line of the shift log: a remark, or what the desk noted by itself."""

    at_ms: int
    by: str
    message: Message
    caused_by: str
    incident: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift; `owed` at hand-over names the alarms, incidents and tasks that were open."""

    id: str
    post: str
    person: str
    role: Role
    jurisdiction: str
    status: Status = Status.ACTUAL
    state: ShiftState = ShiftState.ON_DUTY
    began: Mark
    ended: Mark | None = None
    taken_over_from: str = ""  # the shift before
    handed_to: str = ""  # the shift after
    remarks: str = ""
    owed: tuple[str, ...] = ()
    log: tuple[ShiftEntry, ...] = ()


def shift_id(deployment: str, post: str, cause: str) -> str:
    """Return the id of the shift at `post` that the command `cause` began."""
    return make_id("shift", deployment, post, cause)
