"""Intake over HTTP: suggestions as one types, where a place lies, duplicates; each cut to the scope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.wall.desk_pages import desk_pages
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over
from tests.wall.test_access import signed_in


@pytest.fixture(scope="module")
def app() -> object:
    return app_over(FakeStation(stepping=False), pages=desk_pages)


@pytest.fixture
def client(app: object) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://testserver") as found:
        yield found


def test_the_anonymous_learn_no_place(client: TestClient) -> None:
    for path in ("/api/places?q=x", "/api/place?adcode=370102", "/api/duplicates?kind=other"):
        assert client.get(path).status_code == 401


def test_suggestions_come_best_first_and_only_of_the_officers_own_jurisdiction(client: TestClient) -> None:
    signed_in(client, "officer")
    found = client.get("/api/places", params={"q": "店子"}).json()["places"]
    assert [one["id"] for one in found] == ["places/2", "places/3"]
    client.cookies.clear()
    signed_in(client, "county")
    assert client.get("/api/places", params={"q": "店子"}).json()["places"] == []
    (road,) = client.get("/api/places", params={"q": "g2"}).json()["places"]
    assert road["layer"] == "roads"  # a road is nobody's alone


def test_a_told_place_is_resolved_and_a_wrong_one_names_its_field(client: TestClient) -> None:
    signed_in(client, "county")
    found = client.get("/api/place", params={"place": "G2 K123+500"}).json()
    assert found["place"] == {
        "lon": 117.005,
        "lat": 36.6,
        "adcode": "370102",
        "road": "G2",
        "stake": "K123+500",
        "text": "",
    }
    assert found["inside"]
    assert not client.get("/api/place", params={"lon": "120", "lat": "36"}).json()["inside"]
    wrong = client.get("/api/place", params={"lon": "east", "lat": "36"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "lon")


def test_duplicates_are_offered_with_what_an_officer_needs_to_tell_them_apart(client: TestClient) -> None:
    signed_in(client, "officer")
    query = {"kind": "hazmat_leak", "lon": "117.451", "lat": "36.62"}
    first = client.get("/api/duplicates", params=query).json()["duplicates"][0]
    assert (first["id"], first["what"], first["same_kind"]) == ("incident-1", "incident", True)
    assert first["distance_m"] < 150
    assert first["number"] == "370102-20190811-001"
    of_itself = client.get("/api/duplicates", params={"incident": "incident-1"}).json()["duplicates"]
    assert "incident-1" not in {one["id"] for one in of_itself}


def test_duplicates_of_another_county_are_told_to_nobody(client: TestClient) -> None:
    signed_in(client, "county")
    assert client.get("/api/duplicates", params={"incident": "incident-2"}).status_code == 404
    query = {"kind": "typhoon", "adcode": "370725"}
    assert client.get("/api/duplicates", params=query).json()["duplicates"] == []
