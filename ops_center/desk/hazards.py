"""Hazards: keep every revision, announce what each changes in the world, judge rules over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from ops_center.desk import alerts, correlation, raising
from ops_center.desk.ledger import Ledger
from ops_center.desk.places import GeoJson
from ops_center.domain.errors import BadInput
from ops_center.domain.event import Event
from ops_center.domain.jurisdiction import covers
from ops_center.domain.rule import Join, Rule
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision, zone_change
from ops_center.picture import Moving
from playbooks.program import CompiledRule

CANCEL = "cancel"
HOUR_MS = 3_600_000
# How long a message that states no end stands: a quake as long as its revisions should not raise its
# alarms anew, a typhoon's advice until four later ones (every six hours) failed to come.
STANDS_MS: Mapping[str, int] = {"quake": 6 * HOUR_MS}
OTHERS_STAND_MS = 24 * HOUR_MS
LAYERS: Mapping[str, str] = {
    "typhoon": "wind-circles",
    "warning": "warnings",
    "quake": "quakes",
    "plume": "plumes",
}
Row = dict[str, Json]
Area = tuple[str, GeoJson, Mapping[str, Json]]


def revise(ledger: Ledger, event: Event) -> None:
    """Take in one revision: it amends the hazard and never rewrites what was shown before."""
    try:
        revision = msgspec.convert(event.facts, HazardRevision)
    except msgspec.ValidationError as error:
        raise BadInput(f"no hazard revision: {error}", feed=event.feed) from error
    known = ledger.state.hazards.get(revision.id, ())
    if any(old.revision == revision.revision for old in known):
        return
    ledger.state.hazards[revision.id] = tuple(sorted((*known, revision), key=lambda r: (r.issued_ms, r.revision)))
    ledger.state.changes += 1
    if current(ledger, revision.id) != revision:
        return  # an older revision that came late is kept, and changes nothing
    if revision.action != CANCEL and ends(revision) <= event.desk_ms:
        return  # over before we heard of it: history, and nobody's alarm
    areas = () if revision.action == CANCEL else tuple(_areas(ledger, revision))
    _announce(ledger, revision, areas, cause_ms=event.desk_ms, stated_ms=revision.onset_ms, cause=revision.revision)
    _judge(ledger, event, revision, areas)
    if revision.action != CANCEL:
        # The removal is announced ahead, so that it holds at the stated time exactly (ORDER 17).
        ledger.set_timer(max(ends(revision) - ledger.lead_ms, event.desk_ms + 1), "hazard", revision.id)


def expire(ledger: Ledger, identity: str, at_ms: int) -> None:
    """End a hazard whose current revision has run out; a revision that extended it says no."""
    revision = current(ledger, identity)
    ends_ms = ends(revision)
    if revision.action == CANCEL or at_ms < ends_ms - ledger.lead_ms:
        return
    cause = f"{revision.revision}/expired"
    _announce(ledger, revision, (), cause_ms=at_ms, stated_ms=ends_ms, cause=cause)
    for alert in ledger.state.hazard_alerts.pop(identity, ()):
        raising.resolve(ledger, alert, event_ms=ends_ms, resolution="expired")


def ends(revision: HazardRevision) -> int:
    """Return when the revision ends by itself; a cancellation has ended."""
    if revision.action == CANCEL:
        return revision.issued_ms
    if revision.expires_ms is not None:
        return revision.expires_ms
    return revision.issued_ms + STANDS_MS.get(revision.kind, OTHERS_STAND_MS)


def current(ledger: Ledger, identity: str) -> HazardRevision:
    """Return the revision that holds."""
    return ledger.state.hazards[identity][-1]


def _areas(ledger: Ledger, revision: HazardRevision) -> Iterator[Area]:
    """Yield (key, area, fields) of each zone the revision puts on the map, weakest first."""
    if revision.kind == "typhoon":
        for key, area, fields in ledger.places.wind_circles(revision):
            yield f"{revision.id}/{key}", area, fields
        return
    if revision.area is not None:
        yield revision.id, revision.area, {}
        return
    found = ledger.places.counties(revision.adcodes) if revision.adcodes else None
    if found is None and revision.kind == "quake":
        found = ledger.places.felt_area(revision)
    if found is not None:
        yield revision.id, found, {}


def _announce(
    ledger: Ledger,
    revision: HazardRevision,
    areas: Sequence[Area],
    *,
    cause_ms: int,
    stated_ms: int | None,
    cause: str,
) -> None:
    """Put these zones and remove the hazard's others, all from the same time."""
    layer = LAYERS.get(revision.kind, "hazards")
    at_ms = ledger.holds_from(cause_ms, stated_ms)
    put = {key for key, _, _ in areas}
    for name, zone in sorted(ledger.state.zones.items()):
        mine = zone.key == revision.id or zone.key.startswith(revision.id + "/")
        if zone.layer == layer and mine and zone.key not in put:
            del ledger.state.zones[name]
            ledger.announce(zone_change(layer, zone.key, at_ms=at_ms, body=None, cause=cause, status=revision.status))
    for key, area, fields in areas:
        geometry = {**area, "coordinates": _rounded(area.get("coordinates"))}
        named = {**_fields(revision), **fields}
        body = {"geometry": geometry, "adcodes": list(revision.adcodes), "fields": named}
        ledger.announce(zone_change(layer, key, at_ms=at_ms, body=body, cause=cause, status=revision.status))
        ledger.state.zones[f"{layer}/{key}"] = Moving(
            layer=layer, key=key, geometry=geometry, fields=named, from_ms=at_ms, status=revision.status
        )


