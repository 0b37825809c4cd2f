"""Evidence over HTTP: as far as the report goes and no farther; every taking and every refusal is audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ops_center.adapters.access import Guard
from ops_center.adapters.access_matrix import READS
from ops_center.adapters.audit import Audit, verify
from ops_center.api.evidence import Evidence
from ops_center.api.masking import UNMASKED
from ops_center.domain.errors import SetupError
from tests.wall.desk_pages import desk_pages
from tests.wall.fake_people import PEOPLE
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over
from tests.wall.test_access import signed_in


class Bundler:
    """Makes a bundle of one incident and has no other."""

    def bundle(self, identity: str) -> bytes:
        if identity != "incident-1":
            raise SetupError("no such incident", setting=identity)
        return b"PK bundle of " + identity.encode()


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    audit = Audit(path=tmp_path / "audit.jsonl", clock=FakeStation().clock)
    audit.open()
    return audit


@pytest.fixture
def client(audit: Audit) -> Iterator[TestClient]:
    def pages(hub):
        return [*desk_pages(hub), *Evidence(hub=hub, bundler=Bundler(), warden=Guard(audit)).routes()]

    with TestClient(app_over(FakeStation(stepping=False), pages=pages), base_url="http://testserver") as client:
        yield client


def test_a_bundle_is_saved_under_the_spoken_number_and_its_taking_is_audited(client: TestClient, audit: Audit) -> None:
    signed_in(client, "officer")
    answer = client.get("/api/incidents/incident-1/evidence.zip")
    assert answer.content == b"PK bundle of incident-1"
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith("''370102-20190811-001-evidence.zip")
    (line,) = audit.path.read_text().splitlines()
    assert '"kind":"take.evidence"' in line
    assert '"target":"incident-1"' in line
    assert '"allowed":true' in line
    assert verify(audit.path).broken_at is None


@pytest.mark.parametrize("incident", ["incident-1", "incident-2"])
@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_whoever_may_read_the_report_may_take_the_evidence_and_nobody_else(
    client: TestClient, audit: Audit, name: str, incident: str
) -> None:
    signed_in(client, name)
    report = client.get(f"/api/incidents/{incident}/report.html").status_code
    taken = client.get(f"/api/incidents/{incident}/evidence.zip").status_code
    # This bundler has no second bundle: 503 stands for the one that would have been made.
    assert taken == (503 if (report, incident) == (200, "incident-2") else report)
    assert len(audit.path.read_text().splitlines()) == 1


def test_an_incident_that_is_not_there_is_unknown(client: TestClient, audit: Audit) -> None:
    signed_in(client, "officer")
    assert client.get("/api/incidents/incident-9/evidence.zip").status_code == 404
    assert audit.path.read_text() == ""


def test_roles_that_read_names_are_those_that_take_evidence() -> None:
    assert READS["evidence"] == UNMASKED


def test_nobody_anonymous_takes_anything(client: TestClient, audit: Audit) -> None:
    assert client.get("/api/incidents/incident-1/evidence.zip").status_code == 401
    assert audit.path.read_text() == ""
