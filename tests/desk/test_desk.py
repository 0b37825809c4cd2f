"""The desk from journal to journal: lanes, commands, restart, replay cursor, content, silence."""

from __future__ import annotations

import pytest

from ops_center import wire
from ops_center.desk.definitions import definitions_of
from ops_center.desk.feedwatch import NO_TICKS_MS, no_ticks
from ops_center.desk.views import picture_of
from ops_center.desk.whose import jurisdiction_of
from ops_center.desk.why import why
from ops_center.domain import command as kinds
from ops_center.domain.alert import Alert
from ops_center.domain.digest import digest_of
from ops_center.domain.scales import Status
from ops_center.domain.world import ChangeKind, WorldChange
from ops_center.ports import COMMAND, DEAD, EVENT, OUTPUT, WORLD
from ops_center.wire import Progress, Tick
from playbooks.program import Program
from tests.desk.stage import (
    BOOKS,
    CONTENT,
    DAY,
    FEEDS,
    LEAD_MS,
    OTHER,
    RULES,
    SLACK_MS,
    Stage,
    command,
    event,
    no_positions,
)


def changes(stage: Stage) -> list[WorldChange]:
    return [one for one in stage.read(WORLD) if isinstance(one, WorldChange)]


def test_a_one_subject_alert_is_shown_on_receipt_and_decided_only_after_the_slack():
    stage = Stage()
    stage.tell(event("firing", "stop", "a", 10_000))
    stage.reach(10_000)
    picture = picture_of(stage.desk, no_positions())
    assert [alert.rule for alert in picture.alerts] == ["stop"]
    assert picture.decided == ()
    assert [one.rule for one in stage.read(OUTPUT) if isinstance(one, Alert)] == ["stop"]
    stage.reach(10_000 + SLACK_MS + 1)
    assert picture_of(stage.desk, no_positions()).decided == picture_of(stage.desk, no_positions()).alerts != ()


def test_a_cross_subject_alert_waits_for_the_slowest_partition():
    stage = Stage(partitions=2)
    for subject in ("a", "b", "c"):
        stage.tell(event("fact", "jam", subject, 10_000, group=(("road", "G20"),)))
    stage.journal.append(EVENT, 0, [wire.encode(Progress(source="worker/0", at_ms=DAY + 20_000))])
    stage.journal.append(COMMAND, 0, [wire.encode(Tick(gateway="g", stamp_ms=DAY + 20_000))])
    stage.settle()
    assert stage.desk.state.alerts == {}
    stage.journal.append(EVENT, 1, [wire.encode(Progress(source="worker/1", at_ms=DAY + 20_000))])
    stage.settle()
    assert stage.alert("jam").last.why["count"] == 3


def test_the_first_progress_lets_workers_start_before_any_worker_has_spoken():
    stage = Stage(partitions=2)
    stage.journal.append(COMMAND, 0, [wire.encode(Tick(gateway="g", stamp_ms=DAY))])
    stage.settle()
    assert stage.read(WORLD) == [Progress(source="desk", at_ms=DAY - SLACK_MS - LEAD_MS)]


def test_a_command_stamped_before_its_alarms_own_time_waits_for_it():
    # A device's clock a second ahead: the officer sees the alarm, and acknowledges, before it "happened".
    stage = Stage()
    ahead = event("firing", "stop", "a", 10_900, stamp=10_000)
    stage.tell(ahead)
    stage.reach(10_000)
    (shown,) = stage.desk.shown().values()
    stage.tell(command(kinds.ACKNOWLEDGE, shown.id, 10_300))
    stage.reach(20_000)
    acknowledged = stage.alert("stop").last.acknowledged
    assert acknowledged is not None
    assert acknowledged.at_ms == DAY + 10_900
    assert stage.result["accepted"] is True


def test_a_command_on_what_never_comes_is_refused():
    stage = Stage()
    stage.play(command(kinds.ACKNOWLEDGE, "alert-none", 1_000), until=30_000)
    assert stage.result["reason"] == "no such alarm"


