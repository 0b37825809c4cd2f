"""Feeds of the fake picture: five, one silent and one never heard."""

from __future__ import annotations

from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.picture import FeedHealth


def feeds_at(at_ms: int) -> tuple[FeedHealth, ...]:
    """Return five feeds, one silent for 14 minutes and one never heard."""
    rows = (
        (
            "jt808",
            Text("危货车辆定位（JT/T 808）", "Hazmat vehicles (JT/T 808)"),
            at_ms - 800,
            1_203_311,
            14,
            21,
            3,
            False,
        ),
        ("warnings", Text("国家突发事件预警", "National warnings"), at_ms - 240_000, 412, 0, 0, 2, False),
        ("quakes", Text("地震速报", "Quakes"), at_ms - 41_000, 96, 0, 0, 0, False),
        ("loops", Text("高速线圈", "Motorway loops"), at_ms - 840_000, 55_310, 102, 4, 0, True),
        ("park-gas", Text("化工园区气体探测器", "Chemical-park gas detectors"), None, 0, 0, 0, 0, False),
    )
    return tuple(
        FeedHealth(
            id=name, title=title, status=Status.EXERCISE, jurisdiction="370126" if name == "park-gas" else "", last_ms=last,
            messages=messages, late=late, refused=refused, dead=dead, stale=stale,
        )
        for name, title, last, messages, late, refused, dead, stale in rows
    )  # fmt: skip
