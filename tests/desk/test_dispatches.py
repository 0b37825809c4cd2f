"""Resources and dispatches: transitions, two commanders and one unit, stocks, recommendation, the reckoned way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops_center.content import parse_document
from ops_center.desk import dispatches
from ops_center.desk.desk import Desk
from ops_center.desk.dispatches import Order
from ops_center.desk.reckoning import reckoned_at, units_of
from ops_center.desk.recommend import Need, recommend, recommended
from ops_center.desk.views import picture_of
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Actor
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, Place, incident_id
from ops_center.domain.resource import (
    Dispatch,
    DispatchState,
    Resource,
    ResourceKind,
    ResourceState,
    dispatch_id,
)
from ops_center.domain.run import RunState
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Text
from ops_center.domain.world import WorldChange
from ops_center.picture import Moving
from ops_center.ports import WORLD
from playbooks.book import bookcase_of
from playbooks.book_read import read_playbook
from tests.desk.stage import CONTENT, DAY, LEAD_MS, OTHER, FewPlaces, Stage, command, no_positions

S = 1_000
COMMANDER = Actor(name="zhao", post="command", role=Role.COMMANDER, jurisdiction="370000")
LI = Mark(by="li", post="desk-1", at_ms=DAY)


def resource(key: str, capability: str = "fire", **given: Any) -> Resource:
    values: dict[str, Any] = {
        "kind": ResourceKind.TEAM,
        "jurisdiction": "370102",
        "lon_e7": 1_170_000_000,
        "lat_e7": 366_000_000,
    }
    layer = "stocks" if given.get("kind") is ResourceKind.STOCK else "teams"
    return Resource(
        id=f"{layer}/{key}", name=Text(f"队{key}", f"Team {key}"), capability=(capability,), **{**values, **given}
    )


INCIDENT = Incident(
    id="incident-1",
    number="370102-20190811-001",
    kind="other",
    title=Text("", ""),
    place=Place(lon_e7=1_171_000_000, lat_e7=366_000_000, adcode="370102"),
    jurisdiction="370102",
    opened_ms=DAY,
    opened_by="c",
)


class Roads(FewPlaces):
    """Ten minutes for each tenth of a degree of longitude; "closed" roads cut off what is west of 116.9."""

    def travel(self, origins: Any, to: Any, closed: Any) -> Any:
        return [None if closed and lon < 116.9 else (round(abs(to[0] - lon) * 6000), 1000.0) for lon, _ in origins]

    def route(self, origin: Any, to: Any, closed: Any) -> Any:
        seconds = round(abs(to[0] - origin[0]) * 6000)
        return [(*origin, 0.0), ((origin[0] + to[0]) / 2, origin[1], seconds / 2), (*to, float(seconds))]

    def touching(self, layer: str, area: Any) -> Any:
        return [{"key": "G20-1"}] if layer == "roads" else super().touching(layer, area)


RESOURCES = {
    one.id: one
    for one in (
        resource("near", lon_e7=1_170_500_000),
        resource("far", lon_e7=1_168_000_000, jurisdiction="370202"),
        resource("boat", "flood_rescue"),
        resource("drill", status=Status.EXERCISE),
        resource("foam", "foam", kind=ResourceKind.STOCK, quantity=500, unit="L"),
    )
}


def stage() -> Stage:
    found = Stage(definitions=replace(CONTENT, resources=RESOURCES), places=Roads())
    found.play(
        command(kinds.OPEN_INCIDENT, "", 1 * S, name="c-open", kind="other", lon=117.1, lat=36.6, adcode="370102"),
        until=5 * S,
    )
    return found


OPENED = incident_id("370000", "c-open")


def send(found: Stage, at: int, name: str, key: str, **more: Any) -> str:
    """Give a DISPATCH command and return the id its dispatch has where it is carried out."""
    given = command(kinds.DISPATCH, OPENED, at, name=name, resource=key, **more)
    found.play(given, until=at + 5 * S)
    return dispatch_id("370000", OPENED, key, name)


def desk_dispatch(desk: Desk, identity: str) -> Dispatch:
    return desk.state.dispatches[identity]


def test_a_unit_goes_from_request_to_release_and_every_step_keeps_who_and_when():
    found = stage()
    sent = send(found, 10 * S, "c-1", "teams/near")
    steps = [kinds.DISPATCH_ACCEPT, kinds.DISPATCH_EN_ROUTE, kinds.DISPATCH_ON_SCENE, kinds.DISPATCH_RELEASE]
    for n, verb in enumerate(steps, start=1):
        found.play(command(verb, sent, (10 + n * 10) * S), until=(15 + n * 10) * S)
        assert found.result["accepted"], found.result
    done = desk_dispatch(found.desk, sent)
    assert [(state, mark.by, mark.at_ms - DAY) for state, mark in done.marks] == [
        (DispatchState.REQUESTED, "li", 10 * S),
        (DispatchState.ACCEPTED, "li", 20 * S),
        (DispatchState.EN_ROUTE, "li", 30 * S),
        (DispatchState.ON_SCENE, "li", 40 * S),
        (DispatchState.RELEASED, "li", 50 * S),
    ]
    assert found.desk.state.resources["teams/near"].state is ResourceState.AVAILABLE
    words = [line.text.en for line in found.desk.state.incidents[OPENED].log]
    assert words[-5:] == [
        "Team near requested",
        "Team near accepted",
        "Team near en route",
        "Team near on scene",
        "Team near released",
    ]


def test_two_commanders_want_one_unit_and_the_second_sees_who_has_it():
    found = stage()
    found.tell(command(kinds.DISPATCH, OPENED, 10 * S, name="c-1", resource="teams/near"))
    found.tell(command(kinds.DISPATCH, OPENED, 10 * S + 1, name="c-2", actor=OTHER, resource="teams/near"))
    found.reach(15 * S)
    assert [result["accepted"] for result in found.desk.state.results[-2:]] == [True, False]
    assert found.result["reason"] == "it is assigned by li"
    assert (found.result["by"], found.result["changed_ms"]) == ("li", DAY + 10 * S)
    assert len(found.desk.state.dispatches) == 1


def test_a_stock_is_taken_by_quantity_and_what_was_not_used_comes_back():
    found = stage()
    sent = send(found, 10 * S, "c-1", "stocks/foam", quantity=300)
    assert found.desk.state.resources["stocks/foam"].quantity == 200
    assert found.desk.state.resources["stocks/foam"].state is ResourceState.AVAILABLE
    send(found, 20 * S, "c-2", "stocks/foam", quantity=201)
    assert found.result["reason"] == "only 200 L are left"
    last = send(found, 30 * S, "c-3", "stocks/foam", quantity=200)
    assert found.desk.state.resources["stocks/foam"].state is ResourceState.ASSIGNED
    found.play(command(kinds.DISPATCH_CANCEL, last, 40 * S, reason="not needed"), until=45 * S)
    found.play(command(kinds.DISPATCH_ON_SCENE, sent, 50 * S), until=55 * S)
    found.play(command(kinds.DISPATCH_RELEASE, sent, 60 * S, used=301), until=65 * S)
    assert (found.result["reason"], found.result["field"]) == ("used: 301 is not between 0 and 300", "used")
    found.play(command(kinds.DISPATCH_RELEASE, sent, 70 * S, used=100), until=75 * S)
    assert found.desk.state.resources["stocks/foam"].quantity == 400
    send(found, 80 * S, "c-4", "stocks/foam")
    assert found.result["field"] == "quantity"


def test_a_unit_that_declines_is_free_again_and_one_on_its_way_cannot_decline():
    found = stage()
    sent = send(found, 10 * S, "c-1", "teams/near")
    found.play(command(kinds.DISPATCH_DECLINE, sent, 20 * S), until=25 * S)
    assert found.result["field"] == "reason"
    found.play(command(kinds.DISPATCH_DECLINE, sent, 30 * S, reason="engine trouble"), until=35 * S)
    assert desk_dispatch(found.desk, sent).reason == "engine trouble"
    assert found.desk.state.resources["teams/near"].state is ResourceState.AVAILABLE
    again = send(found, 40 * S, "c-2", "teams/near")
    found.play(command(kinds.DISPATCH_EN_ROUTE, again, 50 * S), until=55 * S)
    found.play(command(kinds.DISPATCH_DECLINE, again, 60 * S, reason="no"), until=65 * S)
    assert found.result["reason"] == "cannot be declined: it is en_route by li"


def test_what_is_out_of_service_is_not_sent_and_what_is_sent_is_not_taken_out():
    found = stage()
    found.play(command(kinds.RESOURCE_OUT, "teams/near", 10 * S, reason="workshop"), until=15 * S)
    send(found, 20 * S, "c-1", "teams/near")
    assert found.result["reason"] == "it is out of service: workshop"
    found.play(command(kinds.RESOURCE_BACK, "teams/near", 30 * S), until=35 * S)
    send(found, 40 * S, "c-2", "teams/near")
    assert found.result["accepted"]
    found.play(command(kinds.RESOURCE_OUT, "teams/near", 50 * S, reason="workshop"), until=55 * S)
    assert found.result["reason"] == "it is assigned by li"


@pytest.mark.parametrize(
    ("key", "more", "reason"),
    [
        ("teams/drill", {}, "a resource of status exercise serves no actual"),
        ("teams/boat", {"capability": "fire"}, "it cannot serve as 'fire': flood_rescue"),
        ("teams/near", {"quantity": 3}, "only a stock has a quantity"),
        ("teams/none", {}, "no such resource"),
        ("teams/near", {"task": "task-none"}, "no dispatch step of this incident"),
        ("stocks/foam", {"quantity": "many"}, "quantity: 'many' is not a whole number"),
    ],
)
def test_a_request_that_cannot_be_carried_out_says_why_and_holds_nothing(key: str, more: dict[str, Any], reason: str):
    found = stage()
    send(found, 10 * S, "c-1", key, **more)
    assert (found.result["accepted"], found.result["reason"]) == (False, reason)
    assert found.desk.state.dispatches == {}
    assert found.desk.state.resources == {}


@pytest.mark.parametrize("state", list(DispatchState))
@pytest.mark.parametrize("to", [s for s in DispatchState if s is not DispatchState.REQUESTED])
def test_every_transition_is_either_named_or_refused(state: DispatchState, to: DispatchState):
    allowed = {
        "accepted": ["requested"],
        "en_route": ["requested", "accepted"],
        "on_scene": ["requested", "accepted", "en_route"],
        "released": ["on_scene"],
        "declined": ["requested", "accepted"],
        "cancelled": ["requested", "accepted", "en_route"],
    }
    unit = resource("near", state=ResourceState.ASSIGNED)
    at = Dispatch(id="d", incident="i", resource=unit.id, capability="fire", state=state, marks=((state, LI),))
    moves = {
        DispatchState.RELEASED: lambda: dispatches.release(at, unit, LI)[0],
        DispatchState.DECLINED: lambda: dispatches.decline(at, unit, LI, reason="r")[0],
        DispatchState.CANCELLED: lambda: dispatches.cancel(at, unit, LI, reason="r")[0],
    }
    move = moves.get(to, lambda: dispatches.advance(at, to, LI))
    if state in allowed[to]:
        assert move().state is to
    else:
        with pytest.raises(CommandRefused, match=f"it is {state} by li"):
            move()


def need(**given: Any) -> Need:
    values: dict[str, Any] = {"capability": "fire", "status": Status.ACTUAL, "to": (117.1, 36.6)}
    return Need(**{**values, **given})


def closure(responders: str) -> dict[str, Moving]:
    zone = Moving(
        layer="closures", key="k", geometry={}, fields={"responders": responders}, from_ms=0, status=Status.ACTUAL
    )
    return {"closures/k": zone}


def test_the_soonest_free_unit_of_the_capability_and_status_comes_first():
    found = recommend(need(), RESOURCES.values(), zones={}, places=Roads())
    assert [(one.resource.id, one.travel_s, one.rank) for one in found] == [
        ("teams/near", 300.0, 1),
        ("teams/far", 1800.0, 2),
    ]
    busy = [replace(one, state=ResourceState.ASSIGNED) for one in RESOURCES.values()]
    assert recommend(need(), busy, zones={}, places=Roads()) == ()
    assert [one.resource.id for one in recommend(need(without=["teams/near"]), RESOURCES.values(), zones={}, places=Roads())] == ["teams/far"]  # fmt: skip


def test_a_closure_that_stops_everybody_puts_a_cut_off_unit_last_and_one_for_the_public_does_not():
    stopped = recommend(need(), RESOURCES.values(), zones=closure("stop"), places=Roads())
    assert [(one.resource.id, one.travel_s) for one in stopped] == [("teams/near", 300.0), ("teams/far", None)]
    passed = recommend(need(), RESOURCES.values(), zones=closure("pass"), places=Roads())
    assert [one.travel_s for one in passed] == [300.0, 1800.0]


def test_without_a_place_those_of_the_incidents_own_county_come_first():
    found = recommend(need(to=None, jurisdiction="370202"), RESOURCES.values(), zones={}, places=Roads())
    assert [(one.resource.id, one.travel_s) for one in found] == [("teams/far", None), ("teams/near", None)]


def test_a_dispatch_by_hand_keeps_how_the_unit_stood_among_the_others():
    found = stage()
    sent = send(found, 10 * S, "c-1", "teams/far")
    assert desk_dispatch(found.desk, sent).why == {
        "rank": 2,
        "travel_s": 1800,
        "length_m": 1000.0,
        "of": 2,
        "considered": ["teams/near", "teams/far"],
        "closures": [],
        "by_hand": True,
    }
    rows = recommended(picture_of(found.desk, no_positions()), OPENED, "fire", Roads())
    assert [(row["resource"], row["rank"]) for row in rows] == [("teams/near", 1)]


def test_a_unit_on_its_way_is_reckoned_along_it_by_the_time_and_says_so():
    found = stage()
    sent = send(found, 10 * S, "c-1", "teams/near")
    found.play(command(kinds.DISPATCH_EN_ROUTE, sent, 20 * S), until=25 * S)
    dispatch, unit = desk_dispatch(found.desk, sent), RESOURCES["teams/near"]
    assert dispatch.eta_ms == DAY + 320 * S
    assert reckoned_at(dispatch, unit, DAY + 20 * S) == (1_170_500_000, 366_000_000)
    assert reckoned_at(dispatch, unit, DAY + 95 * S) == (1_170_625_000, 366_000_000)
    assert reckoned_at(dispatch, unit, DAY + 170 * S) == (1_170_750_000, 366_000_000)
    assert reckoned_at(dispatch, unit, DAY + 9_999 * S) == (1_171_000_000, 366_000_000)
    picture = replace(picture_of(found.desk, no_positions()), at_ms=DAY + 170 * S)
    (shown,) = units_of(picture)
    assert (shown.lon_e7, shown.reckoned, shown.state) == (1_170_750_000, True, DispatchState.EN_ROUTE)
    found.play(command(kinds.DISPATCH_ON_SCENE, sent, 200 * S), until=205 * S)
    assert reckoned_at(desk_dispatch(found.desk, sent), unit, DAY + 205 * S) == (1_171_000_000, 366_000_000)


def test_a_snapshot_keeps_who_holds_what():
    found = stage()
    sent = send(found, 10 * S, "c-1", "teams/near")
    saved = found.desk.snapshot()
    found.desk = found.new_desk()
    found.desk.restore(saved)
    found.play(command(kinds.DISPATCH, OPENED, 20 * S, name="c-2", actor=OTHER, resource="teams/near"), until=25 * S)
    assert found.result["reason"] == "it is assigned by li"
    assert desk_dispatch(found.desk, sent).state is DispatchState.REQUESTED


def test_an_order_of_a_capability_is_checked_against_the_resource():
    with pytest.raises(CommandRefused, match="cannot serve"):
        dispatches.request(INCIDENT, resource("x"), Order(capability="foam"), LI, deployment="370000", cause="c")


SHUT = """
id: shut
version: 1
title: {zh: 封路, en: Shut}
plan: {zh: 预案}
starts: {incident_kind: other, mode: start}
zones: {near: {buffer: incident.position, radius: 500 m}}
steps:
  - {id: close, act: {do: close_road, zone: near, responders: stop}}
  - {id: send, needs: [close], dispatch: {capability: fire, count: 2}}
