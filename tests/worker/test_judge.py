"""Rules that raise, values for places, registry records: what the plane tells beside plain firings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from ops_center.columns import Column
from ops_center.domain.event import EventKind
from ops_center.domain.text import Json
from ops_center.domain.world import ChangeKind, WorldChange
from ops_center.worker.told import Told
from playbooks.program import CompiledRule, Mask, Program
from tests.worker.reference_lines import NEVER, Judged, Row
from tests.worker.scene import T0, before, compiled, fast, feed, rule, run


@dataclass(frozen=True)
class Brittle:
    """A condition that raises wherever a speed of 13 is among its rows, and else is true above 50."""

    names: tuple[str, ...] = ("speed_kph",)

    def masks(self, namespace: Mapping[str, Column], n: int) -> tuple[Mask, Mask]:
        speed = np.asarray(namespace["speed_kph"])
        if (speed == 13.0).any():
            raise ValueError("thirteen")
        return speed > 50.0, np.ones(n, dtype=np.bool_)

    def explain(self, values: Mapping[str, Json]) -> dict[str, Json]:
        return {}


def row(subject: str, at_s: int, speed: float, *, place: tuple[float, float] = (0.01, 0.01)) -> Row:
    at = T0 + at_s * 1000
    return Row(subject, at, at, place[0], place[1], {"speed_kph": speed}, 0)


def judged_by(one: CompiledRule, rows: Sequence[Row], size: int) -> list[Told]:
    of = feed()
    town = replace(before(of), programs=((-NEVER, Program(version="1", rules=(one,))),), track=frozenset())
    return run(rows, town, [size], T0 + 60_000)[0]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_rule_that_raises_is_disabled_for_that_subject_from_that_row(size: int) -> None:
    brittle = replace(compiled(Judged(rule("brittle"), fast)), when=Brittle())
    rows = [
        row("v0", 0, 60.0),
        row("v1", 1, 60.0),
        row("v0", 2, 13.0),
        row("v0", 3, 70.0),
        row("v1", 4, 0.0),
        row("v1", 5, 80.0),
    ]
    found = sorted((e.event_ms - T0, e.subject, str(e.kind)) for e in judged_by(brittle, rows, size))
    assert found == [
        (0, "v0", "firing"),
        (1_000, "v1", "firing"),
        (2_000, "v0", "dead"),
        (2_000, "v0", "resolved"),
        (4_000, "v1", "resolved"),
        (5_000, "v1", "firing"),
    ]


def test_a_value_of_a_place_is_told_where_it_changes() -> None:
    of = feed()
    town = replace(
        before(of), announced={of.id: ("speed_kph",)}, track=frozenset(), programs=((-NEVER, Program(version="1")),)
    )
    events, _ = run([row("v0", 0, 20.0), row("v0", 1, 20.0), row("v0", 2, 30.0)], town, [1], T0 + 60_000)
    assert [(e.event_ms - T0, e.facts) for e in events if e.kind is EventKind.VALUE] == [
        (0, {"name": "speed_kph", "key": "v0", "value": 20.0}),
        (2_000, {"name": "speed_kph", "key": "v0", "value": 30.0}),
    ]


def test_a_new_waybill_changes_the_next_decision_and_no_earlier_one() -> None:
    of = feed()
    toxic = compiled(Judged(rule("toxic", when='cargo.class == "6.1"'), fast))
    town = replace(
        before(of), registry={}, track=frozenset(), programs=((-NEVER, Program(version="1", rules=(toxic,))),)
    )
    body = {"registry": "papers", "key": "v0", "from_ms": T0, "to_ms": None, "fields": {"cargo.class": "6.1"}}
    papers = WorldChange(id="w", kind=ChangeKind.REGISTRY, layer="papers", key="v0", at_ms=T0 + 5_000, body=body)
    rows = [row("v0", 4, 20.0), row("v0", 6, 20.0), row("v1", 6, 20.0)]
    events, _ = run(rows, town.apply(papers), [1], T0 + 60_000)
    assert [(e.event_ms - T0, e.subject, e.facts["cargo.class"]) for e in events] == [(6_000, "v0", "6.1")]
