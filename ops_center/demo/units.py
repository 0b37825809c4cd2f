"""Units of the exercise: they answer dispatches as crews would, by the service account that exercises have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event as Flag

from ops_center.bootstrap.web import UNITS
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Actor, Command
from ops_center.domain.ids import make_id
from ops_center.domain.resource import Dispatch, DispatchState
from ops_center.domain.scales import Role
from ops_center.picture import Picture
from ops_center.ports import Clock, Receipt

ACCEPTS_MS = 60_000
TURNS_OUT_MS = 90_000  # from accepting to setting out
UNKNOWN_WAY_MS = 15 * 60_000  # where no way could be reckoned
EVERY_S = 0.5
DECLINES_ONE_IN = 12
BUSY = "另有任务 Engaged elsewhere"


@dataclass(slots=True, kw_only=True)
class Units:
    """Looks at the picture and gives the command that is due for each dispatch; ids are made of causes.

    A unit accepts after a minute (one in twelve declines), sets out, and is on the scene when it was
    expected. Who releases it is the desk's affair.
    """

    look: Callable[[], Picture]
    submit: Callable[[Command], Receipt]
    clock: Clock
    jurisdiction: str
    answered: set[str] = field(default_factory=set)

    def step(self) -> int:
        """Give every command that is due; return how many were taken."""
        taken = 0
        for command in self.due(self.look(), self.clock.now_ms()):
            if command.id not in self.answered and self.submit(command).accepted:
                self.answered.add(command.id)
                taken += 1
        return taken

    def run(self, stopping: Flag) -> None:
        """Answer until told to stop."""
        while not stopping.wait(EVERY_S):
            self.step()

    def due(self, picture: Picture, now_ms: int) -> Iterator[Command]:
        """Yield what is to be said now, in the order of the dispatches."""
        for dispatch in picture.dispatches:
            said = next_word(dispatch, now_ms)
            if said is not None:
                yield self._command(said, dispatch)

    def _command(self, kind: str, dispatch: Dispatch) -> Command:
        actor = Actor(name=UNITS, post=UNITS, role=Role.UNIT, jurisdiction=self.jurisdiction)
        args = {"reason": BUSY} if kind == kinds.DISPATCH_DECLINE else {}
        return Command(id=make_id("command", kind, dispatch.id), kind=kind, target=dispatch.id, actor=actor, args=args)


def next_word(dispatch: Dispatch, now_ms: int) -> str | None:
    """Return the command a crew gives next, None where it is not time for one."""
    state, mark = dispatch.marks[-1] if dispatch.marks else (DispatchState.REQUESTED, Mark(by="", post="", at_ms=0))
    waited_ms = now_ms - mark.at_ms
    if state is DispatchState.REQUESTED and waited_ms >= ACCEPTS_MS:
        return kinds.DISPATCH_DECLINE if declines(dispatch) else kinds.DISPATCH_ACCEPT
    if state is DispatchState.ACCEPTED and waited_ms >= TURNS_OUT_MS:
        return kinds.DISPATCH_EN_ROUTE
    if state is DispatchState.EN_ROUTE:
        there_ms = mark.at_ms + UNKNOWN_WAY_MS if not dispatch.route else mark.at_ms + dispatch.route[-1][2]
        return kinds.DISPATCH_ON_SCENE if now_ms >= there_ms else None
    return None


def declines(dispatch: Dispatch) -> bool:
    """Return True for one dispatch in twelve, always the same ones."""
    return int(dispatch.id[-4:], 16) % DECLINES_ONE_IN == 0
