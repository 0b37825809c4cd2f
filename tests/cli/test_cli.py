"""The command line: what a script or a technician types, and what comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from ops_center.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "streams" / "feeds" / "samples"


def ops(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(args), input=stdin, catch_exceptions=False)


def test_decode_prints_one_object_a_frame_and_goes_on_after_nonsense() -> None:
    good = (SAMPLES / "dg-vehicles.hex").read_text().split()[0]
    result = ops("decode", "jt808", stdin=f"{good}\nnot hex\n7e7e\n{good}\n")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["ok"] for line in lines] == [True, False, False, True]
    assert lines[0]["header"]["msg_id"] == "0x0200"
    assert result.exit_code == 0


def test_decode_takes_a_whole_file_or_a_message_a_line() -> None:
    whole = ops("decode", "usgs_geojson", str(SAMPLES / "usgs-quakes.geojson"))
    compact = json.dumps(json.loads((SAMPLES / "usgs-quakes.geojson").read_text()))
    lines = ops("decode", "usgs_geojson", stdin=f"{compact}\n{compact}\n")
    assert all(json.loads(line)["ok"] for line in whole.stdout.splitlines())
    assert len(lines.stdout.splitlines()) == 2 * len(whole.stdout.splitlines())


def test_an_unknown_format_is_refused_with_those_known() -> None:
    result = ops("decode", "jt909", stdin="00\n")
    assert result.exit_code == 3
    assert "jt808" in result.stderr


def test_a_new_rule_passes_the_check_and_a_broken_one_is_named_by_line(tmp_path: Path) -> None:
    assert ops("new", "rule", "my-rule", "--content", str(tmp_path)).exit_code == 0
    assert ops("check", "--content", str(tmp_path)).exit_code == 0
    path = tmp_path / "playbooks" / "rules" / "my-rule.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("severity:", "severty:"), encoding="utf-8")
    result = ops("check", "--content", str(tmp_path))
    assert result.exit_code == 1
    assert "my-rule.yml" in result.stdout
    assert "severity" in result.stdout


def test_explain_says_fires_silent_or_unknown() -> None:
    at = {
        "event_time": "2026-03-01T12:00:00+08:00",
        "cargo": {"un_number": "1203"},
        "road": {"class": "expressway", "limit_kph": 80.0},
    }
    rows = [{**at, "speed_kph": 95.0}, {**at, "speed_kph": 70.0}, at]
    result = ops("explain", "hazmat-speed-expressway", stdin="\n".join(map(json.dumps, rows)))
    assert [json.loads(line)["result"] for line in result.stdout.splitlines()] == ["fires", "silent", "unknown"]


def test_a_layer_is_imported_with_a_report_of_what_was_refused(tmp_path: Path) -> None:
    source = tmp_path / "posts.csv"
    source.write_text("id,name,lon,lat\na,one,117.0,36.6\nb,two,500,36\n", encoding="utf-8")
    result = ops("import", "layer", str(source), "--key", "id", "--datum", "gcj02", "--out", str(tmp_path), "--json")
    report = json.loads(result.stdout)
    assert (report["read"], report["kept"]) == (2, 1)
    assert (tmp_path / "layers" / "catalog" / "posts.yml").exists()


def test_a_back_test_writes_its_five_files_and_says_the_same_twice(tmp_path: Path) -> None:
    feed = f"sf-taxis={SAMPLES / 'sf-taxis.parquet'}"
    runs = [
        ops(
            "backtest",
            "--feed",
            feed,
            "--out",
            str(tmp_path / name),
            "--metric-epsg",
            "32610",
            "--batch",
            batch,
            "--json",
        )
        for name, batch in (("a", "1"), ("b", "1000"))
    ]
    summaries = [json.loads(run.stdout) for run in runs]
    assert summaries[0]["digest"] == summaries[1]["digest"]
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {"events.parquet", "alerts.jsonl", "incidents.jsonl", "tasks.jsonl", "summary.json"}
    columns = ["event_time", "feed", "subject", "kind", "zone", "lon", "lat", "value"]
    assert pq.read_schema(tmp_path / "a" / "events.parquet").names[:8] == columns


def test_a_missing_feed_is_named_with_those_known(tmp_path: Path) -> None:
    result = ops("backtest", "--feed", f"taxis={SAMPLES / 'sf-taxis.parquet'}", "--out", str(tmp_path))
    assert result.exit_code == 3
    assert "sf-taxis" in result.stderr


@pytest.mark.parametrize("command", ["demo", "run", "check", "new", "doctor", "export", "replay", "backtest", "decode"])
def test_every_command_has_help(command: str) -> None:
    assert ops(command, "--help").exit_code == 0
