"""Scenario (b): Los Angeles loop detectors; sensors bound to corridors by a registry feed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from tests.scenarios.content import Scenario, put, put_rule, text

FOLDER = "traffic/metr_la_week"
FEED = "metr-la"
REGISTRY = "metr-la-sensors"
ZONE = "America/Los_Angeles"
SLOW_KPH, FREE_KPH = 40.0, 50.0
LASTS_MS = 600_000
MANY, WITHIN_MS = 4, 600_000
SAME_ROAD = 0.8  # weight of the data set's graph above which two sensors are of one corridor


def read(data: Path) -> pd.DataFrame:
    """Return speeds in mph, one column a sensor, local time as text in the index."""
    return pd.read_csv(data / FOLDER / "los_speed_20120301_05.csv.gz", index_col="time")


def corridors(data: Path) -> dict[str, str]:
    """Return sensor -> corridor: what hangs together in the data set's own road graph."""
    weights = pd.read_csv(data / FOLDER / "los_adj.csv.gz", header=None).to_numpy()
    sensors = read(data).columns
    _, label = csgraph.connected_components(weights > SAME_ROAD, directed=False)
    first = {int(part): sensors[int(np.flatnonzero(label == part)[0])] for part in np.unique(label)}
    return {sensor: f"road-{first[int(part)]}" for sensor, part in zip(sensors, label, strict=True)}


def with_utc(speeds: pd.DataFrame) -> pd.DataFrame:
    """Return the table with UTC milliseconds in its index."""
    local = pd.to_datetime(speeds.index).tz_localize(ZONE)
    return speeds.set_axis(local.tz_convert("UTC").as_unit("ms").astype("int64").to_numpy(), axis=0)


def write(folder: Path, data: Path, speeds: pd.DataFrame) -> Scenario:
    """Write content and input below `folder`; return the scenario."""
    content = folder / "content"
    put(
        content,
        "feed",
        {
            "id": REGISTRY,
            "title": text("Where the loops are"),
            "owner": text("scenario"),
            "status": "test",
            "receive": {"folder": {"path": "in/loops"}},
            "decoder": "json_rows",
            "rows": "sensors",
            "subject": {"kind": "record", "key": "sensor"},
            "partition_by": "feed",
            "position": "none",
            "registry": {"id": REGISTRY, "from": "from"},
            "time": {"field": "from", "format": "iso"},
            "fields": {"sensor.road": {"from": "road", "type": "text"}, "lon": {}, "lat": {}},
        },
    )
    sensor = {"subject": "sensor", "feed": FEED}
    put_rule(
        content,
        "congested",
        applies_to=sensor,
        params={"slow": SLOW_KPH, "free": FREE_KPH},
        when="speed_kph < $slow",
        for_="10 min",
        clear_when="speed_kph > $free",
        group_by=["sensor"],
        class_="notice",
    )
    put_rule(
        content,
        "corridor-slow",
        applies_to=sensor,
        params={"slow": SLOW_KPH},
        when="speed_kph < $slow",
        count={"of": "subjects", "at_least": MANY},
        within="10 min",
        group_by=["sensor.road"],
        class_="alarm",
        rationale={"response": {"zh": "看视频", "en": "Look at the cameras"}},
        incident_kind="congestion",
    )
    path = folder / "speeds.csv"
    speeds.to_csv(path)
    places = folder / "sensors.json"
    places.write_text(json.dumps({"sensors": _places(data, speeds)}), encoding="utf-8")
    return Scenario(name="loops", folder=content, inputs=((FEED, path), (REGISTRY, places)), metric_epsg=32611)


def _places(data: Path, speeds: pd.DataFrame) -> list[dict[str, object]]:
    at = pd.read_csv(data / FOLDER / "graph_sensor_locations.csv", dtype={"sensor_id": str}).set_index("sensor_id")
    start = pd.Timestamp(speeds.index[0]).tz_localize(ZONE) - pd.Timedelta(hours=1)
    road = corridors(data)
    return [
        {
            "sensor": sensor,
            "from": start.isoformat(),
            "road": road[sensor],
            "lon": float(at.longitude[sensor]),
            "lat": float(at.latitude[sensor]),
        }
        for sensor in speeds.columns
    ]
