"""Questions to the store: by jurisdiction, in a box, in a time, within a distance; the same on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select, true, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from gis.crs import e7
from gis.geodesy import circle, distance_mm
from ops_center.adapters.outage import said
from ops_center.adapters.store_models import (
    SRID,
    TRACKS,
    AlertRow,
    DispatchRow,
    HazardRow,
    IncidentRow,
    PositionRow,
    ResourceRow,
    RunRow,
    ShiftRow,
    WarningRow,
)
from ops_center.domain.alert import Alert
from ops_center.domain.errors import StoreAway
from ops_center.domain.incident import Incident
from ops_center.domain.jurisdiction import significant
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.scales import AlertClass
from ops_center.domain.shift import Shift
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.ports import Box, Placed, Search

T = TypeVar("T")
LEAST = 1e-9  # degrees


@dataclass(frozen=True, slots=True)
class StoreReads:
    """Implements `ports.StoredFeatures`; keys come in byte order, so that a page follows the one before."""

    engine: Engine

    def alerts(self, search: Search, *, trials: bool = True, open_only: bool = False) -> Sequence[Alert]:
        """Return alerts by id, no records; `trials` says whether those of rules on trial are among them."""
        query = select(AlertRow.body).where(
            _under(AlertRow.jurisdiction, search),
            _in_box(AlertRow.place, search.box),
            _in_time(AlertRow.started_ms, search),
            AlertRow.alert_class != str(AlertClass.RECORD),
            AlertRow.id > search.after,
        )
        if not trials:
            query = query.where(AlertRow.shadow.is_(False))
        if open_only:
            query = query.where(AlertRow.is_open)
        return self._bodies(query.order_by(AlertRow.id).limit(search.limit), Alert)

    def alert(self, identity: str) -> Alert | None:
        """Return one alert."""
        return next(iter(self._bodies(select(AlertRow.body).where(AlertRow.id == identity), Alert)), None)

    def incidents(self, search: Search) -> Sequence[Incident]:
        """Return incidents by id: of a jurisdiction, or with a response in it."""
        query = select(IncidentRow.body).where(
            or_(_under(IncidentRow.jurisdiction, search), _responding(search)),
            _in_box(IncidentRow.place, search.box),
            _in_time(IncidentRow.opened_ms, search),
            IncidentRow.id > search.after,
        )
        return self._bodies(query.order_by(IncidentRow.id).limit(search.limit), Incident)

    def incident(self, identity: str) -> Incident | None:
        """Return one incident."""
        return next(iter(self._bodies(select(IncidentRow.body).where(IncidentRow.id == identity), Incident)), None)

    def runs(self, *, incident: str) -> Sequence[PlaybookRun]:
        """Return the runs of an incident, oldest first."""
        query = select(RunRow.body).where(RunRow.incident == incident).order_by(RunRow.started_ms, RunRow.id)
        return self._bodies(query, PlaybookRun)

    def resources(self, search: Search) -> Sequence[Resource]:
        """Return resources by id, by the place of their home."""
        return self._things(ResourceRow, Resource, search, place=ResourceRow.place)

    def dispatches(self, search: Search) -> Sequence[Dispatch]:
        """Return dispatches by id, by where they are sent and when they were asked for."""
        return self._things(DispatchRow, Dispatch, search, place=DispatchRow.place, at=DispatchRow.requested_ms)

    def warnings(self, search: Search) -> Sequence[PublicWarning]:
        """Return warnings by id, by their newest area and the time of their first draft."""
        return self._things(WarningRow, PublicWarning, search, place=WarningRow.area, at=WarningRow.drafted_ms)

    def shifts(self, search: Search) -> Sequence[Shift]:
        """Return shifts by id, by when they began."""
        return self._things(ShiftRow, Shift, search, at=ShiftRow.began_ms)

    def hazards(self, *, box: Box | None = None, shape: str | None = None) -> Sequence[HazardRevision]:
        """Return the newest revision of each hazard whose area meets a box, a shape (WKT, WGS-84), or any."""
        newest = func.row_number().over(
            partition_by=HazardRow.id, order_by=(HazardRow.issued_ms.desc(), HazardRow.revision.desc())
        )
        ranked = select(HazardRow, newest.label("place_in_line")).subquery()
        query = select(ranked.c.body).where(ranked.c.place_in_line == 1, _in_box(ranked.c.area, box))
        if shape is not None:
            query = query.where(func.ST_Intersects(ranked.c.area, func.ST_GeomFromEWKT(f"SRID={SRID};{shape}")))
        return self._bodies(query.order_by(ranked.c.id), HazardRevision)

    def positions(self, search: Search) -> Sequence[Placed]:
        """Return last known positions by subject and feed; `after` is the subject and feed of the last one."""
        columns = PositionRow.__table__.c
        query = _placed(columns).where(
            _under(columns.jurisdiction, search),
            _in_box(columns.place, search.box),
            _in_time(columns.event_ms, search),
        )
        subject, _, feed = search.after.partition("\n")
        if search.after:
            query = query.where(tuple_(columns.subject, columns.feed) > tuple_(subject, feed))
        return self._places(query.order_by(columns.subject, columns.feed).limit(search.limit))

    def position(self, *, feed: str, subject: str) -> Placed | None:
        """Return the last known position of one subject."""
        columns = PositionRow.__table__.c
        query = _placed(columns).where(columns.subject == subject, columns.feed == feed)
        return next(iter(self._places(query)), None)

    def track(self, *, feed: str, subject: str, from_ms: int, to_ms: int) -> Sequence[Placed]:
        """Return the positions of a subject in [from_ms, to_ms) that are still kept here, by time."""
        columns = TRACKS.c
        query = _placed(columns).where(
            columns.subject == subject, columns.feed == feed, columns.event_ms >= from_ms, columns.event_ms < to_ms
        )
        return self._places(query.order_by(columns.event_ms, columns.stamp_ms))

    def near(self, *, lon: float, lat: float, within_m: float, limit: int = 100) -> Sequence[tuple[Placed, int]]:
        """Return last positions within a great-circle distance, nearest first, with that distance in mm.

        The database looks in a box around the circle, 1 % wider: the sphere measures up to 0.6 % off.
        """
        columns = PositionRow.__table__.c
        west, south, east, north = circle(lon, lat, radius_m=within_m * 1.01 + 1.0).bounds
        found = self._places(_placed(columns).where(_in_box(columns.place, (west, south, east, north))))
        if not found:
            return []
        lons, lats = (np.asarray([getattr(one, name) for one in found]) for name in ("lon", "lat"))
        here = (e7(np.full(len(found), lon)), e7(np.full(len(found), lat)))
        away = distance_mm(*here, e7(lons), e7(lats)).tolist()
        inside = [(one, mm) for one, mm in zip(found, away, strict=True) if mm <= within_m * 1000]
        return sorted(inside, key=lambda pair: (pair[1], pair[0].subject, pair[0].feed))[:limit]

    def _things(self, table: Any, kind: type[T], search: Search, *, place: Any = None, at: Any = None) -> list[T]:
        query = select(table.body).where(_under(table.jurisdiction, search), table.id > search.after)
        if place is not None:
            query = query.where(_in_box(place, search.box))
        if at is not None:
            query = query.where(_in_time(at, search))
        return self._bodies(query.order_by(table.id).limit(search.limit), kind)

    def _bodies(self, query: Select[Any], kind: type[T]) -> list[T]:
        return [msgspec.json.decode(body, type=kind) for (body,) in self._rows(query)]

    def _places(self, query: Select[Any]) -> list[Placed]:
        return [Placed(**row._mapping) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        try:
            with Session(self.engine) as session:
                return session.execute(query).all()
        except SQLAlchemyError as error:
            raise StoreAway(said(error)) from error


def _placed(columns: Any) -> Select[Any]:
    names = ("feed", "subject", "event_ms", "jurisdiction", "speed_kph", "heading_deg")
    place = func.ST_X(columns.place).label("lon"), func.ST_Y(columns.place).label("lat")
    return select(*(columns[name] for name in names), *place)


def _under(column: Any, search: Search) -> ColumnElement[bool]:
    """Hold where a code is in the jurisdiction; None is the whole deployment, "" nothing at all."""
    if search.jurisdiction is None:
        return true()
    prefix = significant(search.jurisdiction)
    return column.like(f"{prefix}%") if prefix.isdigit() else ~true()


def _responding(search: Search) -> ColumnElement[bool]:
    prefix = significant(search.jurisdiction or "")
    return IncidentRow.responding.like(f"% {prefix}%") if prefix.isdigit() else ~true()


def _in_box(place: Any, box: Box | None) -> ColumnElement[bool]:
    """Hold where a place meets a box; one whose west is east of its east goes over 180 degrees."""
    if box is None:
        return true()
    west, south, east, north = box
    # A box without an inside meets nothing in PostGIS: a point is given a tenth of a millimetre around it.
    north, east = (north if north > south else south + LEAST), (east if east != west else west + LEAST)
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return or_(*(func.ST_Intersects(place, func.ST_MakeEnvelope(a, south, b, north, SRID)) for a, b in parts))


def _in_time(column: InstrumentedAttribute[int] | Any, search: Search) -> ColumnElement[bool]:
    """Hold from `from_ms` to `to_ms`, both included."""
    first = column >= search.from_ms if search.from_ms is not None else true()
    last = column <= search.to_ms if search.to_ms is not None else true()
    return and_(first, last)
