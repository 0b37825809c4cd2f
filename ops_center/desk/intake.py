"""Intake (接报): where a caller says it is, and what may be the same thing told before; pure functions.

A place is told as a point (typed too: "117.2, 36.5"), a county (code or name), a place's name, or a road
and a stake (桩号, "G2 K123+400 northbound"). What cannot be found stays as text; what is wrong is
refused with its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from gis.geodesy import distance_mm
from ops_center.desk.alerts import listed
from ops_center.desk.casework import CLAIMS, MOST_CLAIM
from ops_center.desk.incidents import OVER
from ops_center.desk.places import Places
from ops_center.domain.alert import Alert
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Claim, Incident, Place
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.scales import AlertClass, Status
from ops_center.domain.text import Json

_STAKE = re.compile(r"(?i)\bk?(\d{1,4})(?:\s*\+\s*(\d{1,3})|\.(\d{1,3}))?$")
_ON_ROAD = re.compile(r"(?i)^(?P<road>.+?)\s*(?P<stake>k\d{1,4}(?:\s*\+\s*\d{1,3}|\.\d{1,3})?)(?:\s+(?P<rest>.+))?$")
_TYPED_POINT = re.compile(r"(?P<lon>-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(?P<lat>-?\d{1,2}(?:\.\d+)?)")
_CODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Something told before that may be the same; `distance_m` None: only the county is the same."""

    id: str
    what: str  # incident | alert
    same_kind: bool
    distance_m: int | None
    apart_ms: int


def stake_m(text: str) -> int | None:
    """Return metres from the road's zero for "K123+400", "k123.4" or "123"; None for anything else."""
    found = _STAKE.fullmatch(text.strip())
    if found is None:
        return None
    km, metres, tenths = found.groups()
    return int(km) * 1_000 + (int(metres) if metres else int(tenths.ljust(3, "0")) if tenths else 0)


def place_of(args: Mapping[str, Json], places: Places) -> Place:
    """Return the place that intake arguments tell, with its point and county where they can be known."""
    road, stake, text = _text(args, "road"), _text(args, "stake"), _text(args, "text")
    read = _read(_text(args, "place"), road=road)
    point = _point(args) or _point(read)
    road, stake, name = road or read.get("road", ""), stake or read.get("stake", ""), read.get("name", "")
    text = " ".join(part for part in (read.get("rest", ""), text) if part)
    if stake and stake_m(stake) is None:
        raise CommandRefused(f"{stake!r} is no stake number such as K123+400", field="stake")
    county = _county(args, places)
    if point is None and road and stake:
        metre = stake_m(stake)
        point = places.stake(road, metre) if metre is not None else None
    if point is None and name:
        found = places.place(name)
        if found is not None:
            point = (float(found["lon"]), float(found["lat"])) if found.get("lon") is not None else None
            county = county or str(found.get("adcode") or "")
            name = str(found["name"])
    if point is not None:
        county = places.county_at(*point) or county
    return Place(
        lon_e7=None if point is None else round(point[0] * 1e7),
        lat_e7=None if point is None else round(point[1] * 1e7),
        adcode=county,
        road=road,
        stake=stake,
        text=" ".join(part for part in (name, text) if part),
    )


def _read(words: str, *, road: str) -> dict[str, str]:
    """Return what one typed line tells: lon and lat; road, stake and rest, where no road is told yet; or a name."""
    typed, on_road = _TYPED_POINT.fullmatch(words), None if road else _ON_ROAD.match(words)
    if typed:
        return typed.groupdict()
    return {name: value or "" for name, value in on_road.groupdict().items()} if on_road else {"name": words}


def claims_of(args: Mapping[str, Json], *, at_ms: int, source: str) -> tuple[Claim, ...]:
    """Return the casualties a caller told, as claims."""
    given = args.get("casualties") or {}
    if not isinstance(given, Mapping):
        raise CommandRefused("casualties are numbers by name", field="casualties")
    for what, value in sorted(given.items()):
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CLAIM
        if what not in CLAIMS or not whole:
            raise CommandRefused(f"{what}: {value!r} is not counted", field=f"casualties.{what}")
    return tuple(Claim(what=what, value=given[what], at_ms=at_ms, source=source) for what in CLAIMS if what in given)


