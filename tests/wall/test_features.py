"""OGC API Features over both stores: pages, filters, jurisdictions, masks, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from starlette.testclient import TestClient

from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import SqlStore, open_store
from ops_center.adapters.store_tracks import TrackStore
from ops_center.columns import Codes
from ops_center.domain.incident import Place
from ops_center.domain.scales import AlertClass
from ops_center.domain.text import Json
from tests.adapters.store_things import alert, incident, stretch, tracks
from tests.adapters.stores import database, sqlite_url
from tests.desk.stage import DAY
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over

MINUTE = 60_000
SUBJECT = "鲁A12345"


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        url, ended = sqlite_url(tmp_path_factory.mktemp("features")), None
    else:
        ended = database(request.getfixturevalue("postgres_url"))
        url = ended.__enter__()
    store = open_store(url)
    _fill(store)
    yield store
    store.engine.dispose()
    if ended is not None:
        ended.__exit__(None, None, None)


def _fill(store: SqlStore) -> None:
    here = [alert(f"v{n}", n * MINUTE, lon=117.0 + n / 100) for n in range(25)]
    there = alert("q", 0, lon=120.4, lat=36.1, county="370202")
    hidden = [replace(alert("t"), shadow=True), replace(alert("r"), alert_class=AlertClass.RECORD)]
    nowhere = replace(incident("3", county="370202"), place=Place())
    store.put(
        [
            *here,
            there,
            *hidden,
            incident("1", county="370102"),
            incident("2", county="370202", also=("370102",)),
            nowhere,
        ],
        epoch=1,
    )
    one, other = (
        tracks((SUBJECT, 0, 117.0, 36.6), ("b", MINUTE, 117.5, 36.7)),
        tracks(("c", 0, 120.4, 36.1), county="370202"),
    )
    sea = replace(tracks(("d", 0, 123.0, 36.1)), county=Codes(np.asarray([-1], np.int32), ()))
    TrackStore(store.engine).write([one, other, replace(sea, feed="buoy")], stretch=stretch(0, 1))


@pytest.fixture(scope="module")
def app(store: SqlStore) -> object:
    return app_over(FakeStation(stepping=False), stored=StoreReads(store.engine))


@pytest.fixture
def client(app: object) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://testserver") as client:
        yield client


def signed_in(client: TestClient, name: str) -> TestClient:
    client.get("/login")
    form = {"name": name, "password": name[::-1], "form_token": client.cookies["ops_form"]}
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    return client


def items(client: TestClient, collection: str, **query: object) -> Json:
    answer = client.get(f"/ogc/collections/{collection}/items?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert body["numberReturned"] == len(body["features"])
    return body


def linked(body: Json, rel: str) -> str:
    return next(one["href"] for one in body["links"] if one["rel"] == rel)


def test_from_the_landing_page_every_link_leads_to_its_page(client: TestClient):
    signed_in(client, "officer")
    landing = client.get("/ogc").json()
    conformance = client.get(linked(landing, "conformance")).json()
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conformance["conformsTo"]
    listed = client.get(linked(landing, "data")).json()["collections"]
    assert [one["id"] for one in listed] == ["alerts", "incidents", "positions"]
    for one in listed:
        assert client.get(linked(one, "self")).json() == one
        features = client.get(linked(one, "items")).json()["features"]
        assert features
        for feature in features[:2]:
            found = client.get(f"{linked(one, 'items')}/{feature['id']}").json()
            assert {name: found[name] for name in feature} == feature
            assert linked(found, "collection") == linked(one, "self")
    api = client.get(linked(landing, "service-desc"))
    assert api.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    served = {
        route.path.replace("{collection}", "{collectionId}").replace("{feature}", "{featureId}")
        for route in client.app.app.routes
        if route.path.startswith("/ogc")
    }
    assert set(api.json()["paths"]) == served


def test_pages_by_the_next_link_hold_every_feature_once(client: TestClient):
    signed_in(client, "officer")
    for collection, number in (("alerts", 26), ("incidents", 3), ("positions", 4)):
        seen, body = [], items(client, collection, limit=3)
        for _ in range(20):
            seen += [one["id"] for one in body["features"]]
            if not any(one["rel"] == "next" for one in body["links"]):
                break
            body = client.get(linked(body, "next")).json()
        assert len(seen) == len(set(seen)) == number


def test_a_box_and_a_time_cut_what_is_shown(client: TestClient):
    signed_in(client, "officer")
    assert len(items(client, "alerts", bbox="116.99,36.5,117.035,36.7")["features"]) == 4
    assert len(items(client, "alerts", bbox="116.99,36.5,0,117.035,36.7,500")["features"]) == 4
    second = items(client, "alerts", datetime="2019-08-11T00:01:00+08:00")["features"]
    assert [one["properties"]["started_ms"] for one in second] == [DAY + MINUTE]
    assert second[0]["geometry"] == {"type": "Point", "coordinates": [117.01, 36.6]}
    assert second[0]["properties"]["datetime"] == "2019-08-10T16:01:00.000Z"
    assert len(items(client, "alerts", datetime="2019-08-11T00:20:00+08:00/..")["features"]) == 5
    assert len(items(client, "alerts", datetime="/2019-08-10T16:01:30Z")["features"]) == 3
    assert [one["geometry"] for one in items(client, "incidents")["features"]].count(None) == 1
    assert len(items(client, "incidents", bbox="-180,-90,180,90")["features"]) == 2


def test_the_limit_is_cut_to_the_most_there_may_be(client: TestClient):
    signed_in(client, "officer")
    assert len(items(client, "alerts", limit=999_999)["features"]) == 26
    assert len(items(client, "alerts", limit=1)["features"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1e3",
        "limit=²",
        "bbox=1,2,3",
        "bbox=1,2,3,nan",
        "bbox=a,b,c,d",
        "bbox=0,50,10,40",
        "bbox=0,0,181,10",
        "datetime=yesterday",
        "datetime=2019-08-11T00:00:00",
        "datetime=",
        "datetime=2019-08-12T00:00:00Z/2019-08-11T00:00:00Z",
        "colour=red",
        "bbox_crs=x",
    ],
)
def test_a_parameter_that_is_unknown_or_wrong_is_refused_by_name(client: TestClient, query: str):
    signed_in(client, "officer")
    answer = client.get(f"/ogc/collections/alerts/items?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["description"]


def test_each_sees_only_their_jurisdiction_in_lists_and_by_id(client: TestClient):
    signed_in(client, "officer")
    every = {c: {one["id"] for one in items(client, c)["features"]} for c in ("alerts", "incidents", "positions")}
    client.cookies.clear()
    signed_in(client, "county")
    mine = {c: {one["id"] for one in items(client, c)["features"]} for c in every}
    assert [len(every[c]) - len(mine[c]) for c in every] == [1, 1, 2]  # an incident that responds here is mine too
    for collection, seen in every.items():
        for identity in seen:
            status = client.get(f"/ogc/collections/{collection}/items/{identity}").status_code
            assert status == (200 if identity in mine[collection] else 404)


def test_rules_on_trial_and_records_are_not_served(client: TestClient):
    signed_in(client, "officer")
    assert len(items(client, "alerts")["features"]) == 26
    for hidden in (alert("t"), alert("r")):
        assert client.get(f"/ogc/collections/alerts/items/{hidden.id}").status_code == 404


def test_no_subject_key_leaves_the_house(client: TestClient):
    signed_in(client, "viewer")
    body = client.get("/ogc/collections/positions/items").text
    assert SUBJECT not in body


def test_unknown_collections_features_and_pages_are_told_apart(client: TestClient):
    signed_in(client, "officer")
    for path in ("/ogc/collections/vessels", "/ogc/collections/vessels/items", "/ogc/collections/alerts/items/none"):
        assert client.get(path).status_code == 404
    assert client.get("/ogc/collections/positions/items/gps.0123").status_code == 404
    assert client.get("/ogc/collections/positions/items?after=gps.0123").status_code == 400


def test_a_store_that_is_away_is_told_with_a_time_to_come_again(tmp_path: Path):
    away = open_store(sqlite_url(tmp_path))
    with away.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("DROP TABLE positions")
    with TestClient(
        app_over(FakeStation(stepping=False), stored=StoreReads(away.engine)), base_url="http://testserver"
    ) as client:
        signed_in(client, "officer")
        answer = client.get("/ogc/collections/positions/items")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "SELECT" not in answer.text
    away.engine.dispose()