def test_the_second_of_two_acknowledgements_is_told_who_was_first_and_when():
    stage = Stage()
    stage.play(event("firing", "stop", "a", 0), until=10_000)
    target = stage.alert("stop").id
    stage.tell(
        command(kinds.ACKNOWLEDGE, target, 11_000),
        command(kinds.ACKNOWLEDGE, target, 11_000, actor=OTHER, name="second"),
    )
    stage.reach(20_000)
    assert stage.result["accepted"] is False
    assert (stage.result["by"], stage.result["changed_ms"]) == ("li", DAY + 11_000)
    assert stage.alert("stop").last.acknowledged.by == "li"


def test_a_shelved_alarm_returns_when_the_shelf_ends():
    stage = Stage()
    stage.play(event("firing", "stop", "a", 0), until=10_000)
    target = stage.alert("stop").id
    stage.play(command(kinds.SHELVE, target, 11_000, for_ms=60_000, reason="known"), until=20_000)
    assert stage.alert("stop").shelf.until_ms == DAY + 71_000
    stage.reach(71_000 + SLACK_MS)
    assert stage.alert("stop").shelf is not None
    stage.reach(71_000 + SLACK_MS + 1)
    assert stage.alert("stop").shelf is None


def test_wrong_arguments_are_the_submitters_to_see_and_change_nothing():
    stage = Stage()
    stage.play(event("firing", "stop", "a", 0), until=10_000)
    before = digest_of(stage.alert("stop"))
    stage.play(command(kinds.SHELVE, stage.alert("stop").id, 11_000, for_ms="soon", reason="x"), until=20_000)
    assert stage.result["reason"].startswith("wrong arguments")
    stage.play(command("alert.explode", stage.alert("stop").id, 21_000), until=30_000)
    assert "unknown command" in stage.result["reason"]
    assert digest_of(stage.alert("stop")) == before


def test_a_command_sent_again_by_a_client_that_heard_no_answer_is_carried_out_once():
    stage = Stage()
    stage.play(command(kinds.OPEN_INCIDENT, "", 1_000, name="one", kind="other"), until=10_000)
    stage.play(command(kinds.OPEN_INCIDENT, "", 11_000, name="one", kind="other"), until=20_000)
    assert [i.number for i in stage.desk.state.incidents.values()] == ["370000-20190811-001"]
    assert len(stage.desk.state.results) == 1


def test_a_command_stamped_below_what_is_decided_is_carried_out_all_the_same():
    stage = Stage()
    stage.reach(60_000)
    stage.play(command(kinds.OPEN_INCIDENT, "", 1_000, kind="other"), until=70_000)
    assert stage.result["accepted"] is True
    assert stage.result["at_ms"] == DAY + 60_000 - SLACK_MS


def test_an_event_repeated_after_a_workers_restart_counts_once():
    stage = Stage()
    one = event("firing", "stop", "a", 10_000)
    stage.play(one, one, until=11_000)
    stage.play(one, until=30_000)
    stage.play(one, until=40_000)
    assert len(stage.alert("stop").occurrences) == 1
    assert stage.desk.repeats == 1


def test_progress_and_changes_are_not_written_again_after_a_restart():
    stage = Stage()
    record = {"registry": "vehicles", "key": "a", "from_ms": DAY, "to_ms": None, "fields": {}}
    stage.reach(1_000)
    kept = stage.desk.snapshot()
    stage.play(event("registry", "", "a", 5_000, facts=record), until=20_000)
    written = stage.read(WORLD)
    stage.desk = stage.new_desk()
    stage.desk.restore(kept)
    stage.settle()
    assert stage.read(WORLD) == written
    assert len(changes(stage)) == 1


def test_a_second_restart_from_an_older_state_announces_nothing_again():
    stage = Stage()
    record = {"registry": "vehicles", "key": "a", "from_ms": DAY, "to_ms": None, "fields": {}}
    stage.reach(1_000)
    kept = stage.desk.snapshot()
    stage.play(event("registry", "", "a", 5_000, facts=record), until=20_000)
    stage.desk = stage.new_desk()
    stage.desk.restore(kept)
    stage.desk.limit_ms = DAY + 3_000
    stage.settle()  # it has read what was announced, and has not come so far itself
    kept = stage.desk.snapshot()
    stage.desk = stage.new_desk()
    stage.desk.restore(kept)
    stage.settle()
    assert len(changes(stage)) == 1


