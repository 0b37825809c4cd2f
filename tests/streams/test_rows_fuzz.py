"""Any bytes into any decoder: a result or a refusal, never an exception, never a lost neighbour."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_center.columns import Messages
from ops_center.domain.feed import Feed
from streams.decoders import load
from streams.manifest import FEEDS, load_feeds, sample_of

FEED_OF = load_feeds()
MINE = [name for name, feed in FEED_OF.items() if feed.decoder != "jt808"]
SAMPLES: dict[str, bytes] = {}
for _name in MINE:
    _path = sample_of(FEEDS / f"{_name}.yml")
    assert _path is not None
    SAMPLES[_name] = _path.read_bytes()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TOKENS = st.sampled_from(
    [
     b"<alert>", b"</alert>", b"<!DOCTYPE a [", b"&#0;", b"&x;", b"]]>", b"\xff\xfe", b"\0", b'"', b",", b"\n",
     b"{", b"}",
     b"1e999", b"null", b"[]", b"-", b"\xf0\x9f", b"xmlns", b"=", b"'", b"2019-13-99", b"PAR1", b"\xff\xff\xff\xff"]
)  # fmt: skip


def damaged(sample: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    found = bytearray(sample)
    for how, at, new in edits:
        place = at % (len(found) + 1)
        match how:
            case "insert":
                found[place:place] = new
            case "over":
                found[place : place + len(new)] = new
            case "cut":
                del found[place : place + 1 + at % 40]
            case _:
                del found[place:]
    return bytes(found)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "over", "cut", "end"]), st.integers(0, 1 << 20), TOKENS | st.binary(max_size=6)
    ),
    min_size=1,
    max_size=4,
)


def kept_beside(feed: Feed, message: bytes) -> tuple[list[int], int]:
    """Return what a good message brings before and after another one, and what it brings alone."""
    decoder: Any = load(feed)
    good = SAMPLES[feed.id]
    alone = decoder.decode(Messages.of([good], [1]))
    mixed = decoder.decode(Messages.of([good, message, good], [1, 2, 3]))
    kept = [
        sum(1 for number, _ in mixed.records if number == row) + int((mixed.batch.array("message") == row).sum())
        for row in (0, 2)
    ]
    assert {r.message for r in mixed.refused} <= {1}
    json.dumps(decoder.describe(message))
    assert isinstance(decoder.subject_of(message), str)
    return kept, len(alone.records) + alone.batch.n


@pytest.mark.parametrize("name", MINE)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_a_damaged_sample_harms_no_neighbour(name: str, edits: list[tuple[str, int, bytes]]) -> None:
    kept, alone = kept_beside(FEED_OF[name], damaged(SAMPLES[name], edits))
    assert kept == [alone, alone]
    assert alone > 0


@pytest.mark.parametrize("name", MINE)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(message=st.binary(max_size=80) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_harm_no_neighbour(name: str, message: bytes) -> None:
    kept, alone = kept_beside(FEED_OF[name], message)
    assert kept == [alone, alone]
    assert alone > 0


@settings(max_examples=300, deadline=None)
@given(
    value=JSON,
    name=st.sampled_from(["usgs-quakes", "nmc-warnings", "dg-registry", "typhoon-track", "park-gas"]),
    at=st.integers(0, 200),
)
def test_any_json_value_in_any_place_harms_no_neighbour(value: object, name: str, at: int) -> None:
    document = json.loads(SAMPLES[name])
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key in part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
            places.append((part, key))
            walk(part[key])

    walk(document)
    part, key = places[at % len(places)]
    part[key] = value
    kept, alone = kept_beside(FEED_OF[name], json.dumps(document).encode())
    assert kept == [alone, alone]
    assert alone > 0
