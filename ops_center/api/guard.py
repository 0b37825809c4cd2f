"""Guard: nobody anonymous, no forged post, no oversized body, strict headers on every answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_center.api.sessions import COOKIE, CSRF_HEADER, Session, Sessions, csrf_right

OPEN = frozenset({"/healthz", "/login", "/enter", "/static/login.css"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOAD = re.compile(r"/api/incidents/[^/]+/attachments")


def content_policy(script_hashes: Sequence[str]) -> str:
    """Return the Content-Security-Policy: own origin only, no eval.

    React and Dash set style attributes, hence 'unsafe-inline' for styles and for nothing else.
    """
    scripts = " ".join(["'self'", *(f"'{one}'" for one in script_hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@dataclass(slots=True)
class Guard:
    """Wraps the whole app, Dash included."""

    app: ASGIApp
    sessions: Sessions
    policy: str
    body_bytes: int
    upload_bytes: int = 0  # what UPLOAD routes may take instead; 0: no more than the others
    doors: tuple[str, ...] = ()  # path prefixes whose routes check a token of their own (HTTP ingest)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request before anything else sees it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        session = self.sessions.of(connection.cookies.get(COOKIE))
        scope.setdefault("state", {})["session"] = session
        if scope["type"] == "websocket":
            await self._socket(session, connection.headers, scope, receive, send)
            return
        if self.doors and scope["path"].startswith(self.doors):
            await self.app(scope, receive, send)
            return
        hardened = self._hardened(send, secure=scope.get("scheme") == "https", path=scope["path"])
        refusal = self._refusal(session, scope, connection.headers)
        if refusal is not None:
            await refusal(scope, receive, hardened)
            return
        await self.app(scope, self._limited(receive, self._limit(scope["path"])), hardened)

    async def _socket(
        self, session: Session | None, headers: Headers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        # Browsers send cookies with a socket from any page; only the Origin tells whose page it is.
        if session is None or not same_origin(headers, needed=True):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "sign in first"})
            return
        await self.app(scope, receive, send)

    def _refusal(self, session: Session | None, scope: Scope, headers: Headers) -> Response | None:
        method, path = scope["method"], scope["path"]
        length = headers.get("content-length", "0")
        limit = self._limit(path)
        if not length.isdigit() or int(length) > limit:
            return JSONResponse({"error": "body_too_large", "limit": limit}, status_code=413)
        if method not in SAFE and not same_origin(headers, needed=False):
            return JSONResponse({"error": "foreign_origin"}, status_code=403)
        if path in OPEN:
            return None
        if session is None:
            if method == "GET" and "text/html" in headers.get("accept", ""):
                return RedirectResponse("/login", status_code=303)
            return JSONResponse({"error": "sign_in_first"}, status_code=401)
        if method not in SAFE and not csrf_right(session, headers.get(CSRF_HEADER, "")):
            return JSONResponse({"error": "csrf"}, status_code=403)
        return None

    def _limit(self, path: str) -> int:
        return max(self.body_bytes, self.upload_bytes) if UPLOAD.fullmatch(path) else self.body_bytes

    def _limited(self, receive: Receive, limit: int) -> Receive:
        left = limit

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                # A body without a length that goes on for ever: the reader sees a broken connection.
                return {"type": "http.disconnect"}
            return message

        return limited

    def _hardened(self, send: Send, *, secure: bool, path: str) -> Send:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                # Not "no-referrer": with it browsers send "Origin: null" with our own sign-in form.
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if not path.startswith(("/static/", "/layers/", "/_dash-component-suites/")):
                    headers["Cache-Control"] = "no-store"
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return hardened


def same_origin(headers: Headers, *, needed: bool) -> bool:
    """Return True where the Origin header names the host that was asked; absent is `not needed`."""
    origin = headers.get("origin")
    if origin is None:
        return not needed
    return urlsplit(origin).netloc == headers.get("host")
