"""What states show: nothing of a feed that has no subjects yet, last positions otherwise."""

from __future__ import annotations

from ops_center.worker.picture import positions_of, why_not
from ops_center.worker.state import State
from tests.worker.scene import T0, before, feed


def test_a_feed_without_subjects_shows_nothing() -> None:
    town = before(feed())
    states = {feed().id: State(feed().id)}
    assert positions_of(states, town, None).subjects == ()
    assert positions_of(states, town, T0).subjects == ()
    assert why_not(states, town, "fast", "v0") is None
