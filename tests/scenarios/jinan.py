"""Scenario (d): vehicles routed on Jinan's road graph, reporting in JT/T 808 frames; some leave their route.

Routes are shortest paths between the camera origin-destination pairs of the data set; a registry
feed binds terminals to them. Positions wander a few metres around the path, as GPS does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import LineString

from streams.decoders.jt808.encode_many import encode_locations
from tests.scenarios.content import Scenario, put, put_layer, put_rule, text

FOLDER = "gis/roads/jinan_w_jinan"
EPSG = 32650
VEHICLES = 60
STRAYS = 5  # every fifth vehicle drives to another destination than its route's
EVERY_MS = 10_000
START_MS = 1_565_480_000_000  # 2019-08-10T23:33:20Z
FAR_M, LONG_MS = 200.0, 60_000
ON_ROAD_M = 12.0
SPEEDS_KPH = (28.0, 55.0)
WANDER_M = 5.0
SEED = 20190811
LEAST_M, MOST_M = 3_000.0, 12_000.0  # of the routes that are taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One vehicle: the route it is bound to and its fixes as the frames carry them."""

    phone: str
    route: str
    strays: bool
    event_ms: NDArray[np.int64]
    lon_e7: NDArray[np.int64]
    lat_e7: NDArray[np.int64]
    speed_kph: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The road graph in the plane of `EPSG`, and what is derived from the OD pairs."""

    edges: pd.DataFrame
    graph: nx.DiGraph[int]
    routes: Mapping[str, LineString]  # in the plane
    drives: tuple[Drive, ...]


def build(data: Path, *, vehicles: int = VEHICLES) -> Town:
    """Return the town with its vehicles, always the same ones."""
    edges = pd.read_parquet(data / FOLDER / "jinan_edges.parquet")
    nodes = pd.read_parquet(data / FOLDER / "jinan_nodes.parquet").set_index("node")
    at = dict(zip(nodes.index.tolist(), zip(nodes.x_utm50, nodes.y_utm50, strict=True), strict=True))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_weighted_edges_from(zip(edges.u.tolist(), edges.v.tolist(), edges.length_m.tolist(), strict=True))
    pairs = _pairs(data, graph, vehicles)
    paths = [nx.shortest_path(graph, a, b, weight="weight") for a, b, _ in pairs]
    lines = [LineString([at[node] for node in path]) for path in paths]
    drives = []
    for n in range(vehicles):
        strays = n % STRAYS == STRAYS - 1
        driven = lines[n]
        if strays:  # half the way, then to the next vehicle's destination
            half = paths[n][: len(paths[n]) // 2 + 1]
            on = nx.shortest_path(graph, half[-1], pairs[(n + 1) % vehicles][1], weight="weight")
            driven = LineString([at[node] for node in [*half, *on[1:]]])
        drives.append(_drive(n, driven, strays=strays))
    return Town(edges=edges, graph=graph, routes={_route(n): lines[n] for n in range(vehicles)}, drives=tuple(drives))


def _pairs(data: Path, graph: nx.DiGraph[int], wanted: int) -> list[tuple[int, int, float]]:
    found = pd.read_csv(data / FOLDER / "od_queries_first20k.csv.gz")
    found = found[found.shortest_m.between(LEAST_M, MOST_M)]
    columns = (found[name].head(wanted).tolist() for name in ("source", "target", "shortest_m"))
    return list(zip(*columns, strict=True))


def _route(n: int) -> str:
    return f"route-{n:03d}"


def _drive(n: int, line: LineString, *, strays: bool) -> Drive:
    chance = np.random.default_rng([SEED, n])
    speed_ms = chance.uniform(*SPEEDS_KPH) / 3.6
    steps = int(line.length / speed_ms * 1000 // EVERY_MS) + 1
    along = np.arange(steps) * speed_ms * EVERY_MS / 1000
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, along)) + chance.normal(0, WANDER_M, (steps, 2))
    lon, lat = Transformer.from_crs(EPSG, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return Drive(
        phone=f"{13_000_000_000 + n:012d}",
        route=_route(n),
        strays=strays,
        event_ms=START_MS + n * 7_000 + np.arange(steps, dtype=np.int64) * EVERY_MS,
        # 0x0200 carries 1e-6 degrees.
        lon_e7=np.rint(lon * 1e6).astype(np.int64) * 10,
        lat_e7=np.rint(lat * 1e6).astype(np.int64) * 10,
        speed_kph=np.full(steps, round(speed_ms * 3.6, 1)),
    )


def frames(town: Town) -> list[bytes]:
    """Return every frame in order of time, then terminal."""
    drives = town.drives
    event = np.concatenate([d.event_ms for d in drives])
    order = np.argsort(event, kind="stable")
    return encode_locations(
        phones=[d.phone for d in drives],
        subject=np.repeat(np.arange(len(drives)), [len(d.event_ms) for d in drives])[order],
        serial=np.concatenate([np.arange(len(d.event_ms)) for d in drives])[order],
        event_ms=event[order],
        lon_e7=np.concatenate([d.lon_e7 for d in drives])[order],
        lat_e7=np.concatenate([d.lat_e7 for d in drives])[order],
        speed_kph=np.concatenate([d.speed_kph for d in drives])[order],
    )


def write(folder: Path, town: Town) -> Scenario:
    """Write content and inputs below `folder`; return the scenario."""
    content = folder / "content"
    transformer = Transformer.from_crs(EPSG, 4326, always_xy=True)

    def back(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    to_degrees = {key: shapely.transform(line, back) for key, line in town.routes.items()}
    put_layer(content, "routes", to_degrees, draw={"as": "line", "colour": "road"})
    put_layer(content, "roads", dict(_roads(town)), draw={"as": "line", "colour": "road"})
    put(content, "feed", _registry_feed())
    vehicle = {"subject": "vehicle", "feed": "dg-vehicles"}
    put_rule(
        content,
        "off-route",
        applies_to=vehicle,
        when=f"off_route_m > {FAR_M}",
        for_="60 s",
        group_by=["vehicle"],
        class_="alarm",
        rationale={"response": {"zh": "联系承运人", "en": "Call the carrier"}},
        incident_kind="other",
    )
    put_rule(content, "beside-road", applies_to=vehicle, when=f"road.distance_m > {ON_ROAD_M}", group_by=["vehicle"])
    path = folder / "frames.hex"
    path.write_text("\n".join(frame.hex() for frame in frames(town)) + "\n", encoding="ascii")
    registry = folder / "registry.json"
    rows = [
        {"terminal": d.phone, "from": "2019-08-10T22:00:00Z", "route.id": d.route, "vehicle.plate": f"鲁AT{n:04d}"}
        for n, d in enumerate(town.drives)
    ]
    registry.write_text(json.dumps({"records": rows}, ensure_ascii=False), encoding="utf-8")
    inputs = (("dg-vehicles", path), ("dg-registry", registry))
    return Scenario(name="jinan", folder=content, inputs=inputs, metric_epsg=EPSG)


def _roads(town: Town) -> Iterator[tuple[str, LineString]]:
    """Yield the roads in degrees, each once although it can be driven both ways."""
    seen: set[tuple[int, int]] = set()
    for u, v, line in zip(town.edges.u.tolist(), town.edges.v.tolist(), roads(town), strict=True):
        if (v, u) not in seen:
            seen.add((u, v))
            yield f"{u}-{v}", line


def roads(town: Town) -> list[LineString]:
    """Return the edges as the data set has them, in degrees."""
    return list(shapely.from_wkb(town.edges.geometry.to_numpy()))


def _registry_feed() -> dict[str, object]:
    """Return the shipped registry feed's form with the route of the waybill."""
    return {
        "id": "dg-registry",
        "title": text("Vehicles and routes"),
        "owner": text("scenario"),
        "status": "test",
        "receive": {"http_push": {"path": "dg-registry", "token": "secret:dg_registry"}},
        "decoder": "json_rows",
        "rows": "records",
        "subject": {"kind": "record", "key": "terminal"},
        "partition_by": "feed",
        "position": "none",
        "registry": {"id": "dg-registry", "from": "from", "to": "to"},
        "time": {"field": "from", "format": "iso"},
        "fields": {"route.id": {"type": "text"}, "vehicle.plate": {"type": "text"}},
    }
