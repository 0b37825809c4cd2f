"""Crews and leased desks over one journal in memory: joins, leaves and deaths change no result."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ops_center.adapters.journal_leased import LeasedJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.journal_silent import SilentJournal
from ops_center.adapters.snapshots_file import MemorySnapshots
from ops_center.bootstrap import Setup, make_loop, topics
from ops_center.bootstrap.parts import make_desk, make_worker
from ops_center.desk.views import picture_of
from ops_center.pipeline.crew import Crew
from ops_center.pipeline.filled import fill_journal
from ops_center.pipeline.following import Following, PastDesk
from ops_center.pipeline.leased import LeasedDesk
from ops_center.pipeline.results import outputs_of
from ops_center.pipeline.tracks import NOWHERE, Followed, positions_at
from ops_center.ports import LEASE, POSITION
from ops_center.wire import epoch_of
from ops_center.worker.announced import Announced
from tests.paths import data
from tests.production.fakes import Group, Place
from tests.scenarios import slices
from tests.scenarios.living import setup_of

PARTITIONS = 4
AFTER_MS = 1_300_000


@dataclass(slots=True)
class Stage:
    """One journal, and everybody who works on it."""

    setup: Setup
    journal: MemoryJournal
    snapshots: MemorySnapshots = field(default_factory=MemorySnapshots)
    workers: Group = field(default_factory=lambda: Group(PARTITIONS))
    desks: Group = field(default_factory=lambda: Group(1))
    now_s: float = 0.0

    def elapsed(self) -> float:
        return self.now_s

    def crew(self) -> Crew:
        announced = Announced(self.setup.world, self.journal)
        return Crew(
            journal=self.journal,
            snapshots=self.snapshots,
            membership=self.workers.join(),
            make_worker=lambda partition: make_worker(
                self.setup, self.journal, partition, hold=True, announced=announced
            ),
            elapsed=self.elapsed,
        )

    def desk(self, name: str) -> LeasedDesk:
        return LeasedDesk(
            journal=self.journal,
            snapshots=self.snapshots,
            membership=self.desks.join(),
            name=name,
            make_desk=lambda epoch: make_desk(self.setup, LeasedJournal(self.journal, epoch)),
            elapsed=self.elapsed,
        )

    def settle(self, crews: list[Crew], desks: list[LeasedDesk]) -> None:
        """Move everybody until nobody moves."""
        while moved(*crews, *desks):
            self.now_s += 0.5

    def die(self, one: Crew | LeasedDesk) -> None:
        assert isinstance(one.membership, Place)
        one.membership.group.vanish(one.membership)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> tuple[Setup, MemoryJournal, str]:
    scenario = slices.write("jinan", tmp_path_factory.mktemp("jinan"), data())
    made = setup_of(scenario)
    inputs = MemoryJournal(topics(PARTITIONS))
    fill_journal(
        inputs,
        [(made.content.feeds[name], path) for name, path in scenario.inputs],
        rows_per_block=20,
        after_ms=AFTER_MS,
    )
    embedded = copied(inputs)
    loop = make_loop(made, embedded, hold=True)
    loop.run()
    digest = picture_of(loop.desk, loop.positions(), early=False).digest()
    assert loop.desk.state.alerts
    return made, inputs, digest


def moved(*roles: Crew | LeasedDesk) -> bool:
    """Move everybody once, nobody is spared by another's having moved."""
    steps = [one.step() for one in roles]
    return any(steps)


def copied(inputs: MemoryJournal) -> MemoryJournal:
    journal = MemoryJournal({**topics(PARTITIONS), LEASE: 1, POSITION: PARTITIONS})
    for topic in ("input", "command"):
        for partition in range(inputs.partitions(topic)):
            records = inputs.read(topic, partition, 0, 1_000_000)
            journal.append(topic, partition, [record.value for record in records])
    return journal


def test_separate_roles_decide_what_the_embedded_loop_decides(setup: tuple[Setup, MemoryJournal, str]) -> None:
    made, inputs, digest = setup
    stage = Stage(made, copied(inputs))
    crews, desk = [stage.crew() for _ in range(3)], stage.desk("a")
    stage.settle(crews, [desk])
    assert desk.active is not None
    assert picture_of(desk.active.desk, NOWHERE, early=False).digest() == digest


@pytest.mark.parametrize("seed", range(4))
def test_joins_leaves_and_deaths_of_workers_and_desks_change_no_result(
    setup: tuple[Setup, MemoryJournal, str], seed: int
) -> None:
    made, inputs, digest = setup
    stage = Stage(made, copied(inputs))
    chance = np.random.default_rng(seed)
    crews, desks = [stage.crew(), stage.crew()], [stage.desk("a"), stage.desk("b")]
    follower = Following(
        desk=make_desk(made, SilentJournal(stage.journal)), tracks=Followed(SilentJournal(stage.journal))
    )
    names = iter(range(1_000))
    for _ in range(60):
        for _ in range(int(chance.integers(1, 12))):
            moved(*crews, *desks)
            stage.now_s += float(chance.uniform(0, 2))
            follower.step()
        match int(chance.integers(5)):
            case 0:
                stage.die(crews.pop(0))
                crews.append(stage.crew())
            case 1:
                crews.append(stage.crew())
            case 2 if len(crews) > 1:
                crews.pop(0).close()
            case 3:
                stage.die(desks.pop(0))
                desks.append(stage.desk(f"d{next(names)}"))
            case _:
                desks.pop(0).close()
                desks.append(stage.desk(f"d{next(names)}"))
    stage.settle(crews, desks)
    while follower.step():
        pass
    active = next(one.active for one in desks if one.active is not None)
    assert active.epoch > 3
    assert picture_of(active.desk, NOWHERE, early=False).digest() == digest
    shown = follower.picture()
    assert shown.digest() == digest
    assert shown.alerts == picture_of(active.desk, NOWHERE, early=True).alerts
    last = outputs_of(stage.journal)
    assert {alert.id for alert in shown.alerts} <= {alert.id for alert in last.alerts}
    epochs = [epoch_of(record.value) for record in stage.journal.read("output", 0, 0, 1_000_000)]
    assert epochs == sorted(epochs)
    assert epochs[0] > 0


def test_the_past_from_what_workers_said_is_the_past_that_was_shown(setup: tuple[Setup, MemoryJournal, str]) -> None:
    made, inputs, _ = setup
    stage = Stage(made, copied(inputs))
    crews, desk = [stage.crew()], stage.desk("a")
    seen: dict[int, tuple[str, tuple[str, ...]]] = {}
    while moved(*crews, desk):
        stage.now_s += 1.0
        if desk.active is not None and desk.active.desk.progress_ms:
            picture = picture_of(desk.active.desk, NOWHERE, early=False)
            seen[picture.at_ms] = (picture.digest(), tuple(alert.id for alert in picture.alerts))
    past = PastDesk(
        journal=stage.journal,
        snapshots=stage.snapshots,
        make_desk=lambda: make_desk(made, SilentJournal(stage.journal)),
    )
    chance = np.random.default_rng(7)
    instants = chance.choice(sorted(seen), min(40, len(seen)), replace=False).tolist()
    assert len({seen[at] for at in instants}) > 3
    for at_ms in instants:
        assert past.at(at_ms).digest() == seen[at_ms][0], f"at {at_ms}"
    final = Followed(stage.journal)
    while final.step():
        pass
    whole = positions_at(stage.journal, max(seen))
    assert whole.subjects == final.positions().subjects != ()
    assert (whole.event_ms == final.positions().event_ms).all()
