"""Explain a rule for one row: fires, silent or unknown, condition by condition, with what was missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ops_center.domain.errors import BadInput
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.rule import Join
from ops_center.domain.text import Json
from playbooks.cel import flatten
from playbooks.program import CompiledRule

FIRES, SILENT, UNKNOWN = "fires", "silent", "unknown"
Truth = bool | None


def explain_row(compiled: CompiledRule, values: Mapping[str, Json], at_ms: int | None) -> dict[str, Json]:
    """Return why `compiled` does or does not hold for a row of dotted or nested names at a time.

    ``result`` is that of the row alone; what time adds (for, absent_for, then, count, once_within)
    is listed under ``also_needs``.
    """
    rule, row = compiled.rule, flatten(values)
    when = compiled.when.explain(row)
    joins = {join.name: _join(join, row) for join in rule.joins}
    validity, calendar = _validity(compiled, at_ms), _calendar(compiled, at_ms)
    verdicts: list[Truth] = [_truth(when["result"]), *(part["holds"] for part in joins.values())]
    verdicts += [part["holds"] for part in (validity, calendar) if part is not None]
    holds = _all(verdicts)
    if rule.disabled:
        holds = False
    explained: dict[str, Json] = {
        "rule": rule.id,
        "version": rule.version,
        "result": UNKNOWN if holds is None else FIRES if holds else SILENT,
        "when": when,
        "joins": joins,
    }
    if validity is not None:
        explained["valid"] = validity
    if calendar is not None:
        explained["calendar"] = calendar
    for key, part in (("then", compiled.then), ("clear_when", compiled.clear)):
        if part is not None:
            explained[key] = part.explain(row)
    if also := _also_needs(compiled):
        explained["also_needs"] = also
    if rule.disabled:
        explained["disabled"] = True
    return explained


def explain_line(compiled: CompiledRule, line: Mapping[str, Json]) -> dict[str, Json]:
    """Return the explanation of one input object; its time is ``event_time`` or ``at`` (ISO 8601 or ms)."""
    values = {key: value for key, value in line.items() if key not in ("event_time", "at")}
    return explain_row(compiled, values, time_of(line))


def time_of(line: Mapping[str, Json]) -> int | None:
    """Return the time of an input object, None where it states none."""
    given = line.get("event_time", line.get("at"))
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        return parse_iso(str(given))
    except ValueError as error:
        raise BadInput(str(error), field="event_time") from error


def _truth(result: Json) -> Truth:
    return None if result == UNKNOWN else bool(result)


def _all(verdicts: list[Truth]) -> Truth:
    """Return the conjunction: false wins over unknown."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _join(join: Join, row: Mapping[str, Json]) -> dict[str, Json]:
    """Return whether a join found its feature; a row that does not mention it leaves that unknown."""
    key, distance = row.get(f"{join.name}.key"), row.get(f"{join.name}.distance_m")
    found: Truth = None
    if key is not None or distance is not None:
        found = join.mode != "nearest" or distance is None or distance * 1000 <= join.within_mm
    elif f"{join.name}.key" in row or join.name in row:
        found = False
    explained: dict[str, Json] = {
        "layer": join.layer,
        "mode": join.mode,
        "found": found,
        "holds": True if join.optional else found,
        "key": key,
    }
    if join.mode == "nearest":
        explained |= {"within_m": join.within_mm / 1000, "distance_m": distance}
    return explained


def _validity(compiled: CompiledRule, at_ms: int | None) -> dict[str, Json] | None:
    valid = compiled.rule.valid
    if valid.from_ms is None and valid.to_ms is None:
        return None
    explained: dict[str, Json] = {
        "from": None if valid.from_ms is None else iso(valid.from_ms),
        "to": None if valid.to_ms is None else iso(valid.to_ms),
        "holds": None,
    }
    if at_ms is not None:
        begun = valid.from_ms is None or at_ms >= valid.from_ms
        explained["holds"] = begun and (valid.to_ms is None or at_ms < valid.to_ms)
    return explained


def _calendar(compiled: CompiledRule, at_ms: int | None) -> dict[str, Json] | None:
    if compiled.calendar is None:
        return None
    holds = None if at_ms is None else bool(compiled.calendar.holds(np.asarray([at_ms], dtype=np.int64))[0])
    return {"id": compiled.rule.calendar, "holds": holds}


def _also_needs(compiled: CompiledRule) -> dict[str, Json]:
    rule = compiled.rule
    needs: dict[str, Json] = {
        "for_s": rule.for_ms / 1000,
        "absent_for_s": rule.absent_for_ms / 1000,
        "then_within_s": rule.then_within_ms / 1000,
        "once_within_s": rule.once_within_ms / 1000,
    }
    needs = {key: value for key, value in needs.items() if value}
    if rule.count is not None:
        needs["count"] = {
            "of": rule.count.of,
            "at_least": rule.count.at_least,
            "within_s": rule.count.within_ms / 1000,
        }
    return needs