def test_a_snapshot_of_another_number_of_partitions_is_refused():
    kept = Stage(partitions=2).desk.snapshot()
    with pytest.raises(wire.JournalError, match="2 event partitions, not 1"):
        Stage().desk.restore(kept)


def test_a_world_change_holds_from_its_causes_desk_time_plus_lead():
    stage = Stage()
    value = {"name": "visibility", "key": "370102", "value": 150}
    stage.play(
        event("value", "", "a", 5_000, facts=value),
        event("value", "", "a", 6_000, facts=value),
        event("value", "", "a", 7_000, facts={**value, "value": 80}),
        until=20_000,
    )
    found = [(one.kind, one.at_ms, one.body) for one in changes(stage)]
    assert found == [
        (ChangeKind.VALUE, DAY + 5_000 + LEAD_MS, {"value": 150}),
        (ChangeKind.VALUE, DAY + 7_000 + LEAD_MS, {"value": 80}),
    ]


def test_lead_must_be_above_slack():
    stage = Stage()
    with pytest.raises(ValueError, match="above slack"):
        type(stage.desk)(
            deployment="370000",
            definitions=CONTENT,
            journal=stage.journal,
            slack_ms=2_000,
            lead_ms=2_000,
            zone=stage.desk._ledger.zone,
        )


def test_a_replay_stopped_at_a_cursor_has_the_digest_the_live_desk_had_there():
    live = Stage()
    digests = {}
    for at in range(0, 60_000, 1_000):
        if at % 7_000 == 0:
            live.tell(event("firing", "leak", f"v{at}", at))
        if at == 20_000:
            live.tell(command(kinds.OPEN_INCIDENT, "", at, kind="other"))
        live.reach(at)
        digests[live.desk.progress_ms] = picture_of(live.desk, no_positions()).digest()
    kept = None
    for cursor, digest in sorted(digests.items()):
        fresh = Stage(journal=live.journal)
        if kept is not None and cursor > DAY + 30_000:
            fresh.desk.restore(kept)
        fresh.desk.limit_ms = cursor
        fresh.settle()
        assert fresh.desk.progress_ms == cursor
        assert picture_of(fresh.desk, no_positions(), replay=True, early=False).digest() == digest
        if cursor <= DAY + 30_000:
            kept = fresh.desk.snapshot()
    assert len(set(digests.values())) > 5


def test_a_silent_feed_is_one_alarm_and_is_over_when_it_speaks_again():
    stage = Stage()
    stage.reach(0, feeds={"gps": (0, 0)})
    for at in range(10_000, 100_000, 10_000):
        stage.reach(at)
    assert stage.alert("feed-silent").last.started_ms == DAY + 60_000
    assert [(f.id, f.stale) for f in picture_of(stage.desk, no_positions()).feeds] == [("gps", True), ("usgs", False)]
    stage.reach(110_000, feeds={"gps": (105_000, 109_000)})
    stage.reach(120_000, feeds={"gps": (119_000, 120_000)})
    assert stage.alert("feed-silent").last.resolved_ms == DAY + 105_000


def test_after_an_outage_of_the_gateway_a_feed_has_its_whole_time_to_speak_again():
    stage = Stage()
    stage.reach(0, feeds={"gps": (0, 0)})
    stage.reach(600_000, unheard=1_000)
    stage.reach(659_000)
    assert stage.desk.state.alerts == {}
    stage.reach(670_000)
    assert stage.alert("feed-silent").last.started_ms == DAY + 660_000


def test_while_no_ticks_come_no_feed_is_judged_and_the_system_alert_says_so():
    stage = Stage()
    stage.reach(0, feeds={"gps": (0, 0)})
    assert stage.desk.state.alerts == {}
    last = stage.desk.last_tick_ms
    assert no_ticks("370000", last_tick_ms=last, now_ms=DAY + NO_TICKS_MS - 1) is None
    alert = no_ticks("370000", last_tick_ms=last, now_ms=DAY + NO_TICKS_MS)
    assert alert is not None
    assert alert.status is Status.SYSTEM


