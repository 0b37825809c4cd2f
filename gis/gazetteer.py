"""Find named things by what a caller says: exact, then as a beginning, then inside the name."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_MARK = "\x00"
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
    """All named things of a deployment; a search reads every name once (17,000 of them: a few milliseconds)."""

    entries: tuple[Named, ...]
    _names: tuple[str, ...]  # of each entry, between marks: "|name|name in English|"
    _by_id: dict[str, Named] = field(repr=False)

    @staticmethod
    def of(entries: Iterable[Named]) -> Gazetteer:
        """Return the gazetteer of these things."""
        ordered = tuple(sorted(entries, key=lambda one: (one.rank, one.name, one.id)))
        names = tuple(f"{_MARK}{_plain(one.name)}{_MARK}{_plain(one.name_en)}{_MARK}" for one in ordered)
        return Gazetteer(ordered, names, {one.id: one for one in ordered})

    def search(self, text: str, *, limit: int) -> list[Named]:
        """Return what a text may mean, best first: the name, the name without its ending, a beginning, inside."""
        wanted = _plain(text)
        if not wanted:
            return []
        hits = [n for n, names in enumerate(self._names) if wanted in names]
        forms = [f"{_MARK}{wanted}{_MARK}", *(f"{_MARK}{wanted}{ending}{_MARK}" for ending in _ENDINGS)]
        begins = f"{_MARK}{wanted}"
        found: list[tuple[int, int]] = []
        for n in hits:
            names = self._names[n]
            if begins not in names:
                match = 3
            elif forms[0] in names:
                match = 0
            else:
                match = 1 if any(form in names for form in forms) else 2
            found.append((match, n))
        return [self.entries[n] for _, n in heapq.nsmallest(limit, found)]

    def one(self, text: str) -> Named | None:
        """Return the thing with this id, or the only one with exactly this name; None for none or many."""
        known = self._by_id.get(text)
        if known is not None:
            return known
        wanted = f"{_MARK}{_plain(text)}{_MARK}"
        exact = [self.entries[n] for n, names in enumerate(self._names) if wanted in names] if _plain(text) else []
        best = [one for one in exact if one.rank == exact[0].rank]
        return best[0] if len(best) == 1 else None


def _plain(text: str) -> str:
    """Return a name without case, spaces, full-width forms and the mark."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace(_MARK, "").split())
