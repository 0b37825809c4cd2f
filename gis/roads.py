"""Roads: a network as arrays, shortest paths over it, snapping, closures, isochrones.

Geometry is WGS-84 degrees; lengths are whole millimetres. Weights are integers, so a path's length
is exact and the same on every machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis.cells import Geometries
from gis.crs import Metric
from gis.segments import SegmentIndex

if TYPE_CHECKING:
    import networkx as nx

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Route:
    """A path: its edges in order, its length, and its line (WGS-84 degrees)."""

    edges: tuple[int, ...]
    length_mm: int
    line: shapely.LineString


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNetwork:
    """Edges e with end nodes `u[e]`, `v[e]` (into `nodes`), length, keys and attribute columns.

    `oneway[e]`: only from u to v. `attributes` are columns of one value an edge: ``class``,
    ``limit_kph`` (NaN = no sign), ``name``, ...
    """

    keys: tuple[str, ...]
    nodes: tuple[int, ...]
    u: Ints
    v: Ints
    length_mm: Ints
    oneway: NDArray[np.bool_]
    lines: Geometries
    attributes: Mapping[str, NDArray[Any]]
    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]

    @staticmethod
    def of(
        frame: Any,
        *,
        key: str | None = None,
        length_m: str = "length_m",
        oneway: str | bool = False,
    ) -> RoadNetwork:
        """Return the network of a GeoDataFrame with columns u, v, a length in metres and lines."""
        lines = np.asarray(frame.geometry.array, dtype=object)
        nodes = np.unique(np.concatenate([frame["u"].to_numpy(), frame["v"].to_numpy()]))
        u, v = (np.searchsorted(nodes, frame[end].to_numpy()).astype(np.int64) for end in ("u", "v"))
        n = len(frame)
        node_lon, node_lat = np.full(len(nodes), np.nan), np.full(len(nodes), np.nan)
        for end, at in ((v, -1), (u, 0)):
            points = shapely.get_point(lines, at)
            node_lon[end], node_lat[end] = shapely.get_x(points), shapely.get_y(points)
        return RoadNetwork(
            keys=tuple(frame[key].astype(str)) if key else tuple(f"{number:06d}" for number in range(n)),
            nodes=tuple(nodes.tolist()),
            u=u,
            v=v,
            length_mm=np.rint(frame[length_m].to_numpy(dtype=np.float64) * 1000).astype(np.int64),
            oneway=frame[oneway].to_numpy(dtype=np.bool_) if isinstance(oneway, str) else np.full(n, oneway),
            lines=lines,
            attributes={
                str(name): frame[name].to_numpy()
                for name in frame.columns
                if name not in ("u", "v", length_m, frame.geometry.name, key)
            },
            node_lon=node_lon,
            node_lat=node_lat,
        )

    def __len__(self) -> int:
        return len(self.u)

    def segment_index(self, metric: Metric) -> SegmentIndex:
        """Return the index that snaps points to these edges."""
        return SegmentIndex.of(self.lines, metric=metric)

    def to_networkx(self) -> nx.MultiDiGraph[int]:
        """Return the exchange form: a directed edge each way unless one-way, keyed by edge number."""
        import networkx as nx  # a fifth of a second that only an exchange needs

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        graph.add_nodes_from(range(len(self.nodes)))
        for e in range(len(self)):
            graph.add_edge(int(self.u[e]), int(self.v[e]), e, length_mm=int(self.length_mm[e]))
            if not self.oneway[e]:
                graph.add_edge(int(self.v[e]), int(self.u[e]), e, length_mm=int(self.length_mm[e]))
        return graph

    def router(self, *, weights: Ints | None = None, closed: Collection[int] = ()) -> Router:
        """Return what finds paths; `weights` (integers, one an edge) replace lengths, `closed` edges are left out."""
        return Router.of(self, self.length_mm if weights is None else weights, closed)

    def node_near(self, lon: float, lat: float) -> int:
        """Return the node nearest to a WGS-84 point, the lowest of equal ones."""
        east = (self.node_lon - lon) * np.cos(np.radians(lat))
        return int(np.argmin(east**2 + (self.node_lat - lat) ** 2))


@dataclass(frozen=True, slots=True)
class Router:
    """One state of a network: its weights and what is open. Nodes are numbers into `network.nodes`."""

    network: RoadNetwork
    _graph: csr_array
    _edge: Ints  # edge of each entry of the graph
    _forward: NDArray[np.bool_]

    @staticmethod
    def of(network: RoadNetwork, weights: Ints, closed: Collection[int]) -> Router:
        """Return the router; of parallel edges the lightest serves, of equal ones the lowest."""
        both = ~network.oneway
        edge = np.concatenate([np.arange(len(network)), np.flatnonzero(both)])
        tail = np.concatenate([network.u, network.v[both]])
        head = np.concatenate([network.v, network.u[both]])
        forward = np.arange(len(edge)) < len(network)
        shut = np.zeros(len(network), dtype=np.bool_)
        shut[list(closed)] = True
        is_open = ~shut[edge]
        edge, tail, head, forward = edge[is_open], tail[is_open], head[is_open], forward[is_open]
        order = np.lexsort((edge, weights[edge], head, tail))
        edge, tail, head, forward = edge[order], tail[order], head[order], forward[order]
        lead = np.concatenate([[True], (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])])[: len(edge)]
        edge, tail, head, forward = edge[lead], tail[lead], head[lead], forward[lead]
        n = len(network.nodes)
        start = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))])
        graph = csr_array(
            (weights[edge].astype(np.float64), head.astype(np.int32), start.astype(np.int32)), shape=(n, n)
        )
        return Router(network, graph, edge, forward)

    def distances(self, origin: int, *, limit: int | None = None) -> Ints:
        """Return the least weight from a node to every node, -1 where none is (or above `limit`)."""
        far = dijkstra(self._graph, indices=origin, limit=np.inf if limit is None else float(limit))
        return np.where(np.isfinite(far), far, -1).astype(np.int64)

    def reach(self, starts: Sequence[tuple[int, int]]) -> Reach:
        """Return the least weights from a place that is joined to nodes by (node, weight) to every node."""
        graph, n = self._graph, len(self.network.nodes)
        rows = sorted({node: min(w for at, w in starts if at == node) for node, _ in starts}.items())
        # One more node for the place itself; its arcs weigh one more, since a weight of 0 is no arc to scipy.
        joined = csr_array(
            (
                np.concatenate([graph.data, [weight + 1.0 for _, weight in rows]]),
                np.concatenate([graph.indices, np.asarray([node for node, _ in rows], dtype=np.int32)]),
                np.concatenate([graph.indptr, [graph.indptr[-1] + len(rows)]]).astype(np.int32),
            ),
            shape=(n + 1, n + 1),
        )
        far, before = dijkstra(joined, indices=n, return_predecessors=True)
        found = np.where(np.isfinite(far), far - 1, -1).astype(np.int64)
        return Reach(self, found[:n], before)

    def route(self, origin: int, destination: int) -> Route | None:
        """Return the least path between two nodes, None where there is none."""
        if origin == destination:
            return Route((), 0, shapely.LineString())
        far, before = dijkstra(self._graph, indices=origin, return_predecessors=True)
        if not np.isfinite(far[destination]):
            return None
        path = [destination]
        while path[-1] != origin:
            path.append(int(before[path[-1]]))
        entries = [self._entry(a, b) for a, b in zip(path[:0:-1], path[-2::-1], strict=True)]
        edges = self._edge[entries]
        lines = self.network.lines[edges]
        turned = [
            shapely.get_coordinates(line if ahead else shapely.reverse(line))
            for line, ahead in zip(lines, self._forward[entries], strict=True)
        ]
        xy = np.concatenate([turned[0], *(part[1:] for part in turned[1:])])
        return Route(tuple(edges.tolist()), int(self.network.length_mm[edges].sum()), shapely.LineString(xy))

    def isochrone(self, origin: int, *, limit: int, grow_m: float, metric: Metric) -> Any:
        """Return the area (WGS-84) within `grow_m` of every edge both of whose ends lie within `limit`."""
        far = self.distances(origin, limit=limit)
        reached = (far[self.network.u] >= 0) & (far[self.network.v] >= 0)

        def there(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(metric.forward_m(xy[:, 0], xy[:, 1]))

        def back(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            to_mm = np.rint(xy * 1000).astype(np.int64)
            return np.column_stack(metric.back(to_mm[:, 0], to_mm[:, 1]))

        plane = shapely.transform(self.network.lines[reached], there)
        return shapely.transform(shapely.union_all(shapely.buffer(plane, grow_m, quad_segs=4)), back)

    def edge_between(self, tail: int, head: int) -> int:
        """Return the edge that serves from a node to its neighbour."""
        return int(self._edge[self._entry(tail, head)])

    def _entry(self, tail: int, head: int) -> int:
        start, end = self._graph.indptr[tail], self._graph.indptr[tail + 1]
        return int(start + np.searchsorted(self._graph.indices[start:end], head))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far every node is from one place, and by which way; `far` -1 where none leads."""

    router: Router
    far: Ints
    _before: NDArray[np.int32]

    def back(self, node: int) -> tuple[list[int], list[int]]:
        """Return (nodes, edges between them) from `node` back to where the place is joined to the network."""
        nodes, edges = [node], []
        while (before := int(self._before[nodes[-1]])) != len(self.far):
            edges.append(self.router.edge_between(before, nodes[-1]))
            nodes.append(before)
        return nodes, edges
