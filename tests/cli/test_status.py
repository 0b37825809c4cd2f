"""``ops-center status`` over a real broker: what it shows and by what it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ops_center.adapters.clocks import wall_ms
from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import deployed
from ops_center.cli.main import cli
from ops_center.ports import PULSE
from ops_center.pulse import OLD_MS, Pulse, encode_pulse


@pytest.fixture
def config(kafka_settings: KafkaSettings, tmp_path: Path) -> Path:
    """A deployment over the broker, and the pulses that its journal holds: a worker's, and an old one."""
    given = {
        "deployment": "370200",
        "title": {"zh": "测试", "en": "Test"},
        "folder": "var",
        "metric_epsg": 32650,
        "partitions": 1,
        "production": {"kafka": {"servers": list(kafka_settings.servers), "prefix": kafka_settings.code}},
    }
    path = tmp_path / "deployment.yml"
    path.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    journal = KafkaJournal(kafka_settings, deployed(1))
    facts = {"partitions": {"0": {"offset": 0, "told_ms": None, "snapshot_age_s": None, "late": 0}}}
    told = (("worker-1", wall_ms()), ("worker-2", wall_ms() - OLD_MS))
    journal.append(
        PULSE, 0, [encode_pulse(Pulse(role="worker", name=n, pid=1, at_ms=at, facts=facts)) for n, at in told]
    )
    journal.close()
    return path


def test_the_exit_status_is_that_of_the_whole_or_of_the_process_that_is_named(config: Path) -> None:
    run = CliRunner().invoke
    whole = run(cli, ["status", str(config), "--json"])
    assert whole.exit_code == 1  # no desk, no gateway
    assert json.loads(whole.output)["workers"] == ["worker-1"]
    assert run(cli, ["status", str(config), "--process", "worker-1"]).exit_code == 0
    assert run(cli, ["status", str(config), "--process", "worker-2"]).exit_code == 1


def test_a_broker_that_is_away_is_an_error_with_its_own_exit_status(tmp_path: Path, config: Path) -> None:
    given = json.loads(config.read_text(encoding="utf-8"))
    given["production"]["kafka"] |= {"servers": ["127.0.0.1:9"], "wait": "1 s"}
    away = tmp_path / "away.yml"
    away.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    found = CliRunner().invoke(cli, ["status", str(away), "--process", "worker-1"])
    assert found.exit_code == 3
    assert found.output.startswith("error: ")
