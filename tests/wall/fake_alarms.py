"""Alerts of the fake picture, by seven rules; their facts are functions of number and age."""

from __future__ import annotations

from collections.abc import Sequence

from ops_center.domain.alert import Alert, Condition, Occurrence, Shelf, Suppression, SuppressionReason
from ops_center.domain.scales import AlertClass, Severity, Status
from ops_center.domain.text import Json, Message, Text
from tests.wall.fake_people import mark_of
from tests.wall.fake_vehicles import COUNTIES, VEHICLES, plate, positions_at

RULES: Sequence[tuple[str, Severity, AlertClass, Text, Text]] = (
    (
        "hazmat-leak",
        Severity.EXTREME,
        AlertClass.ALARM,
        Text("危货罐车泄漏", "Hazmat tanker leak"),
        Text(
            "{vehicle.plate} 在{road.name}报告泄漏，UN {cargo.un_number}",
            "{vehicle.plate} reports a leak on {road.name}, UN {cargo.un_number}",
        ),
    ),
    (
        "near-school",
        Severity.MODERATE,
        AlertClass.ALARM,
        Text("危货车在学校旁停留", "Hazmat vehicle stopped near a school"),
        Text(
            "{vehicle.plate} 在{school.name}旁停留 12 分钟", "{vehicle.plate} stopped near {school.name} for 12 minutes"
        ),
    ),
    (
        "long-tunnel",
        Severity.SEVERE,
        AlertClass.ALARM,
        Text("危货车进入长隧道", "Hazmat vehicle in a long tunnel"),
        Text("{vehicle.plate} 驶入{road.name}隧道", "{vehicle.plate} entered the tunnel on {road.name}"),
    ),
    (
        "four-hours",
        Severity.MODERATE,
        AlertClass.ALARM,
        Text("连续驾驶超过四小时", "More than four hours at the wheel"),
        Text(
            "{vehicle.plate} 已连续驾驶 4 小时 06 分", "{vehicle.plate} has been driven for 4 h 06 min without a break"
        ),
    ),
    (
        "in-wind-circle",
        Severity.SEVERE,
        AlertClass.ALARM,
        Text("危货车进入七级风圈", "Hazmat vehicle inside the gale circle"),
        Text("{vehicle.plate} 在利奇马七级风圈内", "{vehicle.plate} is inside the gale circle of Lekima"),
    ),
    (
        "off-route",
        Severity.MINOR,
        AlertClass.ALARM,
        Text("偏离运单路线", "Off its waybill's route"),
        Text("{vehicle.plate} 偏离路线 2.4 千米", "{vehicle.plate} is 2.4 km off its route"),
    ),
    (
        "speed",
        Severity.MINOR,
        AlertClass.NOTICE,
        Text("超速", "Over the limit"),
        Text("{vehicle.plate} 96 km/h，限速 80", "{vehicle.plate} at 96 km/h, limit 80"),
    ),
)


def alert_of(number: int, *, started_ms: int, at_ms: int) -> Alert:
    """Return alert `number` as it stands at an instant; its facts are functions of number and age."""
    rule, severity, kind, title, message = RULES[number % len(RULES)]
    row = number * 13 % VEHICLES
    age = at_ms - started_ms
    acknowledged = mark_of("李敏", started_ms + 90_000) if number % 4 == 1 and age > 90_000 else None
    over = number % 5 == 2 and age > 1_800_000
    county = COUNTIES[row % len(COUNTIES)]
    where = positions_at(started_ms, n=row + 1)
    facts: dict[str, Json] = {
        "vehicle.plate": plate(row), "cargo.un_number": "1203", "driver.name": "测试驾驶员", "driver.phone": "10000000000",
        "road.name": "G2 京沪高速", "school.name": "示范小学", "speed_kph": 3.2, "admin.county": f"county/{county}",
    }  # fmt: skip
    identity = f"alert-{number:04d}"
    return Alert(
        id=identity, rule=rule, group=(("vehicle", f"jt808/{13_000_000_000 + row}"),), alert_class=kind, title=title,
        message=Message(template=message, params={name: facts[name] for name in facts if "{" + name + "}" in message.zh}),
        status=Status.EXERCISE, jurisdiction=county, subject=f"jt808/{13_000_000_000 + row}", feed="jt808",
        lon_e7=round(float(where.lon[row]) * 1e7), lat_e7=round(float(where.lat[row]) * 1e7),
        occurrences=tuple(
            Occurrence(
                id=f"{identity}-o{n}", started_ms=started_ms - back, rule_version="2", severities=((started_ms - back, severity),),
                condition=Condition.FIRING if back == 0 and not over else Condition.RESOLVED,
                resolved_ms=None if back == 0 and not over else started_ms + 1_800_000 - back,
                resolution="" if back == 0 and not over else "cleared",
                acknowledged=acknowledged if back == 0 else mark_of("李敏", started_ms - back + 60_000), caused_by=f"event-{number}-{n}", why=facts,
            )
            for n, back in enumerate((7_200_000, 0) if number % 6 == 4 else (0,))
        ),
        shelf=Shelf(until_ms=started_ms + 7_200_000, reason="承运人已联系", mark=mark_of("王磊", started_ms)) if number % 9 == 8 else None,
        suppressions=(Suppression(reason=SuppressionReason.PARENT_ACTIVE, mark=mark_of("李敏", started_ms)),) if number % 11 == 10 else (),
        claimed=mark_of("李敏", started_ms + 20_000) if number % 7 == 3 else None,
        incident="incident-1" if number == 0 else "",
    )  # fmt: skip
