"""One incident from its alarm to its evidence, through the real service: shift, warning, outbox, file, report, bundle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from rich.console import Console

from ops_center.adapters.access import User
from ops_center.adapters.evidence import verify
from ops_center.cli.main import cli
from ops_center.demo.run import Exercise, prepare_exercise
from ops_center.demo.script import MINUTE_MS, STARTS_MS
from ops_center.domain.command import Command
from ops_center.domain.ids import make_id
from ops_center.domain.scales import AlertClass, Role
from ops_center.domain.shift import ShiftState
from ops_center.domain.warning import WarningState
from streams.decoders.cap12 import Cap12
from tests.waiting import until

pytestmark = pytest.mark.slow
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))

OTHERS = (
    User(name="far", post="far", role=Role.COMMANDER, jurisdiction="510000"),
    User(name="looker", post="looker", role=Role.VIEWER, jurisdiction="370000"),
)


class Officers:
    """Gives commands to a running service as its people do, and waits for the decision."""

    def __init__(self, exercise: Exercise) -> None:
        self.service = exercise.service
        for name, role in (("li", Role.DUTY_OFFICER), ("sun", Role.COMMANDER), ("zhao", Role.COMMANDER)):
            self.service.accounts.add(User(name=name, post="duty-1", role=role, jurisdiction="370000"))

    def give(self, name: str, verb: str, target: str = "", /, **args: object) -> None:
        command = Command(
            id=make_id("command", name, verb, target, json.dumps(args, sort_keys=True)),
            kind=verb,
            target=target,
            actor=self.service.accounts.users[name].actor,
            args=args,
        )
        receipt = self.service.station.submit(command)
        assert receipt.accepted, receipt.reason
        until(lambda: any(one["command"] == command.id for one in self.picture.results))
        (result,) = [one for one in self.picture.results if one["command"] == command.id]
        assert result["accepted"], result["reason"]

    @property
    def picture(self):
        return self.service.station.live()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Play the case once; yield what it left behind, the service stopped."""
    folder = tmp_path_factory.mktemp("case")
    opens_ms = STARTS_MS + 77 * MINUTE_MS  # a terminal has raised its emergency alarm by then
    exercise = prepare_exercise(
        port=0, folder=folder, speed=5.0, opens_ms=opens_ms, vehicles=40, console=Console(quiet=True)
    )
    exercise.start()
    try:
        yield played(exercise, folder)
    finally:
        exercise.stop()


def played(exercise: Exercise, folder: Path) -> dict[str, object]:
    officers = Officers(exercise)
    base = f"http://127.0.0.1:{exercise.service.port}"

    def alarms():
        return [
            one
            for one in officers.picture.alerts
            if one.alert_class is AlertClass.ALARM and one.feed == "dg-vehicles" and one.lon_e7
        ]

    until(lambda: bool(alarms()), "an alarm", within_s=240.0)
    alarm = alarms()[0]
    officers.give("li", "shift.sign_on", post="duty-1")
    until(lambda: any(alarm.id in one.alerts for one in officers.picture.incidents))  # its rule opens one
    incident = next(one for one in officers.picture.incidents if alarm.id in one.alerts)
    officers.give("li", "incident.verify", incident.id)
    officers.give("li", "warning.draft", incident.id, template="hazmat_leak", colour="red", buffer_m=2_000)
    warning = officers.picture.warnings[0]
    officers.give("sun", "warning.approve", warning.id, edits=0)
    officers.give("zhao", "warning.approve", warning.id, edits=0)
    issuer = {"zh": "演练指挥部", "en": "Exercise command"}
    officers.give("li", "warning.publish", warning.id, issuer=issuer, web="")
    until(lambda: all(state == "sent" for _, state in officers.picture.warnings[0].last.deliveries))
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        client.get(exercise.service.link())
        uploaded = client.post(
            f"/api/incidents/{incident.id}/attachments",
            params={"name": "现场.png", "command": f"command-{7:032x}"},
            content=PNG,
            headers={"X-CSRFToken": client.cookies["_csrf_token"]},
        )
        assert uploaded.status_code == 202, uploaded.text
        until(lambda: any(one.id == incident.id and one.attachments for one in officers.picture.incidents))
        report = client.get(f"/api/incidents/{incident.id}/report.pdf")
        back = client.get(f"/api/incidents/{incident.id}/attachments/{sha256(PNG).hexdigest()}")
        outbox = client.get("/api/outbox").json()["messages"]
        taken = client.get(f"/api/incidents/{incident.id}/evidence.zip")
        (shift,) = [one for one in officers.picture.shifts if one.state is ShiftState.ON_DUTY]
        handover = client.get(f"/api/shifts/{shift.id}/handover").json()
    refused = {}
    for user in OTHERS:
        exercise.service.accounts.add(user)
        with httpx.Client(base_url=base, trust_env=False, timeout=60) as other:
            other.get(f"/enter?token={exercise.service.accounts.link(user.name)}")
            refused[user.name] = other.get(f"/api/incidents/{incident.id}/evidence.zip").status_code
    with httpx.Client(base_url=base, trust_env=False) as anybody:
        feed = anybody.get("/public/warnings.atom")
        link = Cap12().links_of(feed.content)[0]
        message = anybody.get(link)
    officers.give("li", "shift.sign_off", shift.id, remarks="平稳")
    found = officers.picture
    exercise.stop()
    return {
        "folder": folder, "alarm": alarm, "incident": incident, "warning": found.warnings[0], "report": report,
        "taken": taken, "refused": refused, "back": back, "outbox": outbox, "handover": handover, "feed": feed, "message": message,
        "shift": next(one for one in found.shifts if one.id == shift.id),
        "number": next(one.number for one in found.incidents if one.id == incident.id),
    }  # fmt: skip


