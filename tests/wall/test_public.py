"""What people without an account reach: published warnings, and confirming their own receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ops_center.api.machines import with_feeds
from ops_center.api.public import Public, Receipts, told_by
from ops_center.domain.command import Command
from ops_center.domain.warning import delivery_intent
from ops_center.ports import Receipt
from playbooks.kinds import intent_id
from streams.decoders.cap12 import Cap12
from tests.wall.fake_people import DEPLOYMENT
from tests.wall.fake_station import FakeStation
from tests.wall.serving import TITLE, app_over

ATOM = {"a": "http://www.w3.org/2005/Atom"}
RECEIPTS = Receipts(b"k" * 32, base_url="https://ops.example.org")
PUBLISHED = "370000.ops-center.0123456789abcdef.1"


class Full(FakeStation):
    """A station whose disk is full."""

    def submit(self, command: Command) -> Receipt:
        return Receipt(False, command.id, "disk full")


@pytest.fixture
def station() -> FakeStation:
    return FakeStation(stepping=False)


@pytest.fixture
def client(station: FakeStation) -> TestClient:
    public = Public(station=station, receipts=RECEIPTS, deployment=DEPLOYMENT, title=TITLE)
    return TestClient(with_feeds(app_over(station), public.routes()), base_url="http://testserver")


def test_the_feed_lists_what_was_published_and_no_draft(client: TestClient) -> None:
    answer = client.get("/public/warnings.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(answer.content)
    (entry,) = root.findall("a:entry", ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == "【演练】潍坊市昌乐县台风红色预警"
    link = entry.find("a:link", ATOM).get("href")
    assert link == f"http://testserver/public/warnings/{PUBLISHED}.xml"
    message = client.get(link.removeprefix("http://testserver"))
    found = Cap12().describe(message.content)
    assert found["ok"]
    assert found["header"]["identifier"] == PUBLISHED
    assert found["header"]["status"] == "Exercise"
    again = client.get("/public/warnings.atom", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_our_own_decoder_follows_the_feed_to_its_messages(client: TestClient) -> None:
    feed = client.get("/public/warnings.atom").content
    assert Cap12().links_of(feed) == [f"http://testserver/public/warnings/{PUBLISHED}.xml"]


@pytest.mark.parametrize(
    "path", ["/public/warnings/x.xml", "/public/", "/public/warnings", "/receipt/x", "/public/../api/alerts"]
)
def test_there_is_nothing_else_to_be_had(client: TestClient, path: str) -> None:
    assert client.get(path, follow_redirects=False).status_code in (401, 404)


def test_opening_the_link_confirms_nothing_and_the_button_does_once_per_recipient(
    client: TestClient, station: FakeStation
) -> None:
    intent = delivery_intent("warning-2", 1, "broadcasters")
    path = RECEIPTS.url(intent).removeprefix("https://ops.example.org")
    shown = client.get(path)
    assert "潍坊市昌乐县台风红色预警" in shown.text
    assert station.commands == []
    for _ in range(2):
        assert "Receipt noted" in client.post(path).text
    told = [command for _, command in station.commands]
    assert {command.id for command in told} == {told[0].id}
    assert (
        told[0].kind,
        told[0].target,
        told[0].args["recipient"],
        told[0].args["status"],
        told[0].args["revision"],
    ) == (
        "notify.delivery",
        "warning-2",
        "broadcasters",
        "receipted",
        1,
    )


def test_a_task_s_recipient_confirms_the_same_way(client: TestClient, station: FakeStation) -> None:
    intent = intent_id("task-2", "fire_brigade")
    path = RECEIPTS.url(intent).removeprefix("https://ops.example.org")
    assert client.post(path).status_code == 200
    assert station.commands[-1][1].target == "task-2"


@pytest.mark.parametrize("wrong", ["0" * 32, "", "é", "x" * 500])
def test_a_token_that_is_not_the_intents_confirms_nothing(client: TestClient, station: FakeStation, wrong: str) -> None:
    intent = delivery_intent("warning-2", 1, "broadcasters")
    assert client.post(f"/receipt/{intent}/{wrong}").status_code == 404
    other = delivery_intent("warning-2", 1, "schools")
    assert client.post(f"/receipt/{intent}/{RECEIPTS.token(other)}").status_code == 404
    assert client.get(RECEIPTS.url("intent-unknown").removeprefix("https://ops.example.org")).status_code == 404
    assert station.commands == []


def test_a_receipt_that_cannot_be_journalled_is_not_thanked_for() -> None:
    public = Public(station=Full(), receipts=RECEIPTS, deployment=DEPLOYMENT, title=TITLE)
    client = TestClient(Starlette(routes=public.routes()))
    path = RECEIPTS.url(intent_id("task-2", "fire_brigade")).removeprefix("https://ops.example.org")
    assert client.post(path).status_code == 503


def test_every_answer_carries_strict_headers(client: TestClient) -> None:
    intent = delivery_intent("warning-2", 1, "broadcasters")
    for path in ("/public/warnings.atom", f"/public/warnings/{PUBLISHED}.xml", f"/receipt/{intent}/x"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_deployment_the_outside_cannot_reach_hands_out_no_links(station: FakeStation) -> None:
    assert Receipts(b"k" * 32).url("intent-1") == ""
    assert told_by(replace(station.live(), runs=(), warnings=()), "intent-1") is None
