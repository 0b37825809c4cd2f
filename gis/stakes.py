"""Stakes (桩号): a point of a road by its kilometre posts, straight between two neighbouring posts."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Post = tuple[int, float, float]  # metres from the road's zero, lon, lat (WGS-84 degrees)
# Between posts farther apart than this a straight line is no road any more.
MOST_GAP_M = 5_000
_NUMBER = re.compile(r"[gs]\d{1,4}")


@dataclass(frozen=True, slots=True)
class Stakes:
    """The posts of each road, by its name in small letters, in order of their metres."""

    roads: Mapping[str, tuple[Post, ...]]

    @staticmethod
    def of(posts: Iterable[tuple[str, int, float, float]]) -> Stakes:
        """Return the stakes of (road, metre, lon, lat)."""
        roads: dict[str, list[Post]] = {}
        for road, metre, lon, lat in posts:
            roads.setdefault(plain(road), []).append((metre, lon, lat))
        return Stakes({road: tuple(sorted(found)) for road, found in sorted(roads.items())})

    def at(self, road: str, metre: int) -> tuple[float, float] | None:
        """Return (lon, lat) of a stake; None beyond the posts or where they are too far apart."""
        posts = self._posts(plain(road))
        after = bisect_left(posts, (metre, -1e9, -1e9))
        if after < len(posts) and posts[after][0] == metre:
            return posts[after][1], posts[after][2]
        if not 0 < after < len(posts):
            return None
        (m0, lon0, lat0), (m1, lon1, lat1) = posts[after - 1], posts[after]
        if m1 - m0 > MOST_GAP_M:
            return None
        share = (metre - m0) / (m1 - m0)
        return round(lon0 + share * (lon1 - lon0), 7), round(lat0 + share * (lat1 - lat0), 7)

    def _posts(self, road: str) -> tuple[Post, ...]:
        """Return the posts of a road by its name, else by the number its name begins with ("G2 京沪高速")."""
        number = _NUMBER.match(road)
        return self.roads.get(road) or (self.roads.get(number[0], ()) if number else ())


def plain(road: str) -> str:
    """Return a road's name without spaces and case."""
    return "".join(road.casefold().split())
