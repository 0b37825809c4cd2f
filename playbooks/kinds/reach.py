"""Steps that reach outside the run: notify, dispatch, warn, act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.domain.run import Task, TaskState
from ops_center.domain.text import Json
from playbooks.actions import action
from playbooks.areas import place_of
from playbooks.effect import Deed, Effect
from playbooks.kinds.kind import Begun, End, Kind, Scene, Undoing, asked, by_hand, told
from playbooks.messages import compose, filled

GONE = ("declined", "cancelled")
# A unit that has come so far has also been at what lies before it.
REACHED: Mapping[str, tuple[str, ...]] = {
    "accepted": ("accepted", "en_route", "on_scene", "released"),
    "en_route": ("en_route", "on_scene", "released"),
    "on_scene": ("on_scene", "released"),
}


def _notify(scene: Scene, task: Task) -> Begun:
    return told(task, *compose(scene.step.params, scene.playbook.texts, scene.context))


def _all_told(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    """A notify ends when each recipient is reached; a failed one leaves it to the officer."""
    reached = ("receipted",) if scene.step.params.get("receipt") else ("sent", "delivered", "receipted")
    return End() if all(state in reached for _, state in task.deliveries) else None


def _all_clear(scene: Scene, task: Task) -> Undoing:
    """Tell those who were told, with the text the step names for it."""
    text = (scene.step.undo or {}).get("text")
    if text is None or not task.deliveries:
        return Undoing()
    message = filled(scene.playbook.texts[text], scene.context)
    return Undoing(recipients=tuple(to for to, _ in task.deliveries), message=message)


def _dispatch(scene: Scene, task: Task) -> Begun:
    """Ask for what is wanted, and once more for each unit that declined; what a person cancels is not replaced."""
    params = scene.step.params
    counted = "quantity" not in params
    known = scene.context.get("dispatches", {})
    declined = [known[one] for one in task.dispatches if known.get(one, {}).get("state") == "declined"]
    wanted = int(params.get("quantity", params.get("count", 1))) + sum(_amount(one) for one in declined)
    if wanted <= task.asked:
        return Begun(task=task)
    to = place_of(scene.context, str(params.get("to", "incident.position")))
    intent = asked(
        task,
        "dispatch",
        str(wanted),
        capability=params["capability"],
        amount=wanted - task.asked,
        counted=counted,
        to=None if to is None else list(to),
        without=sorted(str(one["resource"]) for one in declined),
    )
    return Begun(task=replace(task, asked=wanted), intents=(intent,))


def _asked_for(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    short = max(task.short + int(args["short"]), 0)
    reason = f"{short} not to be had" if short else ""
    return Begun(
        task=replace(task, dispatches=(*task.dispatches, *map(str, args["dispatches"])), short=short, reason=reason)
    )


def _arrived(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    """A dispatch ends when as many units as were wanted have come as far as it says."""
    params, known = scene.step.params, scene.context.get("dispatches", {})
    states = REACHED[str(params.get("until", "on_scene"))]
    there = sum(_amount(known[one]) for one in task.dispatches if one in known and known[one]["state"] in states)
    return End() if there >= int(params.get("quantity", params.get("count", 1))) else None


def _amount(dispatch: Mapping[str, Json]) -> int:
    return int(dispatch.get("quantity") or 1)


def _send_back(scene: Scene, task: Task) -> Undoing:
    ids = list(task.dispatches)
    return Undoing(intents=(asked(task, "undo", what="dispatches", ids=ids),)) if ids else Undoing()


def _warn(scene: Scene, task: Task) -> Begun:
    """Have the warning drafted; its approval and publication are the warning's own (MODEL: Notify)."""
    if task.asked:
        return Begun(task=task)
    params = scene.step.params
    area = params["area"]
    shape = scene.area(area) if isinstance(area, str) and area in scene.playbook.zones else None
    adcodes = [area] if isinstance(area, str) else list(area)
    if isinstance(area, str) and area in scene.playbook.zones:
        if shape is None:
            return Begun(task=replace(task, reason=f"the place or size of {area} is not known yet"))
        adcodes = []
    approval = scene.step.approval
    more: dict[str, Json] = {} if approval is None else {"approver": approval.by, "approvals": approval.count}
    intent = asked(
        task,
        "warn",
        template=params["template"],
        colour=params["colour"],
        area=shape,
        adcodes=adcodes,
        **more,
    )
    return Begun(task=replace(task, asked=1, reason=""), intents=(intent,))


def _drafted(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    return Begun(task=replace(task, warning=str(args.get("warning", "")), reason=str(args.get("failed", ""))))


def _published(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    warning = scene.context.get("warnings", {}).get(task.warning)
    if warning is None:
        return None
    if warning["state"] == "discarded":
        return End(state=TaskState.SKIPPED, reason=str(warning.get("reason") or "discarded"))
    return End() if warning["published"] else None


def _cancel_warning(scene: Scene, task: Task) -> Undoing:
    return Undoing(intents=(asked(task, "undo", what="warning", ids=[task.warning]),)) if task.warning else Undoing()


def _effect(scene: Scene, task: Task) -> Effect:
    params = scene.step.params
    deed = Deed(context=scene.context, area=scene.area, texts=scene.playbook.texts)
    return action(str(params["do"])).act({k: v for k, v in params.items() if k != "do"}, deed)


def _act(scene: Scene, task: Task) -> Begun:
    if task.asked:
        return Begun(task=task)
    effect = _effect(scene, task)
    if effect.wanting:
        return Begun(task=replace(task, reason=effect.wanting))
    begun = Begun(task=replace(task, asked=1, reason=""))
    if effect.message is not None:
        begun = told(begun.task, effect.recipients, effect.message)
    zones = tuple(
        asked(task, "announce", zone.layer, layer=zone.layer, geometry=zone.geometry, fields=dict(zone.fields))
        for zone in effect.zones
    )
    return Begun(task=begun.task, intents=(*zones, *begun.intents))


def _acted(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    zones = [*task.answers.get("zones", ()), str(args["zone"])]
    return Begun(task=replace(task, answers={**task.answers, "zones": zones}))


def _all_done(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    return _all_told(scene, task, inside) if task.asked else None


def _take_back(scene: Scene, task: Task) -> Undoing:
    """Remove the zones it put and tell those it told, as the action says."""
    zones = list(task.answers.get("zones", ()))
    intents = (asked(task, "undo", what="zones", ids=zones),) if zones else ()
    effect = _effect(scene, task) if task.deliveries else Effect()
    if effect.all_clear is None:
        return Undoing(intents=intents)
    return Undoing(intents=intents, recipients=tuple(to for to, _ in task.deliveries), message=effect.all_clear)


NOTIFY = Kind(begin=_notify, finished=_all_told, answer=by_hand, undo=_all_clear)
DISPATCH = Kind(
    begin=_dispatch, go_on=_dispatch, carried=_asked_for, finished=_arrived, answer=by_hand, undo=_send_back
)
WARN = Kind(
    begin=_warn,
    go_on=_warn,
    carried=_drafted,
    finished=_published,
    answer=by_hand,
    undo=_cancel_warning,
    gated=False,
)
ACT = Kind(begin=_act, go_on=_act, carried=_acted, finished=_all_done, answer=by_hand, undo=_take_back)
