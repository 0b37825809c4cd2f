"""Chance: which victims die when, drawn from a seed before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

KINDS: Mapping[str, Sequence[str]] = {
    "gateway": ("gateway",),
    "worker": ("worker-1", "worker-2"),
    "desk": ("desk-1", "desk-2"),
    "wall": ("wall-1",),
    "broker": ("broker",),
    "database": ("database",),
}
PAIRS = 0.15  # of the strokes kill two kinds at once
WAITING = 0.35  # of the strokes come only when the one before is got over: so the run moves on
GAP_S = (0.4, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """Victims that die together: after a gap, or a while after the last stroke's are at work again."""

    victims: tuple[str, ...]
    gap_s: float
    waits: bool


def kind_of(victim: str) -> str:
    """Return the kind of a process or server."""
    return victim.partition("-")[0]


def strokes(kills: int, seed: int) -> list[Stroke]:
    """Return strokes that kill so many in all, every kind equally often (one more for some)."""
    chance = np.random.default_rng([seed, kills])
    kinds = [kind for n, kind in zip(range(kills), list(KINDS) * kills, strict=False)]
    order = [kinds[n] for n in chance.permutation(len(kinds))]
    found = []
    while order:
        first = order.pop()
        victims = [first]
        if chance.random() < PAIRS and (other := next((k for k in reversed(order) if k != first), "")):
            order.reverse()
            order.remove(other)
            order.reverse()
            victims.append(other)
        named = tuple(str(chance.choice(KINDS[kind])) for kind in victims)
        waits = bool(chance.random() < WAITING)
        found.append(Stroke(victims=named, gap_s=float(chance.uniform(*GAP_S)), waits=waits))
    return found
