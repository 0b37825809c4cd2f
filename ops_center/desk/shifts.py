"""Shift transitions as pure functions: sign on, hand over, sign off, remark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.scales import Role, Status
from ops_center.domain.shift import Shift, ShiftEntry, ShiftState, shift_id
from ops_center.domain.text import Json, Message, Text

MOST_REMARK = 2_000  # characters
MOST_REMARKS = 500  # of one shift
_SUMMARY = Text(
    "本班：告警 {alarms}，签收 {acknowledged}，新建事件 {incidents_opened}，结案 {incidents_closed}，"
    "完成任务 {tasks_done}，派遣 {dispatches}，发布预警 {warnings_published}；移交 {owed} 项",
    "This shift: {alarms} alarms, {acknowledged} acknowledged, {incidents_opened} incidents opened, "
    "{incidents_closed} closed, {tasks_done} tasks done, {dispatches} dispatches, "
    "{warnings_published} warnings published; {owed} things owed",
)


def begin(
    *,
    deployment: str,
    post: str,
    role: Role,
    jurisdiction: str,
    status: Status,
    mark: Mark,
    cause: str,
    taken_over_from: str = "",
) -> Shift:
    """Return a shift that begins; `mark` names person and post."""
    return Shift(
        id=shift_id(deployment, post, cause),
        post=post,
        person=mark.by,
        role=role,
        jurisdiction=jurisdiction,
        status=status,
        began=mark,
        taken_over_from=taken_over_from,
    )


def hand_over(shift: Shift, to: Shift, mark: Mark, *, owed: tuple[str, ...], counts: Mapping[str, int]) -> Shift:
    """Return the shift handed over to the next one, with what was owed then."""
    _need_on_duty(shift)
    if shift.person == to.person:
        raise _by(shift, f"{shift.person} holds this post already", shift.began)
    ended = replace(shift, state=ShiftState.HANDED_OVER, ended=mark, handed_to=to.id, owed=owed)
    return _summed(ended, counts)


def sign_off(
    shift: Shift, mark: Mark, *, role: Role, remarks: str, owed: tuple[str, ...], counts: Mapping[str, int]
) -> Shift:
    """Return the shift ended with nobody after it; its own person does it, or a commander for them."""
    _need_on_duty(shift)
    _need_own(shift, mark, role)
    _need_short(remarks)
    ended = replace(shift, state=ShiftState.SIGNED_OFF, ended=mark, remarks=remarks.strip(), owed=owed)
    return _summed(ended, counts)


def note(shift: Shift, mark: Mark, *, role: Role, text: str, cause: str, incident: str = "") -> Shift:
    """Return the shift with one more remark in its log; what was written stays."""
    _need_on_duty(shift)
    _need_own(shift, mark, role)
    if not text.strip():
        raise CommandRefused("text: is needed", target=shift.id, field="text")
    _need_short(text, field="text")
    if len(shift.log) >= MOST_REMARKS:
        raise CommandRefused(f"text: the log holds {MOST_REMARKS} remarks already", target=shift.id, field="text")
    message = Message(template=Text("{text}", "{text}"), params={"text": text.strip()})
    entry = ShiftEntry(at_ms=mark.at_ms, by=mark.by, message=message, caused_by=cause, incident=incident)
    return replace(shift, log=(*shift.log, entry))


def held(shift: Shift) -> CommandRefused:
    """Return the refusal of a post that somebody holds."""
    return _by(shift, f"post: {shift.post} is held by {shift.person}; take it over", shift.began)


def _summed(shift: Shift, counts: Mapping[str, int]) -> Shift:
    """Return an ended shift with the desk's own line of figures."""
    if shift.ended is None:
        return shift
    params: dict[str, Json] = {**dict(sorted(counts.items())), "owed": len(shift.owed)}
    line = ShiftEntry(
        at_ms=shift.ended.at_ms,
        by="system",
        message=Message(template=_SUMMARY, params=params),
        caused_by=shift.handed_to or shift.id,
    )
    return replace(shift, log=(*shift.log, line))


def _need_on_duty(shift: Shift) -> None:
    if shift.state is not ShiftState.ON_DUTY and shift.ended is not None:
        raise _by(shift, f"the shift is {shift.state}, by {shift.ended.by}", shift.ended)


def _need_own(shift: Shift, mark: Mark, role: Role) -> None:
    if shift.person != mark.by and role is not Role.COMMANDER:
        raise _by(shift, f"{shift.person} holds this post", shift.began)


def _need_short(text: str, *, field: str = "remarks") -> None:
    if len(text) > MOST_REMARK:
        raise CommandRefused(f"{field}: {len(text)} characters, at most {MOST_REMARK}", field=field)


def _by(shift: Shift, reason: str, mark: Mark) -> CommandRefused:
    return CommandRefused(reason, target=shift.id, by=mark.by, at_ms=mark.at_ms)
