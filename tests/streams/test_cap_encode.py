"""Published warnings as CAP 1.2: valid by the schema and by meaning, and read back to what was said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ops_center.columns import Messages
from ops_center.desk import warnings as desk
from ops_center.desk.warnings import Publisher
from ops_center.domain.alert import Mark
from ops_center.domain.scales import Role, Status, WarningColour
from ops_center.domain.text import Text
from ops_center.domain.warning import CapTerms, Measure, PublicWarning, WarningRevision
from streams.decoders.cap12 import Cap12
from streams.decoders.cap12.encode import encode
from streams.decoders.cap12.vocabulary import CATEGORY, CERTAINTY, RESPONSE, SEVERITY, URGENCY
from tests.desk.stage import DAY, SQUARE
from tests.paths import vectors

SHANGHAI = ZoneInfo("Asia/Shanghai")
DECODER = Cap12()


def by(name: str, at: int) -> Mark:
    return Mark(by=name, post="p", at_ms=DAY + at)


PUBLISHER = Publisher(
    issuer=Text("省应急指挥中心", "Provincial centre"),
    web="https://example.org/w",
    sender="370000.ops-center",
    zone=SHANGHAI,
)


def draft(**given: Any) -> PublicWarning:
    values: dict[str, Any] = {
        "number": 1,
        "colour": WarningColour.ORANGE,
        "event": Text("危险化学品泄漏", "Hazardous materials release"),
        "event_code": "hazmat_leak",
        "terms": CapTerms(
            category=("CBRNE",), urgency="Immediate", severity="Severe", certainty="Observed", response=("Shelter",)
        ),
        "headline": Text("橙色预警", "Orange warning"),
        "description": Text("发生泄漏", "A release"),
        "instruction": Text("关闭门窗", "Close windows"),
        "measures": (Measure(law="第六十七条第六项", text=Text("疏散", "Evacuate")),),
        "onset_ms": DAY,
        "expires_ms": DAY + 6 * 3_600_000,
        "area": SQUARE,
        "adcodes": ("370102", "370202"),
        "area_text": Text("历下区、市南区", "Lixia, Shinan"),
        "contact": "12350",
        "drafted": by("wang", 0),
    }
    revision = WarningRevision(**{**values, **given})
    return PublicWarning(id="warning-" + "0" * 32, incident="incident-1", template="hazmat_leak", revisions=(revision,))


def published(warning: PublicWarning, at: int = 60_000) -> PublicWarning:
    approved = desk.approve(warning, by("li", at), role=Role.COMMANDER, edits=warning.last.edits)
    return desk.publish(approved, by("li", at), PUBLISHER)


@cache
def oasis() -> Any:
    return xmlschema.XMLSchema(str(vectors() / "cap" / "schema" / "CAP-v1.2.xsd"))


@cache
def libxml() -> Any:
    return etree.XMLSchema(etree.parse(str(vectors() / "cap" / "schema" / "CAP-v1.2.xsd")))


def messages(warning: PublicWarning) -> list[bytes]:
    return [encode(warning, one) for one in warning.revisions if one.identifier]


def valid(message: bytes) -> dict[str, Any]:
    """Assert that a message is valid by the OASIS schema (two validators) and by meaning; return its header."""
    oasis().validate(message.decode())
    assert libxml().validate(etree.fromstring(message))
    found = DECODER.describe(message)
    assert isinstance(found, dict)
    assert found["ok"], found
    return found


def test_a_warning_is_valid_and_carries_nothing_a_good_alert_would_not() -> None:
    found = valid(messages(published(draft()))[0])
    assert found["warnings"] == []
    head = found["header"]
    assert (head["status"], head["msgType"], head["scope"]) == ("Actual", "Alert", "Public")
    assert [info["language"] for info in head["infos"]] == ["zh-CN", "en-US"]
    assert head["infos"][0]["headline"] == "橙色预警"
    assert head["infos"][1]["instruction"] == "Close windows\n1. Evacuate"
    assert head["sent"] == "2019-08-11T00:01:00+08:00"


def test_our_own_decoder_reads_back_the_hazard_that_was_warned_of() -> None:
    warning = published(draft())
    ((_, revision),) = DECODER.decode(Messages.of(messages(warning), [0])).records
    assert revision.colour == "orange"
    assert revision.adcodes == ("370102", "370202")
    assert revision.onset_ms == DAY
    assert revision.expires_ms == DAY + 6 * 3_600_000
    assert revision.title == {"zh": "橙色预警", "en": "Orange warning"}
    assert revision.event_code == "hazmat_leak"
    assert {tuple(corner) for corner in revision.area["coordinates"][0]} == {
        tuple(corner) for corner in SQUARE["coordinates"][0]
    }


def test_update_and_cancel_name_what_went_before_and_are_the_same_hazard() -> None:
    warning = desk.update(published(draft()), by("li", 120_000))
    warning = published(warning, at=180_000)
    warning = desk.cancel(warning, by("li", 240_000), PUBLISHER, reason="泄漏已堵住 & 清理 <完毕>")
    sent = messages(warning)
    heads = [valid(message)["header"] for message in sent]
    assert [head["msgType"] for head in heads] == ["Alert", "Update", "Cancel"]
    assert len(heads[2]["references"].split()) == 2
    records = [revision for _, revision in DECODER.decode(Messages.of(sent, [0, 0, 0])).records]
    assert len({revision.id for revision in records}) == 1
    assert [revision.action for revision in records] == ["alert", "update", "cancel"]
    assert "泄漏已堵住 & 清理 <完毕>" in heads[2]["infos"][0]["description"]


def test_what_was_published_stays_the_same_bytes_whatever_follows() -> None:
    warning = published(draft())
    first = messages(warning)[0]
    warning = desk.cancel(desk.update(warning, by("li", 120_000)), by("li", 240_000), PUBLISHER, reason="x")
    assert messages(warning)[0] == first


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST, Status.SYSTEM])
def test_an_exercise_says_so_in_status_note_and_every_headline(status: Status) -> None:
    warning = replace(published(draft()), status=status)
    head = valid(messages(warning)[0])["header"]
    assert head["status"] == status.value.capitalize()
    assert head["infos"][0]["headline"].startswith("【")
    assert head["infos"][1]["headline"].startswith(status.value.upper())
    assert "no action" in head["note"]


def test_a_draft_has_no_message() -> None:
    with pytest.raises(ValueError, match="never published"):
        encode(draft(), draft().last)


SAFE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=60
)
WORDS = SAFE.filter(lambda text: text.strip() == text and text != "" and "{" not in text)
TEXTS = st.builds(Text, WORDS, WORDS)
TERMS = st.builds(
    CapTerms,
    category=st.lists(st.sampled_from(CATEGORY), min_size=1, max_size=3, unique=True).map(tuple),
    urgency=st.sampled_from(URGENCY),
    severity=st.sampled_from(SEVERITY),
    certainty=st.sampled_from(CERTAINTY),
    response=st.lists(st.sampled_from(RESPONSE), max_size=3, unique=True).map(tuple),
)
RINGS = st.tuples(st.floats(-179, 178), st.floats(-89, 88), st.floats(0.001, 1), st.floats(0.001, 1)).map(
    lambda b: [[b[0], b[1]], [b[0] + b[2], b[1]], [b[0] + b[2], b[1] + b[3]], [b[0], b[1] + b[3]], [b[0], b[1]]]
)
AREAS = st.one_of(
    st.none(),
    RINGS.map(lambda ring: {"type": "Polygon", "coordinates": [ring]}),
    st.lists(RINGS, min_size=1, max_size=3).map(
        lambda rings: {"type": "MultiPolygon", "coordinates": [[r] for r in rings]}
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    texts=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS),
    terms=TERMS,
    area=AREAS,
    codes=st.lists(st.sampled_from(["370102", "370202", "370000", "371500"]), min_size=1, max_size=3, unique=True),
    hours=st.tuples(st.integers(-1000, 1000), st.integers(1, 1000)),
    status=st.sampled_from(list(Status)),
    colour=st.sampled_from(list(WarningColour)),
    reason=WORDS,
    more=st.integers(0, 3),
)
def test_whatever_can_be_published_is_valid(
    texts: Any, terms: Any, area: Any, codes: Any, hours: Any, status: Any, colour: Any, reason: str, more: int
) -> None:
    onset = DAY + hours[0] * 3_600_000
    warning = replace(
        draft(
            event=texts[0],
            headline=texts[1],
            description=texts[2],
            instruction=texts[3],
            terms=terms,
            area=area,
            adcodes=tuple(codes),
            onset_ms=onset,
            expires_ms=max(onset, DAY) + hours[1] * 3_600_000,
            colour=colour,
        ),
        status=status,
    )
    warning = published(warning)
    for n in range(more):
        warning = published(desk.update(warning, by("li", 120_000 + n * 1000)), at=121_000 + n * 1000)
    warning = desk.cancel(warning, by("li", 600_000), PUBLISHER, reason=reason)
    for message in messages(warning):
        valid(message)
    assert len({one.identifier for one in warning.revisions}) == more + 2
