"""Convert a source's unit to the one a column's name ends in: ``speed_kph`` from mph."""

from __future__ import annotations

from fractions import Fraction

from ops_center.domain.errors import ContentError

# Unit -> (dimension, factor to the dimension's SI unit). International yard and knot: exact by definition.
_UNITS: dict[str, tuple[str, str]] = {
    "m/s": ("speed", "1"),
    "km/h": ("speed", "1000/3600"),
    "mph": ("speed", "0.44704"),
    "kn": ("speed", "1852/3600"),
    "m": ("length", "1"),
    "km": ("length", "1000"),
    "mm": ("length", "0.001"),
    "ft": ("length", "0.3048"),
    "mi": ("length", "1609.344"),
    "Pa": ("pressure", "1"),
    "hPa": ("pressure", "100"),
    "kPa": ("pressure", "1000"),
    "s": ("time", "1"),
    "min": ("time", "60"),
    "h": ("time", "3600"),
    "deg": ("angle", "1"),
    "degC": ("temperature", "1"),
    "percent": ("ratio", "0.01"),
    "ratio": ("ratio", "1"),
    "ppm": ("ppm", "1"),
    "ppb": ("ppm", "0.001"),
    "ug/m3": ("mass concentration", "1"),
    "mg/m3": ("mass concentration", "1000"),
}
# The last part of a column's name -> units it may mean, the first that fits the source's dimension.
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "kph": ("km/h",),
    "ms": ("m/s",),
    "m": ("m",),
    "km": ("km",),
    "mm": ("mm",),
    "hpa": ("hPa",),
    "kpa": ("kPa",),
    "s": ("s",),
    "min": ("min",),
    "deg": ("deg",),
    "c": ("degC",),
    "pct": ("percent",),
    "ppm": ("ppm",),
    "ugm3": ("ug/m3",),
    "mgm3": ("mg/m3",),
}
UNITS = tuple(_UNITS)


def factor(name: str, unit: str) -> float:
    """Return what a value in `unit` is multiplied by to be in the unit of column `name`.

    ContentError where one cannot become the other; a name without a known unit takes what comes.
    """
    wanted = _SUFFIXES.get(name.rsplit(".", 1)[-1].rsplit("_", 1)[-1])
    if wanted is None:
        return 1.0
    given = _UNITS.get(unit)
    if given is None:
        raise ContentError(f"unknown unit {unit!r}; known are {', '.join(UNITS)}")
    for candidate in wanted:
        dimension, to_si = _UNITS[candidate]
        if dimension == given[0]:
            return float(Fraction(given[1]) / Fraction(to_si))
    raise ContentError(f"{unit} is {given[0]}, but the name ends in {wanted[0]}")
