"""Travel times by road (WGS-84 in, seconds and metres out): many origins to one place, with roads shut.

A place lies on the road nearest to it, at its share of that road's length. The way between them is
reckoned as a straight line at `APPROACH_KPH`. The roads on which a trip begins and ends may be driven
even where they are shut, up to the place and not through: a unit is led to a scene on a closed road.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import Metric
from gis.roads import Reach, RoadNetwork

APPROACH_KPH = 30.0  # off the mapped roads: village and site roads
SAME_M = 0.001  # edges nearer than this to each other, seen from a place, lie on one line
Lonlat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class OnRoad:
    """A place on an edge: its share of the length, and the gap to it. A street may be an edge each way."""

    edge: int
    share: float
    gap_m: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an edge that is driven, from one share of its length to another, and what that takes."""

    edge: int
    begin: float
    end: float
    ms: int
    mm: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A trip: the stretches driven, in order."""

    stretches: tuple[Stretch, ...]

    @property
    def ms(self) -> int:
        """Time on the road."""
        return sum(one.ms for one in self.stretches)

    @property
    def mm(self) -> int:
        """Length on the road."""
        return sum(one.mm for one in self.stretches)


@dataclass(frozen=True, slots=True)
class Goal:
    """A destination: where it lies, the best last stretch from each node beside it, how far every node is."""

    places: tuple[OnRoad, ...]
    last: Mapping[int, Stretch]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Travel:
    """A network with the time each edge takes, ready to be asked from any place."""

    network: RoadNetwork
    edge_ms: NDArray[np.int64]
    metric: Metric
    _plane: NDArray[Any]
    _tree: shapely.STRtree
    _number: dict[str, int]
    _known: dict[Lonlat, tuple[OnRoad, ...]] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(network: RoadNetwork, speed_kph: NDArray[np.float64], metric: Metric) -> Travel:
        """Return the travel times of a network; `speed_kph` one an edge, above 0."""
        edge_ms = np.maximum(np.rint(network.length_mm * 3.6 / speed_kph).astype(np.int64), 1)
        plane = shapely.transform(network.lines, lambda xy: np.column_stack(metric.forward_m(xy[:, 0], xy[:, 1])))
        number = {key: edge for edge, key in enumerate(network.keys)}
        return Travel(network, edge_ms, metric, plane, shapely.STRtree(plane), number)

    def to(
        self, destination: Lonlat, origins: Sequence[Lonlat], *, closed: Collection[str] = ()
    ) -> list[tuple[float, float] | None]:
        """Return (seconds, metres) from each origin (lon, lat); None where no open road leads there."""
        goal = self._goal(destination, closed)
        found: list[tuple[float, float] | None] = []
        for origin in origins:
            leg = self._leg(self.on_road(origin), goal)
            found.append(None if leg is None else self._told(origin, goal, leg))
        return found

    def way(
        self, origin: Lonlat, destination: Lonlat, *, closed: Collection[str] = ()
    ) -> list[tuple[float, float, float]] | None:
        """Return (lon, lat, seconds from the start) along the quickest way; None where no open road leads there."""
        goal, start = self._goal(destination, closed), self.on_road(origin)
        leg = self._leg(start, goal)
        if leg is None:
            return None
        at_s = start[0].gap_m * 3.6 / APPROACH_KPH
        way = [(*origin, 0.0)]
        for one in leg.stretches:
            for lon, lat, share in _along(self.network.lines[one.edge], one.begin, one.end):
                way.append((lon, lat, round(at_s + share * one.ms / 1000, 1)))
            at_s += one.ms / 1000
        return [*way, (*destination, self._told(origin, goal, leg)[0])]

    def on_road(self, place: Lonlat) -> tuple[OnRoad, ...]:
        """Return where a place lies on the network: on the nearest edge, on all of them where several lie there."""
        if place not in self._known:
            x, y = self.metric.forward_m(np.asarray([place[0]]), np.asarray([place[1]]))
            point = shapely.Point(float(x[0]), float(y[0]))
            edges, gaps = self._tree.query_nearest(point, return_distance=True)
            near = self._tree.query(point, predicate="dwithin", distance=float(gaps.min()) + SAME_M)
            gap_m = round(float(gaps.min()), 3)
            self._known[place] = tuple(
                OnRoad(edge, float(shapely.line_locate_point(self._plane[edge], point, normalized=True)), gap_m)
                for edge in sorted({*edges.tolist(), *near.tolist()})
            )
        return self._known[place]

    def _goal(self, destination: Lonlat, closed: Collection[str]) -> Goal:
        """Return a destination, with how far every node is over the network turned round."""
        places = self.on_road(destination)
        last: dict[int, Stretch] = {}
        for place in places:
            for node, stretch in self._beside(place, leaving=False):
                known = last.get(node)
                if known is None or (stretch.ms, stretch.mm) < (known.ms, known.mm):
                    last[node] = stretch
        turned = replace(self.network, u=self.network.v, v=self.network.u)
        shut = {self._number[key] for key in closed if key in self._number}
        router = turned.router(weights=self.edge_ms, closed=shut)
        return Goal(places, last, router.reach([(node, stretch.ms) for node, stretch in last.items()]))

    def _leg(self, start: tuple[OnRoad, ...], goal: Goal) -> Leg | None:
        """Return the quickest trip, the shorter of equally quick ones."""
        legs: list[Leg] = []
        for place in start:
            legs += [
                Leg((self._stretch(place.edge, place.share, there.share),))
                for there in goal.places
                if there.edge == place.edge and (there.share >= place.share or not self.network.oneway[place.edge])
            ]
            for node, first in self._beside(place, leaving=True):
                if goal.reach.far[node] >= 0:
                    legs.append(Leg((first, *self._between(node, goal))))
        return min(legs, key=lambda leg: (leg.ms, leg.mm), default=None)

    def _between(self, node: int, goal: Goal) -> Iterator[Stretch]:
        nodes, edges = goal.reach.back(node)
        for edge, tail in zip(edges, nodes[:-1], strict=True):
            ahead = tail == int(self.network.u[edge])
            yield self._stretch(edge, 0.0 if ahead else 1.0, 1.0 if ahead else 0.0)
        yield goal.last[nodes[-1]]

    def _beside(self, place: OnRoad, *, leaving: bool) -> Iterator[tuple[int, Stretch]]:
        """Yield each node at an end of the place's edge with the stretch to or from it that may be driven."""
        u, v = int(self.network.u[place.edge]), int(self.network.v[place.edge])
        two_way = not self.network.oneway[place.edge]
        if leaving:
            yield v, self._stretch(place.edge, place.share, 1.0)
            if two_way:
                yield u, self._stretch(place.edge, place.share, 0.0)
        else:
            yield u, self._stretch(place.edge, 0.0, place.share)
            if two_way:
                yield v, self._stretch(place.edge, 1.0, place.share)

    def _stretch(self, edge: int, begin: float, end: float) -> Stretch:
        ms, mm = (
            abs(round(end * int(whole[edge])) - round(begin * int(whole[edge])))
            for whole in (self.edge_ms, self.network.length_mm)
        )
        return Stretch(edge, begin, end, ms, mm)

    def _told(self, origin: Lonlat, goal: Goal, leg: Leg) -> tuple[float, float]:
        gap_m = self.on_road(origin)[0].gap_m + goal.places[0].gap_m
        return round(leg.ms / 1000 + gap_m * 3.6 / APPROACH_KPH, 1), round(leg.mm / 1000 + gap_m, 1)


def _along(line: Any, begin: float, end: float) -> list[tuple[float, float, float]]:
    """Return (lon, lat, share of the stretch) at its corners and end; turned round where end < begin."""
    low, high = min(begin, end), max(begin, end)
    corners = shapely.get_coordinates(line)
    steps = np.sqrt((np.diff(corners, axis=0) ** 2).sum(axis=1))
    at = np.concatenate([[0.0], np.cumsum(steps)]) / max(float(steps.sum()), 1e-12)
    between = (at > low) & (at < high)
    last = shapely.line_interpolate_point(line, end, normalized=True)
    points = [(float(x), float(y), float(s)) for (x, y), s in zip(corners[between], at[between], strict=True)]
    if end < begin:
        points.reverse()
    long = max(high - low, 1e-12)
    return [*((x, y, abs(s - begin) / long) for x, y, s in points), (last.x, last.y, 1.0)]
