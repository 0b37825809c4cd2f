"""Judge the silence of whole feeds from the ticks of the command topic (ORDER 24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk.definitions import Definitions
from ops_center.desk.state import FeedWatch
from ops_center.domain.alert import Alert, Occurrence, alert_id, occurrence_id
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed
from ops_center.domain.rule import Rule
from ops_center.domain.scales import AlertClass, Severity, Status
from ops_center.domain.text import Message, Text
from ops_center.wire import Tick

NO_TICKS_MS = 5_000  # fifty ticks of 100 ms missing: the gateway itself is gone (ORDER 3)


def watch(
    watches: Mapping[str, FeedWatch], tick: Tick, definitions: Definitions
) -> tuple[dict[str, FeedWatch], tuple[Event, ...]]:
    """Return the watches after a tick and the events it proves: a feed went silent, or is back.

    Silence is judged only while a gateway can hear, so its outage is no feed's silence.
    """
    after = dict(watches)
    events: list[Event] = []
    for identity, feed in definitions.feeds.items():
        before = after.get(identity, FeedWatch(since_ms=tick.stamp_ms))
        heard = tick.feeds.get(identity)
        rule = definitions.feed_rule(identity)
        limit_ms = rule.absent_for_ms or feed.silent_after_ms
        now = before if tick.unheard_ms is None else replace(before, since_ms=tick.stamp_ms)
        if heard is not None:
            if now.silent:
                events.append(_event(feed, rule, EventKind.RESOLVED, at_ms=heard[0], silent_ms=0))
            now = replace(now, last_ms=max(heard[1], now.last_ms or heard[1]), silent=False)
        quiet_since = now.since_ms if now.last_ms is None else max(now.since_ms, now.last_ms)
        if feed.silent_after_ms and not now.silent and tick.stamp_ms - quiet_since >= limit_ms:
            now = replace(now, silent=True)
            at_ms = quiet_since + limit_ms
            events.append(_event(feed, rule, EventKind.FIRING, at_ms=at_ms, silent_ms=limit_ms))
        after[identity] = now
    return after, tuple(events)


def no_ticks(deployment: str, *, last_tick_ms: int | None, now_ms: int) -> Alert | None:
    """Return the System alert that time itself has stopped; by wall clock, outside every digest."""
    if last_tick_ms is None or now_ms - last_tick_ms < NO_TICKS_MS:
        return None
    identity = alert_id(deployment, "no-ticks", ())
    occurrence = Occurrence(
        id=occurrence_id(identity, last_tick_ms),
        started_ms=last_tick_ms,
        rule_version="1",
        severities=((last_tick_ms, Severity.SEVERE),),
        caused_by="",
    )
    template = Text("网关已 {seconds} 秒无心跳", "No tick from the gateway for {seconds} s")
    return Alert(
        id=identity,
        rule="no-ticks",
        group=(),
        alert_class=AlertClass.ALARM,
        title=Text("网关中断", "Gateway down"),
        message=Message(template=template, params={"seconds": (now_ms - last_tick_ms) // 1000}),
        status=Status.SYSTEM,
        jurisdiction=deployment,
        occurrences=(occurrence,),
    )


def _event(feed: Feed, rule: Rule, kind: EventKind, *, at_ms: int, silent_ms: int) -> Event:
    return Event(
        id=event_id(rule=rule.id, kind=kind, subject=feed.id, zone="", event_ms=at_ms),
        kind=kind,
        feed=feed.id,
        rule=rule.id,
        rule_version=rule.version,
        group=(("feed", feed.id),),
        event_ms=at_ms,
        stamp_ms=at_ms,
        desk_ms=at_ms,
        status=feed.status,
        facts={
            "feed": feed.id,
            "feed.title.zh": feed.title.zh,
            "feed.title.en": feed.title.en,
            "silent_min": silent_ms // 60_000,
            "admin.county": feed.jurisdiction,
        },
    )
