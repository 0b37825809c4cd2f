"""Live with a fake clock, arrivals permuted, replay and seeks agree (issue 3, Must show 4)."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest

from ops_center.adapters.snapshots_file import MemorySnapshots
from ops_center.bootstrap import make_loop, make_replayer, picture_at, replayed
from ops_center.picture import Picture
from ops_center.pipeline.loop import Loop
from tests.paths import data
from tests.scenarios import slices, taxis
from tests.scenarios.content import Scenario
from tests.scenarios.living import Sent, live, messages_of, setup_of

SNAPSHOT_MS = 600_000
SEEKS = 100
MINUTE_MS = 60_000
LATEST_MS = 2_000  # the feeds' delay


def seen_by(loop: Loop) -> Picture:
    return picture_at(loop, loop.progress_ms, replay=False, early=False)


@pytest.mark.parametrize("name", ["taxis", "loops", "jinan"])
def test_replay_of_a_live_run_has_its_digest(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    scenario = slices.write(name, tmp_path_factory.mktemp(name), data())
    setup = setup_of(scenario)
    loop, journal = live(setup, messages_of(scenario, setup))
    again = make_loop(setup, replayed(journal), hold=True)
    again.run()
    assert seen_by(loop).alerts
    assert seen_by(again).digest() == seen_by(loop).digest()


def late(messages: list[Sent], *, feed: str, seed: int) -> list[Sent]:
    """Return the messages of a feed later by chance, each subject's in their order, all within its delay."""
    chance = np.random.default_rng(seed)
    last: dict[str, int] = {}
    found = []
    for sent in messages:
        if sent.feed == feed:
            stamp = max(sent.stamp_ms + int(chance.integers(0, LATEST_MS)), last.get(sent.subject, 0))
            last[sent.subject] = stamp
            sent = replace(sent, stamp_ms=stamp)
        found.append(sent)
    return sorted(found, key=lambda one: one.stamp_ms)


def decided(picture: Picture) -> tuple[object, ...]:
    """Return what must agree: a feed's silence goes by arrival and stands outside the promise (ORDER 24)."""
    alerts = tuple(alert for alert in picture.alerts if alert.rule != "feed-silent")
    return alerts, picture.incidents, picture.runs


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_arrivals_permuted_within_the_delay_give_the_same_digest(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario: Scenario = slices.write("jinan", tmp_path_factory.mktemp("jinan"), data())
    setup = setup_of(scenario)
    sent = messages_of(scenario, setup)
    shuffled = late(sent, feed="dg-vehicles", seed=seed)
    assert [s.content for s in shuffled] != [s.content for s in sent]
    first, other = (decided(seen_by(live(setup, messages)[0])) for messages in (sent, shuffled))
    assert first[0]
    assert first == other


def test_a_hundred_random_seeks_over_a_day_have_the_digests_the_live_views_had(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("day")
    scenario = taxis.write(folder, taxis.cut(taxis.read(data()), hours=24, cabs=12))
    setup = setup_of(scenario)
    snapshots = MemorySnapshots()
    views: dict[int, str] = {}
    saved_ms = looked_ms = 0

    def look(loop: Loop) -> None:
        nonlocal saved_ms, looked_ms
        if loop.progress_ms // MINUTE_MS > looked_ms // MINUTE_MS:
            looked_ms = loop.progress_ms
            views[looked_ms] = seen_by(loop).digest()
        if loop.progress_ms - saved_ms >= SNAPSHOT_MS:
            loop.save(snapshots)
            saved_ms = loop.progress_ms

    _, journal = live(setup, messages_of(scenario, setup), seen=look)
    replayer = make_replayer(setup, journal, snapshots)
    instants = np.random.default_rng(20190811).choice(sorted(views), SEEKS, replace=False)
    took: list[float] = []
    for at_ms in instants.tolist():
        began = perf_counter()
        found = replayer.at(at_ms).digest()
        took.append(perf_counter() - began)
        assert found == views[at_ms], f"at {at_ms}"
    assert len({views[at] for at in instants.tolist()}) > 20
    with capsys.disabled():
        print(f"\nseek: median {np.median(took):.3f} s, longest {max(took):.3f} s of {SEEKS}")
