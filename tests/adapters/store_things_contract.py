"""What a store takes and gives back: alerts, incidents, runs, under the epoch of one desk."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_center.adapters.store_models import AlertRow
from ops_center.adapters.store_rows import clean
from ops_center.adapters.store_sql import SqlStore
from ops_center.adapters.store_tracks import TrackStore
from ops_center.columns import Codes
from ops_center.desk.handling import acknowledge
from ops_center.domain.command import START_RUN
from ops_center.domain.errors import StaleEpoch
from tests.adapters.store_things import ALL, LI, alert, change, rows, stretch, tracks
from tests.desk.stage import DAY, Stage, command, event


class KeepsThings:
    """A part of the contract of every store."""

    def test_what_is_put_comes_back_equal_and_putting_it_again_changes_nothing(self, store, reads):
        one = alert("a")
        store.put([one], epoch=1)
        every = "SELECT * FROM alerts ORDER BY 1", "SELECT * FROM occurrences ORDER BY 1"
        before = [list(map(_plain, rows(store.engine, of))) for of in every]
        store.put([one, one], epoch=1)
        SqlStore(store.engine).put([one], epoch=1)
        assert [list(map(_plain, rows(store.engine, of))) for of in every] == before
        assert reads.alerts(ALL) == [one]
        assert reads.alert(one.id) == one
        assert reads.alert("alert-none") is None

    def test_putting_the_whole_picture_again_writes_only_what_changed(self, store):
        first, second = alert("a"), alert("b")
        store.put([first, second], epoch=1)
        change(store.engine, "UPDATE alerts SET feed = 'touched'")
        store.put([first, acknowledge(second, LI)], epoch=1)
        assert dict(rows(store.engine, "SELECT subject, feed FROM alerts")) == {"a": "touched", "b": "gps"}

    def test_of_several_values_of_one_id_the_last_counts(self, store, reads):
        one = alert("a")
        store.put([one, acknowledge(one, LI)], epoch=1)
        (kept,) = reads.alerts(ALL)
        assert kept.last.acknowledged == LI
        assert rows(store.engine, "SELECT acknowledged_by, acknowledged_ms FROM occurrences") == [("li", DAY + 5_000)]

    def test_text_that_no_database_takes_is_stored_with_a_mark_in_its_place(self, store, reads):
        odd = replace(alert("a"), subject="x\0y")
        store.put([odd], epoch=1)
        assert rows(store.engine, "SELECT subject FROM alerts") == [("x\ufffdy",)]
        endless = "".join(chr(0x4E00 + n) for n in np.random.default_rng(1).integers(0, 20_000, 9_000))
        store.put([replace(alert("b"), subject=endless)], epoch=1)
        subject = Codes.of([clean(f"{endless[:599]}\ud800")])
        TrackStore(store.engine).write([replace(tracks(("d", 3, 117.0, 36.0)), subject=subject)], stretch=stretch(0, 1))
        assert [one.subject for one in reads.positions(ALL)] == [f"{endless[:599]}?"]

    def test_a_lower_epoch_is_refused_whole_and_a_higher_one_takes_over(self, store, reads):
        store.put([alert("a")], epoch=3)
        with pytest.raises(StaleEpoch) as refused:
            store.put([alert("b"), acknowledge(alert("a"), LI)], epoch=2)
        assert (refused.value.epoch, refused.value.held) == (2, 3)
        assert [a.subject for a in reads.alerts(ALL)] == ["a"]
        store.put([alert("b")], epoch=4)
        with pytest.raises(StaleEpoch):
            store.put_hazards([], epoch=3)

    def test_of_two_desks_that_write_at_once_the_lower_epoch_never_wins(self, store, reads):
        refused: list[StaleEpoch] = []

        def write(epoch: int) -> None:
            mine = SqlStore(store.engine)
            for n in range(30):
                try:
                    mine.put([replace(alert("a"), feed=f"{epoch}", disposition=f"{n}")], epoch=epoch)
                except StaleEpoch as error:
                    refused.append(error)
                    return

        desks = [Thread(target=write, args=(epoch,)) for epoch in (1, 2)]
        for desk in desks:
            desk.start()
        for desk in desks:
            desk.join(60)
        (kept,) = reads.alerts(ALL)
        assert (kept.feed, kept.disposition) == ("2", "29")
        assert rows(store.engine, "SELECT epoch FROM lease") == [(2,)]
        assert [error.epoch for error in refused] in ([], [1])

    def test_incidents_runs_and_tasks_of_a_desk_come_back_equal(self, store, reads):
        stage = Stage()
        stage.play(event("firing", "leak", "a", 0), until=10_000)
        (run,) = stage.desk.state.runs.values()
        stage.play(command(START_RUN, run.id, 11_000), until=20_000)
        state = stage.desk.state
        store.put([*state.alerts.values(), *state.incidents.values(), *state.runs.values()], epoch=1)
        assert list(reads.incidents(ALL)) == list(state.incidents.values())
        (incident,) = state.incidents
        assert reads.incident(incident) == state.incidents[incident]
        assert list(reads.runs(incident=incident)) == list(state.runs.values())
        assert {row[0] for row in rows(store.engine, "SELECT id FROM tasks")} == set(state.task_run)

    def test_a_reader_in_the_middle_of_its_work_neither_stops_a_writer_nor_sees_half_of_it(self, store, reads):
        store.put([alert("a")], epoch=1)
        with Session(store.engine.execution_options(isolation_level=self.snapshot)) as reader:
            assert len(list(reader.scalars(select(AlertRow.id)))) == 1
            store.put([alert("b"), alert("c")], epoch=1)
            assert len(list(reader.scalars(select(AlertRow.id)))) == 1
        assert len(reads.alerts(ALL)) == 3

    snapshot = "SERIALIZABLE"


def _plain(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
