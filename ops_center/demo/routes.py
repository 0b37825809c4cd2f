"""The approved routes of the exercise as a layer: the way each toxic or explosive load was planned to go."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ops_center.demo.fleet import Fleet

MANIFEST = """\
# Written by the exercise at each start: the planned ways of its toxic and explosive loads.
id: routes
title: {zh: 批准路线（模拟）, en: Approved routes (exercise)}
source: {file: routes.parquet}
datum: wgs84
key: key
valid_from: "2019-08-01"
refresh: {every: 365 d, stale_after: 3650 d}
fields:
  plate: {type: text}
licence: Apache-2.0
attribution: planned by ops_center/demo
exercise: true
draw: {as: line, colour: restricted, label: plate, min_zoom: 9, width_px: 2, order: 21}
"""


def write_routes(fleet: Fleet, folder: Path) -> list[Path]:
    """Write the layer of a fleet before anything happens to it; return its content folder, none for a small fleet."""
    routed = [vehicle for vehicle in fleet.vehicles if "route.id" in vehicle.papers]
    if not routed:
        return []
    place = folder / "exercise" / "layers" / "catalog"
    place.mkdir(parents=True, exist_ok=True)
    lines = [shapely.LineString(np.column_stack([v.track.lon, v.track.lat])) for v in routed]
    columns = {
        "key": [str(v.papers["route.id"]) for v in routed],
        "plate": [str(v.papers["vehicle.plate"]) for v in routed],
    }
    gpd.GeoDataFrame(columns, geometry=lines, crs=4326).to_parquet(place / "routes.parquet", index=False)
    (place / "routes.yml").write_text(MANIFEST, encoding="utf-8")
    return [folder / "exercise"]