def _fields(revision: HazardRevision) -> Row:
    """Return what rules and screens read of a hazard, as plain names."""
    return {
        **dict(sorted(revision.fields.items())),
        "id": revision.id,
        "kind": revision.kind,
        "event_code": revision.event_code,
        "colour": revision.colour,
        "title.zh": revision.title.get("zh", ""),
        "title.en": revision.title.get("en", revision.title.get("zh", "")),
        "issued_ms": revision.issued_ms,
        "expires_ms": revision.expires_ms,
    }


def _judge(ledger: Ledger, event: Event, revision: HazardRevision, areas: Sequence[Area]) -> None:
    """Raise what the rules over hazards say of this revision; what they no longer say is resolved."""
    raised: set[str] = set()
    for compiled in ledger.definitions.hazard_rules() if revision.action != CANCEL else ():
        rule = compiled.rule
        if rule.feed not in ("", event.feed) or not _in_force(compiled, revision.issued_ms):
            continue
        groups: dict[tuple[tuple[str, str], ...], Row] = {}
        for row in _rows(ledger, rule, revision, areas):
            if _concerns(rule, row) and compiled.when.explain(row)["result"] is True:
                groups.setdefault(_group(compiled, row), row)
        for group, row in sorted(groups.items(), key=lambda pair: pair[0]):
            facts = {**row, "hazard.count": len(groups)}
            firing = raising.firing_of(
                event, rule, group=group, facts=facts, lon_e7=revision.lon_e7, lat_e7=revision.lat_e7
            )
            raised.add(raising.decide(ledger, firing, rule))
    for alert in ledger.state.hazard_alerts.get(revision.id, ()):
        if alert not in raised:
            raising.resolve(ledger, alert, event_ms=event.event_ms, resolution=alerts.CLEARED)
    ledger.state.hazard_alerts[revision.id] = tuple(sorted(raised))
    if revision.action == CANCEL:
        correlation.false(ledger, revision.id)
    else:
        correlation.gather(ledger, revision.id, at_ms=event.desk_ms)


def _in_force(compiled: CompiledRule, at_ms: int) -> bool:
    valid = compiled.rule.valid
    if valid.from_ms is not None and at_ms < valid.from_ms:
        return False
    if valid.to_ms is not None and at_ms >= valid.to_ms:
        return False
    calendar = compiled.calendar
    return calendar is None or bool(calendar.holds(np.asarray([at_ms], dtype=np.int64))[0])


def _concerns(rule: Rule, row: Row) -> bool:
    """Return True where the row's county lies in the rule's jurisdiction, or no county is known."""
    county = str(row.get("admin.county") or "")
    return not rule.jurisdiction or not county or covers(rule.jurisdiction, county)


def _rows(ledger: Ledger, rule: Rule, revision: HazardRevision, areas: Sequence[Area]) -> Iterator[Row]:
    """Yield the rows a rule judges: each area (strongest first) times each feature of its joins."""
    base: Row = {}
    for name, value in _fields(revision).items():
        base[f"hazard.{name}"] = value
        base.setdefault(name, value)
    if revision.adcodes:
        base["admin.county"] = revision.adcodes[0]
    elif revision.lon_e7 is not None and revision.lat_e7 is not None:
        base["admin.county"] = ledger.places.county_at(revision.lon_e7 / 1e7, revision.lat_e7 / 1e7)
    strongest_first: Sequence[Area | None] = tuple(reversed(areas)) or (None,)
    for area in strongest_first:
        row = dict(base)
        if area is not None:
            row |= {f"area.{name}": value for name, value in area[2].items()}
            row["area.key"] = area[0]
        yield from _joined(ledger, rule.joins, row, revision, area)


def _joined(
    ledger: Ledger, joins: Sequence[Join], row: Row, revision: HazardRevision, area: Area | None
) -> Iterator[Row]:
    if not joins:
        yield row
        return
    join, *rest = joins
    found = _features(ledger, join, revision, area)
    if not found and join.optional:
        yield from _joined(ledger, rest, row, revision, area)
    for feature in found:
        more = {f"{join.name}.{name}": value for name, value in feature.items()}
        county = feature.get("adcode") or (feature.get("key") if join.layer == "counties" else None)
        if county:
            more["admin.county"] = str(county)
        yield from _joined(ledger, rest, {**row, **more}, revision, area)


def _features(ledger: Ledger, join: Join, revision: HazardRevision, area: Area | None) -> Sequence[Mapping[str, Json]]:
    """Return the features a join binds, nearest or by key."""
    if join.mode == "inside" and revision.adcodes:
        return ledger.places.covered(join.layer, revision.adcodes)
    if join.mode == "inside" and area is not None and revision.kind != "quake":
        return ledger.places.touching(join.layer, area[1])
    if revision.lon_e7 is None or revision.lat_e7 is None:
        return ()
    lon, lat = revision.lon_e7 / 1e7, revision.lat_e7 / 1e7
    if join.mode == "inside":
        return ledger.places.inside(join.layer, lon, lat)
    return ledger.places.near(join.layer, lon, lat, join.within_mm / 1000)


def _group(compiled: CompiledRule, row: Row) -> tuple[tuple[str, str], ...]:
    """Return the group key: each part from the column the compiler named, "" where it is missing."""
    pairs = compiled.group or (("hazard", "hazard.id"),)
    return tuple((name, str(row.get(column) or "")) for name, column in pairs)


def _rounded(coordinates: Json) -> Json:
    """Return coordinates at 1e-7 degrees, so that no raw float reaches a digest (ORDER 14)."""
    if isinstance(coordinates, int | float):
        return round(float(coordinates), 7)
    if isinstance(coordinates, list | tuple):
        return [_rounded(one) for one in coordinates]
    return coordinates
