"""Step kinds: how each begins, goes on and ends; one row of `KINDS` a kind."""

from __future__ import annotations

from collections.abc import Mapping

from playbooks.kinds import flow, person, reach
from playbooks.kinds.kind import OVER, Begun, End, Inside, Intent, Judge, Kind, Scene, Undoing, intent_id

__all__ = ["KINDS", "OVER", "Begun", "End", "Inside", "Intent", "Judge", "Kind", "Scene", "Undoing", "intent_id"]

# `approve` is last: beside another kind it is a condition of that step, alone it is a step.
KINDS: Mapping[str, Kind] = {
    "task": person.TASK,
    "ask": person.ASK,
    "notify": reach.NOTIFY,
    "dispatch": reach.DISPATCH,
    "warn": reach.WARN,
    "act": reach.ACT,
    "wait": flow.WAIT,
    "branch": flow.BRANCH,
    "parallel": flow.PARALLEL,
    "for_each": flow.FOR_EACH,
    "call": flow.CALL,
    "approve": person.APPROVE,
}
