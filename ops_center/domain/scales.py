"""The four scales (severity, warning colour, event grade, response level) and the CAP status.

They are four types on purpose: none is derived from another without a person (MODEL: Alarms).
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """CAP 1.2 alert status, carried by feed and envelope and by everything they cause."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    SYSTEM = "system"
    TEST = "test"


class Severity(StrEnum):
    """Alarm severity (CAP 1.2 names); on screen 提示 一般 重要 紧急."""

    MINOR = "minor"  # look at it when the hands are free
    MODERATE = "moderate"  # act within the shift
    SEVERE = "severe"  # act within minutes
    EXTREME = "extreme"  # drop everything: life is in danger now

    @property
    def rank(self) -> int:
        """0 for minor up to 3 for extreme."""
        return list(Severity).index(self)


class WarningColour(StrEnum):
    """Colour of a published warning (突发事件应对法 2024, art. 63: IV..I)."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class EventGrade(StrEnum):
    """Legal grade of an event from casualties and loss (国务院令 493, art. 3)."""

    IV = "IV"  # 一般
    III = "III"  # 较大
    II = "II"  # 重大
    I = "I"  # 特别重大  # noqa: E741


class ResponseLevel(StrEnum):
    """Emergency response level; only a person starts one."""

    IV = "IV"
    III = "III"
    II = "II"
    I = "I"  # noqa: E741


class AlertClass(StrEnum):
    """Who is called: alarm (someone must act), notice (in a list), record (counted)."""

    ALARM = "alarm"
    NOTICE = "notice"
    RECORD = "record"


class Role(StrEnum):
    """What a signed-in person may do; each is limited to a jurisdiction."""

    VIEWER = "viewer"
    DUTY_OFFICER = "duty_officer"
    COMMANDER = "commander"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    UNIT = "unit"  # a service account that answers for dispatched units; it signs in nowhere