def duplicates_of(
    *,
    kind: IncidentKind,
    place: Place,
    at_ms: int,
    status: Status,
    incidents: Iterable[Incident],
    alerts: Iterable[Alert],
    kinds_of_rules: Mapping[str, str],
    but: str = "",
) -> tuple[Duplicate, ...]:
    """Return open incidents and alarms near in place and time that may be the same, likeliest first.

    `kinds_of_rules` names the incident kind that a rule's alarms open; an alarm of any rule is offered
    where it is near enough. `but` is the incident that asks.
    """
    found: list[Duplicate] = []
    for incident in incidents:
        if incident.id == but or incident.state in OVER or incident.status is not status:
            continue
        if not kind.relates(incident.kind):
            continue
        near = _near(kind, place, incident.place, at_ms - incident.opened_ms)
        if near is not None:
            found.append(
                _duplicate(incident.id, "incident", incident.kind == kind.id, near, at_ms - incident.opened_ms)
            )
    for alert in alerts:
        if alert.incident or alert.alert_class is not AlertClass.ALARM or alert.shadow or alert.status is not status:
            continue
        if not listed(alert):
            continue
        where = Place(lon_e7=alert.lon_e7, lat_e7=alert.lat_e7, adcode=alert.jurisdiction)
        of_kind = kinds_of_rules.get(alert.rule, "")
        began = alert.last.started_ms
        near = _near(kind, place, where, at_ms - began)
        # An alarm that says nothing of its kind must at least be at a known distance.
        if near is not None and (near >= 0 or (of_kind and kind.relates(of_kind))):
            found.append(_duplicate(alert.id, "alert", of_kind == kind.id, near, at_ms - began))
    far = 10**9
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.what != "incident",
                not one.same_kind,
                far if one.distance_m is None else one.distance_m,
                abs(one.apart_ms),
                one.id,
            ),
        )
    )


def _duplicate(identity: str, what: str, same_kind: bool, near: int, apart_ms: int) -> Duplicate:
    distance_m = near if near >= 0 else None
    return Duplicate(id=identity, what=what, same_kind=same_kind, distance_m=distance_m, apart_ms=apart_ms)


def _near(kind: IncidentKind, here: Place, there: Place, apart_ms: int) -> int | None:
    """Return metres between two places, -1 where only the county is the same, None where they are apart."""
    if abs(apart_ms) > kind.within_ms:
        return None
    known = (here.lon_e7, here.lat_e7, there.lon_e7, there.lat_e7)
    if all(one is not None for one in known):
        lon_a, lat_a, lon_b, lat_b = (np.array([one], dtype=np.int32) for one in known)
        metres = int(distance_mm(lon_a, lat_a, lon_b, lat_b)[0]) // 1_000
        return metres if metres <= kind.near_m else None
    if here.road and here.road == there.road and (not here.stake or here.stake == there.stake):
        return -1
    return -1 if here.adcode and here.adcode == there.adcode else None


def _point(args: Mapping[str, Json]) -> tuple[float, float] | None:
    given: list[float] = []
    for degrees, scaled, limit in (("lon", "lon_e7", 180.0), ("lat", "lat_e7", 90.0)):
        value = args.get(degrees)
        if value is None and args.get(scaled) is not None:
            value = args[scaled] / 1e7
        if value is None:
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = limit + 1
        if not -limit <= number <= limit:
            raise CommandRefused(f"{value!r} is no {degrees} in degrees", field=degrees)
        given.append(number)
    if len(given) == 1:
        raise CommandRefused("a point has lon and lat", field="lon" if args.get("lon") is None else "lat")
    return (given[0], given[1]) if given else None


def _county(args: Mapping[str, Json], places: Places) -> str:
    code = _text(args, "adcode")
    if code and not _CODE.fullmatch(code):
        raise CommandRefused(f"{code!r} is no 6-digit code", field="adcode")
    name = _text(args, "county")
    if code or not name:
        return code
    found = [one for one in places.named(name, limit=5) if one["layer"] in ("counties", "cities")]
    if not found:
        raise CommandRefused(f"no county {name!r} is known", field="county")
    return str(found[0]["adcode"])


def _text(args: Mapping[str, Json], name: str) -> str:
    value = args.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise CommandRefused(f"{name} is a text of at most 500 characters", field=name)
    return value.strip()
