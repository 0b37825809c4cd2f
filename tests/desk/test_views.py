"""The picture: KPIs with their definitions, feeds, results, and the early view beside the decided one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center import wire
from ops_center.desk.views import picture_of
from ops_center.domain import command as kinds
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.scales import Role
from ops_center.domain.shift import Shift
from ops_center.picture import Picture
from ops_center.ports import EVENT, OUTPUT
from ops_center.wire import Progress
from tests.desk.stage import DAY, SLACK_MS, Stage, command, event, no_positions

MINUTE = 60_000


def value(picture: Picture, kpi: str) -> float | None:
    (found,) = [one.value for one in picture.kpis if one.id == kpi]
    return found


def test_every_kpi_states_its_definition_unit_window_and_the_list_it_opens():
    picture = picture_of(Stage().desk, no_positions())
    assert len({kpi.id for kpi in picture.kpis}) == len(picture.kpis) == 9
    for kpi in picture.kpis:
        assert kpi.title.zh
        assert kpi.title.en
        assert kpi.definition.zh
        assert kpi.definition.en
        assert kpi.window.zh
        assert kpi.list in {"alerts", "incidents", "tasks", "feeds", "vehicles"}
        assert kpi.filter


def test_alarms_count_notices_and_shelved_ones_do_not_call_anyone():
    stage = Stage()
    stage.tell(event("firing", "stop", "a", MINUTE), event("firing", "stop", "b", 2 * MINUTE))
    stage.tell(event("firing", "speed", "c", 2 * MINUTE))
    stage.reach(3 * MINUTE)
    (first, second) = sorted(a.id for a in stage.desk.state.alerts.values() if a.rule == "stop")
    stage.tell(command(kinds.SHELVE, first, 3 * MINUTE + 1, for_ms=MINUTE * 60, reason="known"))
    stage.tell(command(kinds.ACKNOWLEDGE, second, 3 * MINUTE + 2))
    stage.reach(4 * MINUTE, feeds={"gps": (3 * MINUTE, 4 * MINUTE)})
    picture = picture_of(stage.desk, no_positions())
    assert value(picture, "alerts_open") == 2
    assert value(picture, "alerts_unacknowledged") == 0
    assert value(picture, "notices") == picture.notices == 1
    assert value(picture, "alarms_per_officer") == 2
    for n in (1, 2):
        began = Mark(by=f"person-{n}", post=f"desk-{n}", at_ms=DAY)
        shift = Shift(
            id=f"shift-{n}",
            post=f"desk-{n}",
            person=began.by,
            role=Role.DUTY_OFFICER,
            jurisdiction="370000",
            began=began,
        )
        stage.desk.state.shifts[shift.id] = shift
    assert value(picture_of(stage.desk, no_positions()), "alarms_per_officer") == 1
    assert value(picture, "feeds_stale") == 0
    assert value(picture, "seconds_to_acknowledge") in {60.0, 120.0}
    stage.reach(20 * MINUTE, feeds={"gps": (4 * MINUTE, 20 * MINUTE)})
    assert value(picture_of(stage.desk, no_positions()), "alarms_per_officer") == 0


def test_vehicles_online_are_those_with_a_fix_in_five_minutes():
    stage = Stage()
    stage.reach(10 * MINUTE)
    times = [DAY + 10 * MINUTE, DAY + 6 * MINUTE, DAY + MINUTE]
    positions = replace(no_positions(), event_ms=np.asarray(times, np.int64))
    assert value(picture_of(stage.desk, positions), "vehicles_online") == 2


def test_late_tasks_count_until_they_are_finished():
    stage = Stage()
    stage.play(event("firing", "leak", "a", 0), until=10_000)
    (run,) = stage.desk.state.runs
    stage.play(command(kinds.START_RUN, run, 11_000), until=20_000)
    stage.reach(5 * MINUTE)
    assert value(picture_of(stage.desk, no_positions()), "tasks_late") == 1
    verify = next(t for t in stage.desk.state.runs[run].tasks if t.step == "verify")
    stage.play(command(kinds.TASK_SKIP, verify.id, 5 * MINUTE + 1, reason="known"), until=6 * MINUTE)
    assert value(picture_of(stage.desk, no_positions()), "tasks_late") == 0


def test_feed_health_adds_up_the_workers_totals():
    stage = Stage(partitions=2)
    for p, n in ((0, 5), (1, 7)):
        counts = {"gps": {"messages": n, "late": 1, "refused": 0, "dead": p}}
        stage.journal.append(EVENT, p, [wire.encode(Progress(source=f"worker/{p}", at_ms=DAY, counts=counts))])
    stage.settle()
    (gps, _) = picture_of(stage.desk, no_positions()).feeds
    assert (gps.messages, gps.late, gps.refused, gps.dead) == (12, 2, 0, 1)


def test_the_submitter_sees_the_newest_result_first():
    stage = Stage()
    stage.play(command(kinds.OPEN_INCIDENT, "", 1_000, kind="other"), until=10_000)
    stage.play(command(kinds.CLOSE, "incident-none", 11_000, disposition="x"), until=30_000)
    first, second = picture_of(stage.desk, no_positions()).results
    assert (first["accepted"], first["reason"]) == (False, "no such incident")
    assert second["accepted"] is True


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["firing", "resolved"]), st.sampled_from("ab"), st.integers(1, 5_000)), max_size=20
    )
)
def test_what_was_shown_on_receipt_is_what_is_decided(story: list[tuple[str, str, int]]):
    stage = Stage()
    at = dict.fromkeys("ab", 0)
    for kind, subject, gap in story:
        at[subject] += gap
        stage.tell(event(kind, "stop", subject, at[subject], stamp=at[subject] + gap % SLACK_MS))
    stage.settle()
    shown = stage.desk.shown()
    assert stage.desk.state.alerts == {}
    stage.reach(300_000)
    decided = {i: a for i, a in stage.desk.state.alerts.items() if a.rule == "stop"}
    assert decided == shown == {i: a for i, a in stage.desk.shown().items() if a.rule == "stop"}
    written = {one.id: one for one in stage.read(OUTPUT) if isinstance(one, Alert) and one.rule == "stop"}
    assert written == decided
