"""World: what every subject is tested against; immutable, its parts valid for stated times.

A change never rewrites the past: zones, registry records and values keep the time from which they
hold, so one World answers for every row at the row's own event time (ORDER 13, 17).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec
import shapely
from shapely.errors import ShapelyError

from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from ops_center.domain.world import ChangeKind, WorldChange
from ops_center.worker.asof import AsOf, Version
from ops_center.worker.layer import (
    FOREVER_MS,
    DynamicZones,
    PointLayer,
    RoadLayer,
    RouteFinder,
    ZoneLayer,
    ZoneVersion,
)
from playbooks.program import CompiledRule, Program

ProgramOf = Callable[[str], Program]  # content version -> program
Force = tuple[int, int]  # [from, to) in which a version of a rule is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Administrative units as a zone layer keyed by 6-digit county code."""

    counties: ZoneLayer


@dataclass(frozen=True, kw_only=True)
class World:
    """Zones, facilities, roads, registry, values and rules; `version` counts the applied changes."""

    version: int = 0
    at_ms: int = 0  # of the newest change
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    zones: Mapping[str, ZoneLayer] = field(default_factory=dict)
    dynamic: Mapping[str, DynamicZones] = field(default_factory=dict)
    points: Mapping[str, PointLayer] = field(default_factory=dict)
    roads: RoadLayer | None = None
    routes: RouteFinder | None = None
    admin: Admin | None = None
    registry: Mapping[str, AsOf] = field(default_factory=dict)
    values: Mapping[str, AsOf] = field(default_factory=dict)
    announced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # feed -> columns it gives as VALUEs
    track: frozenset[str] = frozenset()  # layers whose ENTER and EXIT are events
    programs: tuple[tuple[int, Program], ...] = ((-FOREVER_MS, Program(version="")),)
    program_of: ProgramOf | None = None
    slack_ms: int = 2_000  # the desk's wait (ORDER 21)

    @property
    def program(self) -> Program:
        """The newest program."""
        return self.programs[-1][1]

    def layer(self, name: str) -> ZoneLayer | None:
        """Return a layer of zones, announced or from the catalogue; None where there is none."""
        if name in self.dynamic:
            return self.dynamic[name].layer
        return self.zones.get(name)

    def apply(self, change: WorldChange) -> World:
        """Return the world with a change; BadInput where its body cannot be read."""
        newer = replace(self, version=self.version + 1, at_ms=max(self.at_ms, change.at_ms))
        match change.kind:
            case ChangeKind.ZONE:
                return newer._with_zone(change)
            case ChangeKind.REGISTRY:
                return newer._with_registry(change)
            case ChangeKind.VALUE:
                return newer._with_value(change)
            case ChangeKind.CONTENT:
                return newer._with_content(change)

    def _with_zone(self, change: WorldChange) -> World:
        zones = self.dynamic.get(change.layer, DynamicZones())
        if change.body is None:
            after = zones.remove(change.key, change.at_ms)
        else:
            after = zones.put(_zone_version(change, change.body))
        return replace(self, dynamic={**self.dynamic, change.layer: after})

    def _with_registry(self, change: WorldChange) -> World:
        body = change.body or {}
        stated, to_ms, fields = body.get("from_ms"), body.get("to_ms"), body.get("fields")
        version = Version(
            key=change.key,
            from_ms=stated if isinstance(stated, int) else change.at_ms,
            to_ms=to_ms if isinstance(to_ms, int) else None,
            known_ms=change.at_ms,
            fields=fields if isinstance(fields, Mapping) else {},
        )
        after = self.registry.get(change.layer, AsOf()).with_version(version)
        return replace(self, registry={**self.registry, change.layer: after})

    def _with_value(self, change: WorldChange) -> World:
        fields = {"value": change.body.get("value")} if change.body is not None else {"value": None}
        version = Version(key=change.key, from_ms=change.at_ms, to_ms=None, known_ms=change.at_ms, fields=fields)
        after = self.values.get(change.layer, AsOf()).with_version(version)
        return replace(self, values={**self.values, change.layer: after})

    def _with_content(self, change: WorldChange) -> World:
        named = (change.body or {}).get("version", change.key)
        if self.program_of is None or not isinstance(named, str):
            raise BadInput("a content change without a known version", field="body.version")
        program = self.program_of(named)
        before = tuple(pair for pair in self.programs if pair[0] < change.at_ms)
        return replace(self, programs=(*before, (change.at_ms, program)))

    def rules_for(self, feed: Feed) -> tuple[tuple[CompiledRule, Force], ...]:
        """Return the rules that judge this feed's subjects, each version with the times it is in force."""
        if feed.id not in self._rules:
            self._rules[feed.id] = tuple(_in_force(self.programs, feed))
        return self._rules[feed.id]

    @cached_property
    def _rules(self) -> dict[str, tuple[tuple[CompiledRule, Force], ...]]:
        return {}

    def edges_for(self, feed: Feed, from_ms: int, to_ms: int) -> list[int]:
        """Return the instants in (from_ms, to_ms] at which something a subject is tested against changes."""
        found = {at for at in self._changes_for(feed) if from_ms < at <= to_ms}
        for compiled, _ in self.rules_for(feed):
            valid = compiled.rule.valid
            found.update(at for at in (valid.from_ms, valid.to_ms) if at is not None and from_ms < at <= to_ms)
            if compiled.calendar is not None:
                found.update(compiled.calendar.edges(from_ms, to_ms))
        return sorted(found)

    def _changes_for(self, feed: Feed) -> tuple[int, ...]:
        if feed.id not in self._relevant:
            rules = [compiled for compiled, _ in self.rules_for(feed)]
            layers = self.track | {join.layer for c in rules for join in c.rule.joins}
            names = {name for c in rules for name in c.names}
            times = {at for at, _ in self.programs[1:]}
            for layer in sorted(layers & self.dynamic.keys()):
                times |= self.dynamic[layer].edges()
            for name in sorted(names & self.values.keys()):
                times.update(version.from_ms for version in self.values[name].versions)
            self._relevant[feed.id] = tuple(sorted(times))
        return self._relevant[feed.id]

    @cached_property
    def _relevant(self) -> dict[str, tuple[int, ...]]:
        return {}


