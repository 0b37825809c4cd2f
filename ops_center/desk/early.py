"""Early: the first lane, alerts of one-subject rules as they are shown before their turn to be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ops_center import wire
from ops_center.desk import alerts, decide, raising
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.event import Event, EventKind
from ops_center.ports import Thing

_NONE: Mapping[str, Event] = {}


@dataclass(slots=True)
class Early:
    """What was received of each alert and not decided yet."""

    ledger: Ledger
    _waiting: dict[str, dict[str, Event]] = field(default_factory=dict)  # by alert, then by event
    _alert_of: dict[str, str] = field(default_factory=dict)  # by event
    _written: dict[str, tuple[Alert, bytes]] = field(default_factory=dict)  # until they are decided

    def __contains__(self, identity: str) -> bool:
        return identity in self._waiting

    def again(self, waiting: Iterable[Event | Command]) -> None:
        """Begin anew with what a restored merge still holds."""
        self._waiting, self._alert_of, self._written, self.ledger.foreseen = {}, {}, {}, {}
        for item in waiting:
            if isinstance(item, Event):
                self.keep(item)

    def keep(self, event: Event) -> str:
        """Note an event of the first lane until its turn comes; return its alert's id, "" for others."""
        if not decide.one_subject(event, self.ledger.rule(event.rule)):
            return ""
        identity = alerts.id_of(self.ledger.deployment, event)
        self._waiting.setdefault(identity, {})[event.id] = event
        self._alert_of[event.id] = identity
        return identity

    def drop(self, item: Event | Command) -> None:
        """Forget an event that has been decided."""
        identity = self._alert_of.pop(item.id, None)
        if identity is None:
            return
        self.ledger.foreseen.pop(item.id, None)
        waiting = self._waiting[identity]
        del waiting[item.id]
        if not waiting:
            del self._waiting[identity]

    def alert(self, identity: str) -> Alert | None:
        """Return an alert as it is shown: decided, and what was received since on top of it."""
        alert = self.ledger.state.alerts.get(identity)
        for event in sorted(self._waiting.get(identity, _NONE).values(), key=Event.order_key):
            rule = self.ledger.rule(event.rule)
            if rule is None:
                continue
            before = alert
            alert = self.ledger.foresee(before, event, rule)
            if alert is not None and event.kind is EventKind.FIRING:
                new = before is None or before.last.id != alert.last.id
                alert = raising.put_aside(self.ledger, alert, rule, at_ms=event.desk_ms, new=new)
        return alert

    def record_early(self, alert: Alert) -> bytes:
        """Return the record of an alert as it is shown."""
        value = wire.encode(alert)
        self._written[alert.id] = (alert, value)
        return value

    def record(self, thing: Thing) -> bytes:
        """Return the record of what was decided; an alert that was decided as it was shown is not encoded again."""
        written = self._written.pop(thing.id, None)
        return written[1] if written is not None and written[0] is thing else wire.encode(thing)

    def alerts(self) -> dict[str, Alert]:
        """Return all alerts as they are shown."""
        both = dict(self.ledger.state.alerts)
        for identity in sorted(self._waiting):
            alert = self.alert(identity)
            if alert is not None:
                both[identity] = alert
        return both
