"""Entrance: sign in by one-time link or password, sign out, health."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_center.api.sessions import COOKIE, CSRF_COOKIE, FORM_COOKIE, Session, Sessions
from ops_center.api.sources import Screen, SignIn
from ops_center.domain.command import Actor
from ops_center.picture import Station
from ops_center.ports import Clock

TRIES = 5
WAIT_S = 60.0  # after TRIES wrong passwords of one name from one address
MOST_NOTED = 10_000
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Entrance:
    """The only routes that answer without a session."""

    sessions: Sessions
    sign_in: SignIn
    screen: Screen
    station: Station
    clock: Clock
    wrong: OrderedDict[tuple[str, str], tuple[int, float]] = field(default_factory=OrderedDict)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/login", self.form, methods=["GET"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/enter", self.enter, methods=["GET"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    async def healthz(self, request: Request) -> Response:
        """Return 200 with the lag of the picture; no content of it."""
        lag_ms = self.clock.now_ms() - self.station.live().at_ms
        return JSONResponse({"ok": True, "lag_s": round(lag_ms / 1000, 1)})

    async def form(self, request: Request) -> Response:
        """Return the sign-in page."""
        return self._page(request, wrong="", status=200)

    async def login(self, request: Request) -> Response:
        """Sign in by name and password."""
        async with request.form(max_files=0, max_fields=8) as given:
            name, password = str(given.get("name", ""))[:200], str(given.get("password", ""))
            token = str(given.get("form_token", ""))
        if not self.sessions.form_right(request.cookies.get(FORM_COOKIE), token):
            return self._page(request, wrong="login.expired", status=403)
        key = (request.client.host if request.client else "", name)
        if self._blocked(key):
            return self._page(request, wrong="login.wait", status=429)
        actor = await to_thread.run_sync(self.sign_in.by_password, name, password)
        if actor is None:
            self._note(key)
            log.warning("sign-in refused for %r from %s", name, key[0])
            return self._page(request, wrong="login.wrong", status=401)
        self.wrong.pop(key, None)
        return self._inside(request, actor)

    async def enter(self, request: Request) -> Response:
        """Sign in by a one-time link."""
        actor = self.sign_in.by_token(request.query_params.get("token", ""))
        if actor is None:
            return self._page(request, wrong="login.spent", status=401)
        return self._inside(request, actor)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        session: Session | None = request.state.session
        if session is not None:
            self.sessions.close(session)
        answer = JSONResponse({"ok": True})
        answer.delete_cookie(COOKIE)
        answer.delete_cookie(CSRF_COOKIE)
        return answer

    def _inside(self, request: Request, actor: Actor) -> Response:
        session = self.sessions.open(actor)
        secure = request.url.scheme == "https"
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(COOKIE, self.sessions.cookie(session), httponly=True, samesite="lax", secure=secure)
        # Not HttpOnly: the page reads it and sends it back as a header, which another site cannot.
        answer.set_cookie(CSRF_COOKIE, session.csrf, samesite="strict", secure=secure)
        answer.delete_cookie(FORM_COOKIE)
        return answer

    def _page(self, request: Request, *, wrong: str, status: int) -> Response:
        wanted = request.query_params.get("lang") or request.headers.get("accept-language", "zh")
        token = self.sessions.form_token()
        language = "en" if wanted.startswith("en") else "zh"
        html = self.screen.sign_in(language=language, form_token=token, wrong=wrong)
        answer = HTMLResponse(html, status_code=status)
        secure = request.url.scheme == "https"
        answer.set_cookie(FORM_COOKIE, token, httponly=True, samesite="strict", secure=secure, max_age=3600)
        return answer

    def _blocked(self, key: tuple[str, str]) -> bool:
        tries, since_s = self.wrong.get(key, (0, 0.0))
        if self.sessions.monotonic_s() - since_s > WAIT_S:
            self.wrong.pop(key, None)
            return False
        return tries >= TRIES

    def _note(self, key: tuple[str, str]) -> None:
        tries, _ = self.wrong.get(key, (0, 0.0))
        self.wrong[key] = (tries + 1, self.sessions.monotonic_s())
        while len(self.wrong) > MOST_NOTED:
            self.wrong.popitem(last=False)