def test_dead_letters_are_written_out_and_shown_newest_first():
    stage = Stage()
    for at in (1_000, 2_000):
        stage.tell(event("dead", "", f"m{at}", at, facts={"reason": f"r{at}", "bytes": "7e"}))
    stage.tell(event("firing", "no-such-rule", "a", 3_000))
    stage.reach(10_000)
    shown = picture_of(stage.desk, no_positions()).dead_letters
    assert [one["reason"] for one in shown] == ["no rule 'no-such-rule' in force", "r2000", "r1000"]
    assert len(stage.read(DEAD)) == 3


def test_a_withdrawn_rule_ends_its_alarms_and_a_straggler_is_ended_too():
    stage = Stage()
    fewer = tuple(c for c in RULES if c.rule.id not in ("stop", "jam"))
    stage.desk.load("v2", definitions_of(feeds=FEEDS, program=Program(version="v2", rules=fewer), books=BOOKS))
    for subject in ("a", "b", "c"):
        stage.tell(event("fact", "jam", subject, 1_000, group=(("road", "G20"),)))
    stage.play(event("firing", "stop", "a", 1_000), until=10_000)
    stage.play(command(kinds.LOAD_CONTENT, "", 11_000, version="v2"), until=14_000)
    (change,) = changes(stage)
    assert (change.key, change.at_ms) == ("v2", DAY + 14_000)
    stage.play(
        event("withdrawn", "stop", "a", 14_000),
        event("firing", "stop", "late", 13_500, stamp=16_500),
        until=30_000,
    )
    ended = {(a.rule, a.subject): a.last.resolution for a in stage.desk.state.alerts.values()}
    assert ended == {
        ("stop", "a"): "rule_withdrawn",
        ("stop", "late"): "rule_withdrawn",
        ("jam", "c"): "rule_withdrawn",
    }


def test_a_restart_with_other_content_ends_the_alarms_of_rules_that_are_gone():
    stage = Stage()
    stage.play(event("firing", "stop", "a", 1_000), event("firing", "speed", "b", 1_000), until=10_000)
    kept = stage.desk.snapshot()
    fewer = tuple(c for c in RULES if c.rule.id != "stop")
    stage.definitions = definitions_of(feeds=FEEDS, program=Program(version="v2", rules=fewer), books=BOOKS)
    stage.desk = stage.new_desk()
    stage.desk.restore(kept)
    stage.reach(20_000)
    assert stage.alert("stop").last.resolution == "rule_withdrawn"
    assert stage.alert("speed").last.resolved_ms is None
    assert stage.desk.state.content == "v2"


def test_what_has_been_over_for_a_day_is_let_go():
    stage = Stage()
    hour = 3_600_000
    stage.play(event("firing", "speed", "a", 0), event("resolved", "speed", "a", 60_000), until=120_000)
    stage.play(event("firing", "stop", "b", 130_000), until=140_000)
    stage.reach(24 * hour)
    assert len(stage.desk.state.alerts) == 3  # with the feed that fell silent
    stage.reach(26 * hour)
    assert sorted(a.rule for a in stage.desk.state.alerts.values()) == ["feed-silent", "stop"]


def test_why_leads_from_a_task_to_the_row_the_rule_read():
    stage = Stage()
    stage.play(event("firing", "leak", "a", 0, facts={"cargo.un_number": "1017"}), until=10_000)
    (run,) = stage.desk.state.runs.values()
    stage.play(command(kinds.START_RUN, run.id, 11_000), until=20_000)
    picture = picture_of(stage.desk, no_positions())
    rules = {c.rule.id: c.rule for c in RULES}
    chain = why(picture, picture.runs[0].tasks[0].id, rules=rules)
    assert chain["kind"] == "task"
    cause = chain["caused_by"]["caused_by"][0]
    assert (cause["rule"], cause["facts"]["cargo.un_number"]) == ("leak", "1017")
    assert jurisdiction_of(stage.desk.state, picture.runs[0].tasks[0].id) == "370102"
    assert why(picture, "nothing", rules=rules)["kind"] == "unknown"
