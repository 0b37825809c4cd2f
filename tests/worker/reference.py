"""The fast plane written plainly: one observation at a time, dicts and shapely; the oracle of the real one.

Nothing of ops_center/worker is imported but the content hash, which is an input here (it orders ties).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import shapely

from ops_center.domain.feed import Feed
from tests.worker.reference_ground import metres, nearest
from tests.worker.reference_keys import Keys, Said, timer
from tests.worker.reference_lines import NEVER, Judged, KeyState, Line, Row, Values, Zone, name_of

REST_MS = 20 * 60_000


@dataclass
class Reference:
    """The whole plane for one feed."""

    feed: Feed
    rules: Sequence[Judged]
    zones: Mapping[str, Sequence[Zone]] = field(default_factory=dict)
    points: Mapping[str, Sequence[tuple[str, float, float]]] = field(default_factory=dict)
    registry: Sequence[tuple[str, int, int, Mapping[str, Any]]] = ()  # subject, from, to, fields
    track: Sequence[str] = ()
    edges: Sequence[int] = ()  # instants at which the world changes
    jump_kph: int = 250
    lines: dict[str, Line] = field(default_factory=dict)
    happened: list[tuple[Any, ...]] = field(default_factory=list)
    late: int = 0
    repeated: int = 0

    def __post_init__(self) -> None:
        self._keys = Keys(self.happened)
        self._named = {name_of(judged.rule): judged for judged in self.rules}
        self._trees = {
            layer: (shapely.STRtree([zone.shape for zone in zones]), list(zones)) for layer, zones in self.zones.items()
        }
        for shape in (zone.shape for zones in self.zones.values() for zone in zones):
            shapely.prepare(shape)

    def take(self, row: Row) -> None:
        """Take one message in, in journal order."""
        if row.event > row.stamp + self.feed.ahead_ms:
            self.happened.append((row.stamp, row.subject, "dead", "", "ahead", row.stamp))
            return
        line = self.lines.setdefault(row.subject, Line(row.subject))
        if self.feed.reorder_ms:
            self._let_go(line, row.stamp)
            act = max(row.stamp, row.event + self.feed.reorder_ms)
            line.waiting.append((act, row.event, row.content, row))
        else:
            self._message(line, row, max(row.stamp, row.event, line.act))

    def advance(self, until: int) -> None:
        """Everything stamped before `until` has been taken in."""
        for line in self.lines.values():
            self._let_go(line, until)
            self._silently(line, until)

    def _let_go(self, line: Line, stamp: int) -> None:
        ready = sorted((entry for entry in line.waiting if entry[0] < stamp), key=lambda entry: entry[:3])
        line.waiting = [entry for entry in line.waiting if entry[0] >= stamp]
        for act, _, _, row in ready:
            self._message(line, row, max(act, line.act))

    def _message(self, line: Line, row: Row, act: int) -> None:
        line.act = act
        self._silently(line, act)
        if act - row.event > self.feed.delay_ms:
            line.behind = act
        if row.event < line.decided:
            self.late += 1
            return
        if row.event == line.event and row.content in line.seen:
            self.repeated += 1
            return
        if self.jump_kph and line.fix and row.lon is not None and self._jumps(line.fix, row):
            self.happened.append((row.event, line.subject, "jump", "", "", act))
            return
        if line.event is not None or line.decided > -NEVER:
            self._due_until(line, row.event, act)
        self._observe(line, row, act)

    def _jumps(self, fix: tuple[float, float, int], row: Row) -> bool:
        assert row.lon is not None
        assert row.lat is not None
        return round(metres(fix[0], fix[1], row.lon, row.lat) * 1000) * 36 > self.jump_kph * 10 * (row.event - fix[2])

    # What is due

    def _silently(self, line: Line, stamp: int) -> None:
        """Let act what the stamp has reached on a silent line."""
        while True:
            due = self._next(line)
            if due is None or max(due[0], line.behind) + self.feed.delay_ms > stamp:
                return
            self._act(line, due, max(due[0], line.behind) + self.feed.delay_ms)

    def _due_until(self, line: Line, event: int, stamp: int) -> None:
        while True:
            due = self._next(line)
            if due is None or due[0] > event:
                return
            self._act(line, due, stamp)

    def _next(self, line: Line) -> tuple[int, int, Any] | None:
        if line.event is None:
            return None
        found: list[tuple[int, int, Any]] = []
        for key, state in line.keys.items():
            judged = self._named[key[0]]
            at = timer(judged.rule, line, state)
            if at is not None:
                found.append((at, 0, (judged, key)))
        edge = next((at for at in self.edges if at > line.applied), None)
        if edge is not None:
            found.append((edge, 1, None))
        return min(found, key=lambda due: due[:2], default=None)

    def _act(self, line: Line, due: tuple[int, int, Any], stamp: int) -> None:
        at, kind, what = due
        line.decided = max(line.decided, at)
        if kind == 1:
            line.applied = at
            self._item(line, at, stamp, observed=False)
            return
        judged, key = what
        state = line.keys[key]
        if judged.rule.then:
            state.armed = at
        else:
            self._keys.fire(line, judged, key, state, at, stamp)

    # Items

    def _observe(self, line: Line, row: Row, act: int) -> None:
        before = line.event
        line.seen = {*line.seen, row.content} if before == row.event else {row.content}
        line.decided = line.event = row.event
        line.applied = max(line.applied, row.event)
        if row.lon is not None and row.lat is not None:
            line.fix = (row.lon, row.lat, row.event)
        self._drive(line, before, row)
        line.row = dict(row.values)
        self._item(line, row.event, act, observed=True)

    def _drive(self, line: Line, before: int | None, row: Row) -> None:
        line.gap = None if before is None else row.event - before
        stood = line.moving == 0 and line.stop is not None and row.event - line.stop >= REST_MS
        if (line.gap is not None and line.gap >= REST_MS) or stood:
            line.drive = 0
        elif line.moving == 1 and line.gap is not None:
            line.drive += line.gap
        speed = row.values.get("speed_kph")
        was = line.moving
        if speed is not None:
            line.moving = 1 if speed >= 5.0 else 0
        if line.moving == 0 and was != 0:
            line.stop = row.event
        elif line.moving != 0:
            line.stop = None

    def _values(self, line: Line, t: int) -> dict[str, Any]:
        values = {**line.row, "subject": line.subject}
        for subject, start, end, fields in self.registry:
            if subject == line.subject and start <= t < end:
                values.update(fields)
        values["gap_s"] = None if line.gap is None else line.gap / 1000
        values["driving_s"] = line.drive / 1000
        standing = None if line.stop is None else line.event - line.stop  # type: ignore[operator]
        values["stopped_s"] = 0.0 if line.moving == 1 else None if standing is None else standing / 1000
        return values

    def _item(self, line: Line, t: int, stamp: int, *, observed: bool) -> None:
        values = self._values(line, t)
        for layer in self.track:
            self._follow(line, layer, t, stamp)
        for judged in self.rules:
            self._judge(line, judged, values, t, stamp, observed=observed)

    def _follow(self, line: Line, layer: str, t: int, stamp: int) -> None:
        inside = {zone.key for zone in self._inside(layer, line, t)}
        for zone in sorted({key for of, key in line.zones if of == layer} - inside):
            since = line.zones.pop((layer, zone))
            line.left[layer, zone] = t
            self.happened.append((t, line.subject, "exit", "", f"{layer}/{zone}", stamp, t - since))
        for zone in sorted(inside):
            if (layer, zone) not in line.zones and line.left.get((layer, zone)) != t:
                line.zones[layer, zone] = t
                self.happened.append((t, line.subject, "enter", "", f"{layer}/{zone}", stamp))

    def _inside(self, layer: str, line: Line, t: int) -> list[Zone]:
        if line.fix is None:
            return []
        tree, zones = self._trees[layer]
        found = tree.query(shapely.Point(line.fix[0], line.fix[1]), predicate="covered_by")
        return sorted((zones[i] for i in found if zones[i].from_ms <= t < zones[i].to_ms), key=lambda zone: zone.key)

    def _matches(self, line: Line, judged: Judged, values: Values, t: int) -> Iterator[dict[str, Any]]:
        """Yield the values with each combination of joined features."""
        choices: list[list[dict[str, Any]]] = []
        for join in judged.rule.joins:
            found: list[dict[str, Any]] = []
            if join.mode == "inside":
                for zone in self._inside(join.layer, line, t):
                    of = {f"{join.name}.{name}": value for name, value in zone.fields.items()}
                    found.append({f"{join.name}.key": zone.key, **of})
            elif line.fix is not None:
                near = nearest(self.points[join.layer], line.fix[0], line.fix[1])
                if near is not None and near[1] <= join.within_mm:
                    found.append({f"{join.name}.key": near[0], f"{join.name}.distance_m": near[1] / 1000})
            if not found and join.optional:
                found.append({f"{join.name}.key": None})
            choices.append(found)
        for combination in product(*choices):
            merged = dict(values)
            for part in combination:
                merged.update(part)
            yield merged

    def _judge(self, line: Line, judged: Judged, values: Values, t: int, stamp: int, *, observed: bool) -> None:
        rule = judged.rule
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for match in self._matches(line, judged, values, t):
            group = tuple(str(match.get(column) or "") for _, column in judged.group if column != "subject")
            groups.setdefault(group, []).append(match)
        open_ = {key[1] for key in line.keys if key[0] == name_of(rule)}
        for group in sorted({*groups, *open_}):
            matches = groups.get(group, [])
            results = [self._result(judged, match, t) for match in matches]
            end = all(when is False for when, _, _ in results)
            said = Said(
                begin=any(when is True for when, _, _ in results),
                end=end,
                clear=all(clear is True for _, clear, _ in results) if rule.clear_when else end,
                then=any(follows is True for _, _, follows in results),
                then_end=all(follows is False for _, _, follows in results),
            )
            key = (name_of(rule), group)
            if said.begin or said.then or key in line.keys:
                state = line.keys.setdefault(key, KeyState())
                self._keys.step(line, judged, key, state, t, stamp, said, observed=observed)

    def _result(self, judged: Judged, match: Values, t: int) -> tuple[bool | None, bool | None, bool | None]:
        rule = judged.rule
        allowed = judged.force[0] <= t < judged.force[1]
        allowed &= rule.valid.from_ms is None or t >= rule.valid.from_ms
        allowed &= rule.valid.to_ms is None or t < rule.valid.to_ms
        if judged.windows is not None:
            allowed &= any(start <= t < end for start, end in judged.windows)
        if not allowed:
            return False, True, False
        clear = judged.clear(match) if judged.clear else None
        return judged.when(match), clear, judged.then(match) if judged.then else False
