"""Our CAP schema against the published one, on alerts changed at random."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from streams.decoders.cap12 import schema
from streams.xml_input import parse
from tests.paths import vectors

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
FULL = f"""<alert xmlns="{CAP}"><identifier>i</identifier><sender>s</sender><sent>2019-08-11T12:00:00+08:00</sent>
<status>Actual</status><msgType>Update</msgType><source>x</source><scope>Public</scope><addresses>a</addresses>
<code>c</code><code>d</code><note>n</note><references>s,h,2019-08-11T11:00:00+08:00</references>
<incidents>q</incidents><info><language>zh-CN</language><category>Met</category><category>Geo</category>
<event>e</event><responseType>Shelter</responseType><urgency>Future</urgency><severity>Minor</severity>
<certainty>Likely</certainty><eventCode><valueName>a</valueName><value>b</value></eventCode>
<effective>2019-08-11T12:00:00-00:00</effective><onset>2019-08-11T13:00:00+08:00</onset>
<expires>2019-08-12T24:00:00+08:00</expires><senderName>z</senderName><headline>h</headline>
<description>d</description><instruction>i</instruction><contact>c</contact>
<parameter><valueName>a</valueName><value/></parameter>
<resource><resourceDesc>r</resourceDesc><mimeType>image/gif</mimeType><size>12</size><digest>0</digest></resource>
<area><areaDesc>a</areaDesc><polygon>1,2 3,4 5,6 1,2</polygon><circle>1,2 3</circle>
<geocode><valueName>a</valueName><value>b</value></geocode><altitude>1.5</altitude><ceiling>2</ceiling></area>
</info><info><category>Met</category><event>e</event><urgency>Past</urgency><severity>Unknown</severity>
<certainty>Unknown</certainty></info></alert>"""
TEXTS = [
    "", " ", "Actual", " Actual", "actual", "Met", "Public", "12", "-3", "+7", "1.5", ".5", "5.", "1e3", "NaN", "a b",
    "2019-08-11T12:00:00+08:00", " 2019-08-11T12:00:00+08:00 ", "2019-08-11T12:00:00Z", "2019-08-11T12:00:00",
    "2019-13-11T12:00:00+08:00", "2019-02-29T12:00:00+08:00", "2020-02-29T24:00:00+08:00",
    "2020-02-29T24:00:01+08:00", "2019-08-11T12:00:00+14:01", "2019-08-11T12:00:00.5+08:00",
    "en", "en_US", "toolonglanguage",
]  # fmt: skip
STEP = st.tuples(
    st.sampled_from(["drop", "double", "swap", "text", "attribute", "rename", "stray", "move"]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from(TEXTS),
)


@pytest.fixture(scope="module")
def published() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(vectors() / "cap" / "schema" / "CAP-v1.2.xsd")))


@settings(max_examples=400, deadline=None)
@given(st.lists(STEP, min_size=0, max_size=3))
def test_a_changed_alert_is_valid_for_both_or_for_neither(
    published: etree.XMLSchema, steps: list[tuple[str, int, int, str]]
) -> None:
    root = parse(FULL.encode())
    for step in steps:
        _change(root, *step)
    ours = schema.check(root, "1.2")
    assert (ours == []) is published.validate(root), (ours, published.error_log)


def _change(root: etree._Element, how: str, at: int, to: int, text: str) -> None:
    elements = [e for e in root.iter() if e is not root]
    element = elements[at % len(elements)]
    parent = element.getparent()
    assert parent is not None
    match how:
        case "drop":
            parent.remove(element)
        case "double":
            parent.insert(parent.index(element), copy.deepcopy(element))
        case "swap" | "move":
            parent.insert(to % (len(parent) + 1), element)
        case "text" if len(element) == 0:
            element.text = text
        case "attribute":
            element.set("kind", text)
        case "rename":
            element.tag = f"{{{CAP}}}{('note', 'event', 'value', 'areaDesc')[to % 4]}"
        case "stray":
            parent.text = text


def test_the_full_alert_is_valid(published: etree.XMLSchema) -> None:
    root = parse(FULL.encode())
    assert schema.check(root, "1.2") == []
    assert published.validate(root)


def test_an_older_alert_may_name_utc_with_z_and_a_newer_may_not() -> None:
    old = FULL.replace("cap:1.2", "cap:1.1").replace("2019-08-11T12:00:00+08:00", "2019-08-11T04:00:00Z")
    assert schema.check(parse(old.encode()), "1.1") == []
    new = schema.check(parse(FULL.replace("12:00:00+08:00", "04:00:00Z").encode()), "1.2")
    assert [(f.reason, f.field) for f in new] == [("INVALID_DATE", "/alert[1]/sent[1]")]


def test_cap_1_0_writes_pairs_in_one_text_and_may_leave_scope_out() -> None:
    text = (
        '<alert xmlns="http://www.incident.com/cap/1.0"><identifier>i</identifier><sender>s</sender>'
        "<sent>2003-04-02T14:39:01-05:00</sent><status>Actual</status><msgType>Alert</msgType>"
        "<password>x</password><info><category>Met</category><event>e</event><urgency>Past</urgency>"
        "<severity>Minor</severity><certainty>Very Likely</certainty><eventCode>SAME=CAE</eventCode></info></alert>"
    )
    assert schema.check(parse(text.encode()), "1.0") == []
