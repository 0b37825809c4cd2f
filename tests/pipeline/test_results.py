"""What a journal's output comes to."""

from __future__ import annotations

from ops_center.domain import command as kinds
from ops_center.pipeline.results import outputs_of
from tests.desk.stage import STOP, Stage, command, event


def test_outputs_are_found_among_everything_else_a_desk_writes_out() -> None:
    stage = Stage()
    stage.play(
        event("firing", STOP.id, "a", 0),
        command(kinds.SIGN_ON, "", 1_000, post="duty-1"),
        until=10_000,
    )
    assert stage.desk.state.shifts
    assert [alert.rule for alert in outputs_of(stage.journal).alerts] == ["stop"]
