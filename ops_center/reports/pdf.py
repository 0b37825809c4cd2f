"""A paper as PDF: A4, the font embedded by the glyphs that are used, the same map shapes as the HTML."""

from __future__ import annotations

import gzip
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer
from reportlab.platypus import Paragraph as Words
from reportlab.platypus import Table as Grid

from ops_center.domain.text import Text
from ops_center.reports.drawing import Drawing, Label, Path, Shape, Sign
from ops_center.reports.paper import MARKS, Block, Facts, Map, Paper, Paragraph, Table

FONT = "NotoSansSC"
MARGIN = 18 * mm
INK, GREY, RULE, HEAD = "#1f2933", "#4a5560", "#c5ccd2", "#eef1f3"


def pdf(paper: Paper, language: str) -> bytes:
    """Return the document in one language; the same paper gives the same bytes."""
    _font()
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=paper.title.of(language),
        author=paper.subtitle.of(language),
        lang="zh-CN" if language == "zh" else "en",
        invariant=1,
    )
    body = Frame(document.leftMargin, document.bottomMargin, document.width, document.height, 0, 0, 0, 0)
    mark = MARKS[paper.status].of(language)

    def around(canvas: Any, made: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 8)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, MARGIN, paper.footer.of(language))
        canvas.drawRightString(A4[0] - MARGIN, MARGIN, str(made.page))
        if mark:
            canvas.setFillColor("#b3261e")
            canvas.drawRightString(A4[0] - MARGIN, A4[1] - MARGIN + 3 * mm, mark)
        canvas.restoreState()

    document.addPageTemplates([PageTemplate(frames=[body], onPage=around)])
    document.build(_story(paper, language, document.width))
    return out.getvalue()


@cache
def _font() -> None:
    """Make the font known; it ships with the program, so that a report needs nothing of the machine."""
    packed = files("ops_center.reports").joinpath("fonts/NotoSansSC.ttf.gz").read_bytes()
    pdfmetrics.registerFont(TTFont(FONT, BytesIO(gzip.decompress(packed))))


def _style(size: float, *, colour: str = INK, before: float = 0.0, after: float = 0.0, heads: bool = False) -> Any:
    return ParagraphStyle(
        f"s{size}{colour}{before}{after}",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.45,
        textColor=colour,
        wordWrap="CJK",
        spaceBefore=before,
        spaceAfter=after,
        keepWithNext=int(heads),
    )


def _story(paper: Paper, language: str, width: float) -> list[Any]:
    mark = MARKS[paper.status].of(language)
    story: list[Any] = [
        *([Words(_safe(f"【{mark}】"), _style(11, colour="#b3261e"))] if mark else []),
        Words(_safe(paper.title.of(language)), _style(18)),
        Words(_safe(paper.subtitle.of(language)), _style(10, colour=GREY, after=8)),
    ]
    for section in paper.sections:
        story.append(Words(_safe(section.title.of(language)), _style(12.5, before=10, after=4, heads=True)))
        for block in section.blocks:
            story += _block(block, language, width)
    return story


def _block(block: Block, language: str, width: float) -> list[Any]:
    match block:
        case Paragraph():
            return [Words(_safe(block.text.of(language)), _style(9.5))]
        case Facts():
            rows = [[_cell(key, language, GREY), _cell(value, language)] for key, value in block.rows]
            grid = Grid(rows, colWidths=[width * 0.24, width * 0.76])
            grid.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 1),
                           ("BOTTOMPADDING", (0, 0), (-1, -1), 1), ("LEFTPADDING", (0, 0), (-1, -1), 0)])  # fmt: skip
            return [grid]
        case Table():
            return [_grid(block, language, width), Spacer(1, 6)]
        case Map():
            caption = Words(_safe(block.caption.of(language)), _style(8, colour=GREY))
            return [Sheet(block.drawing, width), caption]


def _grid(table: Table, language: str, width: float) -> Any:
    rows = [[_cell(head, language) for head in table.heads]]
    rows += [[_cell(cell, language) for cell in row] for row in table.rows]
    grid = Grid(rows, colWidths=[width * share for share in table.widths], repeatRows=1)
    grid.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor(RULE)),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(HEAD)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return grid


def _cell(text: Text, language: str, colour: str = INK) -> Any:
    return Words(_safe(text.of(language)).replace("\n", "<br/>"), _style(8.5, colour=colour))


def _safe(text: str) -> str:
    """Return text as reportlab's small markup: nothing of what people wrote is markup."""
    return escape(text, quote=False)


class Sheet(Flowable):  # type: ignore[misc]
    """A drawing on the page, as wide as the text."""

    def __init__(self, drawing: Drawing, width: float) -> None:
        super().__init__()
        self.drawing, self.scale = drawing, width / drawing.width
        self.width, self.height = width, drawing.height * self.scale

    def draw(self) -> None:
        """Draw every shape, with y upwards as PDF has it, cut off at the sheet."""
        canvas = self.canv
        canvas.saveState()
        clip = canvas.beginPath()
        clip.rect(0, 0, self.width, self.height)
        canvas.clipPath(clip, stroke=0)
        canvas.translate(0, self.height)
        canvas.scale(self.scale, -self.scale)
        for shape in self.drawing.shapes:
            _draw(canvas, shape)
        canvas.restoreState()


def _draw(canvas: Any, shape: Shape) -> None:
    canvas.saveState()
    match shape:
        case Path():
            _draw_path(canvas, shape)
        case Sign():
            _draw_sign(canvas, shape)
        case Label():
            canvas.translate(*shape.at)
            canvas.scale(1, -1)
            _draw_words(canvas, shape)
    canvas.restoreState()


def _draw_words(canvas: Any, label: Label) -> None:
    """Draw words twice: a white edge first, so that they can be read on any ground."""
    across = pdfmetrics.stringWidth(label.text, FONT, label.size) if label.ends else 0.0
    for outline in (True, False):
        canvas.saveState()  # the mode belongs to the graphics state (ISO 32000-1, 9.3.6)
        words = canvas.beginText(-across, 0)
        words.setFont(FONT, label.size)
        if outline:
            canvas.setStrokeColor("#ffffff")
            canvas.setLineWidth(2.5)
            words.setTextRenderMode(1)
        canvas.setFillColor(label.colour)
        words.textOut(label.text)
        canvas.drawText(words)
        canvas.restoreState()


def _draw_path(canvas: Any, path: Path) -> None:
    if not path.points:
        return
    line = canvas.beginPath()
    line.moveTo(*path.points[0])
    for point in path.points[1:]:
        line.lineTo(*point)
    canvas.setLineWidth(path.width)
    canvas.setStrokeColor(path.stroke)
    if path.dash:
        canvas.setDash(5, 4)
    if path.fill:
        canvas.setFillColor(path.fill)
        canvas.setFillAlpha(path.opacity)
    canvas.drawPath(line, stroke=1, fill=1 if path.fill else 0)


def _draw_sign(canvas: Any, sign: Sign) -> None:
    (x, y), half = sign.at, sign.size / 2
    canvas.setFillColor(sign.colour)
    canvas.setStrokeColor("#ffffff")
    if sign.shape == "square":
        canvas.rect(x - half, y - half, sign.size, sign.size, stroke=1, fill=1)
    elif sign.shape == "cross":
        for width, colour in ((5, "#ffffff"), (3, sign.colour)):
            canvas.setLineWidth(width)
            canvas.setStrokeColor(colour)
            canvas.line(x - half, y, x + half, y)
            canvas.line(x, y - half, x, y + half)
    else:
        canvas.circle(x, y, half, stroke=1, fill=1)
