"""Reporting: reports over a deployment's layers and content; implements api.reports.Reporter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from layers.model import LayerData
from ops_center.bootstrap.geography import COUNTIES, ROADS, Atlas
from ops_center.desk.handover import HandOver
from ops_center.domain.shift import Post
from ops_center.domain.text import Text
from ops_center.picture import Picture
from ops_center.reports.drawing import Frame, Ground, Named, Point
from ops_center.reports.html import html
from ops_center.reports.incident import Office, case_of, incident_report
from ops_center.reports.paper import Paper
from ops_center.reports.pdf import pdf
from ops_center.reports.shift import shift_report

FORMS: Mapping[str, str] = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
FINENESS = 1_500.0  # of a sheet's width: lines are drawn no finer than that


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Makes reports of pictures; what `kinds`, `posts` and `dispositions` return may change while running."""

    atlas: Atlas
    authority: Text
    zone: ZoneInfo
    kinds: Callable[[], Mapping[str, Text]]
    posts: Callable[[], Mapping[str, Post]]
    dispositions: Callable[[], Mapping[str, Text]]

    def incident(self, picture: Picture, identity: str, *, language: str, form: str) -> bytes | None:
        """Return the report of an incident (id or number), None where the picture has none."""
        case = case_of(picture, identity)
        if case is None:
            return None
        office = Office(
            authority=self.authority,
            zone=self.zone,
            kinds=self.kinds(),
            ground=self.ground,
            dispositions=self.dispositions(),
        )
        return rendered(incident_report(case, office, at_ms=picture.at_ms, language=language), language, form)

    def shift(self, view: HandOver, *, at_ms: int, language: str, form: str) -> bytes:
        """Return the log of a shift."""
        post = self.posts().get(view.shift.post)
        title = post.title if post else Text(view.shift.post, view.shift.post)
        paper = shift_report(view, at_ms=at_ms, zone=self.zone, authority=self.authority, post=title)
        return rendered(paper, language, form)

    def ground(self, frame: Frame) -> Ground:
        """Return counties and roads within a window."""
        counties, roads = self.atlas.features.get(COUNTIES), self.atlas.features.get(ROADS)
        return Ground(
            counties=tuple(_named(counties, frame)) if counties is not None else (),
            roads=tuple(_named(roads, frame)) if roads is not None else (),
        )


def rendered(paper: Paper, language: str, form: str) -> bytes:
    """Return a paper as html or pdf."""
    return pdf(paper, language) if form == "pdf" else html(paper, language).encode()


def _named(layer: LayerData, frame: Frame) -> Iterator[Named]:
    """Yield the features that the window touches, cut to it and no finer than it can show."""
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    rows = np.flatnonzero(shapely.intersects(layer.geometries, window))
    fine = (frame.east - frame.west) / FINENESS
    for row in sorted(rows.tolist(), key=lambda row: layer.keys[row]):
        shape = layer.geometries[row]
        lines = shape.boundary if shape.geom_type.endswith("Polygon") else shape
        cut = shapely.simplify(shapely.intersection(lines, window), fine)
        values = layer.values(row)
        middle = shapely.point_on_surface(shapely.intersection(shape, window)) if lines is not shape else None
        yield Named(
            rings=tuple(_line(part) for part in shapely.get_parts(cut) if part.geom_type == "LineString"),
            name=str(values.get("name") or ""),
            name_en=str(values.get("name_en") or ""),
            at=(float(middle.x), float(middle.y)) if middle is not None and not middle.is_empty else None,
        )


def _line(line: shapely.LineString) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in shapely.get_coordinates(line))
