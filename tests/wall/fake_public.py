"""Warnings and shifts of the fake picture: a published one, a draft, two people on duty."""

from __future__ import annotations

from ops_center.domain.alert import Mark
from ops_center.domain.scales import Role, Status, WarningColour
from ops_center.domain.shift import Shift, ShiftEntry
from ops_center.domain.text import Message, Text
from ops_center.domain.warning import CapTerms, Measure, PublicWarning, WarningRevision, WarningState

MINUTE_MS = 60_000
TERMS = CapTerms(
    category=("CBRNE", "Safety"), urgency="Immediate", severity="Severe", certainty="Observed", response=("Shelter",)
)


def revision_of(**given: object) -> WarningRevision:
    """Return a revision; `given` says what differs from a draft."""
    drafted = Mark(by="王磊", post="1 号席", at_ms=1_565_474_000_000)
    values: dict[str, object] = {
        "number": 1,
        "colour": WarningColour.ORANGE,
        "event": Text("危险化学品泄漏", "Hazardous materials release"),
        "event_code": "hazmat_leak",
        "terms": TERMS,
        "headline": Text("G2京沪高速危险化学品泄漏橙色预警", "Orange warning: hazardous materials release on G2"),
        "description": Text("06时起，G2京沪高速发生危险化学品泄漏。", "Hazardous materials released on G2 from 06:00."),
        "instruction": Text("关闭门窗，向侧上风方向离开。", "Close windows; leave crosswind."),
        "measures": (Measure(law="突发事件应对法（2024）第六十七条第六项", text=Text("疏散", "Evacuate")),),
        "onset_ms": drafted.at_ms,
        "expires_ms": drafted.at_ms + 6 * 3_600_000,
        "adcodes": ("370102",),
        "area_text": Text("历下区", "Lixia"),
        "contact": "12350",
        "drafted": drafted,
    }
    return WarningRevision(**{**values, **given})  # type: ignore[arg-type]


def warnings_at(at_ms: int) -> tuple[PublicWarning, ...]:
    """Return a draft in 370102 and a published warning in 370725, as they stand at an instant."""
    commander = Mark(by="李敏", post="指挥席", at_ms=at_ms - 5 * MINUTE_MS)
    typhoon = revision_of(
        state=WarningState.PUBLISHED, colour=WarningColour.RED, event=Text("台风", "Typhoon"), event_code="typhoon",
        headline=Text("潍坊市昌乐县台风红色预警", "Red typhoon warning: Changle"),
        description=Text("台风利奇马将影响昌乐县。", "Typhoon Lekima will affect Changle."),
        instruction=Text("非必要不外出。", "Stay indoors."), adcodes=("370725",), area_text=Text("昌乐县", "Changle"),
        approvals=(commander,), published=commander, issuer=Text("山东省应急指挥中心", "Shandong emergency centre"),
        sender="370000.ops-center", identifier="370000.ops-center.0123456789abcdef.1", sent="2019-08-11T05:55:00+08:00",
        onset_ms=at_ms - 5 * MINUTE_MS, expires_ms=at_ms + 24 * 3_600_000,
        deliveries=(("broadcasters", "receipted"), ("schools", "failed")),
    )  # fmt: skip
    return (
        PublicWarning(
            id="warning-1", incident="incident-1", template="hazmat_leak", template_version="1", jurisdiction="370102",
            status=Status.EXERCISE, approvals_needed=2, recipients=("broadcasters",), revisions=(revision_of(),),
        ),
        PublicWarning(
            id="warning-2", incident="incident-2", template="typhoon", template_version="1", jurisdiction="370725",
            status=Status.EXERCISE, approvals_needed=2, recipients=("broadcasters", "schools"), revisions=(typhoon,),
        ),
    )  # fmt: skip


def shifts_at(at_ms: int) -> tuple[Shift, ...]:
    """Return a duty officer of 370102 and one of 370725, both on duty."""
    began = Mark(by="王磊", post="duty-1", at_ms=at_ms - 180 * MINUTE_MS)
    note = ShiftEntry(
        at_ms=at_ms - 20 * MINUTE_MS,
        by="王磊",
        message=Message(template=Text("{text}", "{text}"), params={"text": "G2 现场来电，已转消防"}),
        caused_by="command-9",
    )
    return tuple(
        Shift(
            id=f"shift-{n}", post=f"duty-{n}", person=person, role=Role.DUTY_OFFICER, jurisdiction=code,
            status=Status.EXERCISE, began=began, log=(note,),
        )
        for n, person, code in ((1, "王磊", "370102"), (2, "孙悦", "370725"))
    )  # fmt: skip
