"""Find named things by what a caller says: exact, then as a beginning, then inside the name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_ENDINGS = ("市", "县", "区", "镇", "乡", "街道")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One named thing; `rank` orders what is named alike, `lon`/`lat` are WGS-84 degrees where it has a point."""

    id: str  # "<layer>/<key>"
    layer: str
    name: str
    name_en: str = ""
    lon: float | None = None
    lat: float | None = None
    adcode: str = ""
    rank: int = 9


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All named things of a deployment; a search reads every name once (some thousands: a millisecond)."""

    entries: tuple[Named, ...]
    _names: tuple[tuple[str, ...], ...]
    _by_id: dict[str, Named] = field(repr=False)

    @staticmethod
    def of(entries: Iterable[Named]) -> Gazetteer:
        """Return the gazetteer of these things."""
        ordered = tuple(sorted(entries, key=lambda one: (one.rank, one.name, one.id)))
        names = tuple(tuple(part for part in (_plain(one.name), _plain(one.name_en)) if part) for one in ordered)
        return Gazetteer(ordered, names, {one.id: one for one in ordered})

    def search(self, text: str, *, limit: int, near: Sequence[str] = ()) -> list[Named]:
        """Return what a text may mean, best first; `near` are layers that come first among equals."""
        wanted = _plain(text)
        if not wanted:
            return []
        found: list[tuple[int, int, int]] = []
        for n, names in enumerate(self._names):
            match = min((_match(wanted, name) for name in names), default=9)
            if match < 9:
                found.append((match, int(self.entries[n].layer not in near) if near else 0, n))
        return [self.entries[n] for _, _, n in sorted(found)[:limit]]

    def one(self, text: str) -> Named | None:
        """Return the thing with this id, or the only one with exactly this name; None for none or many."""
        known = self._by_id.get(text)
        if known is not None:
            return known
        wanted = _plain(text)
        exact = [self.entries[n] for n, names in enumerate(self._names) if wanted in names]
        best = [one for one in exact if one.rank == exact[0].rank] if exact else []
        return best[0] if len(best) == 1 else None


def _match(wanted: str, name: str) -> int:
    """Return 0 for the same name, 1 without its ending (历下 for 历下区), 2 for a beginning, 3 inside, 9 for none."""
    if wanted == name:
        return 0
    if any(wanted + ending == name for ending in _ENDINGS):
        return 1
    if name.startswith(wanted):
        return 2
    return 3 if wanted in name else 9


def _plain(text: str) -> str:
    """Return a name without case, spaces and full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
