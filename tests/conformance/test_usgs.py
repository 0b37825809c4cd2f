"""USGS: every feed of the vectors, every expected event, and a week of the real feed."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ops_center.columns import Messages
from ops_center.domain.feed import Feed
from ops_center.domain.text import Text
from streams.decoders import load
from tests.paths import data, each, vectors

DECODER: Any = load(Feed(id="usgs", title=Text("", ""), owner=Text("", ""), decoder="usgs_geojson"))


def files() -> list[Path]:
    return sorted((vectors() / "sensors" / "usgs").glob("*.geojson"))


@cache
def expected() -> dict[str, dict[str, Any]]:
    events = json.loads((vectors() / "sensors" / "usgs" / "events_expected.json").read_text(encoding="utf-8"))
    return {event["id"]: event for event in events}


def objects(message: bytes) -> list[dict[str, Any]]:
    found = DECODER.describe(message)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("path", each(files), ids=lambda p: p.name)
def test_every_quake_has_every_field_expected_of_it(path: Path) -> None:
    message = path.read_bytes()
    raw = json.loads(message)
    features = raw["features"] if raw["type"] == "FeatureCollection" else [raw]
    found = objects(message)
    assert [f["header"]["id"] for f in found] == [feature["id"] for feature in features]
    for item in found:
        wanted = expected().get(item["header"]["id"], {})
        assert {key: item["header"][key] for key in wanted} == wanted
    records = DECODER.decode(Messages.of([message], [0])).records
    assert [r.revision for _, r in records] == [str(f["properties"].get("updated")) for f in features]


def test_every_expected_quake_reads_back_from_the_feeds_form() -> None:
    for event in expected().values():
        feature = {
            "type": "Feature",
            "id": event["id"],
            "properties": {
                "mag": event["mag"],
                "place": event["place"],
                "time": event["time_ms"],
                "updated": event["time_ms"] + 1,
                "tsunami": event["tsunami"],
                "alert": event["alert"],
                "type": "earthquake",
            },
            "geometry": {"type": "Point", "coordinates": [event["lon"], event["lat"], event["depth_km"]]},
        }
        header = objects(json.dumps(feature).encode())[0]["header"]
        assert {key: header[key] for key in event} == event


def test_a_week_of_the_real_feed_gives_one_revision_a_quake() -> None:
    paths = sorted((data() / "hazards").glob("usgs_*.geojson.gz"))
    assert paths
    for path in paths:
        message = gzip.decompress(path.read_bytes())
        features = json.loads(message)["features"]
        decoded = DECODER.decode(Messages.of([message], [0]))
        assert decoded.refused == ()
        assert [(r.id, r.issued_ms, r.lon_e7) for _, r in decoded.records] == [
            (f["id"], f["properties"]["time"], round(f["geometry"]["coordinates"][0] * 1e7)) for f in features
        ]
