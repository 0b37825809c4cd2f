"""A paper as one self-contained HTML page: no script, nothing fetched, good on screen and in print."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from ops_center.domain.text import Text
from ops_center.reports.paper import MARKS, Block, Facts, Map, Paper, Paragraph, Table
from ops_center.reports.svg import svg

STYLE = files("ops_center.reports").joinpath("page.css").read_text(encoding="utf-8")


def html(paper: Paper, language: str) -> str:
    """Return the page in one language."""

    def say(text: Text) -> str:
        return escape(text.of(language))

    code = "zh-CN" if language == "zh" else "en"
    mark = MARKS[paper.status].of(language)
    sections = "".join(
        f"<section><h2>{say(section.title)}</h2>{''.join(_block(one, language) for one in section.blocks)}</section>"
        for section in paper.sections
    )
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{say(paper.title)}</title><style>{STYLE}</style></head><body><header>"
        + (f'<p class="mark">{escape(mark)}</p>' if mark else "")
        + f'<h1>{say(paper.title)}</h1><p class="subtitle">{say(paper.subtitle)}</p></header>'
        f"<main>{sections}</main><footer>{say(paper.footer)}</footer></body></html>"
    )


def _block(block: Block, language: str) -> str:
    match block:
        case Paragraph():
            return f"<p>{escape(block.text.of(language))}</p>"
        case Facts():
            rows = "".join(f"<dt>{escape(k.of(language))}</dt><dd>{escape(v.of(language))}</dd>" for k, v in block.rows)
            return f"<dl>{rows}</dl>"
        case Table():
            return _table(block, language)
        case Map():
            caption = escape(block.caption.of(language))
            return f"<figure>{svg(block.drawing)}<figcaption>{caption}</figcaption></figure>"


def _table(table: Table, language: str) -> str:
    heads = "".join(
        f'<th scope="col" style="width:{share:.0%}">{escape(head.of(language))}</th>'
        for head, share in zip(table.heads, table.widths, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell.of(language))}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
