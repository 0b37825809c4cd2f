"""Itineraries: where each vehicle of the exercise is at every instant, as knots on its roads.

Trips lead from depots over shortest paths of the intercity network and back. Speeds stay below
80 km/h on expressways and 60 km/h elsewhere (order 29/2019, art. 46), and nobody drives four
hours without twenty minutes of rest (implementing regulations of the road traffic safety law,
art. 62), unless a scene of the exercise says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST_DRIVE_MS = int(3.4 * 3_600_000)
REST_MS = 25 * 60_000
SHORT_STOP_MS = 10 * 60_000  # of a driver who does not rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """Undirected edges of the network: node rows, metres, km/h, and vertices in EPSG:4326 degrees."""

    u: Ints
    v: Ints
    length_m: Floats
    cruise_kph: Floats
    lines: Sequence[Floats]  # (k, 2) lon, lat from u to v
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Knots of one vehicle: at `t_ms[i]` it is at (lon, lat); straight and even between knots."""

    t_ms: Ints
    lon: Floats
    lat: Floats

    def at(self, times: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """Return lon, lat (degrees), speed (km/h) and heading (degrees) at `times`."""
        lon = np.interp(times, self.t_ms, self.lon)
        lat = np.interp(times, self.t_ms, self.lat)
        leg = np.clip(np.searchsorted(self.t_ms, times, side="right") - 1, 0, len(self.t_ms) - 2)
        east = (self.lon[leg + 1] - self.lon[leg]) * 111_320.0 * np.cos(np.radians(lat))
        north = (self.lat[leg + 1] - self.lat[leg]) * 110_574.0
        hours = np.maximum(self.t_ms[leg + 1] - self.t_ms[leg], 1) / 3_600_000
        speed = np.hypot(east, north) / 1000 / hours
        inside = (times >= self.t_ms[0]) & (times < self.t_ms[-1])
        return lon, lat, np.where(inside, speed, 0.0), np.degrees(np.arctan2(east, north)) % 360

    def halted(self, *, at_ms: int, for_ms: int) -> Track:
        """Return the track with a stop of `for_ms` from `at_ms` on; the rest comes later."""
        row = int(np.searchsorted(self.t_ms, at_ms, side="right"))
        lon, lat, _, _ = self.at(np.asarray([at_ms]))
        return replace(
            self,
            t_ms=np.concatenate([self.t_ms[:row], [at_ms, at_ms + for_ms], self.t_ms[row:] + for_ms]),
            lon=np.concatenate([self.lon[:row], lon, lon, self.lon[row:]]),
            lat=np.concatenate([self.lat[:row], lat, lat, self.lat[row:]]),
        )

    def aside(self, *, at_ms: int, for_ms: int, north_deg: float, ramp_ms: int) -> Track:
        """Return the track moved north between two instants, gradually at both ends."""
        bends = np.asarray([at_ms, at_ms + ramp_ms, at_ms + for_ms - ramp_ms, at_ms + for_ms], dtype=np.int64)
        times = np.union1d(self.t_ms, bends)
        lon, lat, _, _ = self.at(times)
        share = np.interp(times, bends, [0.0, 1.0, 1.0, 0.0])
        return replace(self, t_ms=times, lon=lon, lat=lat + share * north_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Shortest-path trees from every depot over the network."""

    roads: Roads
    depots: Ints
    distance_m: Floats  # (depots, nodes)
    parent: NDArray[np.int32]  # (depots, nodes)
    edge_of: dict[tuple[int, int], int]
    ways: dict[tuple[int, int], tuple[Floats, Floats]]  # (from, to) -> its vertices, and the share of time at each


def plan_trees(roads: Roads, *, depots: Ints) -> Trees:
    """Return the shortest-path trees (metres) from `depots`."""
    order = np.argsort(-roads.length_m, kind="stable")  # of parallel edges the shortest is written last
    edge_of: dict[tuple[int, int], int] = {}
    for e in order:
        edge_of[int(roads.u[e]), int(roads.v[e])] = int(e)
        edge_of[int(roads.v[e]), int(roads.u[e])] = int(e)
    pairs = np.asarray(list(edge_of), dtype=np.int64)
    weights = roads.length_m[list(edge_of.values())]
    graph = csr_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(roads.nodes, roads.nodes))
    distance, parent = dijkstra(graph, indices=depots, return_predecessors=True)
    ways = {}
    for (u, v), e in edge_of.items():
        line = roads.lines[e] if roads.u[e] == u else roads.lines[e][::-1]
        ways[u, v] = line, _shares(line)
    return Trees(roads=roads, depots=depots, distance_m=distance, parent=parent, edge_of=edge_of, ways=ways)


def largest_component(roads: Roads) -> Ints:
    """Return the nodes of the largest connected part."""
    graph = csr_array((np.ones(len(roads.u)), (roads.u, roads.v)), shape=(roads.nodes, roads.nodes))
    _, label = connected_components(graph, directed=False)
    return np.flatnonzero(label == np.bincount(label).argmax())


def plan_track(trees: Trees, *, chance: np.random.Generator, start_ms: int, until_ms: int, rests: bool = True) -> Track:
    """Return one vehicle's knots from `start_ms` to past `until_ms`, drawn from `chance`."""
    depot = int(chance.integers(len(trees.depots)))
    factor = float(chance.uniform(0.86, 0.97))
    near = np.flatnonzero((trees.distance_m[depot] > 25_000) & (trees.distance_m[depot] < 260_000))
    times: list[Floats] = []
    points: list[Floats] = []
    now, driven = float(start_ms - chance.integers(0, 3 * 3_600_000)), 0.0
    while now < until_ms:
        goal = int(chance.choice(near))
        for path in (_path(trees, depot, goal), _path(trees, depot, goal)[::-1]):
            for u, v in pairwise(path):
                e = trees.edge_of[u, v]
                line, shares = trees.ways[u, v]
                spent = trees.roads.length_m[e] / (trees.roads.cruise_kph[e] * factor / 3.6) * 1000
                if rests and driven + spent > LONGEST_DRIVE_MS:
                    times.append(np.asarray([now, now + REST_MS]))
                    points.append(np.repeat(line[:1], 2, axis=0))
                    now, driven = now + REST_MS, 0.0
                times.append(now + spent * shares)
                points.append(line)
                now, driven = now + spent, driven + spent
            pause = float(chance.integers(25, 70)) * 60_000 if rests else SHORT_STOP_MS
            times.append(np.asarray([now, now + pause]))
            points.append(np.repeat(points[-1][-1:], 2, axis=0))
            now, driven = now + pause, 0.0 if rests else driven
    t = np.rint(np.concatenate(times)).astype(np.int64)
    xy = np.concatenate(points)
    keep = np.concatenate([[True], np.diff(t) > 0])
    return Track(t_ms=t[keep], lon=xy[keep, 0], lat=xy[keep, 1])


def _path(trees: Trees, depot: int, goal: int) -> list[int]:
    path, root = [goal], int(trees.depots[depot])
    while path[-1] != root:
        path.append(int(trees.parent[depot, path[-1]]))
    return path[::-1]


def _shares(line: Floats) -> Floats:
    steps = np.hypot(*np.diff(line, axis=0).T)
    total = steps.sum()
    if total == 0:
        return np.linspace(0.0, 1.0, len(line))
    return np.concatenate([[0.0], np.cumsum(steps) / total])
