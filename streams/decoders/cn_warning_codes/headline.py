"""Read the headline of a warning: event, colour, level and what is done with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from streams.decoders.cn_warning_codes import levels

_COLOUR_ZH = re.compile(r"([红橙黄蓝])色")
_COLOUR_EN = re.compile(r"\b(red|orange|yellow|blue)\b", re.IGNORECASE)
# The event stands between the verb and the colour; the last such pair holds ("…升级为暴雨红色预警").
_VERB = (
    r"(?:发布为?|更新为?|变更为?|升级为|降级为|升级|降级|调整为|调整"
    r"|确认为?|解除|取消|撤销|终止|继续|延续|转为|改为|将|为)"
)
_EVENT_ZH = re.compile(rf"{_VERB}(?:的)?((?:(?!{_VERB})[\u3400-\u9fff()（）、/A-Za-z])+?)([红橙黄蓝])色预警")
_ISSUER_ZH = re.compile(
    r"(?:气象台|气象局|气象站|预警中心|指挥部|管理局|办公室|委员会|厅|局|中心)([\u3400-\u9fff]+?)[红橙黄蓝]色预警"
)
_EVENT_EN = re.compile(r"\bwarning\s+(?:signal\s+)?(?:for|of)\s+(.+?)\s*(?:\[|$)", re.IGNORECASE)
_LEVEL = re.compile(r"([ⅠⅡⅢⅣ]|IV|I{1,3})\s*级|Level\s+([ⅠⅡⅢⅣ]|IV|I{1,3})\b", re.IGNORECASE)
_CANCEL = re.compile(r"解除|取消|撤销|终止|\b(?:cancel|lift|remove)", re.IGNORECASE)
_UPDATE = re.compile(
    r"继续|延续|更新|变更|升级|降级|调整|转为|改为|确认|\b(?:update|continue|upgrade|downgrade)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Headline:
    """What a headline says; None or "" where it does not say it."""

    event: str
    colour: str
    level: str | None
    action: str


def read(text: str) -> Headline:
    """Return the parts of a headline in Chinese or English."""
    return Headline(_event(text), colour_of(text), _level(text), action_of(text))


def colour_of(text: str) -> str:
    """Return the warning colour a text states, the last one where it names two; "" where none."""
    found = _COLOUR_ZH.findall(text) or _COLOUR_EN.findall(text)
    return levels.colour(found[-1]) if found else ""


def action_of(text: str) -> str:
    """Return alert, update or cancel by the headline's verb."""
    if _CANCEL.search(text):
        return "cancel"
    return "update" if _UPDATE.search(text) else "alert"


def _event(text: str) -> str:
    found = [match[0] for match in _EVENT_ZH.findall(text)] or _ISSUER_ZH.findall(text) or _EVENT_EN.findall(text)
    return re.sub(r"[(（].*$", "", found[-1]) if found else ""


def _level(text: str) -> str | None:
    match = _LEVEL.search(text)
    return levels.roman(match[1] or match[2]) or None if match else None
