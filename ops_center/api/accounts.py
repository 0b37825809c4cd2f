"""Accounts: people with argon2 password hashes, one-time links that expire."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ops_center.domain.command import Actor

LINK_S = 600.0
MOST_PASSWORD = 256  # longer ones only cost the hasher time


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person: `password` is an argon2 hash, "" where only links open the door."""

    actor: Actor
    password: str = ""


@dataclass(slots=True)
class Accounts:
    """Implements sources.SignIn over a fixed table; links live in memory and are spent once."""

    people: Mapping[str, Account]
    monotonic_s: Callable[[], float] = time.monotonic
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    links: dict[str, tuple[Actor, float]] = field(default_factory=dict)
    decoy: str = ""

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person; an unknown name takes as long as a wrong password."""
        account = self.people.get(name)
        if not self.decoy:
            self.decoy = self.hasher.hash(secrets.token_hex(16))
        known = account is not None and bool(account.password)
        stored = account.password if account is not None and known else self.decoy
        try:
            self.hasher.verify(stored, password[:MOST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return account.actor if account is not None and known else None

    def by_token(self, token: str) -> Actor | None:
        """Return the person of a link and spend it."""
        found = self.links.pop(_hashed(token), None)
        if found is None or found[1] < self.monotonic_s():
            return None
        return found[0]

    def issue(self, actor: Actor, *, for_s: float = LINK_S) -> str:
        """Return the token of a new one-time link; only its hash is kept."""
        now = self.monotonic_s()
        self.links = {key: value for key, value in self.links.items() if value[1] >= now}
        token = secrets.token_urlsafe(32)
        self.links[_hashed(token)] = (actor, now + for_s)
        return token


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
