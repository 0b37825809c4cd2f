"""Feed manifests: every shipped one decodes its sample; mistakes are named by line and nearest name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops_center.columns import Messages
from ops_center.content import parse_document
from ops_center.domain.digest import plain
from ops_center.domain.errors import ContentError
from ops_center.domain.scales import Status
from streams.decoders import load
from streams.manifest import FEEDS, feed_of, load_feed, load_feeds, personal, sample_of, schema
from streams.units import factor

MANIFESTS = sorted(FEEDS.glob("*.yml"))
PARK = (FEEDS / "park-gas.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_every_manifest_decodes_its_sample_without_a_refusal(path: Path) -> None:
    feed = load_feed(path)
    assert feed.id == path.stem
    sample = sample_of(path)
    assert sample is not None
    content = sample.read_bytes()
    messages = [bytes.fromhex(line) for line in content.decode().split()] if feed.decoder == "jt808" else [content]
    decoder = load(feed)
    decoded = decoder.decode(Messages.of(messages, [1] * len(messages)))
    assert decoded.refused == ()
    assert decoded.batch.n + len(decoded.records) > 0
    declared = {f.name for f in feed.fields}
    assert declared <= set(decoded.batch.columns) or decoded.records
    described: Any = decoder.describe(messages[0])
    assert all(item["ok"] for item in (described if isinstance(described, list) else [described]))
    json.dumps(described)


def test_the_manifest_of_the_documentation_is_read_to_its_feed() -> None:
    feed = load_feed(FEEDS / "park-gas.yml")
    assert (feed.reorder_ms, feed.delay_ms, feed.silent_after_ms) == (0, 30_000, 180_000)
    assert (feed.subject_key, feed.registry, feed.position) == ("deviceCode", "gas-detectors", "registry")
    assert feed.fields[0].missing == (-1, 9999)
    assert feed.receive == {"http_push": {"path": "park-gas", "token": "secret:park_gas"}}


def test_a_deployments_exercise_replaces_the_status() -> None:
    assert {feed.status for feed in load_feeds(status=Status.EXERCISE).values()} == {Status.EXERCISE}


def test_personal_fields_are_tagged() -> None:
    feeds = load_feeds()
    assert personal(feeds["dg-registry"]) == {"vehicle.plate", "driver.name"}
    assert personal(feeds["dg-vehicles"]) == {"subject"}


def test_a_units_factor_is_folded_into_the_scale() -> None:
    assert load_feeds()["metr-la"].fields[0].scale == pytest.approx(1.609344, abs=0)
    assert factor("wind_ms", "kn") == pytest.approx(0.5144444, abs=1e-7)
    assert factor("battery_pct", "ratio") == 100


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("decoder: json_rows ", "decodr: json_rows ", 7, "decoder"),
        ("decoder: json_rows ", "decoder: json_row ", 7, "json_rows"),
        ("min: 0, max: 1000", "min: 0, maxx: 1000", 17, "max"),
        ("min: 0, max: 1000", "min: 9, max: 1", 17, "above max"),
        ("delay: 30 s ", "delay: 30 ", 14, "30"),
        ("reorder: 0 s ", "reorder: 60 s ", 14, "at least reorder"),
        ('jurisdiction: "370126"', "jurisdiction: 370126", 5, "quote"),
        ("unit: ppm", "unit: m/s", 17, "speed"),
        ("format: epoch_ms", "format: millis", 12, "time"),
        ("time: {field: ts, format: epoch_ms}", "time: 5", 12, "time"),
        ("time: {field: ts, format: epoch_ms}", "time: recieved", 12, "received"),
        ("position: registry", "position: message", 11, "position"),
        ("key: deviceCode, ", "", 9, "key"),
    ],
)
def test_a_mistake_is_refused_with_line_and_suggestion(old: str, new: str, line: int, says: str) -> None:
    assert old in PARK
    with pytest.raises(ContentError) as caught:
        feed_of(parse_document(PARK.replace(old, new, 1), file="park-gas.yml"))
    assert caught.value.line == line
    assert says in str(caught.value)


def test_a_time_format_without_a_zone_is_refused() -> None:
    text = PARK.replace("format: epoch_ms", 'format: "%Y-%m-%d %H:%M"')
    with pytest.raises(ContentError, match="needs a zone"):
        feed_of(parse_document(text))


def test_the_schema_is_closed_at_every_level() -> None:
    def check(part: Any, place: str) -> None:
        if isinstance(part, dict):
            if part.get("type") == "object" and "properties" in part:
                assert part.get("additionalProperties") is False, place
            for key, below in part.items():
                check(below, f"{place}/{key}")
        elif isinstance(part, list):
            for below in part:
                check(below, place)

    check(dict(schema()), "")


def test_the_version_is_of_the_content_and_not_of_its_layout() -> None:
    same = "# a comment\n" + PARK.replace("\nposition:", "\n\nposition:")
    assert feed_of(parse_document(same)).version == feed_of(parse_document(PARK)).version
    other = PARK.replace("max: 1000", "max: 999")
    assert feed_of(parse_document(other)).version != feed_of(parse_document(PARK)).version


def test_nothing_actual_comes_out_of_an_exercise_and_every_record_is_plain() -> None:
    for name, feed in load_feeds(status=Status.EXERCISE).items():
        path = sample_of(FEEDS / f"{name}.yml")
        assert path is not None
        if feed.decoder == "jt808":
            continue
        content = path.read_bytes().replace(b"<status>Exercise", b"<status>Actual")
        for _, record in load(feed).decode(Messages.of([content], [1])).records:
            json.dumps(plain(record))
            assert getattr(record, "status", Status.EXERCISE) is Status.EXERCISE
