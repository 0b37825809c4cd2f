"""What the law says of grades, command and report times: figures and their articles, nothing decided.

国务院令第493号 is 生产安全事故报告和调查处理条例 (2007); 山东省突发事件应对条例 is of 2012.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ops_center.domain.scales import EventGrade
from ops_center.domain.text import Text

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Law(StrEnum):
    """Under which part of 国务院令493 an incident of a kind is reported."""

    ACCIDENT = "accident"
    ROAD_ACCIDENT = "road_accident"  # art. 13: changes within 7 days, not 30
    FIRE = "fire"  # art. 13: the same


# Art. 3: deaths, serious injuries (acute poisoning counts as one), direct loss in yuan. "以上" includes
# the number, "以下" does not; the worst criterion decides.
GRADES: tuple[tuple[EventGrade, int, int, int], ...] = (
    (EventGrade.I, 30, 100, 100_000_000),
    (EventGrade.II, 10, 50, 50_000_000),
    (EventGrade.III, 3, 10, 10_000_000),
)
GRADE_BASIS = Text("国务院令第493号第三条", "State Council Order 493, art. 3")


def grade_of(*, deaths: int, serious_injuries: int, loss_cny: int) -> EventGrade:
    """Return the grade these figures amount to."""
    for grade, most_deaths, most_injuries, most_loss in GRADES:
        if deaths >= most_deaths or serious_injuries >= most_injuries or loss_cny >= most_loss:
            return grade
    return EventGrade.IV


LEVELS = ("county", "city", "province", "state")
COMMAND: Mapping[EventGrade, str] = dict(
    zip((EventGrade.IV, EventGrade.III, EventGrade.II, EventGrade.I), LEVELS, strict=True)
)
COMMAND_BASIS = Text("山东省突发事件应对条例第三十五条", "Shandong Regulation on Emergency Response, art. 35")
LEADERS: Mapping[str, Text] = {
    "county": Text("县（市、区）人民政府", "county government"),
    "city": Text("设区的市人民政府", "city government"),
    "province": Text("省人民政府", "provincial government"),
    "state": Text(
        "国务院，或根据国务院部署由省人民政府", "State Council, or the provincial government as arranged by it"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTime:
    """Within what time one hands a report to the next, and where that is written."""

    within_ms: int
    basis: Text


# Who reports to whom.
STEPS: Mapping[str, ReportTime] = {
    "unit head to county authority": ReportTime(
        within_ms=HOUR_MS, basis=Text("国务院令第493号第九条", "State Council Order 493, art. 9")
    ),
    "authority to the next level": ReportTime(
        within_ms=2 * HOUR_MS, basis=Text("国务院令第493号第十一条", "State Council Order 493, art. 11")
    ),
}
# The desk is an authority: its own clock runs from when it heard.
FIRST_REPORT = STEPS["authority to the next level"]
CHANGES_BASIS = Text("国务院令第493号第十三条", "State Council Order 493, art. 13")


def changes_within_ms(law: Law) -> int:
    """Return for how long after an accident a change of casualties must be reported (art. 13)."""
    return (30 if law is Law.ACCIDENT else 7) * DAY_MS
