"""Steps that order others: wait, branch, parallel, for_each, call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.domain.run import Task
from ops_center.domain.text import Json
from playbooks.kinds.kind import OVER, Begun, End, Inside, Kind, Scene, Undoing, asked, by_hand

MOST_ITEMS = 200  # a for_each makes no more tasks than this, whatever its `max` says


def _wait(scene: Scene, task: Task) -> Begun:
    for_ms = scene.step.params.get("for_ms")
    return Begun(task=replace(task, until_ms=None if for_ms is None else scene.at_ms + int(for_ms)))


def _waited(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    until = str(scene.step.params.get("until", ""))
    over = task.until_ms is not None and scene.at_ms >= task.until_ms
    return End() if over or bool(until and scene.judge(until, scene.context) is True) else None


def _branch(scene: Scene, task: Task) -> Begun:
    for arm in scene.step.arms:
        if not arm.when or scene.judge(arm.when, scene.context) is True:
            return Begun(task=replace(task, chosen=arm.name), inside=tuple(Inside(step=one) for one in arm.steps))
    return Begun(task=replace(task, chosen="none"))


def _parallel(scene: Scene, task: Task) -> Begun:
    return Begun(task=task, inside=tuple(Inside(step=one) for one in scene.step.steps))


def _all_over(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    return End() if all(one.state in OVER for one in inside) else None


def _find(scene: Scene, task: Task) -> Begun:
    """Ask for the features once the zone has a place and a size; until then the task says what is missing."""
    if task.asked:
        return Begun(task=task)
    params = scene.step.params
    area = scene.area(params["inside"])
    if area is None:
        return Begun(task=replace(task, reason=f"the place or size of {params['inside']} is not known yet"))
    most = min(int(params.get("max", MOST_ITEMS)), MOST_ITEMS)
    intent = asked(task, "find", layer=params["in"], area=area, most=most)
    return Begun(task=replace(task, asked=most, reason=""), intents=(intent,))


def _found(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    """Open the inner steps once for each feature; what was left out above `max` is counted, never silent."""
    name, items = str(scene.step.params["as"]), args["items"]
    counted = {"found": int(args["found"]), "left_out": int(args["found"]) - len(items)}
    inside = tuple(
        Inside(step=step, key=str(item["key"]), bound={name: dict(item)}) for item in items for step in scene.step.steps
    )
    return Begun(task=replace(task, answers=counted), inside=inside)


def _each_over(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    return _all_over(scene, task, inside) if "found" in task.answers else None


def _call(scene: Scene, task: Task) -> Begun:
    return Begun(task=task, intents=(asked(task, "call", playbook=scene.step.params["playbook"]),))


def _called(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    return Begun(task=replace(task, child=str(args.get("child", "")), reason=str(args.get("failed", ""))))


def _child_over(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    state = scene.context.get("runs", {}).get(task.child)
    return End() if state in ("finished", "stood_down") else None


def _stand_down_child(scene: Scene, task: Task) -> Undoing:
    return Undoing(intents=(asked(task, "undo", what="run", ids=[task.child]),)) if task.child else Undoing()


WAIT = Kind(begin=_wait, finished=_waited)
BRANCH = Kind(begin=_branch, finished=_all_over)
PARALLEL = Kind(begin=_parallel, finished=_all_over)
FOR_EACH = Kind(begin=_find, go_on=_find, carried=_found, finished=_each_over)
CALL = Kind(begin=_call, carried=_called, finished=_child_over, undo=_stand_down_child, answer=by_hand)
