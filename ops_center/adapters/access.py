"""Sign-in, roles and jurisdiction: who a person is and what they may do."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ops_center.adapters.access_matrix import may_command, may_read
from ops_center.adapters.audit import Audit
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import NotAllowed, SetupError
from ops_center.domain.ids import make_id
from ops_center.domain.jurisdiction import covers
from ops_center.domain.scales import Role
from ops_center.ports import Clock

LINK_MS = 15 * 60_000  # a one-time link is for the person who has just started the program
SESSION_MS = 12 * 3_600_000  # one shift
MOST_FAILURES = 10  # then the name waits
WAIT_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account; `password` is an argon2id hash, "" where only links sign in."""

    name: str
    post: str
    role: Role
    jurisdiction: str
    password: str = ""

    @property
    def actor(self) -> Actor:
        """The person as commands name them."""
        return Actor(name=self.name, post=self.post, role=self.role, jurisdiction=self.jurisdiction)


@dataclass(frozen=True, slots=True)
class Grant:
    """A session or a one-time link: whose, and until when."""

    user: str
    until_ms: int


@dataclass(slots=True)
class Accounts:
    """Accounts in one file, sessions and links in memory; tokens are kept as hashes only."""

    path: Path
    clock: Clock
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Grant] = field(default_factory=dict)
    links: dict[str, Grant] = field(default_factory=dict)
    failures: dict[str, tuple[int, int]] = field(default_factory=dict)  # name -> (count, last)
    lock: Lock = field(default_factory=Lock)

    def load(self) -> None:
        """Read the accounts; SetupError where the file is not one."""
        if not self.path.exists():
            return
        try:
            listed = msgspec.json.decode(self.path.read_bytes(), type=list[User])
        except (OSError, msgspec.MsgspecError) as error:
            raise SetupError(f"cannot be read: {error}", setting=str(self.path)) from error
        self.users = {user.name: user for user in listed}

    def add(self, user: User, *, password: str = "") -> User:
        """Keep an account, with its password hashed; a known name is replaced."""
        if password and len(password) < 10:
            raise SetupError("a password has at least ten characters", setting=user.name)
        kept = replace(user, password=self.hasher.hash(password)) if password else user
        with self.lock:
            self.users[user.name] = kept
            self._save()
        return kept

    def sign_in(self, name: str, password: str) -> str:
        """Return a session token; NotAllowed says no more than that it failed."""
        now = self.clock.now_ms()
        with self.lock:
            count, last = self.failures.get(name, (0, 0))
        if count >= MOST_FAILURES and now - last < WAIT_MS:
            raise NotAllowed("too many failures; wait a minute", actor=name)
        user = self.users.get(name)
        try:
            # An unknown name costs the same time as a wrong password.
            self.hasher.verify(user.password if user and user.password else _nobody(), password)
        except (VerificationError, InvalidHashError) as error:
            with self.lock:
                self.failures[name] = (count + 1, now)
            raise NotAllowed("name or password is wrong", actor=name) from error
        with self.lock:
            self.failures.pop(name, None)
        return self._session(name, now)

    def link(self, name: str) -> str:
        """Return a one-time token that signs this person in."""
        if name not in self.users:
            raise NotAllowed("no such account", actor=name)
        token = secrets.token_urlsafe(32)
        with self.lock:
            self.links[_hashed(token)] = Grant(name, self.clock.now_ms() + LINK_MS)
        return token

    def redeem(self, token: str) -> str:
        """Return a session token for a one-time link; the link is used up, even when it is too old."""
        with self.lock:
            grant = self.links.pop(_hashed(token), None)
        now = self.clock.now_ms()
        if grant is None or now >= grant.until_ms:
            raise NotAllowed("the link is used or too old")
        return self._session(grant.user, now)

    def actor(self, session: str) -> Actor | None:
        """Return who a session belongs to, None where it is none or over."""
        key = _hashed(session)
        with self.lock:
            grant = self.sessions.get(key)
            if grant is not None and self.clock.now_ms() >= grant.until_ms:
                del self.sessions[key]
                grant = None
        user = self.users.get(grant.user) if grant else None
        return user.actor if user else None

    def sign_out(self, session: str) -> None:
        """End a session."""
        with self.lock:
            self.sessions.pop(_hashed(session), None)

    def _session(self, name: str, now: int) -> str:
        token = secrets.token_urlsafe(32)
        with self.lock:
            self.sessions = {key: grant for key, grant in self.sessions.items() if grant.until_ms > now}
            self.sessions[_hashed(token)] = Grant(name, now + SESSION_MS)
        return token

    def _save(self) -> None:
        """Write the file whole, readable by its owner only."""
        part = self.path.with_suffix(".part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.encode([self.users[name] for name in sorted(self.users)]))
        part.replace(self.path)


@dataclass(frozen=True, slots=True)
class Guard:
    """Implements `ports.Access`: role, then jurisdiction; every decision is audited.

    `known` binds a command's actor to the account it names, so that no client invents one.
    """

    audit: Audit
    known: Callable[[str], User | None] | None = None

    def check(self, command: Command, *, jurisdiction: str) -> None:
        """Raise NotAllowed unless the actor may give this command within `jurisdiction`."""
        reason = self._refusal(command, jurisdiction)
        self.audit.append(command, allowed=not reason, reason=reason, jurisdiction=jurisdiction)
        if reason:
            actor = command.actor
            raise NotAllowed(reason, actor=actor.name, role=actor.role, jurisdiction=jurisdiction)

    def sees(self, actor: Actor, jurisdiction: str, what: str = "picture") -> bool:
        """Return True where the actor may read a row of a jurisdiction."""
        return may_read(actor.role, what) and covers(actor.jurisdiction, jurisdiction)

    def take(self, actor: Actor, what: str, *, target: str, jurisdictions: Sequence[str]) -> str:
        """Return "role" or "jurisdiction" where an actor may not take `what` of a thing away, else ""; it is audited.

        `jurisdictions` are all that the thing concerns, its own first.
        """
        reason = ""
        if not may_read(actor.role, what):
            reason = "role"
        elif not any(covers(actor.jurisdiction, one) for one in jurisdictions):
            reason = "jurisdiction"
        cause = make_id("command", "take", what, target, actor.name, str(self.audit.clock.now_ms()))
        taken = Command(id=cause, kind=f"take.{what}", target=target, actor=actor)
        self.audit.append(taken, allowed=not reason, reason=reason, jurisdiction=jurisdictions[0])
        return reason

    def _refusal(self, command: Command, jurisdiction: str) -> str:
        actor = command.actor
        if self.known is not None:
            user = self.known(actor.name)
            if user is None or user.actor != actor:
                return f"{actor.name} is not signed in as {actor.role} of {actor.jurisdiction}"
        if not may_command(actor.role, command.kind):
            return f"{actor.role} may not give {command.kind}"
        if not covers(actor.jurisdiction, jurisdiction):
            return f"{jurisdiction or 'an unknown place'} lies outside {actor.jurisdiction or 'no jurisdiction'}"
        return ""


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return the hash that an unknown name is tried against, so that it takes as long as a known one."""
    return PasswordHasher().hash(secrets.token_hex(16))
