"""Load a feed's manifest: one YAML file, checked against feed.schema.json, to a `Feed`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ops_center.content import Document, errors_in, read_document
from ops_center.domain.errors import ContentError
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.quantity import duration_ms
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from streams.decoders import FORMATS
from streams.units import factor

ROW_FORMATS = ("json_rows", "csv_rows", "parquet_rows")
# Keys of a manifest that are the decoder's own and pass as options.
_OPTIONS = (
    "rows",
    "time",
    "lon",
    "lat",
    "encoding",
    "delimiter",
    "columns",
    "melt",
    "registry",
    "hazard",
    "tolerate",
    "personal",
)
FEEDS = Path(__file__).with_name("feeds")


@cache
def schema() -> Mapping[str, Json]:
    """Return the published JSON Schema of a manifest."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name("feed.schema.json").read_text(encoding="utf-8"))
    return found


def load_feed(path: Path, *, status: Status | None = None) -> Feed:
    """Return the feed of a manifest file; ContentError with line, column and suggestion."""
    return feed_of(read_document(path), status=status)


def load_feeds(folder: Path = FEEDS, *, status: Status | None = None) -> dict[str, Feed]:
    """Return the feeds of a folder by id, in order of id."""
    feeds = [load_feed(path, status=status) for path in sorted(folder.glob("*.yml"))]
    return {feed.id: feed for feed in sorted(feeds, key=lambda feed: feed.id)}


def feed_of(document: Document, *, status: Status | None = None) -> Feed:
    """Return the feed of a manifest; `status` replaces its own (a deployment that is an exercise)."""
    # A misspelt key is also a missing one: the message that knows the right name comes first.
    for mistake in sorted(errors_in(document, schema()), key=lambda error: not error.suggestion):
        raise mistake
    data: Mapping[str, Any] = document.data
    subject = data.get("subject", {})
    _check(document, data, subject)
    delay_ms, reorder_ms = _ms(data, "delay", 2_000), _ms(data, "reorder", 0)
    if delay_ms < reorder_ms:
        raise document.error("delay must be at least reorder (ORDER.md)", ("delay",))
    return Feed(
        id=data["id"],
        title=Text(**data["title"]),
        owner=Text(**data["owner"]),
        decoder=data["decoder"],
        status=status or Status(data.get("status", "actual")),
        jurisdiction=data.get("jurisdiction", ""),
        receive=data.get("receive", {}),
        subject_kind=subject.get("kind", ""),
        subject_key=subject.get("key", ""),
        registry=subject.get("registry", ""),
        partition_by=data.get("partition_by", "subject"),
        position=data.get("position", "message"),
        datum=data.get("datum", "wgs84"),
        reorder_ms=reorder_ms,
        delay_ms=delay_ms,
        ahead_ms=_ms(data, "ahead", 1_000),
        silent_after_ms=_ms(data, "silent_after", 0),
        fields=tuple(_field(document, name, spec) for name, spec in data.get("fields", {}).items()),
        options={key: data[key] for key in _OPTIONS if key in data},
        limits=data.get("limits", {}),
        keep=data.get("keep", {}),
        version=document.version,
    )


def sample_of(path: Path) -> Path | None:
    """Return the sample beside a manifest, None where it names none."""
    name = read_document(path).data.get("sample")
    return path.parent / str(name) if name else None


def personal(feed: Feed) -> frozenset[str]:
    """Return the names of a feed's personal columns and fields."""
    return frozenset({*(f.name for f in feed.fields if f.personal), *map(str, feed.options.get("personal") or ())})


def _ms(data: Mapping[str, Json], key: str, default: int) -> int:
    return duration_ms(data[key]) if key in data else default


def _field(document: Document, name: str, spec: Mapping[str, Any]) -> FeedField:
    path = ("fields", name)
    low, high = spec.get("min"), spec.get("max")
    if low is not None and high is not None and low > high:
        raise document.error(f"min {low} is above max {high}", (*path, "min"))
    try:
        unit = factor(name, spec["unit"]) if "unit" in spec else 1.0
    except ContentError as error:
        raise document.error(error.reason, (*path, "unit")) from error
    kind = spec.get("type", "number")
    if kind in ("text", "boolean") and {"scale", "offset", "min", "max", "unit"} & set(spec):
        raise document.error(f"a {kind} has no scale, limits or unit", path)
    return FeedField(
        name=name,
        source=spec.get("from", name),
        kind=kind,
        scale=spec.get("scale", 1.0) * unit,
        offset=spec.get("offset", 0.0),
        minimum=low,
        maximum=high,
        missing=tuple(spec.get("missing", ())),
        personal=spec.get("personal", False),
    )


def _check(document: Document, data: Mapping[str, Any], subject: Mapping[str, Any]) -> None:
    """Refuse what the schema cannot see: keys that only together make sense."""
    rows = data["decoder"] in ROW_FORMATS
    if data["decoder"] not in FORMATS:
        raise document.error(f"unknown decoder {data['decoder']!r}", ("decoder",))
    for key in ("rows", "time", "lon", "lat", "encoding", "delimiter", "columns", "melt", "registry", "hazard"):
        if key in data and not rows:
            raise document.error(f"{key} is for {', '.join(ROW_FORMATS)}, not for {data['decoder']}", (key,))
    if rows and not subject.get("key"):
        raise document.error("the rows' subject needs a key", ("subject",))
    if ("lon" in data) != ("lat" in data):
        raise document.error("lon and lat come together", ("lon" if "lon" in data else "lat",))
    if rows and data.get("position", "message") == "message" and "lon" not in data and "registry" not in data:
        raise document.error("rows without lon and lat need position: registry or none", ("position",))
    form = data.get("time", {})
    if rows and not form:
        raise document.error("rows need time: {field, format}, or time: received", ())
    kind = form.get("format", "") if isinstance(form, Mapping) else ""
    if "%" in kind and "%z" not in kind and "zone" not in form:
        raise document.error("a format without %z needs a zone", ("time", "format"))
