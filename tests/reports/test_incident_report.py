"""The after-report: its figures by hand, its pages readable, the map in place, nothing people wrote run as markup."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from lxml import etree

from ops_center.domain.incident import Place
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.reports.drawing import Label, Path, Sign, frame_of
from ops_center.reports.figures import Figures, figures_of
from ops_center.reports.ground import incident_map
from ops_center.reports.html import html
from ops_center.reports.incident import incident_report
from ops_center.reports.paper import lasting
from ops_center.reports.pdf import pdf
from ops_center.reports.svg import svg
from tests.desk.stage import DAY
from tests.reports.case import MINUTE, OFFICE, case, ground, incident


def paper(language: str = "zh", **given: object):
    return incident_report(case(**given), OFFICE, at_ms=DAY + 100 * MINUTE, language=language)


def text_of(document: bytes) -> str:
    pages = pypdfium2.PdfDocument(document)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pages).replace("\r", "")
    finally:
        pages.close()


def test_the_figures_are_those_counted_by_hand():
    one = case()
    assert figures_of(one.incident, one.runs, one.dispatches) == Figures(
        verify_ms=4 * MINUTE,
        dispatch_ms=6 * MINUTE,
        on_scene_ms=21 * MINUTE,
        reports_on_time=1,
        reports_late=1,
        reports_owed=1,
        tasks=3,
        tasks_done=2,
        tasks_skipped=1,
        tasks_late=1,
    )


def test_what_has_not_happened_is_a_dash_and_not_zero():
    bare = figures_of(incident(verified=None, reports=()), (), ())
    assert (bare.verify_ms, bare.dispatch_ms, bare.on_scene_ms) == (None, None, None)
    assert lasting(None) == Text("—", "—")
    assert lasting(4 * MINUTE + 5_000) == Text("4 分 5 秒", "4 min 5 s")
    assert lasting(125 * MINUTE) == Text("2 小时 5 分", "2 h 5 min")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            [
                "演练",
                "事件报告：危货罐车泄漏",
                "接报至到场",
                "21 分 0 秒",
                "危化品泄漏",
                "济南危化队",
                "按时 1，迟报 1，未报 1",
                "橙色预警",
            ],
        ),
        (
            "en",
            [
                "Exercise",
                "Incident report: Tanker leak",
                "Call to on scene",
                "21 min 0 s",
                "Hazmat leak",
                "1 on time, 1 late, 1 owed",
                "Orange warning",
            ],
        ),
    ],
)
def test_html_and_pdf_say_the_same_in_either_language(language: str, words: list[str]):
    page, printed = html(paper(language), language), text_of(pdf(paper(language), language))
    for word in [*words, "370102-20190811-001", "ab" * 32, "李敏", "鲁O00000"]:
        assert word in page
        assert word.replace(" ", "") in printed.replace(" ", "").replace("\n", "")


def test_the_timeline_is_in_order_of_time():
    rows = next(s for s in paper().sections if s.title.en == "Timeline").blocks[0].rows
    times = [row[0].zh for row in rows]
    assert times == sorted(times)
    assert [row[2].en for row in rows] == [
        "Alarm: Possible leak. 鲁O00000 leaks",
        "Acknowledged: Possible leak",
        "Opened by report",
        "Verified",
        "Alarm cleared: Possible leak",
    ]


def test_what_people_wrote_is_never_markup():
    page = html(paper(), "zh")
    assert "<b>无伤亡</b>" not in page
    assert "&lt;b&gt;无伤亡&lt;/b&gt;" in page
    assert "<b>无伤亡</b>" in text_of(pdf(paper(), "zh"))
    assert "<script" not in page


def test_the_page_fetches_nothing():
    page = html(paper(), "zh")
    for word in ("http://", "https://", "url(", "src=", "@import"):
        assert word not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    etree.fromstring(svg(incident_map(case().incident, ground=ground)).encode())


def test_the_same_paper_gives_the_same_bytes_and_embeds_only_the_glyphs_it_uses():
    one, two = pdf(paper(), "zh"), pdf(paper(), "zh")
    assert one == two
    assert len(one) < 200_000
    assert b"/FontFile2" in one


def test_an_actual_incident_bears_no_mark():
    actual = html(paper(incident=incident(status=Status.ACTUAL)), "zh")
    assert 'class="mark"' not in actual
    assert "演练" not in actual


def test_the_map_holds_the_scene_the_unit_and_the_warned_area_on_its_sheet():
    one = case()
    drawn = incident_map(
        one.incident, ground=ground, warnings=one.warnings, dispatches=one.dispatches, resources=one.resources
    )
    signs = [shape for shape in drawn.shapes if isinstance(shape, Sign)]
    assert [sign.shape for sign in signs] == ["square", "cross"]
    for sign in signs:
        assert 0 < sign.at[0] < drawn.width
        assert 0 < sign.at[1] < drawn.height
    (area,) = [shape for shape in drawn.shapes if isinstance(shape, Path) and shape.opacity < 1]
    assert len(area.points) == 5
    assert {label.text for label in drawn.shapes if isinstance(label, Label)} >= {
        "济南危化队",
        "历下区",
        one.incident.number,
    }


def test_north_is_up_and_the_scale_is_true():
    frame = frame_of([(117.0, 36.0), (117.5, 36.3)])
    west, east = frame.put(117.0, 36.0), frame.put(117.5, 36.0)
    north = frame.put(117.0, 36.3)
    assert east[0] > west[0]
    assert north[1] < west[1]
    across, up = (east[0] - west[0]) / (0.5 * 0.8076), (west[1] - north[1]) / 0.3  # cos 36.15 degrees
    assert across == pytest.approx(up, rel=0.01)


def test_an_incident_without_a_place_has_no_map_and_still_a_report():
    bare = case(incident=replace(incident(), place=Place(adcode="370102")), dispatches=(), warnings=(), resources=())
    made = incident_report(bare, OFFICE, at_ms=DAY, language="zh")
    assert "位置" not in [section.title.zh for section in made.sections]
    assert pdf(made, "zh").startswith(b"%PDF-")


def test_the_pdf_page_is_drawn_and_not_blank():
    document = pypdfium2.PdfDocument(pdf(paper(), "zh"))
    image = document[0].render(scale=1).to_pil().convert("L")
    dark = sum(image.histogram()[:128])
    document.close()
    assert dark > 2_000
