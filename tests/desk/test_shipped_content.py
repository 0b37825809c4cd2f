"""The rules and playbooks that ship, on the desk: hazards, counted vehicles, silent feeds."""

from __future__ import annotations

from ops_center.content import built_in, load_tree
from ops_center.desk.definitions import definitions_of
from ops_center.domain.scales import AlertClass
from playbooks.book_read import load_kinds
from playbooks.names import environment_of
from playbooks.program import Program
from playbooks.rules_loader import compile_rules
from tests.desk.stage import BOOKS, DAY, FEEDS, Stage, event, hazard

TREE = load_tree([built_in()])[0]
PROGRAM, _ = compile_rules(TREE, environment_of(TREE))
KINDS = load_kinds(TREE)[0]


def shipped(*identities: str) -> Stage:
    found = tuple(c for c in PROGRAM.rules if c.rule.id in identities)
    assert len(found) == len(identities)
    program = Program(version="shipped", rules=found)
    return Stage(definitions=definitions_of(feeds=FEEDS, program=program, books=BOOKS, kinds=KINDS))


def test_a_quake_of_magnitude_5_near_a_hazard_source_opens_an_earthquake_incident():
    stage = shipped("quake-near-hazard-source")
    titles = {"zh": "M5.2 地震", "en": "M 5.2 earthquake"}
    place = {"lon_e7": 1_170_000_000, "lat_e7": 366_000_000}
    stage.play(hazard(1_000, fields={"magnitude": 5.2}, title=titles, **place), until=10_000)
    assert stage.alert("quake-near-hazard-source").message.render("en").startswith("M 5.2 earthquake; nearest")
    (incident,) = stage.desk.state.incidents.values()
    assert incident.kind == "earthquake"


def test_an_orange_warning_is_a_notice_for_each_county_its_codes_cover():
    stage = shipped("county-under-warning")
    titles = {"zh": "台风橙色预警", "en": "Typhoon warning, orange"}
    warning = hazard(1_000, id="w1", kind="warning", colour="orange", adcodes=("370000",), title=titles)
    stage.play(warning, until=10_000)
    notices = [a for a in stage.desk.state.alerts.values() if a.rule == "county-under-warning"]
    assert sorted(dict(a.group)["county"] for a in notices) == ["370102", "370202"]
    assert {a.alert_class for a in notices} == {AlertClass.NOTICE}


def test_twenty_vehicles_in_one_wind_circle_are_one_alarm_with_its_incident_and_playbook():
    stage = shipped("many-in-wind-circle")
    group = (("circle", "lekima/30kt"),)
    for n in range(20):
        stage.tell(event("firing", "many-in-wind-circle", f"v{n:02}", 1_000 + n, group=group))
    stage.reach(10_000)
    alert = stage.alert("many-in-wind-circle")
    assert alert.last.started_ms == DAY + 1_019
    assert alert.message.render("en") == "20 hazmat vehicles are moving inside the wind circle"
    assert [run.playbook for run in stage.desk.state.runs.values()] == ["typhoon-warning"]


def test_every_playbook_and_incident_kind_that_a_rule_names_is_there():
    for compiled in PROGRAM.rules:
        assert not compiled.rule.playbook or compiled.rule.playbook in BOOKS.newest
        assert not compiled.rule.incident_kind or compiled.rule.incident_kind in KINDS
