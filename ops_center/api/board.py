"""Board: all channels of one scope, filled from one picture at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_center.api.channels import Channel, RowsChannel, VehiclesChannel, WholeChannel
from ops_center.api.masking import Opaque
from ops_center.api.rows import Shown, encoded
from ops_center.api.scope import Scope, scoped
from ops_center.desk.alerts import alarming
from ops_center.domain.text import Json
from ops_center.picture import Picture

MOST_CALLS = 5


@dataclass(slots=True, kw_only=True)
class Board:
    """The channels of one scope, live or of one replay session; one picture fills all of them."""

    scope: Scope
    opaque: Opaque
    picture: Picture | None = None  # already scoped
    channels: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the channels."""
        shown = Shown(scope=self.scope, opaque=self.opaque)
        rows: Mapping[str, Any] = {
            "alerts": lambda alert: encoded(shown.alert(alert)),
            "groups": lambda group: encoded(shown.group(group)),
            "incidents": lambda incident: encoded(shown.incident(incident)),
            "runs": lambda run: encoded(shown.run(run)),
            "hazards": lambda hazard: encoded(shown.hazard(hazard)),
            "shifts": lambda one: encoded(shown.shift(one)),
            "warnings": lambda one: encoded(shown.warning(one)),
            "resources": lambda one: encoded(shown.resource(one)),
            "dispatches": lambda one: encoded(shown.dispatch(one)),
            "zones": lambda zone: encoded(shown.zone(zone)),
            "feeds": lambda feed: encoded(feed),
        }
        for name, encode in rows.items():
            self.channels[name] = RowsChannel(name, encode)
        for name in ("kpis", "dead", "results", "calls", "head", "histogram", "load", "units"):
            self.channels[name] = WholeChannel(name)
        self.channels["vehicles"] = VehiclesChannel("vehicles", self.opaque)

    def put(self, picture: Picture, *, head: Mapping[str, Json]) -> None:
        """Show a picture; `head` is what the clock knows and the picture does not."""
        at_ms = picture.at_ms
        self.whole("head").put(
            {"at_ms": at_ms, "replay": picture.replay, "status": picture.status, "version": picture.version, **head},
            at_ms=at_ms,
        )
        if self.picture is not None and self._same(picture):
            return
        mine = scoped(picture, self.scope)
        self.picture = mine
        shown = Shown(scope=self.scope, opaque=self.opaque)
        self._rows("alerts").put({alert.id: alert for alert in mine.alerts}, at_ms=at_ms)
        self._rows("groups").put({group.id: group for group in mine.groups}, at_ms=at_ms)
        self.whole("load").put(shown.load(mine), at_ms=at_ms)
        self._rows("incidents").put({one.id: one for one in mine.incidents}, at_ms=at_ms)
        self._rows("runs").put({run.id: run for run in mine.runs}, at_ms=at_ms)
        self._rows("hazards").put({one.id: one for one in mine.hazards}, at_ms=at_ms)
        self._rows("shifts").put({one.id: one for one in mine.shifts}, at_ms=at_ms)
        self._rows("warnings").put({one.id: one for one in mine.warnings}, at_ms=at_ms)
        self._rows("resources").put({one.id: one for one in mine.resources}, at_ms=at_ms)
        self._rows("dispatches").put({one.id: one for one in mine.dispatches}, at_ms=at_ms)
        self.whole("units").put(shown.units(mine), at_ms=at_ms)
        self._rows("zones").put({f"{one.layer}/{one.key}": one for one in mine.zones}, at_ms=at_ms)
        self._rows("feeds").put({feed.id: feed for feed in mine.feeds}, at_ms=at_ms)
        self.whole("kpis").put([shown.kpi(kpi) for kpi in mine.kpis], at_ms=at_ms)
        self.whole("dead").put(shown.dead(mine), at_ms=at_ms)
        self.whole("results").put(shown.results(mine), at_ms=at_ms)
        self.whole("calls").put(_calls(mine, shown), at_ms=at_ms)
        vehicles = self.channels["vehicles"]
        if isinstance(vehicles, VehiclesChannel):
            vehicles.put(mine.positions, at_ms=at_ms)

    def whole(self, name: str) -> WholeChannel:
        """Return a channel that is sent whole."""
        channel = self.channels[name]
        if not isinstance(channel, WholeChannel):
            raise TypeError(f"{name} is not sent whole")
        return channel

    def _rows(self, name: str) -> RowsChannel:
        channel = self.channels[name]
        if not isinstance(channel, RowsChannel):
            raise TypeError(f"{name} has no rows")
        return channel

    def _same(self, picture: Picture) -> bool:
        held = self.picture
        return held is not None and (held.version, held.at_ms, held.replay) == (
            picture.version,
            picture.at_ms,
            picture.replay,
        )


def _calls(picture: Picture, shown: Shown) -> Json:
    """Return what calls someone now: counts by severity, the newest ones and the worst; heard in replay too."""
    calling = [alert for alert in picture.alerts if alarming(alert)]
    calling.sort(key=lambda alert: (alert.last.severities[-1][0], alert.id), reverse=True)
    counts: dict[str, int] = {}
    for alert in calling:
        counts[alert.severity] = counts.get(alert.severity, 0) + 1
    worst = max(calling, key=lambda alert: alert.severity.rank, default=None)  # the newest of the worst
    short = [
        {key: row[key] for key in ("id", "title", "severity", "started_ms", "raised_ms", "occurrence")}
        for row in map(shown.alert, [*calling[:MOST_CALLS], *([worst] if worst else [])])
    ]
    return {"counts": counts, "newest": short[: min(len(calling), MOST_CALLS)], "worst": short[-1] if worst else None}
