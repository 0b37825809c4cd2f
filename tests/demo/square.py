"""A square road network, and when its fleet drives."""

from __future__ import annotations

import numpy as np

from ops_center.demo.itinerary import Roads

START = 1_565_481_600_000
HOUR = 3_600_000


def square(side: int = 12, metres: float = 15_000) -> Roads:
    """A square network: rows are roads of 60 km/h, columns expressways of 80 km/h."""
    u, v, speed, lines = [], [], [], []
    for x in range(side):
        for y in range(side):
            for dx, dy, kph in ((1, 0, 60.0), (0, 1, 80.0)):
                if x + dx < side and y + dy < side:
                    u.append(x * side + y)
                    v.append((x + dx) * side + y + dy)
                    speed.append(kph)
                    a = (117 + x * 0.16, 35 + y * 0.135)
                    lines.append(np.asarray([a, (a[0] + dx * 0.16, a[1] + dy * 0.135)]))
    n = len(u)
    return Roads(
        u=np.asarray(u),
        v=np.asarray(v),
        length_m=np.full(n, metres),
        cruise_kph=np.asarray(speed),
        lines=lines,
        nodes=side * side,
    )