def ops(*args: str):
    return CliRunner().invoke(cli, list(args), catch_exceptions=False)


def test_the_warning_is_out_as_an_exercise_and_nowhere_else(case) -> None:
    assert case["warning"].last.state is WarningState.PUBLISHED
    found = Cap12().describe(case["message"].content)
    assert found["ok"]
    assert found["header"]["status"] == "Exercise"
    assert found["header"]["infos"][0]["headline"].startswith("【演练】")
    sent = [json.loads(line) for line in (case["folder"] / "outbox.jsonl").read_bytes().splitlines()]
    assert {one["recipient"] for one in sent} >= {"broadcasters", "schools", "health_commission"}
    assert all(one["text"].startswith("【演练】") for one in sent)
    names = [path.name for path in (case["folder"] / "outbox").iterdir()]
    assert names == [f"{case['warning'].last.identifier}.xml"]
    assert (case["folder"] / "outbox" / names[0]).read_bytes() == case["message"].content


def test_the_outbox_page_shows_each_message_with_its_tries(case) -> None:
    mine = [row for row in case["outbox"] if row["target"] == case["warning"].id]
    assert {row["recipient"] for row in mine} == {"broadcasters", "schools", "health_commission"}
    assert {(row["state"], len(row["tries"]), row["tries"][0]["channel"]) for row in mine} == {("sent", 1, "outbox")}


def test_the_hand_over_names_the_incident_and_the_shift_ends_with_what_is_owed(case) -> None:
    assert case["incident"].id in {one["id"] for one in case["handover"]["owed"]}
    assert case["incident"].id in case["shift"].owed
    assert case["shift"].remarks == "平稳"


def test_the_report_and_the_file_come_back(case) -> None:
    assert case["report"].content.startswith(b"%PDF-")
    assert case["back"].content == PNG


