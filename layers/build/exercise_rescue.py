"""Build the exercise layers of rescue vehicles and stocks, at the invented teams and hospitals.

Run ``python -m layers.build.exercise_rescue``; `layers.build.exercise` calls it behind its own. It has a seed of
its own, so that no other layer changes with it. Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from layers.build.basemap import write
from layers.build.scene import read

SEED = 20190812
# capability, name, home layer, capability of its home team ("" = any feature), every n-th home, at most a home
VEHICLES: tuple[tuple[str, str, str, str, str, int, int], ...] = (
    ("ambulance", "救护车", "ambulance", "hospitals", "", 1, 3),
    ("fire_engine", "消防车", "fire engine", "teams", "fire", 1, 3),
    ("hazmat_vehicle", "危化品处置车", "hazmat vehicle", "teams", "hazmat_team", 1, 2),
)
# capability, name, unit, home team's capability, least and most held, in steps of
STOCKS: tuple[tuple[str, str, str, str, str, tuple[int, int, int]], ...] = (
    ("foam", "泡沫液", "foam concentrate", "L", "fire", (1, 12, 1000)),
    ("absorbent", "吸附材料", "absorbent", "kg", "hazmat_team", (2, 20, 100)),
    ("sandbags", "沙袋", "sandbags", "bags", "flood_rescue", (5, 60, 100)),
)


def main() -> None:
    """Write both layers."""
    chance = np.random.default_rng(SEED)
    homes = {name: read(name) for name in ("teams", "hospitals")}
    write("rescue-vehicles", build_vehicles(homes, chance))
    write("stocks", build_stocks(homes["teams"], chance))


def build_vehicles(homes: dict[str, gpd.GeoDataFrame], chance: np.random.Generator) -> gpd.GeoDataFrame:
    """Return ambulances at hospitals, fire engines at fire stations, hazmat vehicles at hazmat teams."""
    rows: list[dict[str, Any]] = []
    for capability, zh, en, layer, of, every, most in VEHICLES:
        home = homes[layer]
        chosen = home[home["capability"] == of] if of else home
        n = 0
        for _, place in chosen.iloc[::every].iterrows():
            for _ in range(int(chance.integers(1, most + 1))):
                n += 1
                rows.append(
                    {"key": f"rv-{capability}-{n:04d}", "name": f"模拟{zh}{n:03d}（{_home(place['name'])}）",
                     "name_en": f"Exercise {en} {n:03d}", "capability": capability, "home": place["key"],
                     "crew": int(chance.integers(2, 7)), "geometry": place.geometry}
                )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


def build_stocks(teams: gpd.GeoDataFrame, chance: np.random.Generator) -> gpd.GeoDataFrame:
    """Return foam, absorbent and sandbags, each with quantity and unit."""
    rows: list[dict[str, Any]] = []
    for capability, zh, en, unit, of, (least, most, step) in STOCKS:
        for n, (_, place) in enumerate(teams[teams["capability"] == of].iterrows(), start=1):
            rows.append(
                {"key": f"st-{capability}-{n:03d}", "name": f"模拟{zh}库{n:03d}（{_home(place['name'])}）",
                 "name_en": f"Exercise stock of {en} {n:03d}", "capability": capability,
                 "quantity": int(chance.integers(least, most + 1)) * step, "unit": unit, "home": place["key"],
                 "geometry": place.geometry}
            )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


def _home(name: str) -> str:
    return str(name).removeprefix("模拟")


if __name__ == "__main__":
    main()
