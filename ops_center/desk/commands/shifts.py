"""Commands on shifts: sign on at a post, hand it over, sign off, remark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.content.schema import nearest
from ops_center.desk import shifts
from ops_center.desk.commands.targets import Handler, incident_of, said, shift_of
from ops_center.desk.handover import Held, counts_of, owed_of
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.scales import Role
from ops_center.domain.shift import Shift, ShiftState


def post_of(ledger: Ledger, actor: Actor) -> str:
    """Return where a person sits: the post of the shift they began last, else their account's."""
    own = [one for one in ledger.state.shifts.values() if one.person == actor.name and one.state is ShiftState.ON_DUTY]
    newest = max(own, key=lambda one: (one.began.at_ms, one.id), default=None)
    return newest.post if newest else actor.post


def _sign_on(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Begin a shift at an empty post, or take over the shift that is the target."""
    before = shift_of(ledger, command.target) if command.target else None
    post = said(command, "post") or (before.post if before else command.actor.post)
    _check_post(ledger, post, command.actor)
    if before is not None and before.post != post:
        raise CommandRefused(f"post: the shift holds {before.post}", target=before.id, field="post")
    holder = _holder(ledger, post)
    if holder is not None and before is None:
        raise shifts.held(holder)
    mark = replace(mark, post=post)
    begun = shifts.begin(
        deployment=ledger.deployment,
        post=post,
        role=command.actor.role,
        jurisdiction=command.actor.jurisdiction,
        status=ledger.status,
        mark=mark,
        cause=command.id,
        taken_over_from=before.id if before else "",
    )
    if before is not None:
        owed, counts = _left(ledger, before, mark.at_ms)
        ledger.put(shifts.hand_over(before, begun, mark, owed=owed, counts=counts))
    remarks = said(command, "remarks")
    if remarks:
        begun = shifts.note(begun, mark, role=command.actor.role, text=remarks, cause=command.id)
    ledger.put(begun)


def _sign_off(ledger: Ledger, command: Command, mark: Mark) -> None:
    shift = shift_of(ledger, command.target)
    owed, counts = _left(ledger, shift, mark.at_ms)
    ended = shifts.sign_off(
        shift, mark, role=command.actor.role, remarks=said(command, "remarks"), owed=owed, counts=counts
    )
    ledger.put(ended)


def _note(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = said(command, "incident")
    if incident:
        incident_of(ledger, incident)
    noted = shifts.note(
        shift_of(ledger, command.target),
        mark,
        role=command.actor.role,
        text=said(command, "text"),
        cause=command.id,
        incident=incident,
    )
    ledger.put(noted)


def _check_post(ledger: Ledger, name: str, actor: Actor) -> None:
    posts = ledger.definitions.posts
    if not name:
        raise CommandRefused("post: is needed", field="post")
    if not posts:
        return
    post = posts.get(name)
    if post is None:
        hint = nearest(name, posts)
        near = f"; did you mean {hint}?" if hint else ""
        raise CommandRefused(f"post: no {name!r}{near}", field="post")
    above = post.role is Role.DUTY_OFFICER and actor.role is Role.COMMANDER
    if actor.role is not post.role and not above:
        raise CommandRefused(f"post: {name} is for a {post.role}, not a {actor.role}", field="post")


def _holder(ledger: Ledger, post: str) -> Shift | None:
    found = [one for one in ledger.state.shifts.values() if one.post == post and one.state is ShiftState.ON_DUTY]
    return found[0] if found else None


def _left(ledger: Ledger, shift: Shift, at_ms: int) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the ids of what a shift leaves owed, and its figures."""
    state = ledger.state
    every = Held(
        alerts=state.alerts.values(),
        incidents=state.incidents.values(),
        runs=state.runs.values(),
        dispatches=state.dispatches.values(),
        warnings=state.warnings.values(),
    )
    mine = every.within(shift.jurisdiction, ledger.deployment)
    owed = tuple(sorted({one.id for one in owed_of(mine, at_ms=at_ms)}))
    return owed, counts_of(mine, since_ms=shift.began.at_ms, until_ms=at_ms)


HANDLERS: Mapping[str, Handler] = {kinds.SIGN_ON: _sign_on, kinds.SIGN_OFF: _sign_off, kinds.SHIFT_NOTE: _note}
