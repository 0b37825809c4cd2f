"""Why: for everything on the screen there is an answer that leads on to what a rule read or a person said."""

from __future__ import annotations

from typing import Any

import pytest

from ops_center.desk.views import picture_of
from ops_center.desk.why import why
from ops_center.domain import command as kinds
from ops_center.domain.digest import plain
from tests.desk.stage import RULES, no_positions
from tests.desk.test_races import PUBLISHED, Scene

BY_ID = {compiled.rule.id: compiled.rule for compiled in RULES}


def asked(scene: Scene, identity: str) -> dict[str, Any]:
    return dict(why(picture_of(scene.stage.desk, no_positions()), identity, rules=BY_ID))


def test_a_dispatch_leads_through_its_incident_to_the_row_of_the_rule():
    scene = Scene()
    run = scene.run()
    incident = scene.state.runs[run].incident
    scene.must(kinds.DISPATCH, incident, resource="teams/near")
    (dispatch,) = scene.state.dispatches
    chain = asked(scene, dispatch)
    assert (chain["kind"], chain["resource"]) == ("dispatch", "teams/near")
    assert chain["states"][0]["by"] == "zhao"
    assert chain["facts"]
    assert chain["caused_by"]["caused_by"][0]["facts"]["vehicle.plate"] == "测a"
    assert asked(scene, "teams/near")["dispatches"] == [dispatch]


def test_a_warning_tells_who_drafted_approved_and_published_it():
    scene = Scene()
    warning = scene.drafted(*PUBLISHED)
    (revision,) = asked(scene, warning)["revisions"]
    assert (revision["drafted"]["by"], revision["published"]["by"]) == ("zhao", "zhao")
    assert [one["by"] for one in revision["approvals"]] == ["sun"]
    assert asked(scene, warning)["caused_by"]["kind"] == "incident"


def test_an_incident_tells_figures_grade_responses_and_the_law_of_its_reports():
    scene = Scene()
    incident = scene.call("hazmat_accident")
    child = scene.call()
    scene.must(kinds.SET_PARENT, child, parent=incident)
    scene.must(kinds.STATE_CLAIM, incident, what="deaths", value=3, source="hospital")
    scene.must(kinds.RESPOND, incident, level="III")
    chain = asked(scene, incident)
    assert chain["suggested_grade"]["grade"] == "III"
    assert "493" in chain["suggested_grade"]["source"]["en"]
    assert chain["suggested_command"]["level"] == "city"
    assert chain["responses"][0]["started"]["by"] == "zhao"
    assert "493" in chain["reports"][0]["source"]["en"]
    assert chain["children"] == [child]
    assert chain["grades"] == []  # nobody graded it yet


def test_an_alarm_tells_who_put_it_aside_and_a_line_its_alarms():
    scene = Scene()
    alert = scene.fire()
    scene.must(kinds.SUPPRESS, alert, reason="maintenance")
    assert asked(scene, alert)["suppressed"][0]["mark"]["by"] == "zhao"
    scene.must(kinds.RELEASE, alert, reason="maintenance")
    (line,) = [g for g in picture_of(scene.stage.desk, no_positions()).groups if alert in g.members]
    chain = asked(scene, line.id)
    assert (chain["kind"], chain["count"]) == ("group", 1)
    assert chain["caused_by"][0]["id"] == alert


def test_tiles_tell_their_definition_and_shifts_who_came_before():
    scene = Scene()
    scene.give(kinds.SIGN_ON, "", post="duty-1")
    (shift,) = scene.state.shifts
    assert asked(scene, shift)["began"]["by"] == "zhao"
    assert asked(scene, "kpi/alarms_per_officer")["definition"]["zh"]


@pytest.mark.parametrize("kind", ["alerts", "incidents", "runs", "dispatches", "warnings", "shifts"])
def test_everything_in_a_picture_has_an_answer_of_plain_values(kind: str):
    scene = Scene()
    scene.drafted()
    scene.task()
    scene.must(kinds.DISPATCH, next(iter(scene.state.incidents)), resource="teams/near")
    scene.give(kinds.SIGN_ON, "", post="duty-1")
    things = getattr(picture_of(scene.stage.desk, no_positions()), kind)
    assert things
    for thing in things:
        chain = asked(scene, thing.id)
        assert chain["kind"] != "unknown"
        assert plain(chain)
