"""CAP alerts as hazard revisions: area, chain of references, tolerance, containers, hostile XML."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import Point, shape

from ops_center.columns import Messages
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from streams.decoders import load

SENT = "2019-08-11T12:00:00+08:00"


def decoder(**options: Json) -> Any:
    return load(Feed(id="cap", title=Text("", ""), owner=Text("", ""), decoder="cap12", options=options))


def alert(*, identifier: str = "b", kind: str = "Alert", extra: str = "", info: str = "", area: str = "") -> str:
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>s@x.example</sender><sent>{SENT}</sent>"
        f"<status>Exercise</status><msgType>{kind}</msgType><scope>Public</scope>{extra}"
        "<info><language>zh-CN</language><category>Met</category><event>台风</event><urgency>Expected</urgency>"
        f"<severity>Severe</severity><certainty>Likely</certainty>{info}"
        f"<area><areaDesc>青岛市</areaDesc>{area}</area></info></alert>"
    )


def decode(*messages: str | bytes, **options: Json) -> Any:
    raw = [m.encode() if isinstance(m, str) else m for m in messages]
    return decoder(**options).decode(Messages.of(raw, [0] * len(raw)))


def only(message: str) -> Any:
    decoded = decode(message)
    assert decoded.refused == ()
    ((_, revision),) = decoded.records
    return revision


def test_an_alert_becomes_a_warning_with_its_times_and_status() -> None:
    revision = only(alert(info="<expires>2019-08-12T00:00:00+08:00</expires><headline>台风橙色预警</headline>"))
    assert (revision.kind, revision.status, revision.action) == ("warning", Status.EXERCISE, "alert")
    assert (revision.issued_ms, revision.expires_ms) == (1_565_496_000_000, 1_565_539_200_000)
    assert revision.title == {"zh": "台风橙色预警"}
    assert revision.colour == "orange"


def test_severity_alone_gives_no_colour() -> None:
    assert only(alert()).colour == ""


def test_an_update_keeps_the_id_of_the_first_alert_of_its_chain() -> None:
    chain = "s@x.example,c,2019-08-11T11:00:00+08:00 s@x.example,a,2019-08-11T10:00:00+08:00"
    revision = only(alert(kind="Update", extra=f"<references>{chain}</references>"))
    assert revision.id == only(alert(identifier="a")).id == "cap:s@x.example,a"
    assert revision.fields["references"] == ["cap:s@x.example,c", "cap:s@x.example,a"]
    assert revision.action == "update"


def test_latitude_comes_first_in_a_polygon_and_last_in_geojson() -> None:
    revision = only(alert(area="<polygon>35,119 35,121 37,121 37,119 35,119</polygon>"))
    assert shape(revision.area).contains(Point(120, 36))
    assert shape(revision.area).bounds == (119, 35, 121, 37)


def test_a_hole_sent_as_a_geocode_is_cut_out() -> None:
    hole = "35.5,119.5 35.5,120.5 36.5,120.5 36.5,119.5 35.5,119.5"
    area = (
        "<polygon>35,119 35,121 37,121 37,119 35,119</polygon>"
        f"<geocode><valueName>EXCLUDE_POLYGON</valueName><value>{hole}</value></geocode>"
    )
    found = shape(only(alert(area=area)).area)
    assert not found.contains(Point(120, 36))
    assert found.contains(Point(120.9, 36.9))


def test_a_circle_has_its_radius_in_kilometres() -> None:
    revision = only(alert(area="<circle>36,120 111.19</circle>"))
    west, south, east, north = shape(revision.area).bounds
    assert (round(south, 2), round(north, 2)) == (35.0, 37.0)
    assert (revision.lon_e7, revision.lat_e7) == (1_200_000_000, 360_000_000)
    assert east - west > 2


def test_a_ring_that_crosses_itself_is_repaired() -> None:
    assert shape(only(alert(area="<polygon>0,0 2,2 2,0 0,2 0,0</polygon>")).area).is_valid


def test_an_administrative_code_is_shortened_where_the_rest_is_zero() -> None:
    codes = "".join(
        f"<geocode><valueName>CPEAS Geographic Code</valueName><value>{code}</value></geocode>"
        for code in ("370200000000", "370202003000")
    )
    assert only(alert(area=codes)).adcodes == ("370200", "370202003000")


@pytest.mark.parametrize("kind", ["Ack", "Error"])
def test_an_answer_to_an_alert_is_counted_and_is_no_hazard(kind: str) -> None:
    decoded = decode(alert(kind=kind))
    assert decoded.records == ()
    assert [(r.reason.split()[0], r.whole) for r in decoded.refused] == [("NO_WARNING", False)]


def test_a_wrong_link_refuses_the_alert_unless_the_manifest_tolerates_it() -> None:
    wrong = alert(info="<web>no address</web>")
    assert decode(wrong).refused[0].field == "/alert[1]/info[1]/web[1]"
    tolerant = decode(wrong, tolerate=["INVALID_WEB"])
    assert tolerant.refused == ()
    assert len(tolerant.records) == 1


def test_one_bad_alert_of_a_list_leaves_its_neighbours() -> None:
    inside = alert() + alert(extra="<wrong/>") + alert(identifier="c")
    decoded = decode(f"<alerts>{inside}</alerts>")
    assert [r.id for _, r in decoded.records] == ["cap:s@x.example,b", "cap:s@x.example,c"]
    assert [(r.field, r.whole) for r in decoded.refused] == [("alert[2]/alert[1]/wrong[1]", False)]


def test_a_feed_that_only_links_names_the_links_for_the_poller() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>t</title><updated>u</updated><entry>'
        '<link rel="self" href="https://a.example/self"/><link href="https://a.example/page"/>'
        '<link type="application/cap+xml" rel="related" href="https://a.example/1.cap"/></entry></feed>'
    )
    assert decoder().links_of(feed.encode()) == ["https://a.example/1.cap"]
    assert decode(feed).refused == ()


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        ('<!DOCTYPE alert [<!ENTITY x "y">]><alert/>', "DTD_FORBIDDEN"),
        (
            '<?xml version="1.0"?><!-- c --><?p i?>\n<!DOCTYPE alert SYSTEM "file:///etc/passwd"><alert/>',
            "DTD_FORBIDDEN",
        ),
        ("<a>" * 70 + "</a>" * 70, "TOO_DEEP"),
        ("<alert>&x;</alert>", "XML_SYNTAX_ERROR"),
        ("", "XML_SYNTAX_ERROR"),
        ('<?xml version="1.0" encoding="no-such"?><alert/>', "XML_SYNTAX_ERROR"),
    ],
)
def test_hostile_xml_is_refused_with_its_reason(hostile: str, reason: str) -> None:
    assert decode(hostile, alert()).refused[0].reason.split()[0] == reason
    assert len(decode(hostile, alert()).records) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_an_alert_is_read_in_the_encoding_it_declares(encoding: str) -> None:
    declared = "gb2312" if encoding == "gb18030" else encoding
    text = f'<?xml version="1.0" encoding="{declared}"?>' + alert(info="<headline>台风</headline>")
    assert decode(text.encode(encoding)).records[0][1].title == {"zh": "台风"}


def test_a_signature_is_recorded_and_does_not_break_the_schema() -> None:
    signed = alert().replace("</alert>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>')
    assert only(signed).fields["signed"] is True
