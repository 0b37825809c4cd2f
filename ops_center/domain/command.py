"""Command: what a person asked for; journalled like everything that can change state.

The kinds are listed with their arguments: this list is the whole vocabulary of wall, API and desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.scales import Role
from ops_center.domain.text import Json

# Alarms. Arguments after the dash; "?" marks what may be absent.
ACKNOWLEDGE = "alert.acknowledge"  # - occurrence?
CLAIM = "alert.claim"
HAND_OVER = "alert.hand_over"  # - to {by, post}: the holder gives it away
SHELVE = "alert.shelve"  # - for_ms | until_ms, reason
UNSHELVE = "alert.unshelve"
SUPPRESS = "alert.suppress"  # - reason: maintenance | parent_active | exercise | ...
RELEASE = "alert.release"  # - reason
OUT_OF_SERVICE = "alert.out_of_service"  # - reason
RETURN_TO_SERVICE = "alert.return_to_service"
CLOSE_ALERT = "alert.close"  # - disposition (of the content's list), remarks?
# Incidents.
OPEN_INCIDENT = "incident.open"  # - kind, place fields, reporter?, casualties?, remarks?, title?, parent?, fields?
VERIFY = "incident.verify"  # - fields?
UPDATE = "incident.update"  # - place fields?, fields?, reporter?
NOTE = "incident.note"  # - text
GRADE = "incident.grade"  # - grade IV..I, reason
RESPOND = "incident.respond"  # - level IV..I, jurisdiction?
END_RESPONSE = "incident.end_response"  # - jurisdiction
COMMAND_LEVEL = "incident.command_level"  # - level county | city | province | state, reason
STATE_CLAIM = "incident.state_claim"  # - what, value, source
REPORT = "incident.report"  # - report first | follow_up | final, text, reported_to, receipt?
ATTACH = "incident.attach"  # - sha256, name, media_type, size
SET_PARENT = "incident.set_parent"  # - parent ("" removes)
LINK = "incident.link"  # - alert
UNLINK = "incident.unlink"  # - alert
MERGE = "incident.merge"  # - into
DISMISS = "incident.dismiss"  # - reason
CLOSE = "incident.close"  # - disposition (of the content's list), remarks?
REOPEN = "incident.reopen"  # - reason
# Playbook runs and their tasks.
START_RUN = "run.start"  # - playbook? (target: a suggested run, or an incident)
STAND_DOWN = "run.stand_down"  # - reason
TASK_ACKNOWLEDGE = "task.acknowledge"
TASK_DONE = "task.done"  # - answers?
TASK_SKIP = "task.skip"  # - reason
TASK_APPROVE = "task.approve"  # - decision approve | refuse, reason?
# Resources and dispatches.
DISPATCH = "dispatch.request"  # target: the incident - resource, capability?, quantity?, task?
DISPATCH_ACCEPT = "dispatch.accept"
DISPATCH_EN_ROUTE = "dispatch.en_route"
DISPATCH_ON_SCENE = "dispatch.on_scene"
DISPATCH_RELEASE = "dispatch.release"
DISPATCH_DECLINE = "dispatch.decline"  # - reason
DISPATCH_CANCEL = "dispatch.cancel"  # - reason
RESOURCE_OUT = "resource.out_of_service"  # - reason
RESOURCE_BACK = "resource.return_to_service"
# Warnings to the public.
# Their arguments: area (GeoJSON) | adcodes | buffer_m; onset_ms?, expires_ms? | for_ms?;
# texts? {headline, description, instruction: {zh, en}}.
WARNING_DRAFT = "warning.draft"  # target: the incident - template, colour, and of the above what differs
WARNING_EDIT = "warning.edit"  # - colour?, and of the above what changes
WARNING_APPROVE = "warning.approve"  # - edits: of the draft that was read (`WarningRevision.edits`)
WARNING_DISCARD = "warning.discard"  # - reason
WARNING_PUBLISH = "warning.publish"  # - issuer, web: put in by the server
WARNING_UPDATE = "warning.update"  # a new draft revision of what is in force - what changes
WARNING_CANCEL = "warning.cancel"  # - reason; issuer, web: put in by the server
# Shifts; the target of the first is the shift that is taken over, "" where the post is empty.
SIGN_ON = "shift.sign_on"  # - post, remarks?
SIGN_OFF = "shift.sign_off"  # - remarks?
SHIFT_NOTE = "shift.note"  # - text
# A recipient who answered by telephone, or an officer playing one in an exercise.
RECEIPT = "notify.receipt"  # target: the task or warning - recipient
# By the system.
LOAD_CONTENT = "content.load"  # a content version takes effect
DELIVERY = "notify.delivery"  # by a notifier: what became of one recipient's message - recipient, status, revision?


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person at a post; `jurisdiction` is an administrative code ("370000")."""

    name: str
    post: str
    role: Role
    jurisdiction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; the client makes `id`, the gateway the stamp (ORDER 23)."""

    id: str
    kind: str
    target: str  # alert, incident, run or task id; "" where the command opens something
    actor: Actor
    stamp_ms: int = 0
    args: Mapping[str, Json] = field(default_factory=dict)
