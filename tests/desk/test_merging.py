"""Merging: units on their way and tasks that are owed go on under the incident that stays."""

from __future__ import annotations

from ops_center.domain import command as kinds
from ops_center.domain.run import RunState, TaskState
from tests.desk.test_races import Scene


def test_units_on_their_way_go_on_to_the_incident_that_stays() -> None:
    scene = Scene()
    dispatch = scene.dispatched(kinds.DISPATCH_ACCEPT, kinds.DISPATCH_EN_ROUTE)
    gone, stays = scene.state.dispatches[dispatch].incident, scene.call()
    before = scene.state.dispatches[dispatch]
    scene.must(kinds.MERGE, gone, into=stays)
    moved = scene.state.dispatches[dispatch]
    assert moved.incident == stays
    assert (moved.state, moved.marks, moved.eta_ms) == (before.state, before.marks, before.eta_ms)
    scene.must(kinds.DISPATCH_ON_SCENE, dispatch)
    scene.must(kinds.DISPATCH_RELEASE, dispatch)
    assert scene.state.resources["teams/near"].state.value == "available"


def test_open_tasks_go_on_and_end_with_the_incident_that_stays() -> None:
    scene = Scene()
    run = scene.run()
    scene.must(kinds.START_RUN, run)
    gone, stays = scene.state.runs[run].incident, scene.call()
    scene.must(kinds.MERGE, gone, into=stays)
    tasks = scene.state.runs[run].tasks
    assert {task.incident for task in tasks} == {stays}
    owed = next(task for task in tasks if task.kind == "ask")
    scene.must(kinds.TASK_DONE, owed.id, answers={"leaking": False})
    assert next(task for task in scene.state.runs[run].tasks if task.id == owed.id).state is TaskState.DONE
    scene.must(kinds.CLOSE, stays, disposition="done")
    scene.stage.settle()
    assert scene.state.runs[run].state is RunState.STOOD_DOWN


def test_what_runs_in_one_is_not_suggested_by_the_other_any_more() -> None:
    scene = Scene()
    running = scene.run()
    scene.must(kinds.START_RUN, running)
    stays = scene.state.runs[running].incident
    gone = scene.call("hazmat_leak")
    (suggested,) = (one.id for one in scene.state.runs.values() if one.incident == gone)
    assert scene.state.runs[suggested].playbook == scene.state.runs[running].playbook
    scene.must(kinds.MERGE, gone, into=stays)
    assert scene.state.runs[running].state is RunState.RUNNING
    assert scene.state.runs[suggested].state is RunState.STOOD_DOWN
