"""Travel times by road (WGS-84 in, seconds and metres out): many origins to one place, with roads shut.

Speeds come with the network; the way between a point and its nearest road node is reckoned as a
straight line at `APPROACH_KPH`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gis.geodesy import distance_mm
from gis.roads import RoadNetwork

APPROACH_KPH = 30.0  # off the mapped roads: village and site roads


@dataclass(frozen=True, slots=True)
class Travel:
    """A network with the time each edge takes, ready to be asked from any place."""

    network: RoadNetwork  # turned round: paths lead away from the destination
    edge_ms: NDArray[np.int64]

    @staticmethod
    def of(network: RoadNetwork, speed_kph: NDArray[np.float64]) -> Travel:
        """Return the travel times of a network; `speed_kph` one an edge, above 0."""
        edge_ms = np.rint(network.length_mm * 3.6 / speed_kph).astype(np.int64)
        return Travel(replace(network, u=network.v, v=network.u), np.maximum(edge_ms, 1))

    def to(
        self, destination: tuple[float, float], origins: Sequence[tuple[float, float]], *, closed: Collection[str] = ()
    ) -> list[tuple[float, float] | None]:
        """Return (seconds, metres) from each origin (lon, lat); None where no open road leads there."""
        shut = {edge for edge, key in enumerate(self.network.keys) if key in set(closed)} if closed else set()
        goal = self.network.node_near(*destination)
        router = self.network.router(weights=self.edge_ms, closed=shut)
        far_ms = router.distances(goal)
        last_m = self._gap_m(destination, goal)
        found: list[tuple[float, float] | None] = []
        for origin in origins:
            node = self.network.node_near(*origin)
            route = router.route(goal, node) if far_ms[node] >= 0 else None
            if route is None:
                found.append(None)
                continue
            gap_m = self._gap_m(origin, node) + last_m
            seconds = far_ms[node] / 1000 + gap_m * 3.6 / APPROACH_KPH
            found.append((round(float(seconds), 1), round(route.length_mm / 1000 + gap_m, 1)))
        return found

    def _gap_m(self, point: tuple[float, float], node: int) -> float:
        ends = (*point, float(self.network.node_lon[node]), float(self.network.node_lat[node]))
        return float(distance_mm(*(np.rint(np.array([end]) * 1e7).astype(np.int32) for end in ends))[0]) / 1000
