"""The map of an incident: counties and roads below, warned areas, units and the incident on top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.reports.drawing import (
    BORDER,
    COLOURS,
    GROUND,
    INK,
    NAME,
    ROAD,
    Drawing,
    Frame,
    Ground,
    Label,
    Path,
    Point,
    Shape,
    Sign,
    beside,
    frame_of,
    scale_bar,
)

GroundOf = Callable[[Frame], Ground]
MOST_LABELS = 24
E7 = 1e7


def place_of(incident: Incident) -> Point | None:
    """Return the incident's point (degrees), None where it has none."""
    place = incident.place
    return None if place.lon_e7 is None or place.lat_e7 is None else (place.lon_e7 / E7, place.lat_e7 / E7)


def rings_of(area: Json) -> list[list[Point]]:
    """Return the outer rings of a GeoJSON area."""
    if not area:
        return []
    polygons = [area["coordinates"]] if area["type"] == "Polygon" else area["coordinates"]
    return [[(float(lon), float(lat)) for lon, lat, *_ in polygon[0]] for polygon in polygons]


def incident_map(
    incident: Incident,
    *,
    ground: GroundOf,
    warnings: Sequence[PublicWarning] = (),
    dispatches: Sequence[Dispatch] = (),
    resources: Sequence[Resource] = (),
    language: str = "zh",
) -> Drawing | None:
    """Return the map, None where nothing has a place."""
    at = place_of(incident)
    homes = {one.id: one for one in resources}
    sent = [homes[one.resource] for one in dispatches if one.resource in homes]
    points = [at] if at else []
    points += [(one.lon_e7 / E7, one.lat_e7 / E7) for one in sent if one.lon_e7 is not None and one.lat_e7 is not None]
    for warning in warnings:
        for ring in rings_of(warning.last.area):
            points += ring
    if not points:
        return None
    frame = frame_of(points)
    below = ground(frame)
    shapes: list[Shape] = [Path(_sheet(frame), fill=GROUND, stroke=GROUND)]
    shapes += _ground(below, frame, language)
    shapes += _warned(warnings, frame)
    shapes += _units(sent, at, frame, language)
    if at is not None:
        spot = frame.put(*at)
        shapes += [
            Sign(spot, "cross", COLOURS["red"], 11.0),
            beside(spot, incident.number, frame, size=11.0, bold=True),
        ]
    shapes += scale_bar(frame)
    shapes.append(Path(_sheet(frame), stroke=INK, width=1.0))
    return Drawing(width=frame.width, height=frame.height, shapes=tuple(shapes), described=incident.number)


def _sheet(frame: Frame) -> tuple[Point, ...]:
    return ((0.0, 0.0), (frame.width, 0.0), (frame.width, frame.height), (0.0, frame.height), (0.0, 0.0))


def _ground(below: Ground, frame: Frame, language: str) -> Iterator[Shape]:
    for county in below.counties:
        for ring in county.rings:
            yield Path(frame.line(ring), stroke=BORDER, width=0.9)
    for road in below.roads:
        for ring in road.rings:
            yield Path(frame.line(ring), stroke=ROAD, width=1.4)
    named = [one for one in below.counties if one.at is not None and frame.holds(frame.put(*one.at))]
    for one in named[:MOST_LABELS]:
        words = one.name_en if language == "en" and one.name_en else one.name
        if one.at is not None and words:
            yield Label(frame.put(*one.at), words, 9.0, NAME)


def _warned(warnings: Sequence[PublicWarning], frame: Frame) -> Iterator[Shape]:
    for warning in warnings:
        last = warning.in_force or warning.last
        colour = COLOURS[last.colour.value]
        for ring in rings_of(last.area):
            yield Path(
                frame.line(ring), stroke=colour, width=1.6, fill=colour, opacity=0.18, dash=warning.in_force is None
            )


def _units(sent: Sequence[Resource], at: Point | None, frame: Frame, language: str) -> Iterator[Shape]:
    for one in sent:
        if one.lon_e7 is None or one.lat_e7 is None:
            continue
        home = frame.put(one.lon_e7 / E7, one.lat_e7 / E7)
        if at is not None:
            yield Path((home, frame.put(*at)), stroke=COLOURS["blue"], width=1.0, dash=True)
        yield Sign(home, "square", COLOURS["blue"], 8.0)
        yield beside(home, one.name.of(language), frame, size=10.0)
