"""A map as shapes on a sheet: projected once, drawn by any page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]
WIDTH, HEIGHT = 720.0, 430.0  # sheet units
INK, GROUND, BORDER, ROAD, NAME = "#1f2933", "#f7f8f6", "#9aa5ad", "#c9a66b", "#55616b"
COLOURS = {"blue": "#2f6fde", "yellow": "#e0b000", "orange": "#e8731a", "red": "#d32f2f"}


@dataclass(frozen=True, slots=True)
class Path:
    """A line, or an area where it is filled."""

    points: tuple[Point, ...]
    stroke: str = BORDER
    width: float = 0.8
    fill: str = ""
    opacity: float = 1.0
    dash: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign at a place: told by its shape as well as its colour."""

    at: Point
    shape: str  # disc | square | triangle | cross
    colour: str
    size: float = 6.0


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place."""

    at: Point
    text: str
    size: float = 10.0
    colour: str = INK
    bold: bool = False
    ends: bool = False  # the words end here instead of beginning here


Shape = Path | Sign | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes in the order they are drawn, on a sheet whose y grows downwards."""

    width: float = WIDTH
    height: float = HEIGHT
    shapes: tuple[Shape, ...] = ()
    described: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An equirectangular window: true to scale at its middle, which is enough for a page."""

    west: float
    south: float
    east: float
    north: float
    width: float = WIDTH
    height: float = HEIGHT

    def put(self, lon: float, lat: float) -> Point:
        """Return where a place (degrees) lies on the sheet."""
        return (
            round((lon - self.west) / (self.east - self.west) * self.width, 2),
            round((self.north - lat) / (self.north - self.south) * self.height, 2),
        )

    def line(self, points: Iterable[Sequence[float]]) -> tuple[Point, ...]:
        """Return a line on the sheet, with points that fall together once."""
        found: list[Point] = []
        for point in points:
            here = self.put(point[0], point[1])
            if not found or abs(here[0] - found[-1][0]) + abs(here[1] - found[-1][1]) >= 0.4:
                found.append(here)
        return tuple(found)

    def holds(self, at: Point) -> bool:
        """Return True where a point lies on the sheet."""
        return 0 <= at[0] <= self.width and 0 <= at[1] <= self.height


def frame_of(points: Sequence[Sequence[float]], *, least_m: float = 4_000.0) -> Frame:
    """Return the window around places (degrees), with a margin, in the sheet's proportion."""
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    metre = 1 / 111_320.0
    shrink = max(math.cos(math.radians(lat)), 0.05)
    high = max((max(lats) - min(lats)) * 1.25, least_m * metre)
    wide = max((max(lons) - min(lons)) * 1.25 * shrink, high * WIDTH / HEIGHT)
    high = max(high, wide * HEIGHT / WIDTH)
    return Frame(west=lon - wide / shrink / 2, east=lon + wide / shrink / 2, south=lat - high / 2, north=lat + high / 2)


def beside(at: Point, text: str, frame: Frame, *, size: float, bold: bool = False) -> Label:
    """Return words beside a sign, on the side where they stay on the sheet."""
    left = at[0] > frame.width * 0.72
    return Label((at[0] + (-12 if left else 12), at[1] + 4), text, size, bold=bold, ends=left)


def scale_bar(frame: Frame) -> tuple[Shape, ...]:
    """Return a bar of a round length, so that distances can be read off."""
    lat = (frame.south + frame.north) / 2
    across_m = (frame.east - frame.west) * 111_320.0 * math.cos(math.radians(lat))
    power = 10.0 ** math.floor(math.log10(across_m / 4))
    length_m = next(step * power for step in (5.0, 2.0, 1.0) if step * power <= across_m / 4)
    long = length_m / across_m * frame.width
    y = frame.height - 14
    said = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    return (
        Path(((12.0, y), (12.0 + long, y)), stroke=INK, width=2.0),
        Label((12.0, y - 5), said, size=9.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An area or line of a layer with its name, WGS-84 (lon, lat)."""

    rings: tuple[tuple[Point, ...], ...]
    name: str = ""
    name_en: str = ""
    at: Point | None = None  # where its name stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What lies under every map within a window."""

    counties: tuple[Named, ...] = ()
    roads: tuple[Named, ...] = ()
    credits: tuple[str, ...] = field(default=())
