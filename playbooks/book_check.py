"""Checks of one playbook's document that a schema cannot state, and the shape of its steps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from jsonschema import Draft202012Validator

from ops_center.content import Document, nearest
from ops_center.domain.text import Json
from playbooks.actions import action, verbs
from playbooks.book import ITEM
from playbooks.engine_judge import check_condition
from playbooks.kinds import KINDS

Where = tuple[str | int, ...]
Walked = tuple[str, Where, Mapping[str, Json]]  # path, place in the document, what stands there
CODE = re.compile(r"\d{6}(\d{3}|\d{6})?")


def kind_of(given: Mapping[str, Json]) -> str:
    """Return the kind of a step: `approve` beside another kind is a condition of it."""
    return next(name for name in KINDS if name in given)


def names_of(given: Sequence[Mapping[str, Json]]) -> list[str]:
    """Return the names of steps that stand together: their ids, else their kinds, numbered from the second on."""
    names: list[str] = []
    for one in given:
        kind = kind_of(one)
        n = sum("id" not in other and kind_of(other) == kind for other in given[: len(names)])
        names.append(one.get("id") or (kind if n == 0 else f"{kind}_{n + 1}"))
    return names


def each_of(given: Mapping[str, Json]) -> Sequence[Mapping[str, Json]]:
    """Return the steps that a for_each does for each feature."""
    do: Json = given["do"]
    return [do] if isinstance(do, Mapping) else list(do)


def walk(steps: Sequence[Mapping[str, Json]], where: Where = ("steps",), above: str = "") -> Iterator[Walked]:
    """Yield every step with its path, in the order of the file."""
    for n, (name, step) in enumerate(zip(names_of(steps), steps, strict=True)):
        path, here = above + name, (*where, n)
        yield path, here, step
        yield from walk(step.get("parallel", []), (*here, "parallel"), path + "/")
        for m, arm in enumerate(step.get("branch", ())):
            yield from walk(arm["steps"], (*here, "branch", m, "steps"), path + "/")
        if "for_each" in step:
            yield from walk(each_of(step), (*here, "do"), f"{path}/{ITEM}/")


def check_steps(document: Document) -> None:
    """Raise ContentError for a repeated id, a wrong need, unknown zone or action, two times, or no CEL."""
    steps = list(walk(document.data["steps"]))
    paths: set[str] = set()
    for path, where, _ in steps:
        if path in paths:
            raise document.error(f"the step {path!r} stands twice", (*where, "id"))
        paths.add(path)
    _check_needs(document, steps, paths)
    _check_zones(document, steps)
    for _, where, step in steps:
        if "act" in step:
            _check_action(document, step["act"], (*where, "act"))
        if "due_by_law" in step and "done_within" in step:
            raise document.error("the law sets its time already", (*where, "done_within"))
    for where, condition in _conditions(document, steps):
        try:
            check_condition(condition)
        except ValueError as error:
            raise document.error(str(error).splitlines()[0], where) from error


# Where a step names content of another folder: kind of step, key, kind of content.
_NAMES = (
    ("ask", "form", "form"),
    ("task", "form", "form"),
    ("notify", "text", "text"),
    ("act", "text", "text"),
    ("act", "all_clear", "text"),
    ("undo", "text", "text"),
    ("dispatch", "capability", "capability"),
    ("warn", "template", "warning"),
    ("for_each", "in", "layer"),
    ("call", "playbook", "playbook"),
)


def check_names(document: Document, known: Mapping[str, Collection[str]]) -> None:
    """Raise ContentError where a step names a form, text, capability, layer or playbook that is not there."""
    for _, where, step in walk(document.data["steps"]):
        for kind, key, content in _NAMES:
            said = step.get(kind)
            name = said.get(key) if isinstance(said, Mapping) else None
            if name is not None and content in known and name not in known[content]:
                hint = nearest(name, known[content])
                raise document.error(f"no {content} {name!r}", (*where, kind, key), suggestion=hint)
        if step.get("call", {}).get("playbook") == document.data["id"]:
            raise document.error("a playbook cannot call itself", (*where, "call", "playbook"))
    kinds = document.data["starts"]["incident_kind"]
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if "incident_kind" in known and kind not in known["incident_kind"]:
            hint = nearest(kind, known["incident_kind"])
            raise document.error(f"no incident kind {kind!r}", ("starts", "incident_kind"), suggestion=hint)


def _check_action(document: Document, given: Mapping[str, Json], where: Where) -> None:
    verb = str(given["do"])
    if verb not in verbs():
        raise document.error(f"no action {verb!r}", (*where, "do"), suggestion=nearest(verb, verbs()))
    found = action(verb)
    params = {name: value for name, value in given.items() if name != "do"}
    for name in params:
        if name not in found.PARAMS:
            hint = nearest(name, found.PARAMS)
            raise document.error(f"{verb} has no parameter {name!r}", (*where, name), suggestion=hint)
    for name in found.REQUIRED:
        if name not in params:
            raise document.error(f"{verb} needs {name!r}", where)
    for name, value in params.items():
        for error in Draft202012Validator(found.PARAMS[name]).iter_errors(value):
            raise document.error(error.message, (*where, name))


def _check_zones(document: Document, steps: Sequence[Walked]) -> None:
    zones = document.data.get("zones", {})
    for _, where, step in steps:
        for kind, key in (("for_each", "inside"), ("act", "zone")):
            name = step.get(kind, {}).get(key)
            if name is not None and name not in zones:
                raise document.error(f"no zone {name!r}", (*where, kind, key), suggestion=nearest(name, zones))
        area = step.get("warn", {}).get("area")
        if isinstance(area, str) and area not in zones and not CODE.fullmatch(area):
            hint = nearest(area, zones)
            raise document.error(f"{area!r} is no zone and no code", (*where, "warn", "area"), suggestion=hint)


def _check_needs(document: Document, steps: Sequence[Walked], paths: set[str]) -> None:
    needs: dict[str, tuple[str, ...]] = {}
    places: dict[str, Where] = {}
    for path, where, step in steps:
        above = path.rpartition("/")[0] + "/" if "/" in path else ""
        found = []
        for n, need in enumerate(step.get("needs", ())):
            full = above + need if above + need in paths else need
            if full not in paths:
                raise document.error(f"no step {need!r}", (*where, "needs", n), suggestion=nearest(need, paths))
            if path.startswith(full + "/"):
                raise document.error(f"{path!r} lies inside {full!r}", (*where, "needs", n))
            each = full.rpartition(f"/{ITEM}/")[0]
            if each and not path.startswith(f"{each}/{ITEM}/"):
                raise document.error(f"{need!r} is done once for each item; need {each!r}", (*where, "needs", n))
            found.append(full)
        needs[path], places[path] = tuple(found), where
    for path in needs:
        if _reaches(path, path, needs, set()):
            raise document.error(f"{path!r} needs itself", (*places[path], "needs"))


def _conditions(document: Document, steps: Sequence[Walked]) -> Iterator[tuple[Where, str]]:
    given = document.data
    for key in ("starts", "stand_down", "response"):
        if "when" in given.get(key, {}):
            yield (key, "when"), given[key]["when"]
    for _, where, step in steps:
        if "when" in step:
            yield (*where, "when"), step["when"]
        if "until" in step.get("wait", {}):
            yield (*where, "wait", "until"), step["wait"]["until"]
        for n, arm in enumerate(step.get("branch", ())):
            if "when" in arm:
                yield (*where, "branch", n, "when"), arm["when"]


def _reaches(start: str, here: str, needs: Mapping[str, tuple[str, ...]], been: set[str]) -> bool:
    """Return True where following the needs from `here` comes back to `start`."""
    for need in needs[here]:
        if need == start:
            return True
        if need not in been:
            been.add(need)
            if _reaches(start, need, needs, been):
                return True
    return False
