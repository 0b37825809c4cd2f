"""Access: every route and callback refuses the anonymous; posts need the token; rows stay in their jurisdiction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import open_sqlite
from ops_center.api.commands import KINDS
from ops_center.api.frames import parsed
from ops_center.domain import command as kinds
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over

OPEN = {"/healthz", "/login", "/enter"}


@pytest.fixture(scope="module")
def station() -> FakeStation:
    return FakeStation(stepping=False)


@pytest.fixture(scope="module")
def app(station: FakeStation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    store = open_sqlite(tmp_path_factory.mktemp("access") / "store.sqlite")
    yield app_over(station, stored=StoreReads(store.engine))
    store.engine.dispose()


@pytest.fixture
def anonymous(app: object) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://testserver") as client:
        yield client


def signed_in(client: TestClient, name: str) -> TestClient:
    client.get("/login")
    token = client.cookies["ops_form"]
    answer = client.post(
        "/login", data={"name": name, "password": name[::-1], "form_token": token}, follow_redirects=False
    )
    assert answer.status_code == 303
    return client


def post(client: TestClient, body: object, **headers: str) -> object:
    return client.post("/api/command", json=body, headers={"X-CSRFToken": client.cookies["_csrf_token"], **headers})


def command(kind: str, target: str, *, n: int = 1, **more: object) -> dict[str, object]:
    return {"id": f"command-{n:032x}", "kind": kind, "target": target, **more}


def routes(app: object) -> list[tuple[str, str]]:
    found = []
    for route in app.app.routes:
        if isinstance(route, Route):
            path = route.path.replace("{key}", "x").replace("{layer}", "counties").replace("{name:path}", "wall.js")
            path = path.replace("{collection}", "alerts").replace("{feature}", "x")
            found += [(method, path) for method in sorted(route.methods - {"HEAD"})]
        elif isinstance(route, Mount):
            flask = route.app.app.app  # inside the compression, a2wsgi keeps the WSGI application
            for rule in flask.url_map.iter_rules():
                path = (
                    rule.rule.replace("<path:path>", "x")
                    .replace("<string:package_name>", "dash")
                    .replace("<path:fingerprinted_path>", "x.js")
                )
                found += [(method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def test_no_route_and_no_callback_answers_the_anonymous(app: object, anonymous: TestClient) -> None:
    listed = routes(app)
    assert ("POST", "/_dash-update-component") in listed
    assert ("GET", "/_dash-layout") in listed
    assert len(listed) > 20
    assert sum(path.startswith("/ogc") for _, path in listed) == 7
    for method, path in listed:
        if path in OPEN:
            continue
        assert anonymous.request(method, path, follow_redirects=False).status_code == 401, (method, path)


def test_a_browser_without_a_session_is_led_to_the_sign_in_page(anonymous: TestClient) -> None:
    answer = anonymous.get("/", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_every_socket_refuses_the_anonymous_and_the_foreign_page(app: object, anonymous: TestClient) -> None:
    sockets = [route.path for route in app.app.routes if isinstance(route, WebSocketRoute)]
    assert sockets == ["/live"]
    with (
        pytest.raises(WebSocketDisconnect),
        anonymous.websocket_connect("/live", headers={"Origin": "http://testserver"}),
    ):
        pass
    signed_in(anonymous, "officer")
    with (
        pytest.raises(WebSocketDisconnect),
        anonymous.websocket_connect("/live", headers={"Origin": "http://evil.test"}),
    ):
        pass


def test_the_live_socket_sends_the_picture_to_a_signed_in_officer(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    with anonymous.websocket_connect("/live", headers={"Origin": "http://testserver"}) as socket:
        sent = {head.get("ch", head["k"]) for head, _ in parsed(socket.receive_bytes())}
    assert {"bundle", "mode", "alerts", "vehicles", "head"} <= sent


def test_a_link_opens_the_door_once(anonymous: TestClient) -> None:
    assert anonymous.get("/enter?token=token-viewer-0", follow_redirects=False).status_code == 303
    anonymous.cookies.clear()
    assert anonymous.get("/enter?token=token-viewer-0", follow_redirects=False).status_code == 401


def test_wrong_passwords_are_refused_and_then_made_to_wait(anonymous: TestClient) -> None:
    anonymous.get("/login")
    token = anonymous.cookies["ops_form"]
    answers = []
    for _ in range(7):
        answer = anonymous.post("/login", data={"name": "nobody", "password": "x", "form_token": token})
        answers.append(answer.status_code)
        token = anonymous.cookies["ops_form"]
    assert answers == [401] * 5 + [429] * 2


def test_the_sign_in_form_needs_its_own_token(anonymous: TestClient) -> None:
    anonymous.get("/login")
    assert (
        anonymous.post("/login", data={"name": "officer", "password": "reciffo", "form_token": "x"}).status_code == 403
    )


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(anonymous: TestClient) -> None:
    anonymous.get("/login")
    answer = anonymous.post(
        "/login",
        data={"name": "officer", "password": "reciffo", "form_token": anonymous.cookies["ops_form"]},
        follow_redirects=False,
    )
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("ops_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_posts_without_the_token_or_from_another_origin_are_refused(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    body = command("alert.acknowledge", "alert-0002")
    assert anonymous.post("/api/command", json=body).status_code == 403
    assert post(anonymous, body, Origin="http://evil.test").status_code == 403
    assert anonymous.post("/_dash-update-component", json={}).status_code == 403


def test_a_forged_or_ended_session_is_anonymous(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    cookie = anonymous.cookies["ops_session"]
    assert anonymous.post("/logout", headers={"X-CSRFToken": anonymous.cookies["_csrf_token"]}).status_code == 200
    anonymous.cookies.clear()
    for value in (cookie, cookie[:-2] + "xx", "x.y"):
        assert anonymous.get("/api/session", headers={"Cookie": f"ops_session={value}"}).status_code == 401


def test_bodies_above_the_limit_are_refused(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    big = command("alert.acknowledge", "alert-0002", args={"x": "y" * 300_000})
    assert post(anonymous, big).status_code == 413


def test_the_policy_allows_no_eval_and_no_other_origin(anonymous: TestClient) -> None:
    policy = signed_in(anonymous, "officer").get("/").headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "http:" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_health_tells_no_content(anonymous: TestClient) -> None:
    answer = anonymous.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "lag_s"}


def test_a_viewer_commands_nothing_and_sees_no_plate(anonymous: TestClient) -> None:
    signed_in(anonymous, "viewer")
    assert post(anonymous, command("alert.acknowledge", "alert-0002")).status_code == 403
    for path in (
        "/api/alerts",
        "/api/incidents",
        "/api/tasks",
        "/api/why?id=alert-0002",
        "/api/why?id=incident-1",
        "/api/dead-letters",
    ):
        text = anonymous.get(path).text
        assert "鲁O000" not in text, path
        assert "13000000" not in text, path
        assert "10000000000" not in text, path
        assert "测试驾驶员" not in text, path


def test_an_officer_reads_the_plate_and_never_the_terminal_number(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    text = anonymous.get("/api/alerts").text
    assert "鲁O00026" in text
    assert "13000000026" not in text


@pytest.mark.parametrize("path", ["/api/alerts", "/api/incidents", "/api/tasks", "/api/feeds", "/api/dead-letters"])
def test_lists_hold_no_row_of_another_county(anonymous: TestClient, path: str) -> None:
    rows = signed_in(anonymous, "county").get(path).json()
    text = json.dumps(rows, ensure_ascii=False)
    assert "370725" not in text
    assert all(
        row.get("jurisdiction", "370102") in ("370102", "") for row in rows.get("alerts", rows.get("incidents", []))
    )


def test_things_of_another_county_can_be_neither_asked_about_nor_commanded(anonymous: TestClient) -> None:
    signed_in(anonymous, "county")
    for target, kind in (("incident-2", "incident.close"), ("run-2", "run.start"), ("alert-0002", "alert.acknowledge")):
        assert anonymous.get(f"/api/why?id={target}").status_code == 404, target
        assert post(anonymous, command(kind, target)).status_code == 404, target
    assert (
        post(anonymous, command("incident.open", "", args={"kind": "typhoon", "adcode": "370725"})).status_code == 403
    )
    assert post(anonymous, command("incident.link", "incident-1", args={"alert": "alert-0002"})).status_code == 404


def test_a_command_carries_the_session_s_person_whatever_the_body_says(
    anonymous: TestClient, station: FakeStation
) -> None:
    signed_in(anonymous, "officer")
    assert post(anonymous, command("alert.claim", "alert-0002", n=7)).status_code == 202
    assert post(anonymous, {**command("alert.claim", "alert-0002", n=8), "actor": {"name": "x"}}).status_code == 400
    assert station.commands[-1][1].actor.name == "王磊"
    assert station.commands[-1][1].id == f"command-{7:032x}"


@pytest.mark.parametrize(
    "body", [{}, [], {"id": "x", "kind": "alert.acknowledge"}, {"id": "command-" + "0" * 32, "kind": "content.load"}]
)
def test_malformed_and_inner_commands_are_refused(anonymous: TestClient, body: object) -> None:
    assert post(signed_in(anonymous, "officer"), body).status_code == 400


def test_a_screen_in_replay_commands_nothing(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    with anonymous.websocket_connect("/live", headers={"Origin": "http://testserver"}) as socket:
        screen = next(head["screen"] for head, _ in parsed(socket.receive_bytes()) if head["k"] == "mode")
        socket.send_text(json.dumps({"ack": 1, "replay": {"at_ms": 1_565_470_000_000}}))
        while not any(head["k"] == "mode" and head["replay"] for head, _ in parsed(socket.receive_bytes())):
            pass
        assert post(anonymous, command("alert.acknowledge", "alert-0002", screen=screen)).status_code == 409


def test_a_vehicle_is_told_by_its_screen_key_inside_the_scope_only(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    alert = next(one for one in anonymous.get("/api/alerts").json()["alerts"] if one["jurisdiction"] != "370102")
    vehicle = anonymous.get(f"/api/vehicles/{alert['subject']}").json()
    assert vehicle["labels"]["vehicle.plate"].startswith("鲁O")
    anonymous.cookies.clear()
    signed_in(anonymous, "county")
    assert anonymous.get(f"/api/vehicles/{alert['subject']}").status_code == 404


def test_layers_are_told_apart_by_their_hash(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    first = anonymous.get("/layers/counties.geojson")
    assert first.json()["type"] == "FeatureCollection"
    assert (
        anonymous.get("/layers/counties.geojson", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    )
    assert anonymous.get("/layers/typhoon-circles.geojson").status_code == 404


# What each family of commands is tried on: (inside 370102, outside it). A new family needs a row here,
# and the fake station something of that kind in either county.
TARGETS = {
    "incident": ("incident-1", "incident-2"),
    "run": ("run-1", "run-2"),
    "task": ("task-0", None),
    "notify": ("task-0", None),
}


def targets_of(kind: str, station: FakeStation) -> tuple[str, str | None]:
    family = kind.partition(".")[0]
    picture = station.live()
    if family == "alert":
        inside = next(one.id for one in picture.alerts if one.jurisdiction == "370102")
        return inside, next(one.id for one in picture.alerts if one.jurisdiction == "370725")
    things = {
        "dispatch": picture.dispatches,
        "resource": picture.resources,
        "warning": picture.warnings,
        "shift": picture.shifts,
    }
    if kind in (kinds.DISPATCH, kinds.WARNING_DRAFT):
        return TARGETS["incident"]
    if kind == kinds.SIGN_ON or family not in things:
        return TARGETS.get(family, ("", None))
    found = {one.jurisdiction: one.id for one in things[family]}
    return found.get("370102", "nothing-inside"), found.get("370725", "nothing-outside")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_command_is_taken_from_officers_inside_their_jurisdiction_only(
    app: object, station: FakeStation, kind: str
) -> None:
    inside, outside = targets_of(kind, station)
    number = 1_000 + sorted(KINDS).index(kind) * 10

    def answer(name: str, target: str, n: int) -> int:
        with TestClient(app, base_url="http://testserver") as client:
            signed_in(client, name)
            body = command(kind, target, n=number + n, args={"kind": "typhoon"})
            return post(client, body).status_code

    assert answer("viewer", inside, 1) == 403
    if inside != "nothing-inside":  # the fake picture has none of it yet
        assert answer("county", inside, 2) == 202
        assert station.commands[-1][1].actor.name == "孙悦"
    if outside is not None:
        assert answer("county", outside, 3) == 404


@pytest.mark.parametrize("name", sorted({"alert", "incident", "parent", "into"}))
def test_a_thing_of_another_county_cannot_be_named_in_an_argument_either(anonymous: TestClient, name: str) -> None:
    signed_in(anonymous, "county")
    body = command("incident.link", "incident-1", n=4_000, args={name: "incident-2"})
    assert post(anonymous, body).status_code == 404


def test_units_and_recommendations_stay_inside_the_jurisdiction(anonymous: TestClient) -> None:
    signed_in(anonymous, "county")
    assert {one["id"] for one in anonymous.get("/api/resources").json()["resources"]} == {
        "rescue-vehicles/rv-1",
        "stocks/st-1",
        "teams/tm-1",
    }
    sent = anonymous.get("/api/dispatches").json()
    assert [one["id"] for one in sent["dispatches"]] == ["dispatch-1"]
    (unit,) = sent["units"]
    assert (unit["dispatch"], unit["reckoned"]) == ("dispatch-1", True)
    assert 117.08 < unit["lon"] < 117.12
    asked = {"incident": "incident-1", "capability": "fire"}
    assert anonymous.get("/api/recommend", params=asked).json()["candidates"] == []  # the only one is in another county
    assert anonymous.get("/api/recommend", params={**asked, "incident": "incident-2"}).status_code == 404
    signed_in(anonymous, "officer")
    (offer,) = anonymous.get("/api/recommend", params=asked).json()["candidates"]
    assert offer["resource"] == "teams/tm-2"


def test_why_tells_a_line_of_the_list_and_a_tile_by_the_scopes_own_figures(anonymous: TestClient) -> None:
    signed_in(anonymous, "county")
    groups = anonymous.get("/api/groups").json()["groups"]
    assert groups
    for group in groups:
        chain = anonymous.get(f"/api/why?id={group['id']}").json()
        assert "370725" not in json.dumps(chain)
    members = anonymous.get(f"/api/groups/{groups[0]['id']}").json()["alerts"]
    assert {one["jurisdiction"] for one in members} == {"370102"}
    assert anonymous.get("/api/groups/group-none").status_code == 404
    assert anonymous.get("/api/load").json()["tiles"]


def test_an_alarm_that_was_there_before_says_when(anonymous: TestClient) -> None:
    signed_in(anonymous, "officer")
    rows = {one["id"]: one for one in anonymous.get("/api/alerts").json()["alerts"]}
    again = next(one for one in rows.values() if one["count"] == 2)
    earlier, last = again["occurrences"]
    assert last["started_ms"] == again["started_ms"]
    assert last["started_ms"] - earlier["started_ms"] == 7_200_000
    assert earlier["condition"] == "resolved"
    assert earlier["acknowledged"]["by"] == "李敏"
    assert all("occurrences" not in one for one in rows.values() if one["count"] == 1)
