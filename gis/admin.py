"""Administrative units: the county of a point, and names, parents and shapes by code (GB/T 2260).

Codes of 9 or 12 digits (GB/T 10114) and of development zones roll up to the county or city whose
shape is known; `Rolled` says so, so that a screen can show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cells import Geometries
from gis.zones import ZoneIndex
from ops_center.domain.jurisdiction import covers
from ops_center.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUnit:
    """One unit; `level` is province, city or county."""

    code: str
    name: Text
    level: str
    geometry: Any  # shapely polygon, WGS-84 degrees


@dataclass(frozen=True, slots=True)
class Rolled:
    """A code as given and the unit it was taken for; `exact` False where it was rolled up."""

    given: str
    unit: AdminUnit
    exact: bool


@dataclass(frozen=True, slots=True)
class AdminIndex:
    """All units of a deployment; `counties[i]` is the code of county i."""

    units: Mapping[str, AdminUnit]
    counties: tuple[str, ...]
    _zones: ZoneIndex
    _unions: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(codes: Sequence[str], names: Sequence[Text], geometries: Sequence[Any] | Geometries) -> AdminIndex:
        """Return the index of units of all levels, told apart by their codes' trailing zeros."""
        units = {
            code: AdminUnit(code=code, name=name, level=level_of(code), geometry=shape)
            for code, name, shape in sorted(zip(codes, names, geometries, strict=True), key=lambda unit: unit[0])
        }
        counties = tuple(code for code, unit in units.items() if unit.level == "county")
        return AdminIndex(units, counties, ZoneIndex.of(counties, [units[code].geometry for code in counties]))

    def county(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return per row the county (into `counties`) of a WGS-84 point, -1 outside all.

        A point on a border belongs to the county with the lowest code.
        """
        return self._zones.first(lon_e7, lat_e7)

    def code_at(self, lon: float, lat: float) -> str:
        """Return the county's code at one point (degrees), "" outside all."""
        point = np.rint(np.array([lon, lat]) * 1e7).astype(np.int32)
        number = int(self.county(point[:1], point[1:])[0])
        return self.counties[number] if number >= 0 else ""

    def roll_up(self, code: str) -> Rolled | None:
        """Return the unit of a 6-, 9- or 12-digit code or of the nearest parent known, None where none is.

        370171 (Jinan's high-tech zone) has no shape of its own and rolls up to 370100.
        """
        if not (code.isdigit() and len(code) in (6, 9, 12)):
            return None
        for parent in (code[:6], code[:4] + "00", code[:2] + "0000"):
            if parent in self.units:
                return Rolled(code, self.units[parent], parent == code or code == parent + "0" * (len(code) - 6))
        return None

    def parents(self, code: str) -> tuple[AdminUnit, ...]:
        """Return the unit of a code and the units above it, lowest first."""
        own = self.roll_up(code)
        if own is None:
            return ()
        above = (own.unit.code[:4] + "00", own.unit.code[:2] + "0000")
        return (own.unit, *(self.units[c] for c in above if c in self.units and c != own.unit.code))

    def counties_of(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return the counties that these codes cover, in order of code; rolled-up codes cover their unit."""
        rolled = [found.unit.code for code in codes if (found := self.roll_up(code)) is not None]
        return tuple(county for county in self.counties if any(covers(code, county) for code in rolled))

    def union(self, codes: Sequence[str]) -> Any:
        """Return the shape of the counties that these codes cover (WGS-84), None where none is."""
        counties = self.counties_of(codes)
        if not counties:
            return None
        if counties not in self._unions:
            self._unions[counties] = shapely.make_valid(
                reduce(lambda a, b: a.union(b), (self.units[c].geometry for c in counties))
            )
        return self._unions[counties]


def level_of(code: str) -> str:
    """Return the level of a 6-digit code: province, city or county."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"
