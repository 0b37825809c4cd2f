"""The service from its deployment file: input, hot reload, restart with other content, replay, retention."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ops_center.adapters.files import replace_file
from ops_center.bootstrap.reading import ContentReads
from ops_center.bootstrap.retention import DAY_MS, LEAST_MS, Keep, keep_of
from ops_center.bootstrap.service import Service, prepare
from ops_center.cli.replaying import replay_journal
from ops_center.deployment import load_deployment
from ops_center.domain.alert import Alert
from ops_center.domain.command import ACKNOWLEDGE, Command
from ops_center.domain.ids import make_id
from tests.waiting import until

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "example"
TOKEN = "a token of this test only"
SHIPPED = EXAMPLE.parents[1] / "playbooks" / "rules" / "gas-h2s-high.yml"
RULE = "park-gas"
FILE = Path("content") / "rules" / "park-gas.yml"


def rule_of(limit_ppm: float, *, name: str = RULE, condition: str = "h2s_ppm >= $limit_ppm") -> str:
    """Return a rule of the county's own: as the shipped one, but at once and by another number."""
    text = SHIPPED.read_text(encoding="utf-8").partition("tests:")[0].replace("for: 30 s\n", "")
    text = text.replace("id: gas-h2s-high", f"id: {name}").replace("h2s_ppm >= $limit_ppm", condition)
    return text.replace("{limit_ppm: 7.0}", f"{{limit_ppm: {limit_ppm}}}")


def put(file: Path, text: str) -> None:
    """Write a rule whole: nobody reads half of it."""
    replace_file(file, text.encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example that ships, with a secret."""
    place = tmp_path_factory.mktemp("county") / "example"
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns("var", "secrets.yml"))
    (place / "secrets.yml").write_text(f'park_gas: "{TOKEN}"\n', encoding="utf-8")
    (place / FILE).write_text(rule_of(6.0), encoding="utf-8")
    return place


def started(folder: Path) -> Service:
    service = prepare(replace(load_deployment(folder / "deployment.yml"), port=0))
    service.start()
    return service


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    running = started(folder)
    yield running
    running.stop()


def push(service: Service, device: str, ppm: float) -> None:
    """Send a reading of now."""
    body = {"data": [{"deviceCode": device, "ts": service.clock.now_ms(), "h2s": ppm, "bat": 90}]}
    answer = httpx.post(
        f"http://127.0.0.1:{service.port}/ingest/park-gas",
        json=body,
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )
    assert answer.status_code < 300, answer.text


def alarms(service: Service) -> dict[str, Alert]:
    """Return decided alarms of the county's own rule by device."""
    found = service.station.loop.desk.state.alerts.values()
    return {dict(alert.group)["sensor"]: alert for alert in found if alert.rule == RULE}


def in_force(service: Service) -> str:
    return service.station.loop.desk.state.content


def test_the_example_runs_from_its_file_and_alarms_by_its_own_number(service: Service) -> None:
    push(service, "SIM-H2S-01", 6.5)  # the shipped rule begins at 7
    until(lambda: "SIM-H2S-01" in alarms(service))
    assert httpx.get(f"http://127.0.0.1:{service.port}/healthz", trust_env=False).status_code == 200


def test_a_changed_rule_takes_effect_while_running_and_keeps_acknowledgements(
    service: Service, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alert = alarms(service)["SIM-H2S-01"]
    officer = service.accounts.users["duty"].actor
    service.station.submit(Command(id=make_id("t", alert.id), kind=ACKNOWLEDGE, target=alert.id, actor=officer))
    until(lambda: alarms(service)["SIM-H2S-01"].last.acknowledged is not None)
    before = in_force(service)
    with caplog.at_level(logging.INFO):
        put(folder / FILE, rule_of(20.0))
        until(lambda: in_force(service) != before)
    assert f"version {in_force(service)} takes effect" in caplog.text
    assert alarms(service)["SIM-H2S-01"].last.acknowledged is not None
    push(service, "SIM-H2S-02", 15.0)
    push(service, "SIM-H2S-03", 25.0)
    until(lambda: "SIM-H2S-03" in alarms(service))
    assert "SIM-H2S-02" not in alarms(service)


def test_a_wrong_file_is_told_on_the_wall_and_leaves_the_last_good_version(service: Service, folder: Path) -> None:
    before = in_force(service)
    file = folder / FILE
    put(file, rule_of(1.0, condition="h2s_pm >= $limit_ppm"))
    until(lambda: bool(service.reload.errors))
    assert service.reload.errors[0].suggestion == "h2s_ppm"
    told = ContentReads(service.reload).problems()
    assert str(file) in told[0]
    assert "h2s_ppm" in told[0]
    push(service, "SIM-H2S-04", 25.0)
    until(lambda: "SIM-H2S-04" in alarms(service))
    assert in_force(service) == before
    put(file, rule_of(30.0))
    until(lambda: not service.reload.errors and in_force(service) != before)


def test_a_rule_that_does_not_compile_is_not_part_of_the_version_in_force(service: Service, folder: Path) -> None:
    before = in_force(service)
    wrong = folder / "content" / "rules" / "wrong.yml"
    put(wrong, rule_of(1.0, name="wrong", condition="h2s_pm >= 1.0"))
    until(lambda: [Path(error.file).name for error in service.reload.errors] == [wrong.name])
    assert service.reload.content.version == in_force(service) == before
    wrong.unlink()
    until(lambda: not service.reload.errors)
    assert in_force(service) == before


def test_what_changed_while_it_stood_still_takes_effect_at_the_start(folder: Path, service: Service) -> None:
    service.stop()
    before = in_force(service)
    put(folder / FILE, rule_of(40.0))
    again = started(folder)
    try:
        assert set(alarms(service)) <= set(alarms(again))
        until(lambda: in_force(again) not in (before, ""))
        push(again, "SIM-H2S-05", 35.0)
        push(again, "SIM-H2S-06", 45.0)
        until(lambda: "SIM-H2S-06" in alarms(again))
        assert "SIM-H2S-05" not in alarms(again)
    finally:
        again.stop()
    live = again.station.view(again.station.loop, again.station.loop.progress_ms)
    summary = replay_journal(folder / "var", from_="", to="", speed=0, content=())
    assert summary["alerts"] == len(live.alerts)
    assert {"SIM-H2S-01", "SIM-H2S-03", "SIM-H2S-04", "SIM-H2S-06"} <= set(alarms(again))
    assert summary["rules"][RULE]["occurrences"] == sum(len(a.occurrences) for a in alarms(again).values())


def test_the_journal_is_kept_as_long_as_the_longest_manifest_says(service: Service) -> None:
    assert service.retention.keep == Keep(input_ms=190 * DAY_MS, derived_ms=190 * DAY_MS)
    assert keep_of([]) == Keep(input_ms=LEAST_MS, derived_ms=LEAST_MS)


def test_old_segments_and_snapshots_are_cut_and_the_newest_stay(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "example"
    shutil.copytree(folder, copy)
    quiet = prepare(replace(load_deployment(copy / "deployment.yml"), port=0))
    retention = quiet.retention
    retention.keep = Keep(input_ms=LEAST_MS, derived_ms=LEAST_MS)
    now_ms = quiet.clock.now_ms()
    for days in range(10, 0, -1):
        quiet.snapshots.save("loop", now_ms - days * DAY_MS, b"old")
    try:
        assert retention.cut() > 0
        old = [at for at in quiet.snapshots.times("loop") if at <= now_ms - LEAST_MS]
        assert old == [now_ms - 2 * DAY_MS]
    finally:
        quiet.journal.close()