stand_down: {when: incident.closed, do: undo_all}
tests: [{title: t, given: [{at: 0 s, start: true}], expect: {}}]
"""


def test_a_playbooks_closure_is_announced_cuts_a_unit_off_and_is_taken_back_when_the_incident_closes():
    book = read_playbook(parse_document(SHUT), forms={}, texts={})
    found = Stage(definitions=replace(CONTENT, resources=RESOURCES, books=bookcase_of((book,))), places=Roads())
    west = {**RESOURCES, "teams/far": resource("far", lon_e7=1_168_000_000)}
    found.definitions = replace(found.definitions, resources=west)
    found.desk = found.new_desk()
    found.play(
        command(kinds.OPEN_INCIDENT, "", 1 * S, name="c-open", kind="other", lon=117.1, lat=36.6, adcode="370102"),
        until=5 * S,
    )
    state = found.desk.state
    (run,) = state.runs.values()
    close, send_step = run.tasks
    (name,) = close.answers["zones"]
    assert name == f"closures/{close.id}"
    assert state.zones[name].fields == {"responders": "stop", "incident": OPENED}
    (sent,) = state.dispatches.values()
    assert (sent.resource, sent.task, sent.why["closures"]) == ("teams/near", send_step.id, ["G20-1"])
    assert sent.why["considered"] == ["teams/near", "teams/far"]  # the one in the west is cut off and named last
    assert (send_step.short, send_step.reason) == (1, "1 not to be had")
    found.play(
        command(kinds.DISPATCH, OPENED, 10 * S, name="c-hand", resource="teams/far", task=send_step.id), until=15 * S
    )
    assert found.result["accepted"]
    sent_ids = sorted(state.dispatches)
    for n, one in enumerate(sent_ids):
        found.play(command(kinds.DISPATCH_ON_SCENE, one, (20 + 5 * n) * S), until=(24 + 5 * n) * S)
    (run,) = state.runs.values()
    assert (run.state, run.tasks[1].short) == (RunState.FINISHED, 0)
    found.play(command(kinds.CLOSE, OPENED, 40 * S, actor=COMMANDER, disposition="over"), until=45 * S)
    assert found.result["accepted"], found.result
    assert name not in state.zones
    assert {one.state for one in state.dispatches.values()} == {DispatchState.RELEASED}
    changes = [one for one in found.read(WORLD) if isinstance(one, WorldChange)]
    assert [(one.layer, one.key, one.body is None) for one in changes] == [
        ("closures", close.id, False),
        ("closures", close.id, True),
    ]
    assert all(one.at_ms >= DAY + LEAD_MS for one in changes)
    words = [line.text.en for line in state.incidents[OPENED].log]
    assert words.count("Task {task}: undone") == 2
