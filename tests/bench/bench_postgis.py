"""Rows a second into PostGIS: the writers' binary COPY beside the ORM's `add_all`, live indexes on, in one run.

Run by hand against ``./ops services up``: ``python -m tests.bench.bench_postgis [ROWS]``. Both sides
write the same real fixes of San Francisco's taxis into the same partitioned table with BRIN on the
time and a B-tree on subject and time; the COPY side also keeps last positions and its journal offset,
a transaction a batch.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Engine, text
from sqlalchemy.orm import DeclarativeBase, Session

from gis.crs import e7
from ops_center.adapters import store_partitions
from ops_center.adapters.store_engine import migrate, open_engine
from ops_center.adapters.store_models import TRACKS
from ops_center.adapters.store_offsets import Stretch
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.track_rows import TrackRows, copied
from ops_center.columns import Codes
from tests.adapters.stores import database
from tests.paths import data
from tests.scenarios import taxis
from tests.services import postgres
from tests.services.state import State, state_folder

ROWS = 400_000
ORM_ROWS = 40_000
BATCH = 16_384
ROUNDS = 3


@dataclass(frozen=True)
class Side:
    """One way of writing: its best rate."""

    name: str
    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def fixes(most: int) -> TrackRows:
    """Return real fixes in order of time."""
    found = taxis.read(data()).sort_values("t", kind="stable").head(most)
    code, names = pd.factorize(found.cab.astype(str))
    times = found.t.to_numpy(np.int64) * 1_000
    rng = np.random.default_rng(7)
    n = len(found)
    return TrackRows(
        feed="sf-taxis",
        subject=Codes(code.astype(np.int32), tuple(names)),
        event_ms=times,
        stamp_ms=times + 500,
        lon_e7=e7(found.lon_e5.to_numpy(np.float64) / 1e5),
        lat_e7=e7(found.lat_e5.to_numpy(np.float64) / 1e5),
        speed_kph=np.where(rng.random(n) < 0.1, np.nan, rng.random(n) * 90).astype(np.float32),
        heading_deg=(rng.random(n) * 360).astype(np.float32),
        county=Codes(np.zeros(n, np.int32), ("060750",)),
    )


def batches(rows: TrackRows) -> list[TrackRows]:
    """Return the rows in pieces as a writer's step has them."""
    return [rows.take(np.arange(at, min(at + BATCH, len(rows)))) for at in range(0, len(rows), BATCH)]


def by_copy(engine: Engine, rows: TrackRows) -> None:
    """Write as the position writer does."""
    store = TrackStore(engine)
    for first, batch in enumerate(batches(rows)):
        stretch = Stretch(consumer="bench", topic="input", partition=0, first=first, following=first + 1)
        store.write([batch], stretch=stretch)


def by_orm(engine: Engine, rows: TrackRows) -> None:
    """Write as objects."""
    store_partitions.make(engine, store_partitions.spans([rows.event_ms]))
    for batch in batches(rows):
        with Session(engine) as session, session.begin():
            session.add_all([Fix(**one) for one in described(batch)])


def described(rows: TrackRows) -> list[dict[str, object]]:
    """Return rows as keyword arguments; geometry as EWKT, which is what GeoAlchemy2 takes."""
    lon, lat = (rows.lon_e7 / 1e7).tolist(), (rows.lat_e7 / 1e7).tolist()
    names = ("event_ms", "stamp_ms", "feed", "subject", "jurisdiction", "speed_kph", "heading_deg")
    return [
        {**dict(zip(names, row, strict=False)), "place": f"SRID=4326;POINT ({x:.7f} {y:.7f})"}
        for row, x, y in zip(rows.tuples(), lon, lat, strict=True)
    ]


class Base(DeclarativeBase):
    """The ORM's own base: the product maps no class to `tracks`."""


class Fix(Base):
    """One row as an object."""

    __table__ = TRACKS
    __mapper_args__ = {"primary_key": [TRACKS.c.subject, TRACKS.c.event_ms]}  # noqa: RUF012


def measure(
    name: str, write: Callable[[Engine, TrackRows], None], engine: Engine, rows: TrackRows, rounds: int
) -> Side:
    """Return the best of some rounds, each into empty tables."""
    best = float("inf")
    for _ in range(rounds):
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE tracks, positions, offsets"))
        began = time.perf_counter()
        write(engine, rows)
        best = min(best, time.perf_counter() - began)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM tracks")).scalar() == len(rows)
    return Side(name, len(rows), best)


def main(most: int = ROWS) -> None:
    """Measure and print."""
    rows = fixes(most)
    few = rows.take(np.arange(min(ORM_ROWS, len(rows))))
    began = time.perf_counter()
    size = sum(len(copied(batch)) for batch in batches(rows))
    packing = Side("packing alone", len(rows), time.perf_counter() - began)
    with database(postgres.url(State(state_folder()))) as url:
        engine = open_engine(url)
        migrate(engine)
        copy = measure("COPY", by_copy, engine, rows, ROUNDS)
        orm = measure("add_all", by_orm, engine, few, 1)
        with engine.connect() as connection:
            version = connection.execute(text("SELECT version() || ', PostGIS ' || postgis_lib_version()")).scalar()
        engine.dispose()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {str(version).partition(' on ')[0]}"
    )
    print(
        f"{len(rows):,} fixes of {len(rows.subject.values)} cabs, batches of {BATCH:,}, {size / len(rows):.0f} bytes a row"
    )
    for side in (packing, copy, orm):
        print(f"{side.name:<14} {side.rows:>9,} rows {side.seconds:8.2f} s {side.rate:>11,.0f} rows/s")
    print(f"COPY with last positions and offset is {copy.rate / orm.rate:.1f} times add_all")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
