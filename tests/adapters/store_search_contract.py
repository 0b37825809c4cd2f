"""How a store finds what it holds: by place, jurisdiction and time."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import alerts
from ops_center.desk.handling import acknowledge
from ops_center.domain.resource import Dispatch, DispatchState, Resource, ResourceKind, ResourceState
from ops_center.domain.scales import AlertClass, Role, WarningColour
from ops_center.domain.shift import Shift
from ops_center.domain.text import Text
from ops_center.domain.warning import CapTerms, PublicWarning, WarningRevision, WarningState
from ops_center.domain.world import HazardRevision
from ops_center.ports import Box, Search
from tests.adapters.store_things import ALL, LI, alert, incident, rows
from tests.desk.stage import DAY


class FindsThings:
    """A part of the contract of every store."""

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
