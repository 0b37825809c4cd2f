"""Chinese warnings: dialects told apart, opposite level codes, contradictions, neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ops_center.columns import Messages
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from streams.decoders import load
from streams.decoders.cn_warning_codes import headline, identifier, levels

DECODER: Any = load(Feed(id="cn", title=Text("", ""), owner=Text("", ""), decoder="cn_warning"))
PLATFORM = """<alert><identifier>37020041600000_20190811120000</identifier><sender>青岛市气象台</sender>
<sendTime>2019-08-11 11:58:00+08:00</sendTime><status>Exercise</status><msgType>Cancel</msgType><scope>Public</scope>
<references>37020041600000_20190811083000,37020041600000_20190810083000</references>
<info><language>zh-CN</language><eventType>11B03</eventType><severity>Orange</severity><onset/><expires/>
<senderName>某人</senderName><headline>青岛市气象台解除暴雨橙色预警[Ⅱ级/严重]</headline>
<area><areaDesc>青岛市</areaDesc><polygon/><geocode>370200000000,370202000000,370200000000</geocode></area></info></alert>"""


def decode(*messages: str) -> Any:
    return DECODER.decode(Messages.of([m.encode() for m in messages], [7] * len(messages)))


def nmc(*rows: dict[str, str], code: int = 0) -> str:
    return json.dumps({"code": code, "data": {"page": {"list": list(rows)}}}, ensure_ascii=False)


def row(**changes: str) -> dict[str, str]:
    base = {
        "alertid": "37110041600000_20190811113005",
        "issuetime": "2019/08/11 11:30",
        "title": "山东省日照市气象台发布大风黄色预警信号",
        "pic": "https://image.nmc.cn/assets/img/alarm/p0007003.png",
    }
    return {**base, **changes}


def test_the_platforms_xml_gives_codes_colour_action_and_chain() -> None:
    ((_, revision),) = decode(PLATFORM).records
    assert revision.id == "cn:37020041600000_20190810083000"
    assert revision.revision == "37020041600000_20190811120000"
    assert (revision.action, revision.colour, revision.event_code) == ("cancel", "orange", "11B03")
    assert (revision.status, revision.adcodes) == (Status.EXERCISE, ("370200", "370202"))
    assert revision.issued_ms == 1_565_495_880_000
    assert revision.fields["level"] == "II"


def test_the_name_of_the_person_who_sent_it_is_left_behind() -> None:
    assert "某人" not in repr(decode(PLATFORM).records)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (("Orange", "Purple"), "info.severity"),
        (("2019-08-11 11:58:00+08:00", "yesterday"), "sendTime"),
        (("37020041600000_20190811120000", "x"), "identifier"),
        (("370200000000", "37020000000"), "info.area.geocode"),
        (("<polygon/>", "<polygon>1,2 3,4</polygon>"), "info.area.polygon"),
        (("Exercise", "Perhaps"), "status"),
    ],
)
def test_a_wrong_element_of_the_platforms_xml_is_named(wrong: tuple[str, str], field: str) -> None:
    decoded = decode(PLATFORM.replace(*wrong))
    assert decoded.records == ()
    assert [r.field for r in decoded.refused] == [field]


def test_nmc_states_minutes_and_the_identifier_the_seconds() -> None:
    ((_, revision),) = decode(nmc(row())).records
    assert revision.issued_ms == identifier.beijing_ms("2019-08-11 11:30:05")


def test_a_later_release_time_than_the_identifiers_minute_is_kept() -> None:
    ((_, revision),) = decode(nmc(row(issuetime="2019/08/11 11:42"))).records
    assert revision.issued_ms == identifier.beijing_ms("2019-08-11 11:42:00")


def test_level_codes_run_opposite_ways() -> None:
    assert levels.NMC_SUFFIX["001"] == levels.WEATHERCN_LEVEL["04"] == "red"
    assert levels.NMC_SUFFIX["004"] == levels.WEATHERCN_LEVEL["01"] == "blue"


def test_a_picture_that_contradicts_the_headline_is_refused_and_its_neighbour_kept() -> None:
    decoded = decode(nmc(row(pic="p0007001.png"), row(alertid="37020041600000_20190811114512")))
    assert [(r.field, r.whole) for r in decoded.refused] == [("data.page.list[0].colour", False)]
    assert [r.revision for _, r in decoded.records] == ["37020041600000_20190811114512"]


def test_an_answer_that_says_it_failed_is_no_empty_list() -> None:
    assert [r.field for r in decode(nmc(code=500)).refused] == ["code"]
    assert decode(nmc()).refused == ()


def test_a_detail_that_refers_to_itself_replaces_nothing() -> None:
    detail = {
        "head": "昭苏县发布雷电黄色预警信号", "ALERTID": "x", "SIGNALTYPE": "雷电", "SIGNALLEVEL": "黄色",
        "TYPECODE": "09", "LEVELCODE": "02", "ISSUETIME": "2026-10-06 21:29:27", "msgType": "Alert",
        "identifier": "65402641600000_20261006212927", "references": "65402641600000_20261006212927",
    }  # fmt: skip
    ((_, revision),) = decode(f"var alarminfo={json.dumps(detail)};").records
    assert revision.id == "cn:65402641600000_20261006212927"
    assert (revision.colour, revision.action, revision.event_code) == ("yellow", "alert", "11B14")
    assert decode(json.dumps({**detail, "LEVELCODE": "03"})).refused[0].field == "LEVELCODE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("青岛市气象台将暴雨黄色预警升级为暴雨红色预警", ("暴雨", "red", None, "update")),
        ("日照市气象台解除大风蓝色预警[Ⅳ级/一般]", ("大风", "blue", "IV", "cancel")),
        ("山东省气象局继续发布道路结冰橙色预警", ("道路结冰", "orange", None, "update")),
        ("中央气象台6月20日18时继续发布暴雨黄色预警", ("暴雨", "yellow", None, "update")),
        ("上海中心气象台发布雷雨大风黄色预警[III级/较重]", ("雷雨大风", "yellow", "III", "alert")),
        ("Yuanshi updates blue warning for hail [Level IV/General]", ("hail", "blue", "IV", "update")),
        ("no warning at all", ("", "", None, "alert")),
    ],
)
def test_a_headline_says_event_colour_level_and_action(text: str, expected: tuple[str, str, str | None, str]) -> None:
    read = headline.read(text)
    assert (read.event, read.colour, read.level, read.action) == expected


def test_an_excerpt_without_sent_is_dated_by_its_receipt() -> None:
    text = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1.2.3</identifier></alert>'
    assert [r.issued_ms for _, r in decode(text).records] == [7]
