"""Hub: polls the station, fills one board per scope, wakes every screen; encodes once for all."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ops_center.api.board import Board
from ops_center.api.client import Client
from ops_center.api.masking import Opaque
from ops_center.api.replay import PictureCache, ReplaySession
from ops_center.api.scope import Scope, scope_of
from ops_center.api.sessions import Session, Sessions
from ops_center.api.settings import Settings
from ops_center.domain.errors import OpsError
from ops_center.domain.text import Json
from ops_center.picture import Picture, Station
from ops_center.ports import Clock

DAY_MS = 86_400_000
BIN_MS = 600_000  # one bar of the time bar
HISTOGRAM_EVERY_S = 5.0
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Hub:
    """The live side of the app; lives on the event loop of one worker."""

    station: Station
    clock: Clock
    settings: Settings
    sessions: Sessions
    problems: Callable[[], Sequence[str]] = tuple  # of the content files
    outages: Callable[[], Sequence[Mapping[str, Json]]] = tuple  # of the installation: code, since_ms, zh, en
    opaque: Opaque = field(default_factory=Opaque)
    monotonic_s: Callable[[], float] = time.monotonic
    boards: dict[Scope, Board] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    past: PictureCache = field(init=False)
    histogram_s: float = float("-inf")
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the cache of past pictures."""
        self.past = PictureCache(station=self.station, most=self.settings.replay_pictures)

    def board(self, scope: Scope) -> Board:
        """Return the live board of a scope, filled."""
        if scope not in self.boards:
            self.boards[scope] = Board(scope=scope, opaque=self.opaque)
            self.fill(self.station.live(), scopes=(scope,), histogram=True)
        return self.boards[scope]

    def join(self, session: Session) -> Client:
        """Return a new client with everything still to be sent."""
        client = Client(
            id=secrets.token_urlsafe(9),
            session=session,
            live=self.board(scope_of(session.actor, deployment=self.settings.deployment)),
            monotonic_s=self.monotonic_s,
            most_unacknowledged=self.settings.unacknowledged_frames,
        )
        self.clients[client.id] = client
        client.wake.set()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client and the board nobody else looks at."""
        self.clients.pop(client.id, None)
        used = {one.live.scope for one in self.clients.values()}
        self.boards = {scope: board for scope, board in self.boards.items() if scope in used}

    def in_replay(self, screen: str) -> bool:
        """Return True where this screen shows the past."""
        client = self.clients.get(screen)
        return client is not None and client.replay is not None

    async def run(self) -> None:
        """Poll for ever."""
        while True:
            self.tick()
            await asyncio.sleep(1 / self.settings.polls_per_s)

    def tick(self) -> None:
        """Bring boards and replay sessions up to now and wake the screens."""
        if not self.clients:
            return
        due = self.monotonic_s() - self.histogram_s >= HISTOGRAM_EVERY_S
        self.fill(self.station.live(), scopes=tuple(self.boards), histogram=due)
        if due:
            self.histogram_s = self.monotonic_s()
        span = self.station.span()
        for client in self.clients.values():
            if client.replay is not None:
                self.seek(client, client.replay, span)
            client.wake.set()

    def fill(self, picture: Picture, *, scopes: tuple[Scope, ...], histogram: bool) -> None:
        """Show a live picture on boards."""
        head = self.head()
        for scope in scopes:
            board = self.boards[scope]
            board.put(picture, head=head)
            if histogram:
                board.whole("histogram").put(self.histogram(board, picture.at_ms), at_ms=picture.at_ms)

    def head(self) -> Mapping[str, Json]:
        """Return what screens need of the clock."""
        return {
            "now_ms": self.clock.now_ms(),
            "speed": round(self.clock.pace, 1),
            "span": list(self.station.span()),
            "problems": list(self.problems()),
            "outages": list(self.outages()),
        }

    def histogram(self, board: Board, at_ms: int) -> Json:
        """Return occurrences begun per ten minutes and severity over the last 24 hours."""
        to_ms = -(-at_ms // BIN_MS) * BIN_MS
        from_ms, bins = to_ms - DAY_MS, DAY_MS // BIN_MS
        if board.scope.whole:
            counts: list[list[int]] = [list(row) for row in self.station.histogram(from_ms, to_ms, bins)]
        else:
            counts = [[0, 0, 0, 0] for _ in range(bins)]
            for alert in board.picture.alerts if board.picture else ():
                for occurrence in alert.occurrences:
                    if from_ms <= occurrence.started_ms < to_ms:
                        row = counts[(occurrence.started_ms - from_ms) // BIN_MS]
                        row[occurrence.severities[-1][1].rank] += 1
        return {"from_ms": from_ms, "to_ms": to_ms, "bins": counts}

    def told(self, client: Client, message: Mapping[str, Json]) -> None:
        """Carry out what a screen says: ack, live, replay, resync. Wrong types raise ValueError."""
        if "ack" in message:
            client.acknowledged(_number(message["ack"]))
        if "resync" in message:
            client.forget(str(message["resync"]))
        if message.get("live") is True and client.replay is not None:
            client.enter(None)
        if "replay" in message:
            self.replay(client, message["replay"])

    def replay(self, client: Client, wanted: Json) -> None:
        """Put a screen's cursor somewhere; from live it enters replay."""
        if not isinstance(wanted, Mapping):
            raise ValueError("replay takes an object")
        span = self.station.span()
        if client.replay is None:
            board = Board(scope=client.live.scope, opaque=self.opaque)
            start = float(span[1])
            client.enter(ReplaySession(board=board, cursor_ms=start, monotonic_s=self.monotonic_s))
        session = client.replay
        if session is None:
            return
        playing = wanted.get("playing")
        session.put(
            cursor_ms=float(_number(wanted["at_ms"])) if "at_ms" in wanted else None,
            speed=float(_number(wanted["speed"])) if "speed" in wanted else None,
            playing=playing if isinstance(playing, bool) else None,
        )
        self.seek(client, session, span)

    def seek(self, client: Client, session: ReplaySession, span: tuple[int, int]) -> None:
        """Ask for the picture under the cursor unless the board shows it; a new one is made beside the loop."""
        cursor = session.held(span)
        if session.board.picture is not None:
            session.board.whole("head").put(self._past_head(session, cursor, span), at_ms=cursor)
            client.wake.set()
        if session.asked_ms is not None and session.asked_ms // 1000 == cursor // 1000:
            return
        if any(task.get_name() == client.id for task in self.tasks):
            return  # the one under way comes first; the next tick asks for where the cursor is then
        session.asked_ms = cursor
        task = asyncio.get_running_loop().create_task(self._show(client, session, cursor, span), name=client.id)
        self.tasks.add(task)
        task.add_done_callback(lambda done: self._shown(done, session))

    async def _show(self, client: Client, session: ReplaySession, cursor: int, span: tuple[int, int]) -> None:
        try:
            picture = await self.past.at(cursor)
        except OpsError as error:
            log.warning("no picture at %d: %s", cursor, error)
            session.asked_ms = None
            return
        session.board.put(picture, head=self._past_head(session, cursor, span))
        session.board.whole("head").put(self._past_head(session, session.held(span), span), at_ms=cursor)
        client.wake.set()

    def _shown(self, task: asyncio.Task[None], session: ReplaySession) -> None:
        """Let the next tick ask again where rebuilding failed; a defect is logged with its trace."""
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            session.asked_ms = None
            log.error("the past could not be rebuilt", exc_info=task.exception())

    def _past_head(self, session: ReplaySession, cursor: int, span: tuple[int, int]) -> dict[str, Json]:
        shown = session.board.picture
        return {
            "at_ms": cursor,
            "shown_ms": shown.at_ms if shown else None,
            "replay": True,
            "status": shown.status if shown else self.settings.status,
            "version": shown.version if shown else 0,
            "now_ms": self.clock.now_ms(),
            "speed": round(self.clock.pace, 1),
            "replay_speed": session.speed,
            "playing": session.playing,
            "span": list(span),
        }


def _number(value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError(f"{value!r} is not a number")
    return value