def test_the_bundle_holds_all_that_belongs_and_one_command_verifies_it(case, tmp_path: Path) -> None:
    out = tmp_path / "evidence.zip"
    made = ops("evidence", case["number"], "--folder", str(case["folder"]), "--out", str(out))
    assert made.exit_code == 0, made.output
    assert ops("verify", str(out)).exit_code == 0
    with zipfile.ZipFile(out) as archive:
        names = set(archive.namelist())
        read = {name: archive.read(name) for name in names}
    alarm, warning = case["alarm"], case["warning"]
    rule = f"rules/{alarm.rule}@{alarm.last.rule_version}.json"
    assert {rule, f"warnings/{warning.last.identifier}.xml", f"attachments/{sha256(PNG).hexdigest()}"} <= names
    assert json.loads(read["incident.json"])["number"] == case["number"]
    assert json.loads(read["chain.json"])["whole"] is True
    envelopes = [json.loads(line) for line in read["envelopes.jsonl"].splitlines()]
    assert envelopes
    assert {one["feed"] for one in envelopes} == {"dg-vehicles"}
    assert all(sha256(bytes.fromhex(one["bytes"])).hexdigest() == one["sha256"] for one in envelopes)
    assert any(one["stamp_ms"] <= alarm.last.started_ms for one in envelopes)
    kinds = [json.loads(line)["kind"] for line in read["audit.jsonl"].splitlines()]
    assert kinds.count("warning.approve") == 2
    assert {"incident.verify", "warning.publish", "incident.attach", "notify.delivery"} <= set(kinds)
    commands = {json.loads(line)["kind"] for line in read["commands.jsonl"].splitlines()}
    assert {"incident.verify", "warning.draft", "warning.publish"} <= commands
    tries = [json.loads(line) for line in read["deliveries.jsonl"].splitlines()]
    assert {"broadcasters", "schools", "health_commission"} <= {one["recipient"] for one in tries}


def test_the_bundle_that_the_screen_offers_verifies_and_tells_who_took_it(case, tmp_path: Path) -> None:
    out = tmp_path / "evidence.zip"
    out.write_bytes(case["taken"].content)
    verdict = ops("verify", str(out))
    assert (verdict.exit_code, case["number"] in verdict.output) == (0, True)
    with zipfile.ZipFile(out) as archive:
        taken = [json.loads(line) for line in archive.read("audit.jsonl").splitlines()]
        assert json.loads(archive.read("incident.json"))["number"] == case["number"]
        assert archive.read("envelopes.jsonl")
    assert [(one["actor"], one["allowed"]) for one in taken if one["kind"] == "take.evidence"] == [("duty", True)]
    assert case["refused"] == {"far": 404, "looker": 403}
    assert ops("verify", str(case["folder"] / "audit.jsonl")).exit_code == 0


def test_a_changed_bundle_is_refused_with_exit_code_1(case, tmp_path: Path) -> None:
    out = tmp_path / "evidence.zip"
    ops("evidence", case["incident"].id, "--folder", str(case["folder"]), "--out", str(out))
    raw = bytearray(out.read_bytes())
    for at in range(0, len(raw), max(1, len(raw) // 40)):
        changed = tmp_path / "changed.zip"
        changed.write_bytes(raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :])
        assert not verify(changed).ok
    result = ops("verify", str(changed))
    assert result.exit_code == 1
    assert "FAIL" in result.output


def test_the_audit_chain_is_verified_by_the_same_command(case, tmp_path: Path) -> None:
    audit = case["folder"] / "audit.jsonl"
    whole = ops("verify", str(audit), "--json")
    assert (whole.exit_code, json.loads(whole.stdout)["ok"]) == (0, True)
    forged = tmp_path / "audit.jsonl"
    forged.write_text(audit.read_text().replace('"actor":"zhao"', '"actor":"sun"', 1))
    assert ops("verify", str(forged)).exit_code == 1


def test_a_report_is_written_from_the_folder_in_either_form_and_for_a_past_instant(case, tmp_path: Path) -> None:
    folder = str(case["folder"])
    for name in ("r.html", "r.pdf"):
        out = tmp_path / name
        made = ops("report", case["number"], "--folder", folder, "--out", str(out), "--lang", "en")
        assert made.exit_code == 0, made.output
    assert "Call to verified" in (tmp_path / "r.html").read_text()
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    for at, reason in (
        ("2019-08-11T08:30:00+08:00", "no incident"),
        ("2019-08-10T00:00:00+08:00", "before the journal"),
    ):
        early = ops("report", case["number"], "--folder", folder, "--out", str(tmp_path / "x.pdf"), "--at", at)
        assert early.exit_code == 3
        assert reason in early.stderr
    assert ops("report", "x", "--folder", folder, "--out", str(tmp_path / "x.doc")).exit_code == 3
