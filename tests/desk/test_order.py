"""The desk's order: the same story gives the same decisions however it arrives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center import wire
from ops_center.desk.views import picture_of
from ops_center.domain.command import ACKNOWLEDGE, CLOSE, OPEN_INCIDENT, SHELVE, START_RUN, TASK_DONE, Command
from ops_center.domain.digest import digest_of
from ops_center.domain.event import Event
from ops_center.domain.run import task_id
from ops_center.ports import COMMAND, EVENT, OUTPUT, WORLD
from ops_center.wire import Progress, Tick
from tests.desk.stage import DAY, SLACK_MS, Stage, command, event, hazard, no_positions

SECOND = 1_000
SUBJECTS = ("a", "b", "c", "d", "e")


@st.composite
def stories(draw: st.DrawFn) -> list[Event | Command]:
    """Draw what vehicles, loops, hazards and officers do within two minutes; stamps up to slack late."""
    things: dict[str, Event | Command] = {}
    for subject in SUBJECTS:
        at = 0
        for _ in range(draw(st.integers(0, 5))):
            at += draw(st.integers(1, 20)) * SECOND
            rule_id = draw(st.sampled_from(["stop", "leak", "chatter", "speed"]))
            kind = draw(st.sampled_from(["firing", "firing", "resolved"]))
            one = event(kind, rule_id, subject, at, stamp=at + draw(st.integers(0, SLACK_MS)))
            things[one.id] = one
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(1, 100)) * SECOND
            one = event("fact", "jam", subject, at, stamp=at + draw(st.integers(0, 900)), group=(("road", "G20"),))
            things[one.id] = one
    for n in range(draw(st.integers(0, 3))):
        magnitude = draw(st.sampled_from([4.9, 5.0, 6.1]))
        at = (10 + 20 * n) * SECOND
        one = hazard(at, fields={"magnitude": magnitude}, lon_e7=1_170_000_000, lat_e7=366_000_000)
        things[one.id] = one
    alerts = Stage()
    alerts.play(*things.values(), until=600 * SECOND)
    for n, (identity, alert) in enumerate(sorted(alerts.desk.state.alerts.items())):
        at = alert.last.started_ms - DAY + draw(st.integers(-500, 9_000))
        kind, args = draw(
            st.sampled_from(
                [
                    (ACKNOWLEDGE, {}),
                    (SHELVE, {"for_ms": 15_000, "reason": "known"}),
                    (OPEN_INCIDENT, {"kind": "other"}),
                ]
            )
        )
        one = command(kind, identity, max(at, 1), name=f"command-{n}", **args)
        things[one.id] = one
    for n, run_id in enumerate(sorted(alerts.desk.state.runs)):
        at = draw(st.integers(1, 100)) * SECOND
        for one in (
            command(START_RUN, run_id, at, name=f"command-start-{n}"),
            command(
                TASK_DONE, task_id(run_id, "verify"), at + 9_000, name=f"command-done-{n}", answers={"leaking": True}
            ),
            command(CLOSE, alerts.desk.state.runs[run_id].incident, at + 40_000, name=f"close-{n}", disposition="x"),
        ):
            things[one.id] = one
    return list(things.values())


def stamped(thing: Event | Command) -> int:
    return thing.stamp_ms


def partition_of(thing: Event, partitions: int) -> int:
    return sum(thing.subject.encode()) % partitions


def run(
    story: list[Event | Command],
    *,
    partitions: int,
    cuts: list[int],
    repeats: bool = False,
    save: int = 0,
    crash: int = 0,
) -> tuple[str, list[bytes]]:
    """Feed the story so that partitions run ahead of each other; return the digest and the world changes."""
    stage = Stage(partitions=partitions)
    logs: list[list[bytes]] = [[] for _ in range(partitions + 1)]
    ticks = range(DAY, DAY + 200_000, 10_000)
    last = DAY - 10_000
    for tick in ticks:
        due = sorted((t for t in story if last < stamped(t) <= tick), key=lambda t: (stamped(t), t.id))
        for thing in due:
            log = logs[-1] if isinstance(thing, Command) else logs[partition_of(thing, partitions)]
            log += [wire.encode(thing)] * (2 if repeats else 1)
        for p in range(partitions):
            logs[p].append(wire.encode(Progress(source=f"worker/{p}", at_ms=tick)))
        logs[-1].append(wire.encode(Tick(gateway="g", stamp_ms=tick)))
        last = tick
    turn = 0
    kept = stage.desk.snapshot()
    while any(logs):
        which = cuts[turn % len(cuts)] % len(logs)
        turn += 1
        if turn % 3 or not logs[which]:
            # Mostly the one that is furthest behind, so that all stay near each other and edges are met.
            which = max(range(len(logs)), key=lambda n: (len(logs[n]), (n * 7 + turn) % len(logs)))
        take = 1 + cuts[(turn * 7) % len(cuts)] % 5 * (turn % 2)
        batch, logs[which] = logs[which][:take], logs[which][take:]
        topic, partition = (COMMAND, 0) if which == partitions else (EVENT, which)
        stage.journal.append(topic, partition, batch)
        stage.desk.step()
        if save and turn % save == 0:
            kept = stage.desk.snapshot()
        if crash and turn % crash == 0:
            stage.desk = stage.new_desk()
            stage.desk.restore(kept)
    stage.settle()
    assert repeats or stage.desk.repeats == 0, "an event came after its time had been decided"
    written = {one.id: one for one in stage.read(OUTPUT)}
    state = stage.desk.state
    assert written == {**state.alerts, **state.incidents, **state.runs}
    picture = picture_of(stage.desk, no_positions())
    changes = [wire.encode(c) for c in stage.read(WORLD) if not isinstance(c, Progress)]
    return digest_of(picture.digest(), stage.desk.state.results, stage.desk.state.sequences), changes


@settings(max_examples=40, deadline=None)
@given(stories(), st.lists(st.integers(0, 97), min_size=3, max_size=20))
def test_any_interleaving_of_any_number_of_partitions_decides_the_same(story: list[Event | Command], cuts: list[int]):
    plain = run(story, partitions=1, cuts=[0])
    assert run(story, partitions=4, cuts=cuts) == plain
    assert run(story, partitions=16, cuts=cuts[::-1], repeats=True) == plain


@settings(max_examples=15, deadline=None)
@given(stories(), st.lists(st.integers(0, 97), min_size=3, max_size=20))
def test_a_restart_after_every_step_decides_the_same(story: list[Event | Command], cuts: list[int]):
    plain = run(story, partitions=2, cuts=cuts)
    assert run(story, partitions=2, cuts=cuts, save=1, crash=1) == plain


@settings(max_examples=25, deadline=None)
@given(
    stories(),
    st.lists(st.integers(0, 97), min_size=3, max_size=20),
    st.integers(2, 30),
    st.integers(2, 30),
)
def test_crashes_that_fall_back_to_an_older_snapshot_decide_the_same_and_announce_nothing_twice(
    story: list[Event | Command], cuts: list[int], save: int, crash: int
):
    plain = run(story, partitions=3, cuts=cuts)
    assert run(story, partitions=3, cuts=cuts, save=save, crash=crash) == plain
