"""The contract of `ports.Snapshots`, with pruning; every adapter's test file runs it against its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ops_center.ports import Snapshots


class Prunable(Snapshots, Protocol):
    """Snapshots whose times can be listed and thinned out, as every adapter's can."""

    def times(self, name: str) -> Sequence[int]: ...
    def prune(self, name: str, *, keep_every_ms: int, keep_last: int) -> int: ...


Make = Callable[[], Prunable]


class SnapshotsContract:
    """Subclass it and give a fixture `make` that returns fresh, empty snapshots."""

    def test_the_newest_at_or_before_a_time_is_returned(self, make: Make) -> None:
        snapshots = make()
        assert snapshots.latest("loop") is None
        for at in (1_000, 30_000, 2_000):
            snapshots.save("loop", at, b"state at %d" % at)
        snapshots.save("worker/3", 9_000, b"another")
        assert snapshots.latest("loop") == (30_000, b"state at 30000")
        assert snapshots.latest("loop", not_after_ms=29_999) == (2_000, b"state at 2000")
        assert snapshots.latest("loop", not_after_ms=999) is None
        assert snapshots.latest("worker/3") == (9_000, b"another")

    def test_a_snapshot_of_the_same_time_replaces_the_older_one(self, make: Make) -> None:
        snapshots = make()
        snapshots.save("loop", 5, b"one")
        snapshots.save("loop", 5, b"two")
        assert (snapshots.latest("loop"), list(snapshots.times("loop"))) == ((5, b"two"), [5])

    def test_pruning_keeps_the_newest_and_the_first_of_each_span(self, make: Make) -> None:
        snapshots = make()
        for at in range(0, 100, 10):
            snapshots.save("loop", at, b"s")
        assert snapshots.prune("loop", keep_every_ms=50, keep_last=3) == 5
        assert list(snapshots.times("loop")) == [0, 50, 70, 80, 90]
        assert snapshots.latest("loop", not_after_ms=65) == (50, b"s")

    def test_names_that_begin_alike_do_not_mix(self, make: Make) -> None:
        snapshots = make()
        snapshots.save("worker/1", 5, b"one")
        snapshots.save("worker", 7, b"all")
        snapshots.save("worker/10", 9, b"ten")
        assert [snapshots.latest(name) for name in ("worker", "worker/1", "worker/10")] == [
            (7, b"all"),
            (5, b"one"),
            (9, b"ten"),
        ]
