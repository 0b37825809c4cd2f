"""One incident with everything a report can hold, and a ground drawn by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ops_center.domain.alert import Alert, Condition, Mark, Occurrence
from ops_center.domain.incident import (
    Attachment,
    Claim,
    Graded,
    Incident,
    IncidentState,
    LogEntry,
    Place,
    Report,
    ReportKind,
    Response,
)
from ops_center.domain.resource import Dispatch, DispatchState, Resource, ResourceKind
from ops_center.domain.run import PlaybookRun, Task, TaskState
from ops_center.domain.scales import AlertClass, EventGrade, ResponseLevel, Severity, Status
from ops_center.domain.text import Message, Text
from ops_center.reports.drawing import Frame, Ground, Named
from ops_center.reports.incident import Case, Office
from tests.desk.stage import DAY, SQUARE
from tests.streams.test_cap_encode import draft, published

MINUTE = 60_000


def mark(at: int, by: str = "王磊") -> Mark:
    return Mark(by=by, post="duty-1", at_ms=DAY + at)


def ground(frame: Frame) -> Ground:
    return Ground(
        counties=(Named(rings=(((116.9, 36.0), (117.5, 36.4)),), name="历下区", name_en="Lixia", at=(117.05, 36.05)),),
        roads=(Named(rings=(((116.5, 36.02), (118.5, 36.06)),)),),
    )


OFFICE = Office(
    authority=Text("省应急指挥中心", "Provincial centre"),
    zone=ZoneInfo("Asia/Shanghai"),
    kinds={"hazmat_leak": Text("危化品泄漏", "Hazmat leak")},
    ground=ground,
)


def incident(**given: object) -> Incident:
    values: dict[str, object] = {
        "id": "incident-1",
        "number": "370102-20190811-001",
        "kind": "hazmat_leak",
        "title": Text("危货罐车泄漏", "Tanker leak"),
        "place": Place(lon_e7=1_170_500_000, lat_e7=360_500_000, adcode="370102", road="G2", stake="K412"),
        "state": IncidentState.CLOSED,
        "status": Status.EXERCISE,
        "jurisdiction": "370102",
        "opened_ms": DAY,
        "opened_by": "command-1",
        "verified": mark(4 * MINUTE),
        "closed": mark(90 * MINUTE, "李敏"),
        "disposition": "堵漏完成 <b>无伤亡</b>",
        "grades": (Graded(grade=EventGrade.IV, reason="无伤亡", mark=mark(30 * MINUTE)),),
        "responses": (Response(jurisdiction="370100", level=ResponseLevel.IV, started=mark(10 * MINUTE)),),
        "claims": (Claim(what="deaths", value=0, at_ms=DAY + 20 * MINUTE, source="现场"),),
        "reports": (
            Report(
                kind=ReportKind.FIRST, number=1, due_ms=DAY + 30 * MINUTE, sent=mark(25 * MINUTE), reported_to="省厅"
            ),
            Report(kind=ReportKind.FOLLOW_UP, number=1, due_ms=DAY + 60 * MINUTE, sent=mark(70 * MINUTE), late=True),
            Report(kind=ReportKind.FINAL, number=1, due_ms=DAY + 600 * MINUTE),
        ),
        "attachments": (
            Attachment(sha256="ab" * 32, name="现场.jpg", media_type="image/jpeg", size=12_345, mark=mark(1)),
        ),
        "alerts": ("alert-1",),
        "log": (
            LogEntry(at_ms=DAY, by="王磊", post="duty-1", text=Text("接报建立", "Opened by report"), caused_by="c"),
            LogEntry(at_ms=DAY + 4 * MINUTE, by="王磊", post="duty-1", text=Text("已核实", "Verified"), caused_by="c"),
        ),
    }
    return Incident(**{**values, **given})  # type: ignore[arg-type]


def case(**given: object) -> Case:
    title = Text("疑似泄漏", "Possible leak")
    alert = Alert(
        id="alert-1", rule="leak", group=(), alert_class=AlertClass.ALARM, title=title,
        message=Message(template=Text("{plate} 泄漏", "{plate} leaks"), params={"plate": "鲁O00000"}), incident="incident-1",
        occurrences=(Occurrence(id="o", started_ms=DAY - MINUTE, condition=Condition.RESOLVED, resolved_ms=DAY + 80 * MINUTE,
                                rule_version="1", severities=((DAY, Severity.EXTREME),), acknowledged=mark(-30_000), caused_by="e"),),
    )  # fmt: skip
    tasks = tuple(
        Task(id=f"task-{n}", run="run-1", incident="incident-1", step=f"s{n}", kind="task", owner="duty_officer",
             title=Text(f"任务{n}", f"Task {n}"), state=state, late=("done",) if n == 1 else (), finished=mark(n * MINUTE))
        for n, state in enumerate((TaskState.DONE, TaskState.DONE, TaskState.SKIPPED, TaskState.WAITING))
    )  # fmt: skip
    run = PlaybookRun(
        id="run-1", playbook="b", version="3", incident="incident-1", title=Text("泄漏处置", "Leak"), started_ms=DAY,
        started_by="王磊", tasks=tasks,
    )  # fmt: skip
    unit = Resource(
        id="teams/t1", kind=ResourceKind.TEAM, name=Text("济南危化队", "Jinan hazmat team"), capability=("hazmat",),
        lon_e7=1_171_000_000, lat_e7=360_800_000,
    )  # fmt: skip
    sent = Dispatch(
        id="dispatch-1", incident="incident-1", resource="teams/t1", capability="hazmat", state=DispatchState.ON_SCENE,
        marks=((DispatchState.REQUESTED, mark(6 * MINUTE)), (DispatchState.ON_SCENE, mark(21 * MINUTE))),
    )  # fmt: skip
    values: dict[str, object] = {
        "incident": incident(), "alerts": (alert,), "runs": (run,), "dispatches": (sent,),
        "warnings": (published(draft(area=SQUARE)),), "resources": (unit,),
    }  # fmt: skip
    return Case(**{**values, **given})  # type: ignore[arg-type]
