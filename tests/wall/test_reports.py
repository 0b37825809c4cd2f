"""Reports over HTTP: in the scope, for those who may read names, live or then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from ops_center.api.reports import Reports
from tests.wall.desk_pages import Printer
from tests.wall.fake_clock import NOW_MS
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over
from tests.wall.test_access import signed_in


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def client(printer: Printer) -> Iterator[TestClient]:
    app = app_over(FakeStation(stepping=False), pages=lambda hub: Reports(hub=hub, reporter=printer).routes())
    with TestClient(app, base_url="http://testserver") as client:
        yield client


def test_a_report_is_saved_under_the_spoken_number(client: TestClient) -> None:
    signed_in(client, "officer")
    answer = client.get("/api/incidents/incident-1/report.pdf?lang=en")
    assert answer.text == "incident-1 en pdf"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''370102-20190811-001-en.pdf"
    assert client.get("/api/incidents/incident-1/report.html").text == "incident-1 zh html"


@pytest.mark.parametrize("path", ["/api/incidents/incident-9/report.pdf", "/api/incidents/incident-1/report.exe",
                                  "/api/incidents/incident-1/report.pdf?at_ms=x", "/api/shifts/shift-9/log.pdf"])  # fmt: skip
def test_what_is_not_there_is_unknown(client: TestClient, path: str) -> None:
    signed_in(client, "officer")
    assert client.get(path).status_code == 404


def test_an_incident_of_another_county_is_unknown(client: TestClient) -> None:
    signed_in(client, "county")
    assert client.get("/api/incidents/incident-1/report.html").status_code == 200
    assert client.get("/api/incidents/incident-2/report.html").status_code == 404
    assert client.get("/api/shifts/shift-1/handover").status_code == 200
    assert client.get("/api/shifts/shift-2/handover").status_code == 404


def test_a_page_of_names_is_not_for_a_viewer_and_nobody_anonymous_gets_one(client: TestClient) -> None:
    assert client.get("/api/incidents/incident-1/report.html").status_code == 401
    signed_in(client, "viewer")
    assert client.get("/api/incidents/incident-1/report.html").status_code == 403
    assert client.get("/api/shifts/shift-1/log.html").status_code == 403


def test_a_past_instant_has_its_own_report(client: TestClient, printer: Printer) -> None:
    signed_in(client, "officer")
    client.get(f"/api/incidents/incident-1/report.html?at_ms={NOW_MS - 60_000}")
    assert printer.asked == [NOW_MS - 60_000]


def test_the_hand_over_is_data_late_first_and_covered_for_a_viewer(client: TestClient) -> None:
    signed_in(client, "officer")
    view = client.get("/api/shifts/shift-1/handover").json()
    assert view["shift"]["person"] == "王磊"
    assert view["owed"][0]["late"] is True
    kinds = {one["kind"] for one in view["owed"]}
    assert {"alarm", "incident", "task", "warning"} <= kinds
    assert "G2 现场来电" in str(view["changed"])
    assert client.get("/api/shifts/shift-1/log.pdf").text == "王磊 zh pdf"
    client.cookies.clear()
    signed_in(client, "viewer")
    assert "鲁O00000" not in client.get("/api/shifts/shift-1/handover").text


def test_one_who_takes_over_reads_what_is_owed_in_the_own_jurisdiction(client: TestClient) -> None:
    signed_in(client, "county")
    view = client.get("/api/handover").json()
    assert view["shift"] is None
    assert {one["incident"] for one in view["owed"] if one["kind"] == "incident"} == {"incident-1"}
    assert view["until_ms"] - view["since_ms"] == 12 * 3_600_000
    assert [one["at_ms"] for one in view["changed"]] == sorted(one["at_ms"] for one in view["changed"])
    assert client.get("/api/handover?at_ms=x").status_code == 404
    assert client.get(f"/api/handover?at_ms={NOW_MS - 600_000}").json()["until_ms"] == NOW_MS - 600_000
