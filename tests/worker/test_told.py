"""An event as the worker writes it is the domain's Event, byte for byte."""

from __future__ import annotations

import dataclasses

from ops_center import wire
from ops_center.domain.event import Event, EventKind
from ops_center.domain.scales import Status
from ops_center.worker.told import Told, encode_all, told

EVENT = Event(
    id="event-1",
    kind=EventKind.FIRING,
    feed="f",
    subject="鲁A",
    rule="r",
    rule_version="2-ab",
    zone="zones/a",
    group=(("vehicle", "鲁A"), ("zone", "a")),
    event_ms=1,
    stamp_ms=2,
    desk_ms=3,
    lon_e7=1_170_000_000,
    lat_e7=None,
    status=Status.EXERCISE,
    facts={"speed_kph": 1.5, "zone.key": "a", "n": None},
)


def test_it_has_the_fields_of_an_event_in_their_order() -> None:
    assert Told.__struct_fields__ == tuple(field.name for field in dataclasses.fields(Event))


def test_its_record_is_the_events_record() -> None:
    assert encode_all([told(EVENT)]) == [wire.encode(EVENT)]
    assert wire.decode(encode_all([told(EVENT)])[0]) == EVENT
