"""Attachments: up to an incident of one's own, down to who sees it, never run by a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ops_center.adapters.blobs import Blobs
from ops_center.api.attachments import Attachments
from ops_center.api.sniff import media_type
from ops_center.domain.alert import Mark
from ops_center.domain.incident import Attachment
from ops_center.picture import Picture
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over
from tests.wall.test_access import signed_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


class Attaching(FakeStation):
    """A station whose incidents hold what was attached."""

    def live(self) -> Picture:
        picture = super().live()
        given = [one for _, one in self.commands if one.kind == "incident.attach"]
        return replace(
            picture,
            incidents=tuple(
                replace(
                    incident,
                    attachments=tuple(
                        Attachment(**one.args, mark=Mark(by="x", post="y", at_ms=1))
                        for one in given
                        if one.target == incident.id
                    ),
                )
                for incident in picture.incidents
            ),
        )


@pytest.fixture
def station() -> Attaching:
    return Attaching(stepping=False)


@pytest.fixture
def client(station: Attaching, tmp_path: Path) -> Iterator[TestClient]:
    def pages(hub: object) -> list[object]:
        return Attachments(hub=hub, blobs=Blobs(tmp_path / "blobs")).routes()

    with TestClient(app_over(station, pages=pages), base_url="http://testserver") as client:
        yield client


def up(
    client: TestClient, body: bytes = PNG, *, to: str = "incident-1", name: str = "现场.png", n: int = 1, **headers: str
):
    given = {"X-CSRFToken": client.cookies.get("_csrf_token", ""), **headers}
    path = f"/api/incidents/{to}/attachments"
    return client.post(path, params={"name": name, "command": f"command-{n:032x}"}, content=body, headers=given)


def test_a_picture_goes_up_and_comes_down_as_a_file_to_be_saved(client: TestClient, station: Attaching) -> None:
    signed_in(client, "officer")
    answer = up(client)
    assert answer.status_code == 202
    digest = sha256(PNG).hexdigest()
    (told,) = [command for _, command in station.commands]
    assert (told.kind, told.target, told.actor.name) == ("incident.attach", "incident-1", "王磊")
    assert told.args == {"sha256": digest, "name": "现场.png", "media_type": "image/png", "size": len(PNG)}
    back = client.get(f"/api/incidents/incident-1/attachments/{digest}")
    assert back.content == PNG
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.png"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-type"] == "image/png"


def test_it_is_behind_the_same_guard_as_every_command(client: TestClient, station: Attaching) -> None:
    assert up(client).status_code == 401
    signed_in(client, "officer")
    assert up(client, **{"X-CSRFToken": "wrong"}).status_code == 403
    assert up(client, Origin="https://evil.example").status_code == 403
    client.cookies.clear()
    signed_in(client, "viewer")
    assert up(client).status_code == 403
    client.cookies.clear()
    signed_in(client, "county")
    assert up(client, to="incident-2").status_code == 404
    assert up(client, to="incident-1").status_code == 202
    assert len(station.commands) == 1


def test_a_file_is_seen_only_through_an_incident_one_sees(client: TestClient) -> None:
    signed_in(client, "officer")
    up(client, to="incident-2")
    digest = sha256(PNG).hexdigest()
    assert client.get(f"/api/incidents/incident-1/attachments/{digest}").status_code == 404
    assert client.get("/api/incidents/incident-2/attachments/../../x").status_code in (200, 404)
    client.cookies.clear()
    signed_in(client, "county")
    assert client.get(f"/api/incidents/incident-2/attachments/{digest}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "is empty"),
        (b"<html><script>alert(1)</script>", 415, "media_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "media_type"),
        (b"MZ\x90\0", 415, "media_type"),
        (b"\x7fELF", 415, "media_type"),
        (b"#!/bin/sh\n", 415, "media_type"),
    ],
)
def test_what_is_empty_or_could_be_run_is_refused(
    client: TestClient, station: Attaching, body: bytes, status: int, reason: str
) -> None:
    signed_in(client, "officer")
    answer = up(client, body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert station.commands == []


def test_too_much_is_refused_before_and_while_it_comes(client: TestClient) -> None:
    signed_in(client, "officer")
    assert up(client, b"x" * 20_000_001).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(22):
            yield b"x" * 1_000_000

    headers = {"X-CSRFToken": client.cookies["_csrf_token"]}
    query = {"name": "a.txt", "command": f"command-{5:032x}"}
    answer = client.post("/api/incidents/incident-1/attachments", params=query, content=endless(), headers=headers)
    assert answer.status_code in (400, 413)
    assert client.post("/api/command", content=b"x" * 300_000, headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\\b\\c.txt", "c.txt"),
        ('x"\r\n.txt', "x.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_a_name_is_cut_to_what_a_file_name_holds(client: TestClient, station: Attaching, given: str, kept: str) -> None:
    signed_in(client, "officer")
    up(client, b"text", name=given)
    assert station.commands[-1][1].args["name"] == kept


@pytest.mark.parametrize(
    "query", [{"name": "a.txt"}, {"command": f"command-{1:032x}"}, {"name": "..", "command": f"command-{1:032x}"}]
)
def test_an_upload_without_name_or_id_is_malformed(client: TestClient, query: dict[str, str]) -> None:
    signed_in(client, "officer")
    headers = {"X-CSRFToken": client.cookies["_csrf_token"]}
    assert (
        client.post("/api/incidents/incident-1/attachments", params=query, content=b"x", headers=headers).status_code
        == 400
    )


def test_a_client_cannot_attach_a_hash_it_never_had(client: TestClient) -> None:
    signed_in(client, "officer")
    body = {"id": f"command-{9:032x}", "kind": "incident.attach", "target": "incident-1", "args": {"sha256": "0" * 64}}
    answer = client.post("/api/command", json=body, headers={"X-CSRFToken": client.cookies["_csrf_token"]})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04\x14", "application/zip"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        ("值班记录".encode(), "text/plain"),
        ("值班记录".encode("gb18030"), ""),
        (b"\0\0\0\0", ""),
    ],
)
def test_a_file_is_told_by_its_bytes(head: bytes, kind: str) -> None:
    assert media_type(head) == kind
