"""The story goes through everything a kill could spoil, to its end, and always in the same way."""

from __future__ import annotations

from ops_center.domain.alert import Alert
from ops_center.domain.resource import Dispatch, DispatchState
from ops_center.domain.run import PlaybookRun, RunState
from ops_center.domain.warning import PublicWarning, WarningState
from tests.faults.account import intents_of, last_words
from tests.faults.story import VEHICLES, Story


def test_every_message_is_answered_every_unit_arrives_and_every_run_ends(story: Story) -> None:
    things = last_words(story.journal).values()
    runs = [one for one in things if isinstance(one, PlaybookRun)]
    warnings = [one for one in things if isinstance(one, PublicWarning)]
    fates = {fate for run in runs for task in run.tasks for _, fate in task.deliveries}
    fates |= {fate for warning in warnings for _, fate in warning.last.deliveries}
    assert fates == {"receipted"}
    assert len(intents_of(story.journal)) > 10
    assert {run.state for run in runs} == {RunState.FINISHED}
    assert {warning.last.state for warning in warnings} == {WarningState.PUBLISHED}
    assert {one.state for one in things if isinstance(one, Dispatch)} == {DispatchState.ON_SCENE}


def test_every_vehicle_falls_silent_once_when_it_has_arrived_and_never_before(story: Story) -> None:
    alerts = [one for one in last_words(story.journal).values() if isinstance(one, Alert) and one.rule == "silent"]
    assert len({alert.subject for alert in alerts}) == VEHICLES
    assert [len(alert.occurrences) for alert in alerts] == [1] * VEHICLES
