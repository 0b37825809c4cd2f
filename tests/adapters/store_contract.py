"""The contract of every store: what SQLite and PostGIS must both do, run unchanged against each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Thread

import numpy as np
import psycopg
import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.crs import e7
from gis.geodesy import distance_mm
from ops_center.adapters import store_partitions
from ops_center.adapters.store_engine import go_back, migrate, open_engine, ours
from ops_center.adapters.store_models import AlertRow, Base
from ops_center.adapters.store_offsets import OutOfPlace, Stretch, stored_offset
from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_rows import clean
from ops_center.adapters.store_sql import SqlStore, open_store
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.track_rows import TrackRows
from ops_center.columns import Codes
from ops_center.desk import alerts
from ops_center.desk.handling import acknowledge
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import START_RUN
from ops_center.domain.errors import StaleEpoch
from ops_center.domain.incident import Incident, Place, Response
from ops_center.domain.resource import Dispatch, DispatchState, Resource, ResourceKind, ResourceState
from ops_center.domain.scales import AlertClass, ResponseLevel, Role, WarningColour
from ops_center.domain.shift import Shift
from ops_center.domain.text import Text
from ops_center.domain.warning import CapTerms, PublicWarning, WarningRevision, WarningState
from ops_center.domain.world import HazardRevision
from ops_center.ports import Box, Search
from tests.desk.stage import DAY, STOP, Stage, command, event

LI = Mark(by="li", post="desk-1", at_ms=DAY + 5_000)
ALL = Search(jurisdiction=None)
HOUR = store_partitions.HOUR_MS
WEST_OF_JINAN = shapely.box(116.0, 36.0, 117.0, 37.0)


def alert(subject: str, at: int = 0, *, lon: float = 117.0, lat: float = 36.6, county: str = "370102") -> Alert:
    made = alerts.fire(
        None, event("firing", "stop", subject, at, facts={"admin.county": county}), STOP, deployment="370000"
    )
    return replace(made, lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7))


def incident(name: str, *, county: str, lon: float = 117.0, lat: float = 36.6, also: Sequence[str] = ()) -> Incident:
    return Incident(
        id=f"incident-{name}",
        number=f"{county}-20190811-{name}",
        kind="leak",
        title=Text("泄漏", "Leak"),
        place=Place(lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7)),
        jurisdiction=county,
        opened_ms=DAY,
        opened_by="c",
        responses=tuple(Response(jurisdiction=code, level=ResponseLevel.III, started=LI) for code in also),
    )


def tracks(*rows: tuple[str, int, float, float], feed: str = "gps", county: str | None = "370102") -> TrackRows:
    n = len(rows)
    return TrackRows(
        feed=feed,
        subject=Codes.of([subject for subject, _, _, _ in rows]),
        event_ms=np.asarray([DAY + at for _, at, _, _ in rows], np.int64),
        stamp_ms=np.asarray([DAY + at + 500 for _, at, _, _ in rows], np.int64),
        lon_e7=e7(np.asarray([lon for _, _, lon, _ in rows], np.float64)),
        lat_e7=e7(np.asarray([lat for _, _, _, lat in rows], np.float64)),
        speed_kph=np.asarray([np.nan if n % 3 == 2 else 10.5 * n for n in range(n)], np.float32),
        heading_deg=np.asarray([np.nan if n % 2 else 90.0 for n in range(n)], np.float32),
        county=Codes.of([county] * n),
    )


def stretch(first: int, following: int, *, consumer: str = "positions") -> Stretch:
    return Stretch(consumer=consumer, topic="input", partition=0, first=first, following=following)


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with Session(engine) as session:
        return [tuple(row) for row in session.execute(text(statement))]


def change(engine: Engine, statement: str) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(statement)


class StoreContract:
    """A class of tests inherits this and gives `url`: the address of an empty database."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = open_store(url)
        yield store
        store.engine.dispose()

    @pytest.fixture
    def reads(self, store: SqlStore) -> StoreReads:
        return StoreReads(store.engine)

    # Alerts, incidents, runs

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

    # Where, whose, when

    def test_alerts_are_found_by_jurisdiction_openness_box_and_time(self, store, reads):
        closed = acknowledge(alerts.resolve(alert("c", lat=36.9), at_ms=DAY + 1, resolution="cleared"), LI)
        store.put([alert("a"), alert("b", 60_000, lon=120.4, lat=36.1, county="370202"), closed], epoch=1)

        def found(*, open_only: bool = False, jurisdiction: str | None = None, **more: object) -> list[str]:
            search = Search(jurisdiction=jurisdiction, **more)
            return sorted(a.subject for a in reads.alerts(search, open_only=open_only))

        assert found() == found(jurisdiction="370000") == ["a", "b", "c"]
        assert found(jurisdiction="370100") == found(jurisdiction="370102") == ["a", "c"]
        assert found(jurisdiction="370100", open_only=True) == ["a"]
        assert found(box=(116.5, 36.5, 117.5, 36.7)) == ["a"]
        assert found(box=(117.0, 36.6, 117.0, 36.6)) == ["a"]
        assert found(jurisdiction="110000") == found(jurisdiction="") == found(jurisdiction="%") == []
        assert found(from_ms=DAY + 60_000) == ["b"]
        assert found(to_ms=DAY + 59_999) == ["a", "c"]

    def test_a_box_over_the_antimeridian_holds_both_its_sides(self, store, reads):
        store.put([alert("east", lon=179.5), alert("west", lon=-179.5), alert("far", lon=0.0)], epoch=1)
        found = reads.alerts(replace(ALL, box=(179.0, 30.0, -179.0, 40.0)))
        assert sorted(one.subject for one in found) == ["east", "west"]

    def test_records_are_never_listed_and_rules_on_trial_only_for_those_who_ask(self, store, reads):
        trial, record = replace(alert("t"), shadow=True), replace(alert("r"), alert_class=AlertClass.RECORD)
        store.put([alert("a"), trial, record], epoch=1)
        assert sorted(one.subject for one in reads.alerts(ALL)) == ["a", "t"]
        assert [one.subject for one in reads.alerts(ALL, trials=False)] == ["a"]

    def test_pages_follow_one_another_without_gap_or_repetition(self, store, reads):
        store.put([alert(f"v{n}") for n in range(25)], epoch=1)
        seen: list[str] = []
        while page := reads.alerts(replace(ALL, limit=10, after=seen[-1] if seen else "")):
            seen += [one.id for one in page]
        assert seen == sorted(alert(f"v{n}").id for n in range(25))

    def test_an_incident_is_found_by_its_place_and_by_the_jurisdictions_that_respond(self, store, reads):
        here, there = (
            incident("1", county="370102", also=("370202", "371300")),
            incident("2", county="370634", lon=120.7),
        )
        store.put([here, there], epoch=1)

        def found(jurisdiction: str | None, box: Box | None = None) -> list[str]:
            return [one.id[-1] for one in reads.incidents(Search(jurisdiction=jurisdiction, box=box))]

        assert found(None) == found("370000") == ["1", "2"]
        assert found("370102") == found("370200") == found("371300") == ["1"]
        assert found("370203") == found("") == []
        assert found(None, (120.0, 36.0, 121.0, 37.0)) == ["2"]

    def test_each_revision_of_a_hazard_is_kept_and_the_newest_is_found_by_its_area(self, store, reads):
        ring = [[117.0, 36.0], [118.0, 36.0], [118.0, 37.0], [117.0, 36.0]]
        first = HazardRevision(
            id="w", revision="1", kind="warning", issued_ms=DAY, area={"type": "Polygon", "coordinates": [ring]}
        )
        moved = [[120.0, 36.0], [121.0, 36.0], [121.0, 37.0], [120.0, 36.0]]
        second = replace(first, revision="2", issued_ms=DAY + 1, area={"type": "Polygon", "coordinates": [moved]})
        quake = HazardRevision(
            id="q", revision="1", kind="quake", issued_ms=DAY, lon_e7=1_170_000_000, lat_e7=360_000_000
        )
        store.put_hazards([second, quake, first], epoch=1)
        store.put_hazards([first], epoch=1)
        assert rows(store.engine, "SELECT id, revision FROM hazards ORDER BY id, revision") == [
            ("q", "1"),
            ("w", "1"),
            ("w", "2"),
        ]
        assert reads.hazards() == [quake, second]
        assert reads.hazards(box=(116.0, 35.0, 118.0, 37.0)) == [quake]
        assert reads.hazards(shape="POINT (120.6 36.3)") == [second]
        assert reads.hazards(shape="POINT (120.2 36.9)") == []  # in the area's box, not in the area

    def test_a_missing_place_is_null_in_and_null_out(self, store, reads):
        store.put([replace(alert("a"), lon_e7=None, lat_e7=None)], epoch=1)
        assert rows(store.engine, "SELECT count(*) FROM alerts WHERE place IS NULL") == [(1,)]
        assert reads.alerts(replace(ALL, box=(-180, -90, 180, 90))) == []

    def test_resources_dispatches_warnings_and_shifts_come_back_by_place_and_jurisdiction(self, store, reads):
        team = Resource(
            id="teams/7",
            kind=ResourceKind.TEAM,
            name=Text("消防", "Fire"),
            capability=("foam",),
            jurisdiction="370102",
            lon_e7=1_170_000_000,
            lat_e7=366_000_000,
        )
        sent = Dispatch(
            id="dispatch-1",
            incident="i",
            resource=team.id,
            capability="foam",
            jurisdiction="370202",
            lon_e7=1_204_000_000,
            lat_e7=361_000_000,
            marks=((DispatchState.REQUESTED, LI),),
        )
        ring = [[117.0, 36.0], [118.0, 36.0], [118.0, 37.0], [117.0, 36.0]]
        draft = WarningRevision(
            number=1,
            colour=WarningColour.RED,
            event_code="11B01",
            event=Text("大风", "Gale"),
            terms=CapTerms(category=("Met",), urgency="Expected", severity="Severe", certainty="Likely"),
            headline=Text("大风", "Gale"),
            description=Text("", ""),
            instruction=Text("", ""),
            onset_ms=DAY,
            expires_ms=DAY + 1,
            drafted=LI,
            area={"type": "Polygon", "coordinates": [ring]},
        )
        warning = PublicWarning(
            id="warning-1", incident="i", template="gale", jurisdiction="370102", revisions=(draft,)
        )
        shift = Shift(id="shift-1", post="1", person="li", role=Role.DUTY_OFFICER, jurisdiction="370102", began=LI)
        things = [team, sent, warning, shift]
        store.put(things, epoch=1)
        every = (reads.resources, reads.dispatches, reads.warnings, reads.shifts)
        assert [one for of in every for one in of(ALL)] == things
        jinan = Search(jurisdiction="370100", box=(116.9, 36.5, 117.9, 36.7))
        assert [one for of in every for one in of(jinan)] == [team, warning, shift]
        assert [one for of in every for one in of(Search(jurisdiction="", to_ms=DAY))] == []
        assert reads.warnings(replace(ALL, box=(117.0, 36.8, 117.1, 36.9))) == []  # beside the triangle
        published = replace(draft, state=WarningState.PUBLISHED, published=LI)
        store.put([replace(warning, revisions=(published,)), replace(team, state=ResourceState.ASSIGNED)], epoch=1)
        assert rows(store.engine, "SELECT state FROM resources") == [("assigned",)]
        assert [bool(row[0]) for row in rows(store.engine, "SELECT in_force FROM warnings")] == [True]

    # Positions

    def test_positions_and_their_offset_are_one_transaction(self, store, reads):
        kept = TrackStore(store.engine)
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) is None
        kept.write([tracks(("a", 0, 117.0, 36.6), ("b", 1, 117.3, 36.6))], stretch=stretch(0, 7))
        change(store.engine, "ALTER TABLE positions RENAME TO away")  # so that the last part of a write fails
        with pytest.raises((DBAPIError, psycopg.Error), match="positions"):
            kept.write([tracks(("c", 2, 117.0, 36.6))], stretch=stretch(7, 9))
        change(store.engine, "ALTER TABLE away RENAME TO positions")
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) == 7
        assert [one.subject for one in reads.positions(ALL)] == ["a", "b"]
        assert rows(store.engine, "SELECT count(*) FROM tracks") == [(2,)]

    def test_a_writer_that_stands_elsewhere_than_the_store_writes_nothing(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 7))
        for wrong in (stretch(0, 7), stretch(0, 9), stretch(6, 9), stretch(8, 9)):
            with pytest.raises(OutOfPlace):
                kept.write([tracks(("a", 0, 117.0, 36.6))], stretch=wrong)
        assert rows(store.engine, "SELECT count(*) FROM tracks") == [(1,)]
        kept.write([], stretch=stretch(7, 9))
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) == 9

    def test_every_value_of_a_position_comes_back(self, store, reads):
        given = tracks(*((f"v{'x' * n}", n * 1_000, 117.0 + n / 7, 36.0 + n / 9) for n in range(12)))
        odd = replace(tracks(("v", 5, -0.0000001, -45.5), feed="f2", county=None), subject=Codes.of(["鲁A12345"]))
        TrackStore(store.engine).write([given, odd], stretch=stretch(0, 1))
        for row in range(12):
            subject = given.subject.text(row)
            (one,) = reads.track(feed="gps", subject=subject, from_ms=DAY, to_ms=DAY + HOUR)
            assert one == reads.position(feed="gps", subject=subject)
            assert (one.event_ms, one.jurisdiction) == (DAY + row * 1_000, "370102")
            assert (one.lon, one.lat) == (given.lon_e7[row] / 1e7, given.lat_e7[row] / 1e7)
            assert one.speed_kph == (None if row % 3 == 2 else 10.5 * row)
            assert one.heading_deg == (None if row % 2 else 90.0)
        last = reads.position(feed="f2", subject="鲁A12345")
        assert (last.jurisdiction, last.lon, last.lat) == (None, -0.0000001, -45.5)

    def test_a_late_position_joins_the_track_but_does_not_become_the_last_one(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write(
            [tracks(("a", 10, 117.0, 36.6), ("a", 30, 117.2, 36.6), ("a", 20, 117.1, 36.6))], stretch=stretch(0, 1)
        )
        kept.write([tracks(("a", 25, 117.15, 36.6))], stretch=stretch(1, 2))
        last = reads.position(feed="gps", subject="a")
        assert (last.event_ms, last.lon) == (DAY + 30, 117.2)
        track = reads.track(feed="gps", subject="a", from_ms=DAY, to_ms=DAY + 30)
        assert [one.event_ms - DAY for one in track] == [10, 20, 25]

    def test_one_subject_key_in_two_feeds_is_two_subjects(self, store, reads):
        one, other = tracks(("a", 0, 117.0, 36.6)), tracks(("a", 1, 120.0, 36.0), feed="radar")
        TrackStore(store.engine).write([one, other], stretch=stretch(0, 1))
        assert [(p.feed, p.lon) for p in reads.positions(ALL)] == [("gps", 117.0), ("radar", 120.0)]
        first = reads.positions(replace(ALL, limit=1))
        assert [p.feed for p in reads.positions(replace(ALL, after=f"{first[0].subject}\n{first[0].feed}"))] == [
            "radar"
        ]

    def test_positions_are_found_by_box_jurisdiction_and_distance(self, store, reads):
        rng = np.random.default_rng(5)
        lon, lat = rng.uniform(116.5, 117.5, 300), rng.uniform(36.2, 37.0, 300)
        placed = [(f"v{n:03d}", n, float(a), float(b)) for n, (a, b) in enumerate(zip(lon, lat, strict=True))]
        far = tracks(("far", 0, 120.4, 36.1), ("nowhere", 0, 125.0, 36.1), county="370202")
        TrackStore(store.engine).write(
            [tracks(*placed), replace(far, county=Codes(np.asarray([0, -1], np.int32), ("370202",)))],
            stretch=stretch(0, 1),
        )
        box = (116.8, 36.4, 117.1, 36.7)
        inside = [s for s, _, a, b in placed if box[0] <= a <= box[2] and box[1] <= b <= box[3]]
        assert [one.subject for one in reads.positions(replace(ALL, box=box))] == inside
        assert len(reads.positions(Search(jurisdiction="370100"))) == 300
        assert [one.subject for one in reads.positions(Search(jurisdiction="370200"))] == ["far"]
        assert len(reads.positions(ALL)) == 302
        here = (e7(np.full(300, 117.0)), e7(np.full(300, 36.6)))
        away = distance_mm(*here, e7(lon), e7(lat))
        wanted = sorted((int(mm), s) for mm, (s, _, _, _) in zip(away, placed, strict=True) if mm <= 15_000_000)
        found = reads.near(lon=117.0, lat=36.6, within_m=15_000)
        assert [(mm, one.subject) for one, mm in found] == wanted
        assert len(wanted) > 10
        assert [one.subject for one, _ in reads.near(lon=117.0, lat=36.6, within_m=15_000, limit=3)] == [
            s for _, s in wanted[:3]
        ]

    def test_hours_that_are_too_old_go_and_the_others_stay(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write([tracks(*(("a", n * HOUR, 117.0, 36.6) for n in range(6)))], stretch=stretch(0, 1))
        store_partitions.keep(store.engine, now_ms=DAY + 5 * HOUR + 60_000, keep_ms=2 * HOUR)
        left = reads.track(feed="gps", subject="a", from_ms=0, to_ms=DAY + 10 * HOUR)
        assert [(one.event_ms - DAY) // HOUR for one in left][-2:] == [4, 5]
        assert len(left) in (2, 3)  # an hour goes when the whole of it is too old
        assert reads.position(feed="gps", subject="a").event_ms == DAY + 5 * HOUR
        kept.write([tracks(("a", 4 * HOUR + 7, 117.0, 36.6))], stretch=stretch(1, 2))
        assert len(reads.track(feed="gps", subject="a", from_ms=DAY + 4 * HOUR, to_ms=DAY + 5 * HOUR)) == 2

    # Schema

    def test_the_migrated_schema_is_the_models_schema(self, store):
        TrackStore(store.engine).write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 1))
        store_partitions.keep(store.engine, now_ms=DAY + 5 * HOUR, keep_ms=90 * HOUR)
        with store.engine.connect() as connection:
            options = {"compare_type": self.compares_types, "include_object": ours}
            context = MigrationContext.configure(connection, opts=options)
            found = compare_metadata(context, Base.metadata)
            assert found == [], found
            assert {"place", "body", "is_open"} <= {c["name"] for c in inspect(connection).get_columns("alerts")}

    compares_types = True

    def test_migrations_run_down_to_nothing_and_up_again(self, store, reads):
        store.put([alert("a")], epoch=1)
        go_back(store.engine, "0001")
        assert rows(store.engine, "SELECT subject FROM alerts") == [("a",)]
        migrate(store.engine)
        assert [one.subject for one in reads.alerts(ALL)] == ["a"]
        go_back(store.engine, "base")
        left = set(inspect(store.engine).get_table_names()) & set(Base.metadata.tables)
        assert left == set()
        migrate(store.engine)
        assert reads.alerts(ALL) == []

    def test_what_the_second_migration_adds_is_filled_from_what_is_there(self, store, reads):
        store.put(
            [replace(alert("a"), shadow=True), alert("b"), incident("1", county="370102", also=("370202",))], epoch=1
        )
        go_back(store.engine, "0001")
        migrate(store.engine)
        assert [one.subject for one in reads.alerts(ALL, trials=False)] == ["b"]
        assert [one.id for one in reads.incidents(Search(jurisdiction="370200"))] == ["incident-1"]

    def test_a_store_opened_again_keeps_what_it_had_and_its_schema(self, url, store):
        store.put([alert("a")], epoch=1)
        store.engine.dispose()
        again = open_store(url)
        assert [one.subject for one in StoreReads(again.engine).alerts(ALL)] == ["a"]
        again.engine.dispose()

    def test_several_processes_may_open_an_empty_store_at_once(self, url):
        failed: list[Exception] = []

        def begin() -> None:
            try:
                engine = open_engine(url)
                migrate(engine)
                engine.dispose()
            except (DBAPIError, CommandError) as error:
                failed.append(error)

        starters = [Thread(target=begin) for _ in range(3)]
        for one in starters:
            one.start()
        for one in starters:
            one.join(60)
        assert failed == []


def _plain(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
