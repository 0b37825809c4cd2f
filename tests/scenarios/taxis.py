"""Scenario (a): San Francisco taxis as vehicles over 64 zones; content folder and slices of the input."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.scenarios.content import Scenario, put_layer, put_rule
from tests.scenarios.taxi_oracle import Limits, zones_of_san_francisco

FILE = "moving/cabspotting_sf_20080517_20080528.parquet"
FEED = "sf-taxis"
LAYER = "sf-zones"
DAY_MS = 86_400_000
DAY = pd.Timestamp("2008-05-18", tz="UTC")  # the first whole day
# The worker's own limit of implied speed, the rules' durations, the feed's delay.
LIMITS = Limits(jump_kph=250, dwell_ms=600_000, silent_ms=600_000, delay_ms=2_000)


def read(data: Path) -> pd.DataFrame:
    """Return all fixes of the 12 days, as the file has them."""
    return pd.read_parquet(data / FILE)


def cut(
    fixes: pd.DataFrame, *, start: pd.Timestamp = DAY, hours: float = 24.0, cabs: int | None = None
) -> pd.DataFrame:
    """Return the fixes of some hours, of the first `cabs` cabs by name."""
    begin = int(start.timestamp())
    chosen = fixes[(fixes.t >= begin) & (fixes.t < begin + int(hours * 3600))]
    if cabs is not None:
        chosen = chosen[chosen.cab.isin(sorted(chosen.cab.astype(str).unique())[:cabs])]
    return chosen.reset_index(drop=True)


def write(folder: Path, fixes: pd.DataFrame, *, gather: bool = True) -> Scenario:
    """Write content and input below `folder`; `gather` adds a rule that looks across cabs."""
    content = folder / "content"
    put_layer(content, LAYER, zones_of_san_francisco(), draw={"as": "zone", "colour": "restricted"}, track=True)
    vehicle = {"subject": "vehicle", "feed": FEED}
    put_rule(
        content,
        "taxi-dwell",
        applies_to=vehicle,
        join={"zone": {"inside": LAYER}},
        when="true",
        for_="10 min",
        group_by=["vehicle", "zone"],
    )
    put_rule(content, "taxi-silent", applies_to=vehicle, absent_for="10 min", group_by=["vehicle"], class_="notice")
    if gather:
        _put_gathering(content, vehicle)
    path = folder / "taxis.parquet"
    fixes.assign(cab=fixes.cab.astype(str)).to_parquet(path, index=False)
    return Scenario(name="taxis", folder=content, inputs=((FEED, path),), metric_epsg=32610)


def _put_gathering(content: Path, vehicle: dict[str, str]) -> None:
    put_rule(
        content,
        "taxis-gather",
        applies_to=vehicle,
        join={"zone": {"inside": LAYER}},
        when="occupied == false",
        count={"of": "subjects", "at_least": 6},
        within="5 min",
        group_by=["zone"],
        class_="alarm",
        rationale={"response": {"zh": "派人", "en": "Send somebody"}},
        incident_kind="congestion",
    )


def for_oracle(fixes: pd.DataFrame) -> pd.DataFrame:
    """Return (cab, t_ms, lon, lat) in order of receipt: of time, and of the file where times are equal."""
    ordered = fixes.sort_values("t", kind="stable")
    return pd.DataFrame(
        {
            "cab": ordered.cab.astype(str),
            "t_ms": ordered.t * 1000,
            "lon": ordered.lon_e5 / 1e5,
            "lat": ordered.lat_e5 / 1e5,
        }
    )
