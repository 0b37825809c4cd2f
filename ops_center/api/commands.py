"""Commands: what a person asks for becomes a Command with the session's actor, and is submitted."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops_center.api.hub import Hub
from ops_center.api.reads import may_command
from ops_center.api.scope import scope_of, sees_target
from ops_center.api.sessions import Session
from ops_center.desk.whose import named
from ops_center.domain import command as kinds
from ops_center.domain.command import Command
from ops_center.domain.text import Json

# The client makes the id (ORDER 23), so a request sent twice is one command.
ID = re.compile(r"command-[0-9a-f]{32}")
# What people do at the wall; content loads and deliveries come from inside, attachments from their upload.
KINDS = frozenset(
    {
        kinds.ACKNOWLEDGE,
        kinds.CLAIM,
        kinds.HAND_OVER,
        kinds.SHELVE,
        kinds.UNSHELVE,
        kinds.SUPPRESS,
        kinds.RELEASE,
        kinds.OUT_OF_SERVICE,
        kinds.RETURN_TO_SERVICE,
        kinds.CLOSE_ALERT,
        kinds.OPEN_INCIDENT,
        kinds.VERIFY,
        kinds.NOTE,
        kinds.UPDATE,
        kinds.STATE_CLAIM,
        kinds.REPORT,
        kinds.SET_PARENT,
        kinds.MERGE,
        kinds.GRADE,
        kinds.RESPOND,
        kinds.END_RESPONSE,
        kinds.COMMAND_LEVEL,
        kinds.LINK,
        kinds.UNLINK,
        kinds.DISMISS,
        kinds.CLOSE,
        kinds.REOPEN,
        kinds.START_RUN,
        kinds.STAND_DOWN,
        kinds.TASK_ACKNOWLEDGE,
        kinds.TASK_DONE,
        kinds.TASK_SKIP,
        kinds.WARNING_DRAFT,
        kinds.WARNING_EDIT,
        kinds.WARNING_APPROVE,
        kinds.WARNING_DISCARD,
        kinds.WARNING_PUBLISH,
        kinds.WARNING_UPDATE,
        kinds.WARNING_CANCEL,
        kinds.RECEIPT,
        kinds.SIGN_ON,
        kinds.SIGN_OFF,
        kinds.SHIFT_NOTE,
        kinds.TASK_APPROVE,
        kinds.DISPATCH,
        kinds.DISPATCH_ACCEPT,
        kinds.DISPATCH_EN_ROUTE,
        kinds.DISPATCH_ON_SCENE,
        kinds.DISPATCH_RELEASE,
        kinds.DISPATCH_DECLINE,
        kinds.DISPATCH_CANCEL,
        kinds.RESOURCE_OUT,
        kinds.RESOURCE_BACK,
    }
)
# The public reads who warned it: the server says so, never the client.
SPOKEN_FOR = frozenset({kinds.WARNING_PUBLISH, kinds.WARNING_CANCEL})
UNTARGETED = frozenset({kinds.OPEN_INCIDENT, kinds.SIGN_ON})


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of a command."""

    id: str
    kind: str
    target: str = ""
    args: dict[str, Json] = {}
    screen: str = ""  # the live socket's id: a screen in replay commands nothing


@dataclass(slots=True, kw_only=True)
class Commands:
    """The POST route."""

    hub: Hub

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/api/command", self.command, methods=["POST"])]

    async def command(self, request: Request) -> Response:
        """Submit a command; the decision comes over the live channel to every screen."""
        session: Session = request.state.session
        try:
            asked = msgspec.json.decode(await request.body(), type=Asked)
        except msgspec.DecodeError as error:
            return _refused(400, "malformed", detail=str(error))
        if not ID.fullmatch(asked.id) or asked.kind not in KINDS:
            return _refused(400, "malformed")
        if self.hub.in_replay(asked.screen):
            return _refused(409, "in_replay")
        if not may_command(session):
            return _refused(403, "role")
        scope = scope_of(session.actor, deployment=self.hub.settings.deployment)
        picture = self.hub.station.live()
        if not all(sees_target(scope, picture, one) for one in named(asked.target, asked.args)):
            return _refused(404, "unknown")
        if not asked.target and asked.kind not in UNTARGETED:
            return _refused(400, "malformed")
        if not asked.target and not scope.sees(str(asked.args.get("adcode") or session.actor.jurisdiction)):
            return _refused(403, "jurisdiction")
        args = asked.args
        if asked.kind in SPOKEN_FOR:
            settings = self.hub.settings
            args = {**args, "issuer": msgspec.to_builtins(settings.title), "web": settings.public_url}
        command = Command(id=asked.id, kind=asked.kind, target=asked.target, actor=session.actor, args=args)
        receipt = await to_thread.run_sync(self.hub.station.submit, command)
        status = 202 if receipt.accepted else 409
        return JSONResponse(msgspec.to_builtins(receipt), status_code=status)


def _refused(status: int, reason: str, **more: str) -> Response:
    return JSONResponse({"accepted": False, "reason": reason, **more}, status_code=status)
