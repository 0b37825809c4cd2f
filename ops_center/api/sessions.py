"""Sessions: signed cookies over server-side records that expire; one CSRF token each."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from itsdangerous import BadSignature, URLSafeSerializer

from ops_center.domain.command import Actor

COOKIE = "ops_session"
CSRF_COOKIE = "_csrf_token"  # Dash reads this cookie and sends it back as the header below
CSRF_HEADER = "x-csrftoken"
FORM_COOKIE = "ops_form"
MOST_SESSIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser."""

    id: str
    actor: Actor
    csrf: str
    expires_s: float


@dataclass(slots=True, kw_only=True)
class Sessions:
    """All sessions of this process; a restart ends them."""

    life_s: float
    monotonic_s: Callable[[], float] = time.monotonic
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    held: dict[str, Session] = field(default_factory=dict)

    def open(self, actor: Actor) -> Session:
        """Return a new session; the oldest goes where there are too many."""
        now = self.monotonic_s()
        for old in [s.id for s in self.held.values() if s.expires_s < now]:
            del self.held[old]
        while len(self.held) >= MOST_SESSIONS:
            del self.held[next(iter(self.held))]
        session = Session(
            id=secrets.token_urlsafe(24), actor=actor, csrf=secrets.token_urlsafe(24), expires_s=now + self.life_s
        )
        self.held[session.id] = session
        return session

    def cookie(self, session: Session) -> str:
        """Return the cookie's value."""
        return str(URLSafeSerializer(self.key, salt="session").dumps(session.id))

    def of(self, cookie: str | None) -> Session | None:
        """Return the live session of a cookie, None where it is forged, ended or expired."""
        if not cookie:
            return None
        try:
            identity = URLSafeSerializer(self.key, salt="session").loads(cookie)
        except BadSignature:
            return None
        return self.alive(str(identity))

    def alive(self, identity: str) -> Session | None:
        """Return the session of an id while it lasts."""
        session = self.held.get(identity)
        if session is None or session.expires_s < self.monotonic_s():
            self.held.pop(identity, None)
            return None
        return session

    def close(self, session: Session) -> None:
        """End a session at once."""
        self.held.pop(session.id, None)

    def form_token(self) -> str:
        """Return a token for the sign-in form, sent as cookie and field (double submit)."""
        return str(URLSafeSerializer(self.key, salt="form").dumps(secrets.token_urlsafe(18)))

    def form_right(self, cookie: str | None, given: str) -> bool:
        """Return True where cookie and field agree and are ours."""
        if not cookie or not hmac.compare_digest(cookie.encode(), given.encode()):
            return False
        try:
            URLSafeSerializer(self.key, salt="form").loads(given)
        except BadSignature:
            return False
        return True


def csrf_right(session: Session, given: str) -> bool:
    """Return True where the header carries the session's token."""
    return hmac.compare_digest(session.csrf.encode(), given.encode())
