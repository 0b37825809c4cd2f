"""Who may give which command: command kind by role, as data."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain import command as kinds
from ops_center.domain.scales import Role

_OFFICERS = frozenset({Role.DUTY_OFFICER, Role.COMMANDER})
_COMMANDERS = frozenset({Role.COMMANDER})
_CREWS = _OFFICERS | {Role.UNIT}
_PEOPLE = frozenset(Role) - {Role.UNIT}
_TRIAL = frozenset({Role.ANALYST, Role.ADMINISTRATOR})

MATRIX: Mapping[str, frozenset[Role]] = {
    kinds.ACKNOWLEDGE: _OFFICERS,
    kinds.CLAIM: _OFFICERS,
    kinds.HAND_OVER: _OFFICERS,
    kinds.SHELVE: _OFFICERS,
    kinds.UNSHELVE: _OFFICERS,
    kinds.SUPPRESS: _COMMANDERS,
    kinds.RELEASE: _COMMANDERS,
    kinds.OUT_OF_SERVICE: _COMMANDERS,
    kinds.RETURN_TO_SERVICE: _COMMANDERS,
    kinds.CLOSE_ALERT: _OFFICERS,
    kinds.OPEN_INCIDENT: _OFFICERS,
    kinds.VERIFY: _OFFICERS,
    kinds.NOTE: _OFFICERS,
    kinds.UPDATE: _OFFICERS,
    kinds.STATE_CLAIM: _OFFICERS,
    kinds.REPORT: _OFFICERS,
    kinds.ATTACH: _OFFICERS,
    kinds.SET_PARENT: _OFFICERS,
    kinds.MERGE: _OFFICERS,
    kinds.GRADE: _COMMANDERS,
    kinds.RESPOND: _COMMANDERS,
    kinds.END_RESPONSE: _COMMANDERS,
    kinds.COMMAND_LEVEL: _COMMANDERS,
    kinds.LINK: _OFFICERS,
    kinds.UNLINK: _OFFICERS,
    kinds.DISMISS: _OFFICERS,
    kinds.CLOSE: _COMMANDERS,
    kinds.REOPEN: _COMMANDERS,
    kinds.START_RUN: _OFFICERS,
    kinds.STAND_DOWN: _COMMANDERS,
    kinds.TASK_ACKNOWLEDGE: _OFFICERS,
    kinds.TASK_DONE: _OFFICERS,
    kinds.TASK_SKIP: _OFFICERS,
    kinds.WARNING_DRAFT: _OFFICERS,
    kinds.WARNING_EDIT: _OFFICERS,
    kinds.WARNING_APPROVE: _OFFICERS,  # the desk asks for the role that its template names
    kinds.WARNING_DISCARD: _OFFICERS,
    kinds.WARNING_PUBLISH: _OFFICERS,  # only what was approved
    kinds.WARNING_UPDATE: _OFFICERS,
    kinds.WARNING_CANCEL: _COMMANDERS,
    kinds.RECEIPT: _OFFICERS,
    kinds.SIGN_ON: _OFFICERS,
    kinds.SIGN_OFF: _OFFICERS,
    kinds.SHIFT_NOTE: _OFFICERS,
    kinds.TASK_APPROVE: _OFFICERS,
    kinds.DISPATCH: _OFFICERS,
    kinds.DISPATCH_ACCEPT: _CREWS,
    kinds.DISPATCH_EN_ROUTE: _CREWS,
    kinds.DISPATCH_ON_SCENE: _CREWS,
    kinds.DISPATCH_RELEASE: _OFFICERS,
    kinds.DISPATCH_DECLINE: _CREWS,
    kinds.DISPATCH_CANCEL: _OFFICERS,
    kinds.RESOURCE_OUT: _OFFICERS,
    kinds.RESOURCE_BACK: _OFFICERS,
    kinds.LOAD_CONTENT: frozenset({Role.ADMINISTRATOR}),
    kinds.DELIVERY: frozenset({Role.ADMINISTRATOR}),  # a notifier signs in as a service account
}

# What a signed-in person may read; every role reads only within its jurisdiction.
READS: Mapping[str, frozenset[Role]] = {
    "picture": _PEOPLE,
    "why": _PEOPLE,
    "shadow": _TRIAL,  # alerts of rules on trial
    "evidence": frozenset({Role.DUTY_OFFICER, Role.COMMANDER, Role.ADMINISTRATOR}),  # as reports; audited
    "personal": frozenset({Role.COMMANDER}),  # unmasking, audited
    "audit": frozenset({Role.ADMINISTRATOR}),
}


def may_command(role: Role, kind: str) -> bool:
    """Return True where a role may give a command; an unknown command is nobody's."""
    return role in MATRIX.get(kind, frozenset())


def may_read(role: Role, what: str) -> bool:
    """Return True where a role may read; an unknown thing is nobody's."""
    return role in READS.get(what, frozenset())
