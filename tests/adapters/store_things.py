"""Things to put into a store in tests, and plain SQL to look at what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.crs import e7
from ops_center.adapters import store_partitions
from ops_center.adapters.store_offsets import Stretch
from ops_center.adapters.track_rows import TrackRows
from ops_center.columns import Codes
from ops_center.desk import alerts
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.incident import Incident, Place, Response
from ops_center.domain.scales import ResponseLevel
from ops_center.domain.text import Text
from ops_center.ports import Search
from tests.desk.stage import DAY, STOP, event

LI = Mark(by="li", post="desk-1", at_ms=DAY + 5_000)
ALL = Search(jurisdiction=None)
HOUR = store_partitions.HOUR_MS


def alert(subject: str, at: int = 0, *, lon: float = 117.0, lat: float = 36.6, county: str = "370102") -> Alert:
    made = alerts.fire(
        None, event("firing", "stop", subject, at, facts={"admin.county": county}), STOP, deployment="370000"
    )
    return replace(made, lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7))


def incident(name: str, *, county: str, lon: float = 117.0, lat: float = 36.6, also: Sequence[str] = ()) -> Incident:
    return Incident(
        id=f"incident-{name}",
        number=f"{county}-20190811-{name}",
        kind="leak",
        title=Text("泄漏", "Leak"),
        place=Place(lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7)),
        jurisdiction=county,
        opened_ms=DAY,
        opened_by="c",
        responses=tuple(Response(jurisdiction=code, level=ResponseLevel.III, started=LI) for code in also),
    )


def tracks(*rows: tuple[str, int, float, float], feed: str = "gps", county: str | None = "370102") -> TrackRows:
    n = len(rows)
    return TrackRows(
        feed=feed,
        subject=Codes.of([subject for subject, _, _, _ in rows]),
        event_ms=np.asarray([DAY + at for _, at, _, _ in rows], np.int64),
        stamp_ms=np.asarray([DAY + at + 500 for _, at, _, _ in rows], np.int64),
        lon_e7=e7(np.asarray([lon for _, _, lon, _ in rows], np.float64)),
        lat_e7=e7(np.asarray([lat for _, _, _, lat in rows], np.float64)),
        speed_kph=np.asarray([np.nan if n % 3 == 2 else 10.5 * n for n in range(n)], np.float32),
        heading_deg=np.asarray([np.nan if n % 2 else 90.0 for n in range(n)], np.float32),
        county=Codes.of([county] * n),
    )


def stretch(first: int, following: int, *, consumer: str = "positions") -> Stretch:
    return Stretch(consumer=consumer, topic="input", partition=0, first=first, following=following)


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with Session(engine) as session:
        return [tuple(row) for row in session.execute(text(statement))]


def change(engine: Engine, statement: str) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(statement)