def _in_force(programs: Sequence[tuple[int, Program]], feed: Feed) -> Iterator[tuple[CompiledRule, Force]]:
    """Yield each version of a rule with its times in force; an edited rule is another one (ORDER 13)."""
    open_: dict[tuple[str, str], tuple[CompiledRule, int]] = {}
    for at_ms, program in programs:
        now = {(c.rule.id, c.rule.version): c for c in program.rules if judges(c, feed)}
        for name in [name for name in open_ if name not in now]:
            compiled, begun = open_.pop(name)
            yield compiled, (begun, at_ms)
        for name, compiled in now.items():
            open_.setdefault(name, (compiled, at_ms))
    for compiled, begun in open_.values():
        yield compiled, (begun, FOREVER_MS)


def judges(compiled: CompiledRule, feed: Feed) -> bool:
    """Return True where a rule is about this feed's subjects, row by row."""
    rule = compiled.rule
    return not rule.disabled and rule.subject == feed.subject_kind and rule.feed in ("", feed.id)


def registry_of(versions: Sequence[tuple[str, int, int | None, Mapping[str, Json]]]) -> AsOf:
    """Return a registry known from the start: (key, from_ms, to_ms, fields) each."""
    return AsOf(tuple(Version(key, start, end, 0, fields) for key, start, end, fields in versions))


def _zone_version(change: WorldChange, body: Mapping[str, Json]) -> ZoneVersion:
    fields, until = body.get("fields"), body.get("until_ms")
    return ZoneVersion(
        key=change.key,
        shape=_shape(body.get("geometry")),
        fields=fields if isinstance(fields, Mapping) else {},
        from_ms=change.at_ms,
        to_ms=until if isinstance(until, int) else FOREVER_MS,
    )


def _shape(geometry: Any) -> shapely.Geometry:
    try:
        shape = shapely.from_geojson(msgspec.json.encode(geometry))
    except (ShapelyError, TypeError, ValueError) as error:
        raise BadInput(f"no geometry: {error}", field="body.geometry") from error
    return shape if shape.is_valid else shapely.make_valid(shape)
