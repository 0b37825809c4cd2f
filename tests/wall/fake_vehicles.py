"""Vehicles of the fake picture, their places functions of time."""

from __future__ import annotations

import numpy as np

from ops_center.columns import Codes, Positions

VEHICLES = 2_000
COUNTIES = ("370102", "370202", "370303", "370523", "370634", "370725", "370830", "371122", "371302", "371424")


def plate(row: int) -> str:
    """Return a plate that cannot be assigned (the letter O is not used on plates)."""
    return f"鲁O{row:05d}"


def positions_at(at_ms: int, *, n: int = VEHICLES) -> Positions:
    """Return vehicles on slow loops over Shandong; some silent, some with a notice."""
    rows = np.arange(n)
    t = at_ms / 1000.0
    phase = rows * 0.618 * 2 * np.pi
    speed = 0.00012 + (rows % 7) * 0.00002
    centre_lon = 115.6 + (rows * 37 % 100) / 100 * 5.4
    centre_lat = 35.0 + (rows * 61 % 100) / 100 * 2.3
    angle = phase + t * speed
    radius = 0.12 + (rows % 11) * 0.02
    style = np.zeros(n, np.uint8)
    style[rows % 41 == 0] = 1
    style[rows % 67 == 3] = 2
    return Positions(
        subjects=tuple(f"jt808/{13_000_000_000 + row}" for row in range(n)),
        lon=centre_lon + radius * np.cos(angle),
        lat=centre_lat + radius * 0.8 * np.sin(angle),
        heading_deg=(360 - np.degrees(angle)) % 360,
        speed_kph=np.where(style == 1, 0.0, 40.0 + rows % 50),
        event_ms=np.where(style == 1, at_ms - 900_000, at_ms - rows % 8 * 1000),
        style=style,
        labels={
            "vehicle.plate": Codes.of([plate(row) for row in range(n)]),
            "cargo.un_number": Codes.of([("1203", "1017", "1005", "1971")[row % 4] for row in range(n)]),
            "carrier.name": Codes.of([f"测试承运 {row % 9} 队" for row in range(n)]),
            "admin.county": Codes.of([f"county/{COUNTIES[row % len(COUNTIES)]}" for row in range(n)]),
        },
    )
